package imaging

import (
	"bytes"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"testing"

	"github.com/gen2brain/jpegn"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// Files of each format, by encoders other than ours where there is one.

func encoded(t testing.TB, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegnOf(t testing.TB, img image.Image, o jpegn.EncodeOptions) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return jpegn.Encode(b, img, &o) })
}

func progressive(t testing.TB, img image.Image, ratio jpegn.Subsampling) []byte {
	t.Helper()
	return jpegnOf(t, img, jpegn.EncodeOptions{Quality: 85, Progressive: true, Subsampling: ratio})
}

func lossyWebP(t testing.TB, img image.Image) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return encodeWebP(b, img, 80) })
}

func gifOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	colours := append(color.Palette{color.Transparent}, palette.WebSafe...)
	paletted := image.NewPaletted(img.Bounds(), colours)
	draw.Draw(paletted, paletted.Rect, img, img.Bounds().Min, draw.Src)
	return encoded(t, func(b *bytes.Buffer) error { return gif.Encode(b, paletted, nil) })
}

func bmpOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, img) })
}

func tiffOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	return encoded(t, func(b *bytes.Buffer) error {
		return tiff.Encode(b, img, &tiff.Options{Compression: tiff.Deflate, Predictor: true})
	})
}

// deep returns the image with 16 bits.
func deep(img image.Image) image.Image {
	out := image.NewNRGBA64(img.Bounds())
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}
