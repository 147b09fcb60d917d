package focus

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

var choices = map[string]func(*image.RGBA, int, int) image.Point{"entropy": Entropy, "attention": Attention}

func flat(w, h int, c color.Color) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// addNoise makes a part of the image busy.
func addNoise(img *image.RGBA, r image.Rectangle) {
	random := rand.New(rand.NewPCG(1, 2))
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.SetRGBA(x, y, color.RGBA{byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32()), 255})
		}
	}
}

// TestBusyPatch: wherever a busy patch is on a flat ground, it is in the window, with slack
// on either axis and on both.
func TestBusyPatch(t *testing.T) {
	t.Parallel()
	for name, choose := range choices {
		rapid.Check(t, func(t *rapid.T) {
			w, h := rapid.IntRange(30, 90).Draw(t, "w"), rapid.IntRange(30, 90).Draw(t, "h")
			windowW, windowH := rapid.IntRange(20, w).Draw(t, "windowW"), rapid.IntRange(20, h).Draw(t, "windowH")
			x, y := rapid.IntRange(0, w-12).Draw(t, "x"), rapid.IntRange(0, h-12).Draw(t, "y")
			img := flat(w, h, color.Gray{90})
			patch := image.Rect(x, y, x+12, y+12)
			addNoise(img, patch)
			at := choose(img, windowW, windowH)
			window := image.Rectangle{at, at.Add(image.Pt(windowW, windowH))}
			if h > windowH && w > windowW && name == "entropy" {
				// Offsets along y are 33 at most: up to two rows may be lost at these sizes.
				patch = patch.Inset(2)
			}
			if !patch.In(window) {
				t.Fatalf("%s: the patch %v is not in the window %v", name, patch, window)
			}
		})
	}
}

// TestDisc: a disc of skin, or of any saturated colour, draws more attention than the
// same disc in grey.
func TestDisc(t *testing.T) {
	t.Parallel()
	for _, c := range []color.RGBA{{229, 168, 130, 255}, {112, 82, 63, 255}, {20, 60, 230, 255}, {220, 30, 30, 255}} {
		for _, side := range []int{0, 1} {
			img := flat(200, 60, color.Gray{128})
			grey := byte(luma(c.R, c.G, c.B))
			discs := []color.RGBA{c, {grey, grey, grey, 255}}
			for i := range 2 {
				centre := 40 + 120*(i^side)
				for y := range 60 {
					for x := range 200 {
						if (x-centre)*(x-centre)+(y-30)*(y-30) < 400 {
							img.SetRGBA(x, y, discs[i])
						}
					}
				}
			}
			at, centre := Attention(img, 60, 60), 40+120*side
			if at.X > centre-20 || at.X+60 < centre+20 {
				t.Errorf("%v at %d: the window begins at %d", c, centre, at.X)
			}
		}
	}
	if skin(229, 168, 130) < 240 || skin(128, 128, 128) != 0 || skin(60, 200, 60) != 0 {
		t.Errorf("skin is %d, grey %d, green %d", skin(229, 168, 130), skin(128, 128, 128), skin(60, 200, 60))
	}
}

// TestNothingStandsOut: a flat, an empty and an invisible image are cropped at the centre.
func TestNothingStandsOut(t *testing.T) {
	t.Parallel()
	invisible := image.NewRGBA(image.Rect(0, 0, 50, 40))
	for name, choose := range choices {
		for _, img := range []*image.RGBA{flat(50, 40, color.White), flat(50, 40, color.RGBA{40, 10, 5, 50}), invisible} {
			for _, test := range []struct{ w, h, x, y int }{{20, 40, 15, 0}, {50, 20, 0, 10}, {20, 20, 15, 10}, {49, 40, 0, 0}, {50, 40, 0, 0}} {
				if got, want := choose(img, test.w, test.h), image.Pt(test.x, test.y); got != want {
					t.Errorf("%s: %dx%d of a flat image is at %v, want %v", name, test.w, test.h, got, want)
				}
			}
		}
		if got := choose(image.NewRGBA(image.Rectangle{}), 5, 5); got != (image.Point{}) {
			t.Errorf("%s: an empty image is cropped at %v", name, got)
		}
	}
}

