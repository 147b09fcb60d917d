package imaging

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"runtime"

	"github.com/anthonynsimon/bild/effect"
	"github.com/anthonynsimon/bild/transform"
	"go.n16f.net/thumbhash"

	"github.com/pixline/pixline/pkg/imaging/internal/colour"
	"github.com/pixline/pixline/pkg/imaging/internal/focus"
	"github.com/pixline/pixline/pkg/imaging/internal/resample"
)

// kernel is Lanczos with three lobes, what photographs are reduced with.
var kernel = transform.Lanczos

// job makes one rendition: planned before decoding, fed with the source's
// pixels, finished on its own.
type job struct {
	info      Info
	rendition Rendition
	geometry  geometry
	format    Format
	profile   *colour.Profile
	copyright string
	weights   map[axisKey]*resample.Axis
	// raster has the source's model and orientation, and the rendition's scale.
	raster raster
	// direct: the planes of a JPEG are encoded as they are.
	direct    bool
	thumbnail bool
	output    Output
}

func newJob(f *opened, r Rendition) *job {
	j := &job{info: f.info, weights: map[axisKey]*resample.Axis{}, rendition: r, geometry: r.plan(f.info.Width, f.info.Height), profile: f.profile}
	j.format = r.OutputFormat(f.info.Format)
	j.direct = j.format == JPEG && (f.model == modelYCbCr && f.profile == nil || f.model == modelGray) &&
		r.Sharpen == 0 && !j.geometry.searches()
	w, h := j.geometry.width, j.geometry.height
	if swapsSides(f.info.Orientation) {
		w, h = h, w
	}
	subsampled := j.direct && f.model == modelYCbCr && subsamples(r.quality())
	j.raster = newRaster(f.model, w, h, subsampled)
	j.raster.inverted = f.decoder != nil && f.decoder.Adobe
	return j
}

// thumbnailSide is what a ThumbHash is computed from: 100 pixels at most.
const thumbnailSide = 100

func newThumbnail(f *opened) *job {
	j := newJob(f, Rendition{Name: "thumbhash", Width: thumbnailSide, Height: thumbnailSide, Format: PNG})
	j.thumbnail = true
	return j
}

// span is the part of one axis of the stored source that an axis of a plane
// shows, in pixels of the source, and how many samples show it.
//
// A subsampled plane of an odd axis covers one pixel more than there is. Where
// the display mirrors the axis, that one is at its beginning: the planes would shift
// against each other otherwise.
func (j *job) span(plane int, vertical bool) (from, to float64, samples int) {
	w, h := j.info.stored()
	crop := storedRect(j.geometry.crop, j.info.Orientation, w, h)
	mirrorX, mirrorY := mirrors(j.info.Orientation)
	a, b, out, mirrored := crop.Min.X, crop.Max.X, j.raster.width, mirrorX
	p := j.raster.planes[plane]
	samples = p.width
	if vertical {
		a, b, out, mirrored = crop.Min.Y, crop.Max.Y, j.raster.height, mirrorY
		samples = p.height
	}
	from, to = float64(a), float64(b)
	length := (to - from) / float64(out) * float64(samples*j.raster.subsampling(plane))
	if mirrored {
		return to - length, to, samples
	}
	return from, from + length, samples
}

// axes returns the weights that reduce a plane of the source, of n x m samples that
// cover spanX x spanY samples, to the job's plane.
func (j *job) axes(plane, n, m int, spanX, spanY float64) (h, v *resample.Axis, err error) {
	w, ht := j.info.stored()
	axis := func(vertical bool, n, pixels int, span float64) (*resample.Axis, error) {
		from, to, out := j.span(plane, vertical)
		perPixel := span / float64(pixels)
		return j.axis(axisKey{n, from * perPixel, to * perPixel, out})
	}
	if h, err = axis(false, n, w, spanX); err != nil {
		return nil, nil, err
	}
	v, err = axis(true, m, ht, spanY)
	return h, v, err
}

// resizer returns what reduces such a plane, as its rows come, to the job's.
func (j *job) resizer(plane, n, m int, spanX, spanY float64) (*resample.Resizer, error) {
	h, v, err := j.axes(plane, n, m, spanX, spanY)
	if err != nil {
		return nil, err
	}
	to := j.raster.planes[plane]
	return resample.New(to.pix, to.stride, to.layout, h, v)
}

// axisKey is what the weights of an axis depend on.
type axisKey struct {
	samples  int
	from, to float64
	out      int
}

