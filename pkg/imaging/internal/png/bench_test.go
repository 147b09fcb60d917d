package png

import (
	"bytes"
	"image"
	"image/draw"
	stdjpeg "image/jpeg"
	stdpng "image/png"
	"io"
	"testing"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// BenchmarkDecode decodes a picture of 6 megapixels that resembles a photo, opaque and with
// soft edges, here and in image/png.
func BenchmarkDecode(b *testing.B) {
	img, err := stdjpeg.Decode(bytes.NewReader(sample.Photo(2725, 2225, 1)))
	if err != nil {
		b.Fatal(err)
	}
	pixels := image.NewNRGBA(img.Bounds())
	draw.Draw(pixels, pixels.Rect, img, image.Point{}, draw.Src)
	bench := func(name string) {
		var file bytes.Buffer
		if err := stdpng.Encode(&file, pixels); err != nil {
			b.Fatal(err)
		}
		data := file.Bytes()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				d, err := New(data)
				if err != nil {
					b.Fatal(err)
				}
				for band := d.NewBand(); err == nil; {
					err = d.Next(band)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+", image/png", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := stdpng.Decode(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	bench("RGB")
	for y := range pixels.Rect.Dy() {
		for x := range min(y, pixels.Rect.Dx()) {
			pixels.Pix[y*pixels.Stride+4*x+3] = byte(min(255, y-x))
		}
	}
	bench("RGBA")
}
