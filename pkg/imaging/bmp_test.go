package imaging

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"testing"

	"golang.org/x/image/bmp"
)

var bmpReader = reader{bmpHeader, decodeBMP}

func bmpFile(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := bmp.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBMP(t *testing.T) {
	t.Parallel()
	palette := image.NewPaletted(image.Rect(0, 0, 7, 5), color.Palette{color.Black, color.White, color.RGBA{9, 99, 199, 255}})
	for i := range palette.Pix {
		palette.Pix[i] = byte(i % 3)
	}
	for _, source := range []image.Image{smooth(7, 5, true), smooth(1, 9, true), palette} {
		data := bmpFile(t, source)
		h, img, err := bmpReader.read(data)
		if err != nil {
			t.Fatal(err)
		}
		if s := source.Bounds(); h.width != int64(s.Dx()) || h.height != int64(s.Dy()) {
			t.Errorf("%+v", h)
		}
		same(t, img, source, 0)
		bmpReader.wholeOrNothing(t, data)
	}
}

// The fourth byte is alpha under the newer headers, and nothing under the oldest.
func TestBMPAlpha(t *testing.T) {
	t.Parallel()
	source := smooth(7, 5, false)
	old := bmpFile(t, source)
	h, img, err := bmpReader.read(old)
	if err != nil || h.alpha || !img.(*image.NRGBA).Opaque() {
		t.Errorf("%+v, %v", h, err)
	}
	const more = 108 - 40
	v4 := bytes.Join([][]byte{old[:54], make([]byte, more), old[54:]}, nil)
	binary.LittleEndian.PutUint32(v4[10:], 54+more)
	binary.LittleEndian.PutUint32(v4[14:], 108)
	if h, img, err = bmpReader.read(v4); err != nil || !h.alpha {
		t.Fatalf("%+v, %v", h, err)
	}
	same(t, img, source, 0)
	bmpReader.wholeOrNothing(t, v4)
}

func TestBMPVariants(t *testing.T) {
	t.Parallel()
	good := bmpFile(t, smooth(7, 5, true))
	with := func(at int, v uint32) []byte {
		data := bytes.Clone(good)
		binary.LittleEndian.PutUint32(data[at:], v)
		return data
	}
	bmpReader.refused(t, "run lengths", with(30, 1), UnsupportedFormat)
	bmpReader.refused(t, "16 bits", with(26, 1|16<<16), UnsupportedFormat)
	bmpReader.refused(t, "OS/2", with(14, 12), UnsupportedFormat)
	bmpReader.refused(t, "a gap before the pixels", with(10, 60), UnsupportedFormat)
	bmpReader.refused(t, "no width", with(18, 0), Corrupt)
	bmpReader.refused(t, "a negative width", with(18, 1<<31), Corrupt)
	bmpReader.refused(t, "the most negative height", with(22, 1<<31), Corrupt)
	bmpReader.refused(t, "more rows than there are", with(22, 6), Corrupt)
	bmpReader.refused(t, "a bomb", with(18, 1<<30), TooManyPixels)
	// From top to bottom.
	rows := int32(-5)
	_, img, err := bmpReader.read(with(22, uint32(rows)))
	if err != nil {
		t.Fatal(err)
	}
	flipped := image.NewNRGBA(image.Rect(0, 0, 7, 5))
	for y := range 5 {
		for x := range 7 {
			flipped.Set(x, y, smooth(7, 5, true).At(x, 4-y))
		}
	}
	same(t, img, flipped, 0)
}
