package imaging

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"slices"
	"strings"
	"testing"

	"github.com/gen2brain/jpegn"
	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestProcess: several renditions of one source, in order, each from the source.
func TestProcess(t *testing.T) {
	t.Parallel()
	data := sample.OrientedPNG(6)
	before := bytes.Clone(data)
	renditions := []Rendition{
		{Name: "tiny", Width: 9, Height: 9, Format: JPEG, Quality: 1},
		{Name: "square", Width: 20, Height: 20, Fit: Cover},
		{Name: "page", Width: 11},
		{Name: "web", Width: 11, Format: WebP},
	}
	all, err := Process(context.Background(), data, Options{Renditions: renditions, ThumbHash: true})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, before) {
		t.Error("the source was changed")
	}
	for i, r := range renditions {
		alone, err := Process(context.Background(), data, Options{Renditions: []Rendition{r}})
		if err != nil || !cmp.Equal(alone.Outputs[0], all.Outputs[i]) {
			t.Errorf("%s: made alone it differs: %v", r.Name, err)
		}
	}
	if got := all.Outputs[2]; got.Width != 11 || got.Height != 18 || got.Format != PNG || got.ContentType != "image/png" {
		t.Errorf("page is %dx%d, %s, %s", got.Width, got.Height, got.Format, got.ContentType)
	}
	if want := (Info{Format: PNG, Width: 23, Height: 38, Orientation: 6}); all.Info != want || len(all.Outputs) != 4 {
		t.Errorf("%+v, want %+v, with %d outputs", all.Info, want, len(all.Outputs))
	}
	if n := len(all.ThumbHash); n < 5 || n > 40 {
		t.Errorf("the thumbhash has %d bytes", n)
	}
	if _, err := Process(context.Background(), data, Options{Renditions: []Rendition{{Name: "BAD"}}}); err == nil || isRejection(err) {
		t.Errorf("an invalid rendition: %v", err)
	}
}

func isRejection(err error) bool {
	_, rejected := errors.AsType[*Rejection](err)
	return rejected
}

// TestFlatten: a JPEG is flattened on its background, by the usual formula.
func TestFlatten(t *testing.T) {
	t.Parallel()
	source, _ := process(t, sample.Gradient(), original(PNG))
	for text, c := range map[string]color.RGBA{"": {255, 255, 255, 255}, "#204060": {0x20, 0x40, 0x60, 255}} {
		want := image.NewRGBA(source.Rect)
		draw.Draw(want, want.Rect, image.NewUniform(c), image.Point{}, draw.Src)
		draw.Draw(want, want.Rect, source, image.Point{}, draw.Over)
		if d := farthest(t, flatten(source, c), want); d > 1 {
			t.Errorf("differs from draw.Over by %d", d)
		}
		got, out := process(t, sample.Gradient(), Rendition{Name: "r", Width: 80, Height: 80, Format: JPEG, Background: text})
		corner := got.RGBAAt(0, 0)
		if d := farthest(t, copyOf(image.NewUniform(corner), image.Rect(0, 0, 1, 1)), copyOf(image.NewUniform(c), image.Rect(0, 0, 1, 1))); out.Format != JPEG || d > 2 {
			t.Errorf("%s, the transparent corner is %v, want %v", out.Format, corner, c)
		}
	}
}

// countdown is a context whose deadline passes at the nth look at it.
type countdown struct {
	context.Context
	looks int
}

func (c *countdown) Err() error {
	if c.looks--; c.looks < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestDeadline: the context is looked at before the first and after every step.
func TestDeadline(t *testing.T) {
	t.Parallel()
	var stops []string
	for n := 0; ; n++ {
		_, err := Process(&countdown{context.Background(), n}, sample.OrientedPNG(3), Options{Renditions: []Rendition{{Name: "r", Width: 10}}})
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		stops = append(stops, strings.TrimSuffix(err.Error(), ": context deadline exceeded"))
	}
	want := []string{
		"before decoding", "decoding", `rendition "r": after colour`, `rendition "r": after crop`, `rendition "r": after orient`,
		`rendition "r": after sharpen`, `rendition "r": after flatten`, `rendition "r": after encode`,
	}
	if stops = slices.Compact(stops); !slices.Equal(stops, want) {
		t.Errorf("stops at\n%s\nwant\n%s", strings.Join(stops, "\n"), strings.Join(want, "\n"))
	}
	// Decoding is left between any two bands, and between the rows of what is read at once.
	for name, data := range map[string][]byte{
		"baseline":    sample.Photo(64, 400, 2),
		"progressive": progressive(t, sample.Ramp(64, 400), jpegn.Subsample420),
		"interlaced":  interlacedPNG(t, sample.AlphaEdges(64, 400)),
	} {
		for n := range 24 {
			if _, err := Process(&countdown{context.Background(), n}, data, Options{Renditions: []Rendition{{Name: "r", Width: 10}}}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s, look %d: %v", name, n, err)
			}
		}
	}
}
