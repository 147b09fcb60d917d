package imaging

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"github.com/pixline/pixline/pkg/imaging/internal/colour"
	"github.com/pixline/pixline/pkg/imaging/internal/jpeg"
	"github.com/pixline/pixline/pkg/imaging/internal/png"
)

// codec is all that is specific to one format.
type codec struct {
	header func(file) (header, error)
	decode func(data []byte) (image.Image, error) // nil for JPEG and PNG, which are streamed
	// peak is how many bytes a source pixel takes at most until it is reduced, its RGBA copy
	// included; memory.go says why.
	peak int64
}

var codecs = map[Format]codec{
	JPEG: {header: jpegHeader, peak: jpegPeak},
	PNG:  {header: pngHeader, peak: pngPeak},
	WebP: {header: webpHeader, decode: decodeWebP, peak: webpPeak},
	GIF:  {header: gifHeader, decode: decodeGIF, peak: gifPeak},
	BMP:  {header: bmpHeader, decode: decodeBMP, peak: bmpPeak},
	TIFF: {header: tiffHeader, decode: decodeTIFF, peak: tiffPeak},
}

// opened is a whole file whose header was accepted.
type opened struct {
	data    []byte
	info    Info
	exif    []byte
	profile *colour.Profile // nil: sRGB
	model   model
	decoder *jpeg.Header // of a JPEG
	png     *png.Decoder // of a PNG
}

// open checks a whole file's header. Every error is a *Rejection: the head is the file.
func open(data []byte, limits Limits) (*opened, error) {
	info, h, err := probe(data, int64(len(data)), limits)
	if err != nil {
		return nil, err
	}
	f := &opened{data: data, info: info, exif: h.exif, model: modelRGBA}
	if prepare := map[Format]func() error{JPEG: f.openJPEG, PNG: f.openPNG}[info.Format]; prepare != nil {
		if err := contain(prepare); err != nil {
			return nil, rejectDecoding(info.Format, err)
		}
	}
	f.profile = profileFor(h.icc, f.model)
	return f, nil
}

func (f *opened) openJPEG() error {
	d, err := jpeg.New(f.data, 1, 1)
	if err != nil {
		return err
	}
	h := d.Header()
	if w, ht := f.info.stored(); h.Width != w || h.Height != ht {
		return errSize
	}
	f.decoder, f.model = &h, jpegModel(h)
	return nil
}

// reduce decodes the file and gives each job its pixels.
func (f *opened) reduce(ctx context.Context, jobs []*job, times *Times) error {
	decode := f.whole
	switch f.info.Format {
	case JPEG:
		decode = f.streamJPEG
	case PNG:
		decode = f.streamPNG
	}
	err := decode(ctx, jobs, times)
	if ctx.Err() != nil {
		return fmt.Errorf("decoding: %w", ctx.Err())
	}
	if own, ok := errors.AsType[*resizeError](err); ok {
		return fmt.Errorf("resizing: %w", own.error)
	}
	if err != nil {
		return rejectDecoding(f.info.Format, err)
	}
	return nil
}

// resizeError is a fault of ours: the file is not to blame.
type resizeError struct{ error }

func (e *resizeError) Unwrap() error { return e.error }

// whole decodes formats that cannot be streamed.
func (f *opened) whole(ctx context.Context, jobs []*job, times *Times) error {
	start := time.Now()
	var img image.Image
	if err := contain(func() (err error) { img, err = codecs[f.info.Format].decode(f.data); return err }); err != nil {
		return err
	}
	if w, h := f.info.stored(); img.Bounds().Dx() != w || img.Bounds().Dy() != h {
		return errSize
	}
	pixels := toRGBA(img)
	times.Decode += time.Since(start)
	for _, j := range jobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		start = time.Now()
		if err := j.resize(pixels); err != nil {
			return &resizeError{err}
		}
		times.Resize += time.Since(start)
	}
	return nil
}

// stored returns the sides as stored, before orientation.
func (i Info) stored() (width, height int) {
	if swapsSides(i.Orientation) {
		return i.Height, i.Width
	}
	return i.Width, i.Height
}

// errSize is a difference between our reading of the header and the decoder's.
var errSize = errors.New("it declares two different sizes")

// contain turns a panic into an error: what reads foreign bytes is tested against
// damage, not proven.
func contain(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return do()
}

// errUnsupported is a variant of a format that is not read.
type errUnsupported struct{ what string }

func (e errUnsupported) Error() string { return e.what }

// rejectDecoding translates a decoder's error. Damage and truncation are not told
// apart: decoders report data that ends early in either way.
func rejectDecoding(format Format, err error) *Rejection {
	if rejection, ok := errors.AsType[*Rejection](err); ok {
		return rejection
	}
	var unsupported errUnsupported
	var jpegUnsupported jpeg.UnsupportedError
	var pngUnsupported png.UnsupportedError
	switch {
	case errors.As(err, &unsupported), errors.As(err, &jpegUnsupported), errors.As(err, &pngUnsupported):
		return reject(UnsupportedFormat, "the %s file uses a feature that is not supported: %v", format, err)
	}
	return reject(Corrupt, "the %s file is damaged or truncated: %v", format, err)
}
