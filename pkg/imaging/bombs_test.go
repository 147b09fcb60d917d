package imaging

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"runtime"
	"slices"
	"testing"
	"time"

	"go.n16f.net/thumbhash"

	"github.com/pixline/pixline/pkg/imaging/internal/colour"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestBombs: small files that are made to cost much: each took seconds, minutes, or many times its size in memory.
func TestBombs(t *testing.T) {
	// Not parallel: time and memory are the process's.
	plain := sample.Photo(24, 16, 1)
	jpegEXIF, err := jpegWithEXIF(plain, directoriesEXIF(2499, 4600))
	if err != nil {
		t.Fatal(err)
	}
	pngEXIF, err := pngWithEXIF(pngOf(t, sample.Bars(9, 9)), directoriesEXIF(2499, 65535))
	if err != nil {
		t.Fatal(err)
	}
	long := patchPNG(pngOf(t, sample.Bars(1, 1)), 16, 0, 0xff, 0xff, 0xff, 0, 0, 0, 1)
	for name, c := range map[string]struct {
		data []byte
		want Code
	}{
		"a JPEG's EXIF that lists a directory many times": {jpegEXIF, ""},
		"a PNG's EXIF that lists a directory many times":  {pngEXIF, ""},
		"a PNG of many profiles":                          {profiledPNG(t, 2000), ""},
		"a PNG of one row of 16 million pixels":           {long, TooManyPixels},
		"a TIFF of large pages in a circle":               {circularTIFF(), TooManyFrames},
		"a TIFF of 70,000 strips":                         {strippedTIFF(t, 70_000), UnsupportedFormat},
		"a TIFF of 10 million bits per sample":            {wordyTIFF(10 << 20), UnsupportedFormat},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := processorTime(t)
		_, err := Process(context.Background(), c.data, Options{
			Limits:     Limits{MaxBytes: 30 << 20, MaxPixels: 100e6, MaxFrames: 100},
			Renditions: []Rendition{{Name: "r", Width: 8}},
		})
		took := processorTime(t) - start
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; took > mostSeconds*time.Second || used > 64<<20 {
			t.Errorf("%s, of %d bytes, took %v and %d MB", name, len(c.data), took, used>>20)
		}
		if code := codeOf(t, err); code != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// directoriesEXIF lists the same directory, of entries with too many values to be looked at, as
// many sub-directories.
func directoriesEXIF(times, entries int) []byte {
	e := binary.BigEndian
	out := append([]byte("MM\x00*\x00\x00\x00\x08"), 0, 1, 1, 0x4a, 0, 4)
	out = e.AppendUint32(e.AppendUint32(e.AppendUint32(out, uint32(times)), 26), 0)
	for range times {
		out = e.AppendUint32(out, uint32(26+4*times))
	}
	out = e.AppendUint16(out, uint16(entries))
	return append(out, bytes.Repeat([]byte{0xff, 0xf0, 0, 3, 0, 2, 0, 0, 0, 0, 0, 0}, entries)...)
}

// profiledPNG has many profiles, each of which expands to 4 MB.
func profiledPNG(t *testing.T, times int) []byte {
	body := bytes.NewBufferString("iCCPx\x00\x00")
	w := zlib.NewWriter(body)
	if _, err := w.Write(make([]byte, colour.MaxBytes)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	chunk := binary.BigEndian.AppendUint32(nil, uint32(body.Len()-4))
	chunk = append(chunk, body.Bytes()...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body.Bytes()))
	const afterHeader = 33
	return slices.Insert(pngOf(t, sample.Bars(9, 9)), afterHeader, bytes.Repeat(chunk, times)...)
}

// circularTIFF's second page has as many entries as can be, and is followed by itself.
func circularTIFF() []byte {
	data := rawTIFF(binary.LittleEndian, []byte("0123456789abcdef"), true, greyTIFF()...)
	page := uint32(len(data))
	binary.LittleEndian.PutUint32(data[8+16+2+12*len(greyTIFF()):], page)
	data = append(data, 0xff, 0xff)
	for tag := range 0xffff {
		data = append(binary.LittleEndian.AppendUint16(data, uint16(tag)), 3, 0, 1, 0, 0, 0, 0, 0, 0, 0)
	}
	return binary.LittleEndian.AppendUint32(data, page)
}

// strippedTIFF has strips of one pixel, each of which is the same compressed byte.
func strippedTIFF(t *testing.T, strips int) []byte {
	var pixel bytes.Buffer
	w := zlib.NewWriter(&pixel)
	if _, err := w.Write([]byte{7}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	n := []uint32{uint32(strips)}
	// As much data as all strips declare.
	data := append(pixel.Bytes(), make([]byte, strips*pixel.Len())...)
	return rawTIFF(binary.LittleEndian, data, true, greyTIFF(
		tiffEntry{tagWidth, []uint32{1}}, tiffEntry{tagHeight, n}, tiffEntry{278, []uint32{1}}, tiffEntry{tagCompression, []uint32{8}},
		tiffEntry{tagStripOffsets, slices.Repeat([]uint32{8}, strips)},
		tiffEntry{tagStripByteCounts, slices.Repeat([]uint32{uint32(pixel.Len())}, strips)},
	)...)
}

// wordyTIFF repeats its bits per sample.
func wordyTIFF(times int) []byte {
	data := rawTIFF(binary.LittleEndian, []byte("0123456789abcdef"), true, greyTIFF()...)
	at := bytes.Index(data, []byte{tagBits & 255, tagBits >> 8, 4, 0, 1, 0, 0, 0})
	data[at+2] = 1 // bytes
	binary.LittleEndian.PutUint32(data[at+4:], uint32(times))
	binary.LittleEndian.PutUint32(data[at+8:], uint32(len(data)))
	return append(data, bytes.Repeat([]byte{8}, times)...)
}

// TestThumbHashOfTransparency: a translucent red stays red.
func TestThumbHashOfTransparency(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 20, 20))
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+3] = 240, 128
	}
	made, err := Process(context.Background(), pngOf(t, img), Options{ThumbHash: true})
	if err != nil {
		t.Fatal(err)
	}
	shown, err := thumbhash.DecodeImage(made.ThumbHash)
	if err != nil {
		t.Fatal(err)
	}
	if c := color.NRGBAModel.Convert(shown.At(shown.Bounds().Dx()/2, shown.Bounds().Dy()/2)).(color.NRGBA); c.R < 225 || c.G > 20 || c.B > 20 || c.A < 115 || c.A > 140 {
		t.Errorf("%v is shown for 240, 0, 0, 128", c)
	}
}

// TestMarkerWithoutSegment: TEM has no length (T.81, B.1.1.3).
func TestMarkerWithoutSegment(t *testing.T) {
	t.Parallel()
	if code := accepts(t, slices.Insert(sample.Photo(24, 16, 1), 2, 0xff, markerTEM), Limits{}); code != "" {
		t.Error(code)
	}
}
