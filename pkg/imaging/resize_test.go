package imaging

import (
	"image"
	"image/color"
	"testing"

	"github.com/anthonynsimon/bild/transform"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestResizeIsLanczos holds the whole path, crop included, against bild's Lanczos on
// the same pixels: up, down, and one side each.
func TestResizeIsLanczos(t *testing.T) {
	t.Parallel()
	photo, _ := process(t, sample.Photo(203, 151, 5), original(PNG))
	data := pngOf(t, photo)
	for _, size := range [][2]int{{101, 75}, {51, 38}, {203, 60}, {70, 151}, {400, 300}, {202, 150}, {9, 7}} {
		r := Rendition{Name: "r", Width: size[0], Height: size[1], Fit: Fill, Enlarge: true}
		got, _ := process(t, data, r)
		if d := farthest(t, got, transform.Resize(photo, size[0], size[1], transform.Lanczos)); d > 1 {
			t.Errorf("%v: differs from bild by %d", size, d)
		}
		r.Fit = Cover
		for _, r.Position = range []Position{Centre, TopLeft, BottomRight} {
			cropped := transform.Crop(photo, r.plan(203, 151).crop)
			got, _ = process(t, data, r)
			if d := farthest(t, got, transform.Resize(cropped, size[0], size[1], transform.Lanczos)); d > 1 {
				t.Errorf("cover %v %s: differs from bild by %d", size, r.Position, d)
			}
		}
	}
}

// TestJPEGQuality: a JPEG that is reduced while it is decoded, plane by plane, gives
// what a full decode and Lanczos give. 38 dB is where differences stop being visible in
// photos; the loss of the output's own compression is in it, at quality 100.
func TestJPEGQuality(t *testing.T) {
	t.Parallel()
	data := sample.Photo(901, 603, 9)
	full, _ := process(t, data, original(PNG))
	for _, size := range [][2]int{{600, 402}, {300, 201}, {224, 150}, {160, 107}, {75, 50}, {90, 500}} {
		want := transform.Resize(full, size[0], size[1], transform.Lanczos)
		for _, format := range []Format{JPEG, PNG} {
			r := Rendition{Name: "r", Width: size[0], Height: size[1], Fit: Fill, Format: format}
			if format == JPEG {
				r.Quality = 100
			}
			got, _ := process(t, data, r)
			if db := psnr(t, got, want); db < 38 {
				t.Errorf("%v %s: PSNR %.1f dB against bild's Lanczos, want 38", size, format, db)
			} else {
				t.Logf("%v %s: %.1f dB", size, format, db)
			}
		}
	}
}

// TestPlanesStayTogether: where an orientation mirrors a JPEG of odd sides, its
// subsampled colours stay on what they colour.
func TestPlanesStayTogether(t *testing.T) {
	t.Parallel()
	picture := image.NewRGBA(image.Rect(0, 0, 167, 133))
	for y := range 133 {
		for x := range 167 {
			picture.SetRGBA(x, y, color.RGBA{R: uint8(255 * (x / 24 % 2)), G: 60, B: uint8(255 * (y / 19 % 2)), A: 255})
		}
	}
	want := transform.Resize(picture, 83, 66, transform.Lanczos)
	var worst [9]float64
	for n := 1; n <= 8; n++ {
		got, _ := process(t, sample.StoredAs(picture, n, "jpeg"), Rendition{Name: "r", Width: 83, Height: 66, Fit: Fill, Quality: 85})
		worst[n] = psnr(t, got, want)
		if worst[n] < worst[1]-0.7 {
			t.Errorf("orientation %d: %.1f dB, orientation 1 has %.1f", n, worst[n], worst[1])
		}
	}
	if worst[1] < 20 {
		t.Errorf("%.1f dB", worst[1])
	}
}

// TestNoFringe: a red disc on transparent green stays red at its edge, and on
// white goes through nothing but red and white.
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
		got, _ := process(t, pngOf(t, disc), Rendition{Name: "r", Width: width, Enlarge: true})
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
		for i, flat := 0, flatten(got, color.RGBA{255, 255, 255, 255}); i < len(flat.Pix); i += 4 {
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
	f := &opened{info: Info{Format: PNG, Width: 120, Height: 120, Orientation: 1}, model: modelRGBA}
	invalid := func(pix []byte) (n int) {
		for ; len(pix) >= 4; pix = pix[4:] {
			if max(pix[0], pix[1], pix[2]) > pix[3] {
				n++
			}
		}
		return n
	}
	for _, side := range []int{19, 50, 97, 200} {
		if invalid(transform.Resize(src, side, side, transform.Lanczos).Pix) == 0 {
			t.Errorf("%d: bild alone makes no invalid colour: this picture proves nothing", side)
		}
		j := newJob(f, Rendition{Name: "r", Width: side, Height: side, Enlarge: true})
		if err := j.resize(src); err != nil {
			t.Fatal(err)
		}
		if n := invalid(j.raster.planes[0].pix); n > 0 {
			t.Errorf("%d: %d pixels have a colour above their alpha", side, n)
		}
	}
}
