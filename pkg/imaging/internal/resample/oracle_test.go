package resample

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/anthonynsimon/bild/transform"
	"pgregory.net/rapid"
)

var filters = map[string]Filter{
	"box": transform.Box, "linear": transform.Linear, "gaussian": transform.Gaussian,
	"mitchell": transform.MitchellNetravali, "catmullrom": transform.CatmullRom, "lanczos": transform.Lanczos,
}

func drawFilter(t *rapid.T) (string, Filter) {
	name := rapid.SampledFrom([]string{"box", "linear", "gaussian", "mitchell", "catmullrom", "lanczos"}).Draw(t, "filter")
	return name, filters[name]
}

// drawImage returns n pixels of one of the kinds that are hard: noise, noise of nothing
// but 0 and 255, and premultiplied colour.
func drawImage(t *rapid.T, w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	kind := rapid.SampledFrom([]string{"noise", "extremes", "premultiplied"}).Draw(t, "kind")
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
		if kind == "extremes" {
			img.Pix[i] = byte(-(img.Pix[i] & 1))
		}
	}
	for i := 0; kind == "premultiplied" && i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+4]
		for c := range 3 {
			p[c] = byte(int(p[c]) * int(p[3]) / 255)
		}
	}
	return img
}

func mustAxis(t interface{ Fatal(...any) }, n int, from, to float64, out int, f Filter) *Axis {
	a, err := NewAxis(n, from, to, out, f)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// red is the first channel of an image.
func red(img *image.RGBA) []byte {
	plane := make([]byte, 0, len(img.Pix)/4)
	for i := 0; i < len(img.Pix); i += 4 {
		plane = append(plane, img.Pix[i])
	}
	return plane
}

func farthest(t *rapid.T, got, want []byte) (worst int) {
	if len(got) != len(want) {
		t.Fatalf("%d samples, want %d", len(got), len(want))
	}
	for i, v := range want {
		worst = max(worst, int(v)-int(got[i]), int(got[i])-int(v))
	}
	return worst
}

// noSample says whether bild divides zero by zero at some output, and so has no result.
func noSample(n, out int, f Filter) bool {
	delta := float64(n) / float64(out)
	scale := math.Max(delta, 1)
	for i := range out {
		var sum float64
		centre := (float64(i)+0.5)*delta - 0.5
		for k := range n {
			sum += f.Fn((float64(k) - centre) / scale)
		}
		if sum == 0 {
			return true
		}
	}
	return false
}

// TestIsBild holds crops of random images, resized by random factors with every kernel,
// against bild's Crop and Resize; pushed rows in random chunks against the whole
// plane, for any number of workers; and one channel against four.
func TestIsBild(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 64).Draw(t, "w"), rapid.IntRange(1, 64).Draw(t, "h")
		outW, outH := rapid.IntRange(1, 64).Draw(t, "outW"), rapid.IntRange(1, 64).Draw(t, "outH")
		x0, y0 := rapid.IntRange(0, w-1).Draw(t, "x0"), rapid.IntRange(0, h-1).Draw(t, "y0")
		x1, y1 := rapid.IntRange(x0+1, w).Draw(t, "x1"), rapid.IntRange(y0+1, h).Draw(t, "y1")
		name, f := drawFilter(t)
		if name == "mitchell" && (x1-x0 == outW || y1-y0 == outH) {
			t.Skip("bild blurs what we copy")
		}
		if noSample(x1-x0, outW, f) || noSample(y1-y0, outH, f) {
			t.Skip("bild divides by zero")
		}
		img := drawImage(t, w, h)
		horizontal := mustAxis(t, w, float64(x0), float64(x1), outW, f)
		vertical := mustAxis(t, h, float64(y0), float64(y1), outH, f)
		workers := rapid.IntRange(1, 4).Draw(t, "workers")

		stride := 4*outW + rapid.IntRange(0, 3).Draw(t, "padding")
		padded := make([]byte, stride*(outH-1)+4*outW)
		if err := Resize(padded, stride, img.Pix, img.Stride, Quad, horizontal, vertical, workers); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 0, 4*outW*outH)
		for y := range outH {
			got = append(got, padded[y*stride:][:4*outW]...)
		}
		want := transform.Resize(transform.Crop(img, image.Rect(x0, y0, x1, y1)), outW, outH, f)
		if d := farthest(t, got, want.Pix); d > 0 {
			t.Fatalf("differs from bild by %d", d) // 1 would do, but there is no reason for it
		}

		channel := red(&image.RGBA{Pix: got})
		plane := make([]byte, outW*outH)
		if err := Resize(plane, outW, red(img), w, Single, horizontal, vertical, workers); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plane, channel) {
			t.Fatal("one channel alone differs from the same channel of four")
		}

		for _, pushed := range []struct {
			layout Layout
			pix    []byte
			want   []byte
		}{{Quad, img.Pix, got}, {Single, red(img), channel}} {
			dst, row := make([]byte, len(pushed.want)), w*pushed.layout.Channels()
			r, err := New(dst, outW*pushed.layout.Channels(), pushed.layout, horizontal, vertical)
			if err != nil {
				t.Fatal(err)
			}
			for y := 0; y < h; {
				rows := rapid.IntRange(1, min(9, h-y)).Draw(t, "rows")
				chunk := bytes.Clone(pushed.pix[y*row : (y+rows)*row])
				if err := r.Push(chunk, row, rows); err != nil {
					t.Fatal(err)
				}
				clear(chunk) // Push must not keep it
				y += rows
			}
			if !r.Done() || !bytes.Equal(dst, pushed.want) {
				t.Fatalf("layout %d: pushed rows make another image than the whole plane; done: %v", pushed.layout, r.Done())
			}
		}
	})
}

