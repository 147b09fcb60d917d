package imaging

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"slices"
	"testing"

	"golang.org/x/image/tiff"
)

var tiffReader = reader{tiffHeader, decodeTIFF}

func tiffFile(t *testing.T, img image.Image, compression tiff.CompressionType, predictor bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tiff.Encode(&b, img, &tiff.Options{Compression: compression, Predictor: predictor}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tiffEntry is one tag of SHORTs, or LONGs if a value needs it.
type tiffEntry struct {
	tag    uint16
	values []uint32
}

// rawTIFF writes a file whose directory comes first or last.
func rawTIFF(order binary.AppendByteOrder, pixels []byte, last bool, entries ...tiffEntry) []byte {
	slices.SortFunc(entries, func(a, b tiffEntry) int { return int(a.tag) - int(b.tag) })
	size := 2 + 12*len(entries) + 4
	at, after := 8, 8+size
	if last {
		at, after = 8+len(pixels), 8+len(pixels)+size
	}
	begin := "II*\x00"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		begin = "MM\x00*"
	}
	if !last {
		after += len(pixels)
	}
	dir, values := order.AppendUint16(nil, uint16(len(entries))), []byte(nil)
	for _, e := range entries {
		if e.tag == tagStripOffsets && !last {
			e.values = slices.Clone(e.values)
			for i := range e.values {
				e.values[i] += uint32(size)
			}
		}
		dir = order.AppendUint16(dir, e.tag)
		dir = order.AppendUint16(dir, 4)
		dir = order.AppendUint32(dir, uint32(len(e.values)))
		if len(e.values) == 1 {
			dir = order.AppendUint32(dir, e.values[0])
			continue
		}
		dir = order.AppendUint32(dir, uint32(after+len(values)))
		for _, v := range e.values {
			values = order.AppendUint32(values, v)
		}
	}
	dir = order.AppendUint32(dir, 0)
	out := order.AppendUint32([]byte(begin), uint32(at))
	if last {
		return slices.Concat(out, pixels, dir, values)
	}
	return slices.Concat(out, dir, pixels, values)
}

// greyTIFF are the tags of a 4x4 grey picture in two strips after 8 bytes.
func greyTIFF(changes ...tiffEntry) []tiffEntry {
	entries := []tiffEntry{
		{tagWidth, []uint32{4}},
		{tagHeight, []uint32{4}},
		{tagBits, []uint32{8}},
		{tagCompression, []uint32{1}},
		{tagPhotometric, []uint32{1}},
		{tagStripOffsets, []uint32{8, 16}},
		{tagSamples, []uint32{1}},
		{278, []uint32{2}}, // rows per strip
		{tagStripByteCounts, []uint32{8, 8}},
	}
	for _, c := range changes {
		entries = slices.DeleteFunc(entries, func(e tiffEntry) bool { return e.tag == c.tag })
		if c.values != nil {
			entries = append(entries, c)
		}
	}
	return entries
}

func TestTIFFPixels(t *testing.T) {
	t.Parallel()
	grey, deep := image.NewGray(image.Rect(0, 0, 9, 7)), image.NewGray16(image.Rect(0, 0, 9, 7))
	palette := image.NewPaletted(image.Rect(0, 0, 9, 7), color.Palette{color.Black, color.White, color.RGBA{9, 99, 199, 255}})
	for i := range grey.Pix {
		grey.Pix[i], deep.Pix[2*i], palette.Pix[i] = byte(4*i), byte(i), byte(i%3)
	}
	for _, source := range []image.Image{smooth(9, 7, true), smooth(9, 7, false), grey, deep, palette} {
		for _, c := range []tiff.CompressionType{tiff.Uncompressed, tiff.Deflate} {
			data := tiffFile(t, source, c, c == tiff.Deflate && source != image.Image(palette))
			h, img, err := tiffReader.read(data)
			if err != nil {
				t.Fatal(err)
			}
			if h.width != 9 || h.height != 7 || h.frames != 1 {
				t.Errorf("%+v", h)
			}
			same(t, img, source, 0)
			tiffReader.wholeOrNothing(t, data)
		}
	}
}

func TestTIFFLayouts(t *testing.T) {
	t.Parallel()
	pixels := []byte("0123456789abcdef")
	want := &image.Gray{Pix: pixels, Stride: 4, Rect: image.Rect(0, 0, 4, 4)}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, last := range []bool{false, true} {
			data := rawTIFF(order, pixels, last, greyTIFF(tiffEntry{274, []uint32{6}}, tiffEntry{tagProfile, []uint32{1, 2}})...)
			h, img, err := tiffReader.read(data)
			if err != nil {
				t.Fatal(err)
			}
			if len(h.icc) != 8 {
				t.Errorf("the profile has %d bytes", len(h.icc))
			}
			same(t, img, want, 0)
			tiffReader.wholeOrNothing(t, data)
		}
	}
	short := rawTIFF(binary.LittleEndian, pixels, true, greyTIFF(tiffEntry{274, []uint32{6}})...)
	at := bytes.Index(short, []byte{0x12, 1, 4, 0})
	short[at+2] = 3 // orientation is a SHORT
	if h, _, err := tiffReader.read(short); err != nil || orientation(h.exif) != 6 {
		t.Errorf("orientation %d, %v", orientation(h.exif), err)
	}
}

