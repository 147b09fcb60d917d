// Package photo makes large pictures that are to a decoder, a resampler and an
// encoder what a camera's photo is. The speed of entropy decoding and the
// quality of a scaled decode depend on the spectrum, so flat colours or white
// noise would measure something else.
//
// The model is that of dead leaves: opaque shapes of all sizes that hide each
// other, with equal area in each octave of size. It has what natural images
// have: an amplitude spectrum near 1/f, hard edges and a histogram of
// differences with a sharp peak and long tails (A. B. Lee, D. Mumford, J. Huang,
// "Occlusion models for natural images", IJCV 41, 2001). Small leaves keep away
// from parts of the picture, as from sky and what is out of focus. A lens'
// softness and a sensor's noise are put over it.
//
// A picture follows from its arguments alone, on one architecture: elsewhere a
// fused multiply-add may round a sample another way.
package photo

import (
	"image"
	"math"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// stripRows is the height of what one goroutine makes at a time. It is even, so
// that no pair of rows that share chroma is parted.
const stripRows = 64

// The deviation of what a camera leaves of its sensor's noise, in levels.
const (
	lumaNoise   = 1.3
	chromaNoise = 0.8
)

// New returns w x h pixels. The subsampling is 4:4:4 or 4:2:0.
func New(w, h int, seed uint64, subsampling image.YCbCrSubsampleRatio) *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, w, h), subsampling)
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for top := 0; top < h; top += stripRows {
		group.Go(func() error {
			s := newStrip(w, top, min(h, top+stripRows))
			s.paint(seed, w, h)
			s.develop(img, rand.New(rand.NewPCG(seed, uint64(top))))
			return nil
		})
	}
	_ = group.Wait() // nothing returns an error
	return img
}

// strip is some rows of a picture and one more at each end for the softening.
type strip struct {
	w, top, end int // the rows that it is for
	y, cb, cr   []float32
}

func newStrip(w, top, end int) *strip {
	n := w * (end - top + 2)
	return &strip{w: w, top: top, end: end, y: make([]float32, n), cb: make([]float32, n), cr: make([]float32, n)}
}

// row returns where in the planes a row begins, -1 row above top being first.
func (s *strip) row(y int) int { return (y - s.top + 1) * s.w }

// develop softens the strip, adds noise and stores it.
func (s *strip) develop(img *image.YCbCr, random *rand.Rand) {
	noise := newNoise(random)
	for y := s.top; y < s.end; y++ {
		out := img.Y[img.YOffset(0, y):][:s.w]
		above, at, below := s.y[s.row(y-1):][:s.w], s.y[s.row(y):][:s.w], s.y[s.row(y+1):][:s.w]
		column := func(x int) float32 { return above[x] + 2*at[x] + below[x] }
		for x := range out {
			// A lens' and a demosaic's softness: the binomial 1 2 1 both ways.
			v := (column(max(0, x-1)) + 2*column(x) + column(min(s.w-1, x+1))) / 16
			// Shot noise grows with the root of the light, and gamma takes most of that
			// back: about the same everywhere.
			out[x] = clamp(v + lumaNoise*noise.next())
		}
	}
	across, down := 1, 1
	if img.SubsampleRatio == image.YCbCrSubsampleRatio420 {
		across, down = 2, 2
	}
	for y := s.top; y < s.end; y += down {
		cb, cr := img.Cb[img.COffset(0, y):], img.Cr[img.COffset(0, y):]
		below := min(y+down-1, s.end-1)
		for x := 0; x < s.w; x += across {
			right := min(x+across-1, s.w-1)
			mean := func(plane []float32) float32 {
				a, b := plane[s.row(y):], plane[s.row(below):]
				return (a[x] + a[right] + b[x] + b[right]) / 4
			}
			cb[x/across] = clamp(mean(s.cb) + chromaNoise*noise.next())
			cr[x/across] = clamp(mean(s.cr) + chromaNoise*noise.next())
		}
	}
}

// noise is a table of normal variates, of deviation 1, read from random places:
// to draw each one would cost more than all the rest.
type noise struct {
	random *rand.Rand
	table  [1 << 12]float32
	bits   uint64
	left   int
}

func newNoise(random *rand.Rand) *noise {
	n := &noise{random: random}
	for i := range n.table {
		n.table[i] = float32(random.NormFloat64())
	}
	return n
}

func (n *noise) next() float32 {
	if n.left == 0 {
		n.bits, n.left = n.random.Uint64(), 5
	}
	v := n.table[n.bits&(1<<12-1)]
	n.bits, n.left = n.bits>>12, n.left-1
	return v
}

func clamp(v float32) uint8 { return uint8(min(255, max(0, math.Round(float64(v))))) }