// TestIsBildAtSize is TestIsBild for one image with hundreds of taps.
func TestIsBildAtSize(t *testing.T) {
	t.Parallel()
	img := &image.RGBA{Pix: randomBytes(600*350*4, true), Stride: 600 * 4, Rect: image.Rect(0, 0, 600, 350)}
	for _, size := range [][2]int{{101, 60}, {5, 3}, {600, 17}, {650, 175}} {
		got := make([]byte, size[0]*size[1]*4)
		h := mustAxis(t, 600, 0, 600, size[0], transform.Lanczos)
		v := mustAxis(t, 350, 0, 350, size[1], transform.Lanczos)
		if err := Resize(got, size[0]*4, img.Pix, img.Stride, Quad, h, v, 2); err != nil {
			t.Fatal(err)
		}
		if want := transform.Resize(img, size[0], size[1], transform.Lanczos); !bytes.Equal(got, want.Pix) {
			t.Errorf("%v: differs from bild", size)
		}
	}
}

// TestColourStaysBelowAlpha: Premultiplied is Quad, and colour at most alpha.
func TestColourStaysBelowAlpha(t *testing.T) {
	t.Parallel()
	overshoots := 0
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(8, 64).Draw(t, "w"), rapid.IntRange(8, 64).Draw(t, "h")
		img := drawImage(t, w, h)
		horizontal, vertical := mustAxis(t, w, 0, float64(w), 20, transform.Lanczos), mustAxis(t, h, 0, float64(h), 20, transform.Lanczos)
		var got [2][]byte
		for i, layout := range []Layout{Quad, Premultiplied} {
			got[i] = make([]byte, 20*20*4)
			if err := Resize(got[i], 80, img.Pix, img.Stride, layout, horizontal, vertical, 2); err != nil {
				t.Fatal(err)
			}
		}
		if w == 20 && h == 20 {
			return // copied: nothing can overshoot, and what was invalid stays as it is
		}
		for i, v := range got[0] {
			if a := got[0][i|3]; v > a {
				v = a
				overshoots++
			}
			if got[1][i] != v {
				t.Fatalf("byte %d is %d, want %d", i, got[1][i], v)
			}
		}
	})
	if overshoots == 0 {
		t.Error("no colour was above its alpha: this proves nothing")
	}
}
