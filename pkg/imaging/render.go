package imaging

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
)

// Output is one rendition, encoded.
type Output struct {
	// Name is the rendition's.
	Name   string
	Format Format
	// Width and Height are in pixels.
	Width, Height int
	// Data is the file; it has no metadata.
	Data        []byte
	ContentType string
}

// Render makes the renditions of a decoded image, in their order. img and info
// are from [Decode]; img is not changed.
//
// The steps are orient, once, then crop, resize, flatten (transparency onto
// white, where the output is a JPEG) and encode for each rendition. ctx is
// checked after every step: past its deadline the error wraps ctx.Err(). A step itself
// is not interrupted. An invalid rendition is an error before any work.
func Render(ctx context.Context, img image.Image, info Info, renditions ...Rendition) ([]Output, error) {
	for _, r := range renditions {
		if err := r.Validate(); err != nil {
			return nil, err
		}
	}
	if w, h := info.stored(); w != img.Bounds().Dx() || h != img.Bounds().Dy() {
		return nil, fmt.Errorf("rendering: the image is %v, but its info says %dx%d as stored", img.Bounds(), w, h)
	}
	source := &job{info: info}
	if err := source.run(ctx, []step{
		{"convert", func(j *job) error { j.pixels = toRGBA(img); return nil }},
		{"orient", (*job).orient},
	}); err != nil {
		return nil, fmt.Errorf("rendering: %w", err)
	}
	outputs := make([]Output, 0, len(renditions))
	for _, r := range renditions {
		j := &job{info: info, pixels: source.pixels, rendition: r, geometry: r.plan(info.Width, info.Height)}
		j.format = r.Format
		if j.format == "" {
			j.format = info.Format
		}
		if err := j.run(ctx, []step{
			{"crop", (*job).crop},
			{"resize", (*job).resize},
			{"flatten", (*job).flatten},
			{"encode", (*job).encode},
		}); err != nil {
			return nil, fmt.Errorf("rendering %q: %w", r.Name, err)
		}
		outputs = append(outputs, Output{
			Name: r.Name, Format: j.format, Width: j.geometry.width, Height: j.geometry.height,
			Data: j.data, ContentType: j.format.ContentType(),
		})
	}
	return outputs, nil
}

// job is one image on its way through the steps. A step replaces pixels, never
// writes to them: they may be the source's, which all renditions share.
type job struct {
	info      Info
	rendition Rendition
	geometry  geometry
	format    Format
	pixels    *image.RGBA
	data      []byte
}

type step struct {
	name string
	do   func(*job) error
}

func (j *job) run(ctx context.Context, steps []step) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("before %s: %w", steps[0].name, err)
	}
	for _, s := range steps {
		if err := s.do(j); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("after %s: %w", s.name, err)
		}
	}
	return nil
}

func (j *job) orient() error {
	j.pixels = orient(j.pixels, j.info.Orientation)
	return nil
}

func (j *job) crop() error {
	if j.geometry.crop != j.pixels.Rect {
		// A view: Resize and the encoders read through Pix and Stride.
		j.pixels = j.pixels.SubImage(j.geometry.crop).(*image.RGBA)
	}
	return nil
}

func (j *job) resize() error {
	j.pixels = resize(j.pixels, j.geometry.width, j.geometry.height)
	return nil
}

func (j *job) flatten() error {
	if !codecs[j.format].alpha {
		j.pixels = flattenOnWhite(j.pixels)
	}
	return nil
}

func (j *job) encode() error {
	var buffer bytes.Buffer
	if err := codecs[j.format].encode(&buffer, j.pixels, j.rendition.Quality); err != nil {
		return err
	}
	j.data = buffer.Bytes()
	return nil
}

// toRGBA converts to premultiplied 8-bit RGBA with its origin at 0, 0.
func toRGBA(img image.Image) *image.RGBA {
	b := img.Bounds()
	if rgba, ok := img.(*image.RGBA); ok && b.Min == (image.Point{}) {
		return rgba
	}
	dst := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(dst, dst.Rect, img, b.Min, draw.Src)
	return dst
}