// TestTransparent: what shows nothing counts nothing, even if a little that shows is elsewhere.
func TestTransparent(t *testing.T) {
	t.Parallel()
	for name, choose := range choices {
		img := image.NewRGBA(image.Rect(0, 0, 150, 40))
		addNoise(img, image.Rect(10, 10, 30, 30))
		addNoise(img, image.Rect(60, 0, 150, 40))
		for x := 60; x < 150; x++ {
			for y := range 40 {
				img.Pix[img.PixOffset(x, y)+3] = 0 // no valid colour, and invisible
			}
		}
		if at := choose(img, 40, 40); at.X > 10 {
			t.Errorf("%s: the window begins at %d, and does not show the patch", name, at.X)
		}
	}
}

// TestWindow holds, for any image, part of an image and window: the window is within the
// image, and the choice is the same wherever the image is in memory.
func TestWindow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		outer := flat(40, 30, color.White)
		addNoise(outer, outer.Rect)
		r := image.Rect(rapid.IntRange(0, 19).Draw(t, "x0"), rapid.IntRange(0, 14).Draw(t, "y0"),
			rapid.IntRange(20, 40).Draw(t, "x1"), rapid.IntRange(15, 30).Draw(t, "y1"))
		part := outer.SubImage(r).(*image.RGBA)
		w, h := rapid.IntRange(-1, 45).Draw(t, "w"), rapid.IntRange(-1, 35).Draw(t, "h")
		alone := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
		draw.Draw(alone, alone.Rect, part, r.Min, draw.Src)
		for name, choose := range choices {
			at := choose(part, w, h)
			window := image.Rectangle{at, at.Add(image.Pt(min(max(w, 1), r.Dx()), min(max(h, 1), r.Dy())))}
			if !window.In(alone.Rect) {
				t.Fatalf("%s: the window %v is not within %v", name, window, alone.Rect)
			}
			if other := choose(alone, w, h); other != at {
				t.Fatalf("%s: %v in an image, %v alone", name, at, other)
			}
		}
	})
}

// TestEntropyIsShannons holds the choice against the definition in floating point.
func TestEntropyIsShannons(t *testing.T) {
	t.Parallel()
	entropy := func(img *image.RGBA, x, w int) (h float64) {
		counts := map[int]float64{}
		for y := range img.Rect.Dy() {
			for i := x; i < x+w; i++ {
				p := img.Pix[img.PixOffset(i, y):]
				counts[luma(p[0], p[1], p[2])]++
			}
		}
		n := float64(w * img.Rect.Dy())
		for _, c := range counts {
			h -= c / n * math.Log2(c/n)
		}
		return h
	}
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(2, 50).Draw(t, "w"), rapid.IntRange(1, 20).Draw(t, "h")
		window := rapid.IntRange(1, w).Draw(t, "window")
		levels := rapid.IntRange(1, 256).Draw(t, "levels")
		img := flat(w, h, color.White)
		addNoise(img, img.Rect)
		for i, v := range img.Pix {
			if i%4 != 3 {
				img.Pix[i] = byte(int(v) / levels * levels)
			}
		}
		best := 0.0
		for x := range w - window + 1 {
			best = math.Max(best, entropy(img, x, window))
		}
		if got := entropy(img, Entropy(img, window, h).X, window); got < best-1e-4 {
			t.Fatalf("the window has %f bits a pixel, the best %f", got, best)
		}
	})
	for _, c := range []int{0, 1, 2, 3, 255, 256, 1000003, 32 << 20} {
		want := 0.0
		if c > 0 {
			want = float64(c) * math.Log2(float64(c))
		}
		if got := float64(xlog2(c)) / (1 << logBits); math.Abs(got-want) > 1e-5*(1+float64(c)) {
			t.Errorf("%d log2 %d is %f, want %f", c, c, got, want)
		}
	}
}

func BenchmarkFocus(b *testing.B) {
	img := flat(720, 588, color.White)
	addNoise(img, img.Rect)
	for name, choose := range choices {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				choose(img, 588, 588)
			}
		})
	}
}
