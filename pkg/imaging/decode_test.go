package imaging

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"testing"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestEveryTruncation: no proper prefix of a file is an image, down to the last byte.
func TestEveryTruncation(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"JPEG": sample.Photo(40, 24, 1), "PNG": sample.OrientedPNG(1)} {
		if code := accepts(t, data, Limits{}); code != "" {
			t.Fatalf("%s: the whole file is %s", name, code)
		}
		for n := range len(data) {
			if accepts(t, data[:n], Limits{}) == "" {
				t.Fatalf("the first %d of %d bytes of a %s are taken for an image", n, len(data), name)
			}
		}
	}
	// Cut inside the last rows and closed with an end marker, as by a proxy or a tool that
	// repairs. The last 2 bytes of a scan may be nothing but padding.
	data := sample.Photo(64, 64, 1)
	for cut := 3; cut < 60; cut++ {
		short := append(bytes.Clone(data[:len(data)-2-cut]), 0xff, markerEOI)
		if code := accepts(t, short, Limits{}); code != Corrupt {
			t.Fatalf("%d bytes missing before the end marker: %q", cut, code)
		}
	}
}

// TestColourModels: every colour model that the decoders produce becomes the
// right 8-bit colour.
func TestColourModels(t *testing.T) {
	t.Parallel()
	box := image.Rect(0, 0, 16, 16)
	fill := func(img interface {
		image.Image
		Set(x, y int, c color.Color)
	}, c color.Color,
	) image.Image {
		for i := range 256 {
			img.Set(i%16, i/16, c)
		}
		return img
	}
	rgb := color.NRGBA{R: 200, G: 100, B: 50, A: 255}
	half := color.NRGBA{R: 200, G: 100, B: 50, A: 128}
	cases := []struct {
		name string
		data []byte
		want color.NRGBA
	}{
		{"8-bit PNG", pngOf(t, fill(image.NewRGBA(box), rgb)), rgb},
		{"PNG with alpha", pngOf(t, fill(image.NewNRGBA(box), half)), half},
		{"16-bit PNG", pngOf(t, fill(image.NewRGBA64(box), rgb)), rgb},
		{"16-bit PNG with alpha", pngOf(t, fill(image.NewNRGBA64(box), half)), half},
		{"grey PNG", pngOf(t, fill(image.NewGray(box), color.Gray{Y: 77})), color.NRGBA{R: 77, G: 77, B: 77, A: 255}},
		{"16-bit grey PNG", pngOf(t, fill(image.NewGray16(box), color.Gray{Y: 77})), color.NRGBA{R: 77, G: 77, B: 77, A: 255}},
		{"palette with tRNS", pngOf(t, transparentPalette()), color.NRGBA{R: 0, G: 200, B: 0, A: 100}},
		{"JPEG", jpegOf(t, fill(image.NewRGBA(box), rgb)), rgb},
		{"grey JPEG", jpegOf(t, fill(image.NewGray(box), color.Gray{Y: 77})), color.NRGBA{R: 77, G: 77, B: 77, A: 255}},
		// Adobe stores inks inverted: 255 is none.
		{"CMYK JPEG, no ink", flatCMYK(0, [4]byte{255, 255, 255, 255}, true), color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
		{"CMYK JPEG, cyan", flatCMYK(0, [4]byte{0, 255, 255, 255}, true), color.NRGBA{G: 255, B: 255, A: 255}},
		{"CMYK JPEG, half black", flatCMYK(0, [4]byte{255, 255, 255, 128}, true), color.NRGBA{R: 128, G: 128, B: 128, A: 255}},
		// In YCCK the inversions cancel out: what is stored is the inks' luma and chroma.
		{"YCCK JPEG, no ink", flatCMYK(2, [4]byte{0, 128, 128, 255}, true), color.NRGBA{R: 255, G: 255, B: 255, A: 255}},
		{"YCCK JPEG, magenta and yellow", flatCMYK(2, [4]byte{179, 171, 0, 255}, true), color.NRGBA{R: 255, A: 255}},
	}
	for _, c := range cases {
		got, _ := process(t, c.data, original(PNG))
		want := copyOf(image.NewUniform(c.want), got.Rect)
		if d := farthest(t, got, want); d > 2 { // JPEG rounds twice
			t.Errorf("%s: %v, want %v", c.name, got.RGBAAt(0, 0), want.RGBAAt(0, 0))
		}
	}
}

// TestProfiles: a wide-gamut picture keeps its colours. The numbers of sRGB's red in
// Display P3 are 234, 51, 35; without the profile they are sRGB's own.
func TestProfiles(t *testing.T) {
	t.Parallel()
	flat := copyOf(image.NewUniform(color.RGBA{R: 234, G: 51, B: 35, A: 255}), image.Rect(0, 0, 32, 32))
	plain := sample.StoredAs(flat, 1, "jpeg")
	for name, c := range map[string]struct {
		data []byte
		want color.RGBA
	}{
		"untagged":         {plain, color.RGBA{R: 234, G: 51, B: 35, A: 255}},
		"Display P3":       {sample.WithProfile(plain, sample.DisplayP3()), color.RGBA{R: 255, A: 255}},
		"a broken profile": {sample.WithProfile(plain, []byte("acsp of nothing")), color.RGBA{R: 234, G: 51, B: 35, A: 255}},
	} {
		for _, format := range []Format{PNG, JPEG} {
			got, _ := process(t, c.data, Rendition{Name: "r", Width: 16, Format: format, Quality: map[Format]int{JPEG: 95}[format]})
			if d := farthest(t, got, copyOf(image.NewUniform(c.want), got.Rect)); d > 3 {
				t.Errorf("%s as %s: %v, want %v", name, format, got.RGBAAt(8, 8), c.want)
			}
		}
	}
}

func transparentPalette() image.Image {
	return image.NewPaletted(image.Rect(0, 0, 16, 16), color.Palette{color.NRGBA{G: 200, A: 100}, color.Black})
}

// flatCMYK returns a baseline JPEG of 8x8 pixels with four components that are
// flat, and, if asked, Adobe's segment with the transform (0 CMYK, 2 YCCK). The standard
// library cannot write one. Its Huffman tables are the simplest that serve: nine
// DC categories of four bits each, and one AC code, end of block.
func flatCMYK(transform byte, samples [4]byte, adobe bool) []byte {
	b := []byte{0xff, 0xd8}
	segment := func(marker byte, body ...byte) {
		b = append(binary.BigEndian.AppendUint16(append(b, 0xff, marker), uint16(len(body)+2)), body...)
	}
	if adobe {
		segment(0xee, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, transform)
	}
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)...)
	segment(0xc0, 8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0)
	segment(0xc4, 0x00, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8)
	segment(0xc4, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	segment(0xda, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	var bits uint64
	n := 0
	put := func(value, count int) { bits, n = bits<<count|uint64(value), n+count }
	for _, s := range samples {
		diff, category := int(s)-128, 0
		for d := max(diff, -diff); d > 0; d /= 2 {
			category++
		}
		put(category, 4)
		if diff < 0 {
			diff += 1<<category - 1
		}
		put(diff, category)
		put(0, 1)
	}
	pad := 64 - n
	bits = bits<<pad | (1<<pad - 1)
	for i := 56; i > 56-(n+7)/8*8; i -= 8 {
		if b = append(b, byte(bits>>i)); b[len(b)-1] == 0xff {
			b = append(b, 0)
		}
	}
	return append(b, 0xff, 0xd9)
}
