package imaging

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestEveryTruncation: no proper prefix of a file is an image, down to the last byte.
func TestEveryTruncation(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"JPEG": sample.Photo(40, 24, 1), "PNG": sample.OrientedPNG(1)} {
		mustDecode(t, data)
		for n := range len(data) {
			if _, _, err := Decode(data[:n], Limits{}); codeOf(t, err) == "" {
				t.Fatalf("the first %d of %d bytes of a %s are taken for an image", n, len(data), name)
			}
		}
	}
	// Cut inside the last rows and closed with an end marker, as by a proxy or a tool that
	// repairs. The last 2 bytes of a scan may be nothing but padding.
	data := sample.Photo(64, 64, 1)
	for cut := 3; cut < 60; cut++ {
		short := append(bytes.Clone(data[:len(data)-2-cut]), 0xff, markerEOI)
		if _, _, err := Decode(short, Limits{}); codeOf(t, err) != Corrupt {
			t.Fatalf("%d bytes missing before the end marker: %v", cut, err)
		}
	}
}

// TestDecoderPanics: a panic and a decoder that reads another size than the
// header's are errors, and so corrupt.
func TestDecoderPanics(t *testing.T) {
	t.Parallel()
	size := func(w, h int) codec {
		return codec{
			config: func(io.Reader) (image.Config, error) { return image.Config{Width: w, Height: h}, nil },
			decode: func(io.Reader) (image.Image, error) { panic("index out of range") },
		}
	}
	for want, c := range map[string]codec{"failed: index out of range": size(4, 3), "two different sizes": size(4, 4)} {
		img, err := decodePixels(c, nil, Info{Width: 4, Height: 3, Orientation: 1})
		if img != nil || err == nil || !strings.Contains(err.Error(), want) || rejectDecoding(PNG, err).Code != Corrupt {
			t.Errorf("%v, %v, want %q", img, err, want)
		}
	}
}

// TestMutations: damaged input gives an image or a *Rejection, never a panic, and what is
// accepted can be rendered. The seed is fixed.
func TestMutations(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	limits := Limits{MaxBytes: 1 << 20, MaxPixels: 1 << 20}
	originals := [][]byte{
		sample.Oriented(6), sample.Photo(33, 50, 4), flatCMYK(2, [4]byte{1, 2, 3, 4}, true),
		sample.OrientedPNG(7), pngOf(t, transparentPalette()), pngOf(t, image.NewNRGBA64(image.Rect(0, 0, 9, 5))),
	}
	accepted, rejected := 0, map[Code]int{}
	for _, data := range originals {
		for range 250 {
			mutant := mutate(random, data)
			img, info, err := Decode(mutant, limits)
			if code := codeOf(t, err); code != "" {
				rejected[code]++
				continue
			}
			accepted++
			if _, err := Render(context.Background(), img, info, Rendition{Name: "r", Width: 8, Height: 8, Fit: Cover}); err != nil {
				t.Fatalf("rendering an accepted mutant of %v: %v", info, err)
			}
		}
	}
	t.Logf("%d accepted, rejected %v", accepted, rejected)
	if accepted < 50 || rejected[Corrupt] < 200 || rejected[TooManyPixels] == 0 {
		t.Error("the mutations do not reach both sides: make them milder or stronger")
	}
}

// mutate damages a copy: cut, bits, runs, header lengths and dimensions, parts
// removed or doubled. A PNG's checksums are made right in half of the cases, to reach further.
func mutate(random *rand.Rand, data []byte) []byte {
	m := bytes.Clone(data)
	at := func() int { return random.IntN(len(m)) }
	for range 1 + random.IntN(3) {
		switch random.IntN(7) {
		case 0:
			m = m[:at()+1]
		case 1, 2:
			m[at()] ^= 1 << random.IntN(8)
		case 3:
			for i, n := at(), random.IntN(16); i < len(m) && n > 0; i, n = i+1, n-1 {
				m[i] = byte(random.Uint32())
			}
		case 4:
			i := at()
			m = append(m[:i], m[min(len(m), i+random.IntN(40)):]...)
			m = append(m, data[:1]...) // never empty
		case 5:
			i := at()
			m = append(bytes.Clone(m[:i]), m[i/2:]...)
		case 6: // lengths and dimensions: right after a marker or at the front
			i := bytes.IndexByte(m[at():], 0xff) + 2
			if i+6 < len(m) {
				binary.BigEndian.PutUint16(m[i+random.IntN(5):], uint16(random.Uint32()))
			}
		}
	}
	if len(m) > 40 && bytes.HasPrefix(m, []byte(pngSignature)) && random.IntN(2) == 0 {
		m[16+random.IntN(13)] ^= 1 << random.IntN(8)
		m = patchPNG(m, 0)
	}
	return m
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
		got, _ := render(t, c.data, original(PNG))
		want := copyOf(image.NewUniform(c.want), got.Rect)
		if d := farthest(t, got, want); d > 2 { // JPEG rounds twice
			t.Errorf("%s: %v, want %v", c.name, got.RGBAAt(0, 0), want.RGBAAt(0, 0))
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
