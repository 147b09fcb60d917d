package imaging

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"

	"github.com/anthonynsimon/bild/transform"
	"pgregory.net/rapid"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

func copyOf(img image.Image, r image.Rectangle) *image.RGBA {
	out := image.NewRGBA(r)
	draw.Draw(out, r, img, r.Min, draw.Src)
	return out
}

// TestResizeIsLanczos holds the whole path, crop included, against bild's Lanczos on the decoded source
// where nothing is pre-reduced: up, down, and one side each.
func TestResizeIsLanczos(t *testing.T) {
	t.Parallel()
	data := sample.Photo(203, 151, 5)
	decoded, _ := mustDecode(t, data)
	source := copyOf(decoded, decoded.Bounds())
	for _, size := range [][2]int{{101, 75}, {51, 38}, {203, 60}, {70, 151}, {400, 300}, {202, 150}} {
		r := Rendition{Name: "r", Width: size[0], Height: size[1], Fit: Fill, Enlarge: true, Format: PNG}
		got, _ := render(t, data, r)
		if d := farthest(t, got, transform.Resize(source, size[0], size[1], transform.Lanczos)); d > 1 {
			t.Errorf("%v: differs from bild by %d", size, d)
		}
		r.Fit = Cover
		cropped := transform.Crop(source, r.plan(203, 151).crop)
		got, _ = render(t, data, r)
		if d := farthest(t, got, transform.Resize(cropped, size[0], size[1], transform.Lanczos)); d > 1 {
			t.Errorf("cover %v: differs from bild by %d", size, d)
		}
	}
}

// TestPreReduction: averaging first is not seen. 40 dB of PSNR is where
// differences stop being visible in photos.
func TestPreReduction(t *testing.T) {
	t.Parallel()
	decoded, _ := mustDecode(t, sample.Photo(901, 603, 9))
	source := copyOf(decoded, decoded.Bounds())
	for _, size := range [][2]int{{224, 150}, {160, 107}, {75, 50}, {90, 500}} {
		want := transform.Resize(source, size[0], size[1], transform.Lanczos)
		got := resize(source, size[0], size[1])
		var squares float64
		for i, v := range want.Pix {
			d := float64(v) - float64(got.Pix[i])
			squares += d * d
		}
		samples := float64(len(want.Pix)) * 3 / 4 // alpha is equal and does not count
		if psnr := 10 * math.Log10(255*255*samples/squares); psnr < 40 {
			t.Errorf("%v: PSNR %.1f dB against bild's Lanczos, want 40", size, psnr)
		}
	}
}

// TestAverage holds average against the definition: each output is the mean of
// its area of the source, computed here in floating point.
func TestAverage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 24).Draw(t, "w"), rapid.IntRange(1, 24).Draw(t, "h")
		width, height := rapid.IntRange(1, w).Draw(t, "width"), rapid.IntRange(1, h).Draw(t, "height")
		all := image.NewRGBA(image.Rect(0, 0, w+2, h+2))
		copy(all.Pix, rapid.SliceOfN(rapid.Byte(), len(all.Pix), len(all.Pix)).Draw(t, "pixels"))
		src := all.SubImage(image.Rect(1, 1, w+1, h+1)).(*image.RGBA)
		got := average(src, width, height)
		overlap := func(i, j, n, m int) float64 { // of source pixel i with output j
			lo, hi := max(i*m, j*n), min((i+1)*m, (j+1)*n)
			return float64(max(0, hi-lo))
		}
		for j, v := range got.Pix {
			x, y, channel := j/4%width, j/4/width, j%4
			var sum float64
			for sy := range h {
				for sx := range w {
					sum += float64(src.Pix[sy*src.Stride+4*sx+channel]) * overlap(sx, x, w, width) * overlap(sy, y, h, height)
				}
			}
			if mean := sum / float64(w*h); math.Abs(mean-float64(v)) > 0.5001 {
				t.Fatalf("pixel %d,%d channel %d is %d, its area's mean %f", x, y, channel, v, mean)
			}
		}
	})
}

// TestNoFringe: a red disc on transparent green stays red at its edge, both with
// and without pre-reduction, and on white goes through nothing but red and white.
func TestNoFringe(t *testing.T) {
	t.Parallel()
	disc := image.NewNRGBA(image.Rect(0, 0, 160, 160))
	for y := range 160 {
		for x := range 160 {
			c := color.NRGBA{G: 255} // fully transparent
			if (x-80)*(x-80)+(y-80)*(y-80) < 60*60 {
				c = color.NRGBA{R: 255, A: 255}
			}
			disc.SetNRGBA(x, y, c)
		}
	}
	for _, width := range []int{17, 51, 97, 211} {
		got, _ := render(t, pngOf(t, disc), Rendition{Name: "r", Width: width, Enlarge: true})
		edge := 0
		for i := 0; i < len(got.Pix); i += 4 {
			r, g, b, a := got.Pix[i], got.Pix[i+1], got.Pix[i+2], got.Pix[i+3]
			if g != 0 || b != 0 || r > a || a-r > 1 { // PNG stores straight colours: 1 for rounding
				t.Fatalf("width %d: pixel %d is %v, which is no red", width, i/4, got.Pix[i:i+4])
			}
			if a > 0 && a < 255 {
				edge++
			}
		}
		if edge == 0 {
			t.Fatalf("width %d: the edge is not smooth", width)
		}
		for i, flat := 0, flattenOnWhite(got); i < len(flat.Pix); i += 4 {
			if p := flat.Pix[i : i+4]; p[0] < 254 || p[1] != p[2] || p[3] != 255 {
				t.Fatalf("width %d: pixel %d on white is %v", width, i/4, p)
			}
		}
	}
}

// TestColourStaysBelowAlpha: where opaque black meets translucent red, Lanczos
// overshoots red and undershoots alpha; the result is valid premultiplied colour all the same.
func TestColourStaysBelowAlpha(t *testing.T) {
	t.Parallel()
	src := image.NewRGBA(image.Rect(0, 0, 120, 120))
	for i := 0; i < len(src.Pix); i += 4 {
		switch (i/4%120/30 + i/4/120/30) % 3 {
		case 1:
			src.Pix[i+3] = 255
		case 2:
			src.Pix[i], src.Pix[i+3] = 90, 90
		}
	}
	invalid := func(img *image.RGBA) (n int) {
		for i := 0; i < len(img.Pix); i += 4 {
			if p := img.Pix[i : i+4]; max(p[0], p[1], p[2]) > p[3] {
				n++
			}
		}
		return n
	}
	for _, side := range []int{19, 50, 97, 200} {
		if invalid(transform.Resize(src, side, side, transform.Lanczos)) == 0 {
			t.Errorf("%d: bild alone makes no invalid colour: this picture proves nothing", side)
		}
		if n := invalid(resize(src, side, side)); n > 0 {
			t.Errorf("%d: %d pixels have a colour above their alpha", side, n)
		}
	}
}