func TestTIFFVariants(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change tiffEntry
		want   Code
	}{
		"JPEG":                {tiffEntry{tagCompression, []uint32{7}}, UnsupportedFormat},
		"CMYK":                {tiffEntry{tagPhotometric, []uint32{5}}, UnsupportedFormat},
		"YCbCr":               {tiffEntry{tagPhotometric, []uint32{6}}, UnsupportedFormat},
		"no colours":          {tiffEntry{tagPhotometric, nil}, UnsupportedFormat},
		"floating point":      {tiffEntry{tagSampleFormat, []uint32{3}}, UnsupportedFormat},
		"32 bits":             {tiffEntry{tagBits, []uint32{32}}, UnsupportedFormat},
		"two samples":         {tiffEntry{tagSamples, []uint32{2}}, UnsupportedFormat},
		"float predictor":     {tiffEntry{tagPredictor, []uint32{3}}, UnsupportedFormat},
		"reversed bits":       {tiffEntry{tagFillOrder, []uint32{2}}, UnsupportedFormat},
		"a bomb":              {tiffEntry{tagWidth, []uint32{1 << 30}}, TooManyPixels},
		"no width":            {tiffEntry{tagWidth, nil}, Corrupt},
		"a huge width":        {tiffEntry{tagWidth, []uint32{1 << 31}}, Corrupt},
		"missing strips":      {tiffEntry{tagStripByteCounts, nil}, Corrupt},
		"a short strip":       {tiffEntry{tagStripByteCounts, []uint32{8, 7}}, Corrupt},
		"a strip beyond":      {tiffEntry{tagStripOffsets, []uint32{8, 1 << 20}}, Corrupt},
		"strips that share":   {tiffEntry{tagStripByteCounts, []uint32{200, 200}}, Corrupt},
		"fax":                 {tiffEntry{tagCompression, []uint32{4}}, UnsupportedFormat},
		"a tile of no height": {tiffEntry{tagTileWidth, []uint32{16}}, Corrupt},
	} {
		tiffReader.refused(t, name, rawTIFF(binary.LittleEndian, []byte("0123456789abcdef"), true, greyTIFF(c.change)...), c.want)
	}
	thin := greyTIFF(
		tiffEntry{tagWidth, []uint32{1}}, tiffEntry{tagHeight, []uint32{1 << 13}},
		tiffEntry{tagTileWidth, []uint32{1024}}, tiffEntry{tagTileHeight, []uint32{1024}},
	)
	tiffReader.refused(t, "large tiles for a thin picture", rawTIFF(binary.LittleEndian, make([]byte, 48), true, thin...), Corrupt)
	apart := greyTIFF(tiffEntry{tagPhotometric, []uint32{2}}, tiffEntry{tagSamples, []uint32{3}}, tiffEntry{tagBits, []uint32{8, 8, 8}}, tiffEntry{tagPlanar, []uint32{2}})
	tiffReader.refused(t, "planes", rawTIFF(binary.LittleEndian, make([]byte, 48), true, apart...), UnsupportedFormat)
}

// A chain of directories is counted, and one that goes in a circle ends.
func TestTIFFPages(t *testing.T) {
	t.Parallel()
	data := rawTIFF(binary.LittleEndian, []byte("0123456789abcdef"), true, greyTIFF()...)
	end := 8 + 16 + 2 + 12*len(greyTIFF())
	second := bytes.Clone(data)
	binary.LittleEndian.PutUint32(second[end:], uint32(len(data)))
	second = append(second, data[24:end+4]...)
	if h, _, err := tiffReader.read(second); err != nil || h.frames != 2 {
		t.Errorf("%d pages, %v", h.frames, err)
	}
	binary.LittleEndian.PutUint32(data[end:], 24)
	if h, _, err := tiffReader.read(data); err != nil || h.frames < 1000 {
		t.Errorf("%d pages, %v", h.frames, err)
	}
}
