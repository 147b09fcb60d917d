package imaging

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"testing"
)

// mustDecode decodes a file that is expected to be good.
func mustDecode(t *testing.T, data []byte) (image.Image, Info) {
	t.Helper()
	img, info, err := Decode(data, Limits{})
	if err != nil {
		t.Fatalf("decoding: %v", err)
	}
	return img, info
}

// render decodes a file, makes one rendition and decodes that.
func render(t *testing.T, data []byte, r Rendition) (*image.RGBA, Output) {
	t.Helper()
	img, info := mustDecode(t, data)
	outputs, err := Render(context.Background(), img, info, r)
	if err != nil {
		t.Fatalf("rendering: %v", err)
	}
	out, format, err := image.Decode(bytes.NewReader(outputs[0].Data))
	if err != nil {
		t.Fatalf("decoding the output: %v", err)
	}
	o := outputs[0]
	if format != string(o.Format) || o.ContentType != "image/"+format || out.Bounds() != image.Rect(0, 0, o.Width, o.Height) {
		t.Fatalf("the output says %s, %s, %dx%d, and is %s, %v", o.Format, o.ContentType, o.Width, o.Height, format, out.Bounds())
	}
	return toRGBA(out), o
}

// original asks for the source's size and format.
func original(format Format) Rendition {
	return Rendition{Name: "original", Width: MaxOutputSide, Format: format}
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, img image.Image) []byte {
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
func codeOf(t *testing.T, err error) Code {
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
