package png

import (
	"bytes"
	"fmt"
	stdadler32 "hash/adler32"
	"image"
	"image/color"
	"image/draw"
	stdpng "image/png"
	"io"
	"testing"

	"pgregory.net/rapid"
)

// decode decodes a file to RGBA, premultiplied.
func decode(data []byte) (*image.RGBA, error) {
	d, err := New(data)
	if err != nil {
		return nil, err
	}
	h := d.Header()
	img := image.NewRGBA(image.Rect(0, 0, h.Width, h.Height))
	row := 0
	for b := d.NewBand(); ; {
		if err := d.Next(b); err == io.EOF {
			break
		} else if err != nil {
			if d.Next(b) != err {
				panic("an error does not stay")
			}
			return nil, err
		}
		for y := range b.Rows {
			pix := b.Pix[y*b.Stride:]
			for x := range h.Width {
				if h.Gray {
					img.SetRGBA(x, row, color.RGBA{pix[x], pix[x], pix[x], 255})
				} else {
					img.SetRGBA(x, row, color.RGBA{pix[4*x], pix[4*x+1], pix[4*x+2], pix[4*x+3]})
				}
			}
			row++
		}
	}
	if row != h.Height {
		panic("rows are missing")
	}
	return img, nil
}

// oracle is image/png, drawn as the package says.
func oracle(data []byte) (*image.RGBA, error) {
	img, err := stdpng.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	rgba := image.NewRGBA(img.Bounds())
	draw.Draw(rgba, rgba.Rect, img, image.Point{}, draw.Src)
	return rgba, nil
}

// difference returns the first pixel that is not as the package promises, or "".
func difference(got, want *image.RGBA, exact bool) string {
	if got.Rect != want.Rect {
		return fmt.Sprintf("the size is %v, want %v", got.Rect, want.Rect)
	}
	for i := 0; i < len(want.Pix); i += 4 {
		p, q := got.Pix[i:i+4], want.Pix[i:i+4]
		tolerance := 1
		if exact || q[3] == 255 {
			tolerance = 0
		}
		for c := range 4 {
			if abs(int(p[c])-int(q[c])) > tolerance || p[3] != q[3] {
				return fmt.Sprintf("pixel %d is %v, want %v", i/4, p, q)
			}
		}
	}
	return ""
}

// TestDecode: every variant, filter, compression and interlacing gives image/png's pixels.
func TestDecode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := picture{
			rapid.SampledFrom(variants).Draw(t, "variant"), rapid.IntRange(1, 40).Draw(t, "width"), rapid.IntRange(1, 40).Draw(t, "height"),
			rapid.Bool().Draw(t, "interlaced"),
		}
		data := file(p.chunks(drawn{t})...)
		want, err := oracle(data)
		if err != nil {
			t.Fatalf("the test's file is wrong: %v", err)
		}
		got, err := decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(got, want, p.depth == 16); d != "" {
			t.Fatal(d)
		}
	})
}

// TestLarge: a picture of many bands and windows, with matches that reach far back.
func TestLarge(t *testing.T) {
	t.Parallel()
	d := &fixed{5}
	pictures := []picture{{variant{grey, 8}, windowFull - 1, 1, false}} // fills the window to the byte
	for _, v := range []variant{{withAlpha, 8}, {colour, 8}, {grey, 16}, {indexed, 4}} {
		for range 3 {
			pictures = append(pictures, picture{v, 500 + d.upTo(200, ""), 200 + d.upTo(100, ""), d.upTo(2, "") == 0})
		}
	}
	for _, p := range pictures {
		for range 2 {
			data := file(p.chunks(d)...)
			want, err := oracle(data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if d := difference(got, want, p.depth == 16); d != "" {
				t.Fatal(d)
			}
		}
	}
}

// TestPaeth: the predictor is the standard's, for all that there is.
func TestPaeth(t *testing.T) {
	t.Parallel()
	for a := range 256 {
		for b := range 256 {
			for c := range 256 {
				if got, want := paeth(int32(a), int32(b), int32(c)), nearest(a, b, c); int(got) != want {
					t.Fatalf("%d, %d, %d: %d, want %d", a, b, c, got, want)
				}
			}
		}
	}
}

// TestAdler32 covers sums as large as they get.
func TestAdler32(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 7, 8, 9, windowSize} {
		p := bytes.Repeat([]byte{255}, n)
		if got, want := adler32(adler32(1, p), p), stdadler32.Checksum(append(p, p...)); got != want {
			t.Errorf("%d bytes: %#x, want %#x", n, got, want)
		}
	}
}
