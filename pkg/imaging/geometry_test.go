package imaging

import (
	"context"
	"image"
	"testing"

	"pgregory.net/rapid"
)

func drawRendition(t *rapid.T, most int) Rendition {
	r := Rendition{
		Name:    "r",
		Width:   rapid.IntRange(1, most).Draw(t, "width"),
		Height:  rapid.IntRange(1, most).Draw(t, "height"),
		Fit:     rapid.SampledFrom([]Fit{Contain, Cover, Fill, ""}).Draw(t, "fit"),
		Enlarge: rapid.Bool().Draw(t, "enlarge"),
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
			if right, bottom := w-g.crop.Max.X, h-g.crop.Max.Y; right-left < 0 || right-left > 1 || bottom-top < 0 || bottom-top > 1 {
				t.Fatalf("%v is not centred", g.crop)
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

// TestRenderedSizes: what Render makes has the planned size, for tiny and
// extreme shapes too.
func TestRenderedSizes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 90).Draw(t, "w"), rapid.IntRange(1, 90).Draw(t, "h")
		orientation := rapid.IntRange(1, 8).Draw(t, "orientation")
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		info := Info{Format: PNG, Width: w, Height: h, Orientation: orientation}
		if swapsSides(orientation) {
			info.Width, info.Height = h, w
		}
		r := drawRendition(t, 60)
		g := r.plan(info.Width, info.Height)
		if g.width*g.height > 1<<20 {
			t.Skip("an enlargement too slow to make here")
		}
		outputs, err := Render(context.Background(), img, info, r)
		if err != nil {
			t.Fatal(err)
		}
		decoded, _, err := Decode(outputs[0].Data, Limits{})
		if err != nil || decoded.Bounds() != image.Rect(0, 0, g.width, g.height) {
			t.Fatalf("%v, %v, want %dx%d", decoded, err, g.width, g.height)
		}
	})
}
