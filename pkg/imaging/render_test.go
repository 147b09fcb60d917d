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

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestRender: several renditions of one source, in order, each from the source,
// which is not changed, and without metadata.
func TestRender(t *testing.T) {
	t.Parallel()
	data := sample.Oriented(6)
	img, info := mustDecode(t, data)
	before := copyOf(img, img.Bounds())
	renditions := []Rendition{
		{Name: "tiny", Width: 9, Height: 9, Quality: 1},
		{Name: "square", Width: 60, Height: 60, Fit: Cover, Format: PNG},
		{Name: "page", Width: 56},
	}
	all, err := Render(context.Background(), img, info, renditions...)
	if err != nil {
		t.Fatal(err)
	}
	if got := copyOf(img, img.Bounds()); !bytes.Equal(got.Pix, before.Pix) {
		t.Error("the source was changed")
	}
	for i, r := range renditions {
		alone, err := Render(context.Background(), img, info, r)
		if err != nil || !cmp.Equal(alone[0], all[i]) {
			t.Errorf("%s: made alone it differs: %v", r.Name, err)
		}
		if bytes.Contains(all[i].Data, []byte("Exif")) {
			t.Errorf("%s has EXIF", r.Name)
		}
	}
	if got := all[2]; got.Width != 56 || got.Height != 72 || got.Format != JPEG || got.ContentType != "image/jpeg" {
		t.Errorf("page is %dx%d, %s, %s", got.Width, got.Height, got.Format, got.ContentType)
	}
	if _, err := Render(context.Background(), img, info, Rendition{Name: "BAD"}); err == nil {
		t.Error("an invalid rendition was rendered")
	}
	if _, err := Render(context.Background(), image.NewGray(image.Rect(0, 0, 1, 1)), info, renditions...); err == nil {
		t.Error("an image that is not its info's was rendered")
	}
}

// TestTransparencyOnJPEG: a JPEG is flattened on white, by the usual formula.
func TestTransparencyOnJPEG(t *testing.T) {
	t.Parallel()
	img, _ := mustDecode(t, sample.Gradient())
	source := copyOf(img, img.Bounds())
	want := image.NewRGBA(source.Rect)
	draw.Draw(want, want.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(want, want.Rect, source, image.Point{}, draw.Over)
	if d := farthest(t, flattenOnWhite(source), want); d > 1 {
		t.Errorf("differs from draw.Over by %d", d)
	}
	got, out := render(t, sample.Gradient(), Rendition{Name: "r", Width: 80, Height: 80, Format: JPEG})
	if corner := got.RGBAAt(0, 0); out.Format != JPEG || corner != (color.RGBA{R: 255, G: 255, B: 255, A: 255}) {
		t.Errorf("%s, the transparent corner is %v, want white", out.Format, corner)
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
	img, info := mustDecode(t, sample.Photo(64, 48, 2))
	var stops []string
	for n := 0; ; n++ {
		_, err := Render(&countdown{context.Background(), n}, img, info, Rendition{Name: "r", Width: 10})
		if err == nil {
			break
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		stops = append(stops, strings.TrimSuffix(err.Error(), ": context deadline exceeded"))
	}
	want := []string{
		"rendering: before convert", "rendering: after convert", "rendering: after orient",
		`rendering "r": before crop`, `rendering "r": after crop`, `rendering "r": after resize`,
		`rendering "r": after flatten`, `rendering "r": after encode`,
	}
	if !slices.Equal(stops, want) {
		t.Errorf("stops at\n%s\nwant\n%s", strings.Join(stops, "\n"), strings.Join(want, "\n"))
	}
}

// TestPeakBytes: the formula covers decoding, grows with what is asked, and
// stays exact where int32 would not.
func TestPeakBytes(t *testing.T) {
	t.Parallel()
	thumb := Rendition{Name: "thumb", Width: 320, Height: 320}
	if got, want := PeakBytes(6000, 4000, thumb), int64(24*6000*4000); got != want {
		t.Errorf("24 megapixels and a thumbnail: %d, want %d, where decoding decides", got, want)
	}
	huge := Rendition{Name: "huge", Width: 4000, Height: 4000, Fit: Fill, Enlarge: true}
	// 12 per source pixel; output 4; horizontal pass 4 x 4000 x 100, result, copy and buffer 4 x 4.
	if got, want := PeakBytes(100, 100, huge), int64(12*100*100+(4+16)*4000*4000+4*4000*100); got != want {
		t.Errorf("an enlargement: %d, want %d", got, want)
	}
	if PeakBytes(100, 100, huge, huge) <= PeakBytes(100, 100, huge) {
		t.Error("a second output needs no memory")
	}
	if got := PeakBytes(60000, 60000); got != 24*3_600_000_000 {
		t.Errorf("3.6 gigapixels: %d", got)
	}
}
