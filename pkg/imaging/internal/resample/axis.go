package resample

import (
	"fmt"
	"math"

	"github.com/anthonynsimon/bild/transform"
)

// Filter is bild's description of a kernel: Fn(x) is its value at x source samples
// (when reducing: x outputs) from the centre, and zero beyond Support.
type Filter = transform.ResampleFilter

const (
	// maxSupport keeps the number of taps in proportion to the sizes; Lanczos has 3.
	maxSupport = 16
	// maxSamples is the largest size of a dimension, of source or output.
	maxSamples = 1 << 24
)

// Axis holds the weights of one dimension: which source samples make up each
// output, and in what shares. It is immutable, so many resizers may share it.
type Axis struct {
	geometry
	samples int // of the source
	outputs int
	origin  int      // the index of the first output, in a part of an axis
	taps    int      // per output; the first or last of them may be zero
	first   []int32  // the source sample of each output's first tap; never decreases
	weights []uint64 // taps for each output, signed, modulo 2^64; they add up to one
	rounding
	// values are what weights were rounded from: up to width for each output of the
	// whole axis, from the start of its window on.
	values []float64
	width  int
	// copied says that output i is exactly sample first[i], and first[i] = first[0]+i.
	copied bool
}

// NewAxis returns the weights that map the span [from, to) of n source samples to
// out outputs. Sample i covers [i, i+1), so its centre is at i+0.5. from and to may be
// fractional, and are rounded to 2^-20; they may lie a little beyond [0, n], where
// the kernel has what the edge leaves of it.
//
// With from, to = 0, n this is the geometry and normalisation of bild's
// transform.Resize, and with other integers that of Crop followed by Resize: taps
// are restricted to the samples that the span touches, and what is left of a kernel
// at an edge is scaled to a sum of one. Two differences are on purpose:
//
//   - A span of as many whole samples as there are outputs is copied, with every
//     filter; bild blurs it with MitchellNetravali.
//   - Where no sample is within the kernel (Box, midway between two samples) bild divides
//     zero by zero; here the output is the nearest sample.
//
// It refuses sizes that are not positive or above 2^24, an empty or infinite
// span, a filter without a kernel (bild's NearestNeighbor), and a kernel that
// overshoots by more than 100 %, whose sums would not fit. It allocates what [Bytes]
// says: check sizes that come from a file before the call.
func NewAxis(n int, from, to float64, out int, f Filter) (*Axis, error) {
	if n <= 0 || n > maxSamples || out <= 0 || out > maxSamples {
		return nil, fmt.Errorf("resampling %d samples to %d: sizes must be 1 to %d", n, out, maxSamples)
	}
	from, to = snap(from), snap(to)
	if !(from < to) || from < -maxSamples || to > 2*maxSamples {
		return nil, fmt.Errorf("resampling %d samples to %d: there is nothing in the span [%g, %g)", n, out, from, to)
	}
	if f.Fn == nil || !(f.Support > 0 && f.Support <= maxSupport) {
		return nil, fmt.Errorf("resampling: the filter has no kernel, or its support of %g is not in (0, %d]", f.Support, maxSupport)
	}
	lo := min(max(int(math.Floor(from)), 0), n-1)
	hi := min(max(int(math.Ceil(to)), lo+1), n)
	a := &Axis{samples: n, outputs: out, first: make([]int32, out)}
	if hi-lo == out && from == float64(lo) && to == float64(hi) {
		a.copied, a.taps, a.weights, a.rounding = true, 1, make([]uint64, out), newRounding(0)
		for i := range out {
			a.first[i], a.weights[i] = int32(lo+i), one
		}
		return a, nil
	}
	a.geometry = newGeometry(lo, hi, from, to, out, f.Support)
	if err := a.weigh(f); err != nil {
		return nil, fmt.Errorf("resampling [%g, %g) of %d samples to %d: %w", from, to, n, out, err)
	}
	return a, nil
}

// weigh evaluates the kernel for all outputs.
func (a *Axis) weigh(f Filter) error {
	a.width = maxTaps(a.count, a.radius)
	a.values = make([]float64, a.outputs*a.width)
	windows := make([]window, a.outputs)
	for i := range windows {
		centre, start, end := a.window(i)
		values := a.values[i*a.width:][: end-start+1 : end-start+1]
		var sum float64
		for k := range values {
			v := f.Fn((float64(start+k) - centre) / a.scale)
			values[k] = v
			sum += v
		}
		if sum == 0 {
			values[min(max(int(centre+0.5), start), end)-start] = 1
		}
		windows[i] = trim(values, start)
	}

	a.taps = align(windows, a.count)
	a.weights = make([]uint64, a.outputs*a.taps)
	var margin float64
	for i, w := range windows {
		first := min(w.first, a.count-a.taps)
		a.first[i] = int32(a.lo + first)
		values := a.values[i*a.width+w.skipped:][:w.length]
		m, err := quantise(a.weights[i*a.taps+w.used-first:][:w.length], values)
		if err != nil {
			return err
		}
		margin = max(margin, m)
	}
	a.rounding = newRounding(margin)
	return nil
}

// end returns the source sample after the last that is used.
func (a *Axis) end() int { return int(a.first[a.outputs-1]) + a.taps }

// start returns the first source sample that is used.
func (a *Axis) start() int { return int(a.first[0]) }

// part returns the axis of the outputs [lo, hi) alone.
func (a *Axis) part(lo, hi int) *Axis {
	p := *a
	p.origin, p.outputs = a.origin+lo, hi-lo
	p.first, p.weights = a.first[lo:hi], a.weights[lo*a.taps:hi*a.taps]
	return &p
}
