package imaging

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// reader is a format's two functions.
type reader struct {
	header func(file) (header, error)
	decode func([]byte) (image.Image, error)
}

// read does with a whole file what the package does: the header under limits, then the pixels.
func (r reader) read(data []byte) (header, image.Image, error) {
	var h header
	var img image.Image
	err := contain(func() (err error) {
		f := file{head: data, size: int64(len(data)), limits: Limits{MaxPixels: 1 << 20}}
		if h, err = r.header(f); err != nil {
			return err
		}
		img, err = r.decode(data)
		return err
	})
	return h, img, err
}

// wholeOrNothing checks a good file against everything that may be cut off or damaged: a
// truncated file is an error or the whole picture, a head asks for more or says the same as the whole
// file, and damage gives an image of the declared size or an error.
func (r reader) wholeOrNothing(t *testing.T, good []byte) {
	t.Helper()
	whole, want, err := r.read(good)
	if err != nil {
		t.Fatal(err)
	}
	for n := range good {
		_, img, err := r.read(good[:n])
		var more *NeedMoreError
		if errors.As(err, &more) {
			t.Fatalf("%d of %d bytes: %v", n, len(good), err)
		}
		if err == nil { // only something else than the picture is missing
			same(t, img, want, 0)
		}
		h, err := r.header(file{head: good[:n], size: int64(len(good))})
		switch {
		case errors.As(err, &more):
			if more.Bytes <= int64(n) || more.Bytes > int64(len(good)) {
				t.Fatalf("%d of %d bytes: %d are asked for", n, len(good), more.Bytes)
			}
		case err != nil:
			t.Fatalf("the header in %d of %d bytes: %v", n, len(good), err)
		case h.width != whole.width || h.height != whole.height || h.alpha != whole.alpha ||
			orientation(h.exif) != orientation(whole.exif) || !bytes.Equal(h.icc, whole.icc):
			t.Fatalf("the header in %d of %d bytes differs from the file's", n, len(good))
		}
	}
	random := rand.New(rand.NewPCG(uint64(len(good)), 1))
	for range 500 {
		bad := bytes.Clone(good)
		for range 1 + random.IntN(4) {
			at := random.IntN(len(bad))
			if random.IntN(2) > 0 {
				at = random.IntN(min(len(bad), 64))
			}
			switch random.IntN(3) {
			case 0:
				bad[at] ^= 1 << random.IntN(8)
			case 1:
				bad[at] = []byte{0, 1, 0x7f, 0x80, 0xff}[random.IntN(5)]
			case 2:
				from := random.IntN(len(bad))
				copy(bad[at:], bad[from:min(from+4, len(bad))])
			}
		}
		h, img, err := r.read(bad)
		if err == nil && (int64(img.Bounds().Dx()) != h.width || int64(img.Bounds().Dy()) != h.height) {
			t.Fatalf("the header says %dx%d, the image is %v", h.width, h.height, img.Bounds())
		}
		if err != nil && bytes.HasPrefix([]byte(err.Error()), []byte("panic")) {
			t.Errorf("%v", err)
		}
	}
}

// refused checks the code of a file that is not to be read.
func (r reader) refused(t *testing.T, name string, data []byte, want Code) {
	t.Helper()
	_, _, err := r.read(data)
	var rejection *Rejection
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	if !errors.As(err, &rejection) {
		rejection = rejectDecoding("test", err)
	}
	if rejection.Code != want {
		t.Errorf("%s: %v, want %s", name, rejection, want)
	}
}

// smooth is a picture that lossy formats keep, with alpha unless opaque.
func smooth(width, height int, opaque bool) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			c := color.NRGBA{byte(60 + 2*x), byte(200 - 2*y), byte(90 + x + y), 255}
			if !opaque {
				c.A = byte(255 - 3*x)
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// same fails if a channel of a pixel differs by more than tolerance. Straight
// colours are compared as premultiplied ones: those of transparent pixels do not matter.
func same(t *testing.T, got, want image.Image, tolerance int) {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("the size is %v, want %v", got.Bounds(), want.Bounds())
	}
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			a, b := got.Bounds().Min, want.Bounds().Min
			p, q := color.RGBAModel.Convert(got.At(a.X+x, a.Y+y)).(color.RGBA), color.RGBAModel.Convert(want.At(b.X+x, b.Y+y)).(color.RGBA)
			for _, d := range []int{int(p.R) - int(q.R), int(p.G) - int(q.G), int(p.B) - int(q.B), int(p.A) - int(q.A)} {
				if max(d, -d) > tolerance {
					t.Fatalf("pixel %d, %d is %v, want %v", x, y, p, q)
				}
			}
		}
	}
}