// axis makes the weights once for all planes of one size.
func (j *job) axis(k axisKey) (*resample.Axis, error) {
	if a, ok := j.weights[k]; ok {
		return a, nil
	}
	a, err := resample.NewAxis(k.samples, k.from, k.to, k.out, kernel)
	if err == nil {
		j.weights[k] = a
	}
	return a, err
}

// resize reduces a whole image.
func (j *job) resize(src *image.RGBA) error {
	w, h := src.Rect.Dx(), src.Rect.Dy()
	x, y, err := j.axes(0, w, h, float64(w), float64(h))
	if err != nil {
		return err
	}
	p := j.raster.planes[0]
	return resample.Resize(p.pix, p.stride, src.Pix, src.Stride, p.layout, x, y, workers())
}

// workers is how many goroutines one step uses.
func workers() int { return min(runtime.GOMAXPROCS(0), maxWorkers) }

// finish does what is done on the reduced pixels: colours, position, orientation,
// sharpening, background, encoding. ctx is checked between the steps.
func (j *job) finish(ctx context.Context) error {
	steps := []step{{"colour", j.convert}, {"crop", j.crop}, {"orient", j.orient}, {"sharpen", j.sharpen}, {"flatten", j.flatten}, {"encode", j.encode}}
	if j.direct {
		steps = []step{{"colour", j.convertGray}, {"orient", j.orient}, {"encode", j.encodePlanes}}
	}
	if j.thumbnail {
		steps = []step{{"colour", j.convert}, {"orient", j.orient}, {"thumbhash", j.hash}}
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("after %s: %w", s.name, err)
		}
	}
	return nil
}

type step struct {
	name string
	do   func() error
}

func (j *job) convert() error {
	j.raster.toRGBA(j.profile)
	return nil
}

// convertGray keeps the one plane that a grey image is encoded from.
func (j *job) convertGray() error {
	if j.profile != nil {
		j.profile.ConvertGray(j.raster.planes[0].pix)
	}
	return nil
}

// crop cuts the window of a position that is searched for. The search sees the
// picture as stored; what it finds is the same part.
func (j *job) crop() error {
	if !j.geometry.searches() {
		return nil
	}
	w, h := j.geometry.window.X, j.geometry.window.Y
	if swapsSides(j.info.Orientation) {
		w, h = h, w
	}
	img := j.raster.image()
	find := focus.Entropy
	if j.rendition.Position == Attention {
		find = focus.Attention
	}
	at := find(img, w, h)
	j.raster.setImage(transform.Crop(img, image.Rectangle{Min: at, Max: at.Add(image.Pt(w, h))}))
	return nil
}

func (j *job) orient() error {
	j.raster.orient(j.info.Orientation)
	return nil
}

// sharpenRadius is in pixels of the output: reduced photographs want the finest detail
// sharpened and nothing else.
const sharpenRadius = 1

func (j *job) sharpen() error {
	if j.rendition.Sharpen > 0 {
		j.raster.setImage(effect.UnsharpMask(j.raster.image(), sharpenRadius, j.rendition.Sharpen))
		clampToAlpha(j.raster.planes[0].pix)
	}
	return nil
}

func (j *job) flatten() error {
	if !hasAlpha(j.format) {
		j.raster.setImage(flatten(j.raster.image(), j.rendition.background()))
	}
	return nil
}

func (j *job) encode() error { return j.write(j.raster.image()) }

func (j *job) encodePlanes() error { return j.write(j.raster.planar()) }

func (j *job) write(img image.Image) error {
	var buffer bytes.Buffer
	if err := encode(&buffer, img, j.format, j.rendition.quality()); err != nil {
		return err
	}
	data := buffer.Bytes()
	if j.copyright != "" {
		var err error
		if data, err = withCopyright(data, j.format, j.copyright); err != nil {
			return err
		}
	}
	size := img.Bounds().Size()
	j.output = Output{
		Name: j.rendition.Name, Format: j.format, Width: size.X, Height: size.Y,
		Data: data, ContentType: j.format.ContentType(),
	}
	return nil
}

// hash computes the ThumbHash. The library multiplies colours by alpha itself, and takes them as they
// are from an image.RGBA.
func (j *job) hash() error {
	unpremultiply(j.raster.planes[0].pix)
	j.output.Data = thumbhash.EncodeImage(j.raster.image())
	return nil
}
