package imaging

import (
	"image"
	"image/jpeg"
	"image/png"
	"io"
)

func encodeJPEG(w io.Writer, pixels *image.RGBA, quality int) error {
	if quality == 0 {
		quality = DefaultQuality
	}
	return jpeg.Encode(w, pixels, &jpeg.Options{Quality: quality})
}

func encodePNG(w io.Writer, pixels *image.RGBA, _ int) error {
	return png.Encode(w, pixels)
}

// flattenOnWhite returns src over white. On premultiplied colours that is adding
// 255 - alpha to each, exactly. It does not change src, and returns it if it is opaque.
func flattenOnWhite(src *image.RGBA) *image.RGBA {
	if src.Opaque() {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		from, to := src.Pix[y*src.Stride:][:4*w], dst.Pix[y*dst.Stride:][:4*w]
		for i := 0; i < len(from); i += 4 {
			white := 255 - from[i+3]
			to[i], to[i+1], to[i+2], to[i+3] = from[i]+white, from[i+1]+white, from[i+2]+white, 255
		}
	}
	return dst
}
