package imaging

import (
	"bytes"
	"context"
	"image"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

func drawRendition(t *rapid.T, most int) Rendition {
	r := Rendition{
		Name:    "r",
		Width:   rapid.IntRange(1, most).Draw(t, "width"),
		Height:  rapid.IntRange(1, most).Draw(t, "height"),
		Fit:     rapid.SampledFrom([]Fit{Contain, Cover, Fill, ""}).Draw(t, "fit"),
		Enlarge: rapid.Bool().Draw(t, "enlarge"),
	}
	if r.Fit == Cover {
		r.Position = rapid.SampledFrom(append([]Position{""}, positions...)).Draw(t, "position")
	}
	if r.Fit == Contain {
		switch rapid.IntRange(0, 3).Draw(t, "side left out") {
		case 1:
			r.Width = 0
		case 2:
			r.Height = 0
		}
	}
	return r
}

// isRounded says whether got is n*num/den rounded half up, or 1 where that is 0.
func isRounded(got, n, num, den int) bool {
	twice := 2*n*num - 2*got*den // in (-den, den] would be half down; half up is [-den, den)
	return -den <= twice && twice < den || got == 1 && 2*n*num < den
}

// placed says whether what is cut off before and after is where the position wants it.
func placed(position, low, high string, before, after int) bool {
	switch {
	case strings.Contains(position, low):
		return before == 0
	case strings.Contains(position, high):
		return after == 0
	}
	return after-before == 0 || after-before == 1
}

// TestSizeRules holds the rules that Rendition documents.
func TestSizeRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 20000).Draw(t, "w"), rapid.IntRange(1, 20000).Draw(t, "h")
		r := drawRendition(t, 5000)
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		g := r.plan(w, h)
		source := image.Rect(0, 0, w, h)
		if g.searches() { // as cover does it without a search, plus what the search may choose from
			whole := g
			r.Position = Centre
			if g = r.plan(w, h); g.size() != whole.size() || whole.crop != source || whole.width < g.width || whole.height < g.height ||
				whole.width > g.width && whole.height > g.height {
				t.Fatalf("%+v is searched in %+v", g, whole)
			}
		}
		if g.width < 1 || g.height < 1 || g.crop.Empty() || !g.crop.In(source) {
			t.Fatalf("%+v of %dx%d", g, w, h)
		}
		if g.width > MaxOutputSide || g.height > MaxOutputSide || g.width*g.height > MaxOutputPixels {
			t.Fatalf("the output is %dx%d, above what is allowed", g.width, g.height)
		}
		if !r.Enlarge && (g.width > w || g.height > h) {
			t.Fatalf("enlarged to %dx%d", g.width, g.height)
		}
		if r.Width > 0 && g.width > r.Width || r.Height > 0 && g.height > r.Height {
			t.Fatalf("%dx%d exceeds the box", g.width, g.height)
		}
		switch r.Fit {
		case Fill:
			if g.crop != source || r.Enlarge && (g.width != r.Width || g.height != r.Height) {
				t.Fatalf("%+v", g)
			}
		case Cover:
			left, top := g.crop.Min.X, g.crop.Min.Y
			right, bottom := w-g.crop.Max.X, h-g.crop.Max.Y
			if !placed(string(r.Position), "left", "right", left, right) || !placed(string(r.Position), "top", "bottom", top, bottom) {
				t.Fatalf("%v is not at %q", g.crop, r.Position)
			}
			fullWidth := g.crop.Dx() == w && isRounded(g.crop.Dy(), w, r.Height, r.Width)
			fullHeight := g.crop.Dy() == h && isRounded(g.crop.Dx(), h, r.Width, r.Height)
			if !fullWidth && !fullHeight {
				t.Fatalf("%v has not the box's aspect", g.crop)
			}
			exact := g.width == r.Width && g.height == r.Height
			if canFill := w >= r.Width && h >= r.Height; (canFill || r.Enlarge) && !exact {
				t.Fatalf("%dx%d does not fill the box", g.width, g.height)
			}
			if !exact && (g.width != g.crop.Dx() || g.height != g.crop.Dy()) {
				t.Fatalf("%+v is not at the source's scale", g)
			}
		default:
			byWidth := isRounded(g.height, h, g.width, w)
			byHeight := isRounded(g.width, w, g.height, h)
			if g.crop != source || !byWidth && !byHeight {
				t.Fatalf("%+v has not the source's aspect", g)
			}
			asSource := !r.Enlarge && g.width == w && g.height == h
			freeSide := r.Width == 0 && g.width == min(MaxOutputSide, MaxOutputPixels/max(1, r.Height)) ||
				r.Height == 0 && g.height == min(MaxOutputSide, MaxOutputPixels/max(1, r.Width))
			if g.width != r.Width && g.height != r.Height && !asSource && !freeSide {
				t.Fatalf("%+v is smaller than it may be", g)
			}
		}
	})
}

// TestSizes: what Process makes has the planned size, for tiny and extreme shapes, each
// orientation and each position, from PNGs and JPEGs.
func TestSizes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 90).Draw(t, "w"), rapid.IntRange(1, 90).Draw(t, "h")
		picture := image.NewRGBA(image.Rect(0, 0, w, h))
		orientation := rapid.IntRange(1, 8).Draw(t, "orientation")
		data := sample.StoredAs(picture, orientation, rapid.SampledFrom([]string{"jpeg", "png"}).Draw(t, "format"))
		r := drawRendition(t, 60)
		g := r.plan(w, h)
		if g.width*g.height > 1<<20 {
			t.Skip("an enlargement too slow to make here")
		}
		result, err := Process(context.Background(), data, Options{Renditions: []Rendition{r}})
		if err != nil {
			t.Fatal(err)
		}
		o := result.Outputs[0]
		decoded, _, err := image.Decode(bytes.NewReader(o.Data))
		if err != nil || decoded.Bounds().Size() != g.size() || image.Pt(o.Width, o.Height) != g.size() {
			t.Fatalf("%v, %v, want %v", decoded.Bounds(), err, g.size())
		}
	})
}
