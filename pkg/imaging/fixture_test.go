package imaging

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"testing"
)

// process makes one rendition of a file that is expected to be good, and decodes it.
func process(t *testing.T, data []byte, r Rendition) (*image.RGBA, Output) {
	t.Helper()
	result, err := Process(context.Background(), data, Options{Renditions: []Rendition{r}})
	if err != nil {
		t.Fatalf("processing: %v", err)
	}
	out, format, err := image.Decode(bytes.NewReader(result.Outputs[0].Data))
	if err != nil {
		t.Fatalf("decoding the output: %v", err)
	}
	o := result.Outputs[0]
	if format != string(o.Format) || o.ContentType != "image/"+format || out.Bounds() != image.Rect(0, 0, o.Width, o.Height) {
		t.Fatalf("the output says %s, %s, %dx%d, and is %s, %v", o.Format, o.ContentType, o.Width, o.Height, format, out.Bounds())
	}
	return copyOf(out, out.Bounds()), o
}

// accepts processes a file and returns the code of its rejection, "" for none.
func accepts(t *testing.T, data []byte, limits Limits) Code {
	t.Helper()
	_, err := Process(context.Background(), data, Options{Limits: limits, Renditions: []Rendition{{Name: "r", Width: 8, Height: 8, Fit: Cover}}})
	return codeOf(t, err)
}

func copyOf(img image.Image, r image.Rectangle) *image.RGBA {
	out := image.NewRGBA(r)
	draw.Draw(out, r, img, r.Min, draw.Src)
	return out
}

// psnr is the peak signal-to-noise ratio of the colours of two images of one size, in dB.
func psnr(t *testing.T, a, b *image.RGBA) float64 {
	t.Helper()
	if a.Rect.Size() != b.Rect.Size() {
		t.Fatalf("%v and %v differ in size", a.Rect, b.Rect)
	}
	var squares float64
	for i, v := range a.Pix {
		d := float64(v) - float64(b.Pix[i])
		squares += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a.Pix))*3/4/squares) // alpha is equal and does not count
}

// original asks for the source's size and format.
func original(format Format) Rendition {
	return Rendition{Name: "original", Width: MaxOutputSide, Format: format}
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// farthest is the largest difference of any channel of two images of one size.
func farthest(t *testing.T, a, b *image.RGBA) int {
	t.Helper()
	if a.Rect.Size() != b.Rect.Size() {
		t.Fatalf("%v and %v differ in size", a.Rect, b.Rect)
	}
	most := 0
	for y := range a.Rect.Dy() {
		p, q := a.Pix[y*a.Stride:][:4*a.Rect.Dx()], b.Pix[y*b.Stride:]
		for i, v := range p {
			most = max(most, int(v)-int(q[i]), int(q[i])-int(v))
		}
	}
	return most
}

// codeOf returns the code of a rejection, "" for no error, and fails on any other error.
func codeOf(t testing.TB, err error) Code {
	t.Helper()
	var r *Rejection
	if err == nil {
		return ""
	}
	if !errors.As(err, &r) {
		t.Fatalf("%T is no *Rejection: %v", err, err)
	}
	if r.Message == "" {
		t.Fatalf("%s has no message", r.Code)
	}
	return r.Code
}
