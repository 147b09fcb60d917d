package resample

import (
	"fmt"
	"image"
	"math/rand/v2"
	"testing"

	"github.com/anthonynsimon/bild/transform"
)

// randomBytes returns n samples of moderate contrast, or of nothing but 0 and 255.
func randomBytes(n int, extreme bool) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(64 + random.IntN(128))
		if extreme {
			p[i] = -(p[i] & 1)
		}
	}
	return p
}

// BenchmarkYCbCr resamples the planes of a 4:2:0 JPEG of 6 megapixels, decoded at half
// its size, to 720 wide, in the bands of 8 rows in which a decoder gives them; weights included.
func BenchmarkYCbCr(b *testing.B) {
	planes := []struct{ w, h, outW, outH, count int }{{1363, 1113, 720, 588, 1}, {682, 557, 360, 294, 2}}
	for _, extreme := range []bool{false, true} {
		src, dst := randomBytes(1363*1113, extreme), make([]byte, 720*588)
		b.Run(fmt.Sprintf("extreme=%v", extreme), func(b *testing.B) {
			for b.Loop() {
				for _, p := range planes {
					h := mustAxis(b, p.w, 0, float64(p.w), p.outW, transform.Lanczos)
					v := mustAxis(b, p.h, 0, float64(p.h), p.outH, transform.Lanczos)
					for range p.count {
						r, err := New(dst, p.outW, Single, h, v)
						for y := 0; y < p.h && err == nil; y += 8 {
							err = r.Push(src[y*p.w:], p.w, min(8, p.h-y))
						}
						if err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		})
	}
	img := &image.RGBA{Pix: randomBytes(1363*1113*4, false), Stride: 1363 * 4, Rect: image.Rect(0, 0, 1363, 1113)}
	b.Run("bild", func(b *testing.B) { // has no planes
		for b.Loop() {
			transform.Resize(img, 720, 588, transform.Lanczos)
		}
	})
}

// BenchmarkRGBA resamples a whole image of 12 megapixels to 512 wide; weights included.
func BenchmarkRGBA(b *testing.B) {
	img := &image.RGBA{Pix: randomBytes(4000*3000*4, false), Stride: 16000, Rect: image.Rect(0, 0, 4000, 3000)}
	dst := make([]byte, 512*384*4)
	for workers := 1; workers <= 2; workers++ {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			for b.Loop() {
				h := mustAxis(b, 4000, 0, 4000, 512, transform.Lanczos)
				v := mustAxis(b, 3000, 0, 3000, 384, transform.Lanczos)
				if err := Resize(dst, 512*4, img.Pix, img.Stride, Premultiplied, h, v, workers); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("bild", func(b *testing.B) {
		for b.Loop() {
			transform.Resize(img, 512, 384, transform.Lanczos)
		}
	})
}

func BenchmarkAxis(b *testing.B) {
	for b.Loop() {
		mustAxis(b, 1363, 0, 1363, 720, transform.Lanczos)
	}
}
