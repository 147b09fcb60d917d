package imaging

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

// codec is all that is specific to one format.
type codec struct {
	header func(file) (header, error)
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	encode func(w io.Writer, pixels *image.RGBA, quality int) error
	alpha  bool // the format can carry transparency
}

var codecs = map[Format]codec{
	JPEG: {header: jpegHeader, config: jpeg.DecodeConfig, decode: jpeg.Decode, encode: encodeJPEG},
	PNG:  {header: pngHeader, config: png.DecodeConfig, decode: png.Decode, encode: encodePNG, alpha: true},
}

// Decode decodes a whole file. The image is as stored: [Render] applies
// info.Orientation. Its concrete type is the decoder's; 16-bit samples, palettes,
// grey and CMYK are converted to 8-bit RGBA by Render.
//
// All limits are checked before any pixel is decoded. Every error is a [*Rejection].
func Decode(data []byte, limits Limits) (image.Image, Info, error) {
	info, err := Probe(data, int64(len(data)), limits)
	if err != nil {
		return nil, Info{}, err // never *NeedMoreError: the head is the whole file
	}
	if info.Format == JPEG && countScans(data) > maxScans {
		return nil, Info{}, reject(UnsupportedFormat, "the JPEG has more than %d scans", maxScans)
	}
	img, err := decodePixels(codecs[info.Format], data, info)
	if err != nil {
		return nil, Info{}, rejectDecoding(info.Format, err)
	}
	return img, info, nil
}

// errSize is a difference between our reading of the header and the decoder's.
var errSize = errors.New("it declares two different sizes")

// decodePixels decodes, and turns a decoder's panic into an error: the decoders
// are tested against damage, not proven.
func decodePixels(c codec, data []byte, info Info) (img image.Image, err error) {
	defer func() {
		if v := recover(); v != nil {
			img, err = nil, fmt.Errorf("its decoder failed: %v", v)
		}
	}()
	width, height := info.stored()
	// Ask the decoder too: it allocates what it reads, not what Probe read.
	config, err := c.config(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if config.Width != width || config.Height != height {
		return nil, errSize
	}
	img, err = c.decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if img.Bounds() != image.Rect(0, 0, width, height) {
		return nil, errSize
	}
	return img, nil
}

// stored returns the sides as stored, before orientation.
func (i Info) stored() (width, height int) {
	if swapsSides(i.Orientation) {
		return i.Height, i.Width
	}
	return i.Width, i.Height
}

// rejectDecoding translates a decoder's error. Damage and truncation are not told
// apart: the standard library reports data that ends early in either way.
func rejectDecoding(format Format, err error) *Rejection {
	var jpegUnsupported jpeg.UnsupportedError
	var pngUnsupported png.UnsupportedError
	switch {
	case errors.As(err, &jpegUnsupported):
		return reject(UnsupportedFormat, "the JPEG uses a feature that is not supported: %s", string(jpegUnsupported))
	case errors.As(err, &pngUnsupported):
		return reject(UnsupportedFormat, "the PNG uses a feature that is not supported: %s", string(pngUnsupported))
	}
	return reject(Corrupt, "the %s file is damaged or truncated: %v", format, err)
}
