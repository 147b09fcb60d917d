package imaging

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"github.com/gen2brain/jpegn"
)

// writable is the format in which a source's renditions are written if none is
// asked for: its own, or PNG, which loses nothing.
func writable(source Format) Format {
	switch source {
	case JPEG, PNG, WebP:
		return source
	}
	return PNG
}

// hasAlpha says whether the format can carry transparency.
func hasAlpha(f Format) bool { return f != JPEG }

// fullChromaQuality is the quality of a JPEG from which its colours are not
// subsampled: libvips' rule.
const fullChromaQuality = 90

func subsamples(quality int) bool { return quality < fullChromaQuality }

// encode writes an image: RGBA, or the planes of a JPEG. quality is 1 to 100.
func encode(w io.Writer, img image.Image, f Format, quality int) error {
	switch f {
	case JPEG:
		return encodeJPEG(w, img, quality)
	case PNG:
		return png.Encode(w, straight(img))
	case WebP:
		return encodeWebP(w, straight(img), quality)
	}
	return fmt.Errorf("there is no encoder for %s", f)
}

func encodeJPEG(w io.Writer, img image.Image, quality int) error {
	options := jpegn.EncodeOptions{Quality: quality, OptimizeCoding: true, Subsampling: jpegn.Subsample444}
	switch {
	case img.ColorModel() == color.GrayModel:
		options.Subsampling = jpegn.SubsampleGray
	case subsamples(quality):
		options.Subsampling = jpegn.Subsample420
	}
	return jpegn.Encode(w, img, &options)
}

// straight returns an RGBA image with straight alpha, for which encoders need no
// conversion of each pixel, or the image itself where it is opaque. The pixels are shared.
func straight(img image.Image) image.Image {
	rgba, ok := img.(*image.RGBA)
	if !ok || rgba.Opaque() {
		return img
	}
	unpremultiply(rgba.Pix)
	return &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect}
}

// flatten returns premultiplied pixels over an opaque background. It returns src if it
// is opaque, and does not change it otherwise.
func flatten(src *image.RGBA, on color.RGBA) *image.RGBA {
	if src.Opaque() {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := src.Pix[y*src.Stride:][:4*w], dst.Pix[y*dst.Stride:][:4*w]
		for i := 0; i < len(from); i += 4 {
			rest := uint32(255 - from[i+3])
			to[i] = from[i] + scale(on.R, rest)
			to[i+1] = from[i+1] + scale(on.G, rest)
			to[i+2] = from[i+2] + scale(on.B, rest)
			to[i+3] = 255
		}
	}
	return dst
}

// withCopyright puts the tag into an encoded file.
func withCopyright(data []byte, f Format, text string) ([]byte, error) {
	exif := exifWithCopyright(text)
	switch f {
	case JPEG:
		return jpegWithEXIF(data, exif)
	case PNG:
		return pngWithEXIF(data, exif)
	case WebP:
		return webpWithEXIF(data, exif)
	}
	return nil, fmt.Errorf("there is no way to write EXIF into %s", f)
}
