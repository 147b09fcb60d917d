// Package resample scales planes of 8-bit samples, of one channel or of four
// interleaved ones, with bild's kernels. Rows are pushed in, and output rows come
// out as soon as they can, so a source need never be whole in memory.
//
// It guarantees bild's result: every sample is what transform.Resize, or Crop and
// then Resize, makes of the same pixels on the same machine. Tests demand equality;
// callers should count on +-1. As in bild, the horizontal pass is first, and
// samples are rounded to 8 bits after each pass. It takes about a fortieth of the time, because
// weights are computed once for each column and row, and arithmetic is in integers:
// fixed-point weights of 22 bits, two samples to a multiplication. Where that
// cannot tell which way to round, bild's own arithmetic decides. The result does not depend on
// how rows are pushed, nor on the number of workers.
//
// It does not know colour: gamma, profiles and premultiplying are the caller's.
package resample

import (
	"fmt"
	"math"
	"sync"
)

// Resize resamples a whole plane of h's by v's source samples into one of
// their outputs, in bands of output rows on up to workers goroutines. The result does
// not depend on workers, and is that of [Resizer.Push]. Strides are in bytes.
//
// It refuses planes that are too small, before any work. Each worker has a
// Resizer of its own.
func Resize(dst []byte, dstStride int, src []byte, srcStride int, layout Layout, h, v *Axis, workers int) error {
	if err := checkPlane(dst, dstStride, layout, h.outputs, v.outputs); err != nil {
		return fmt.Errorf("resampling: the destination: %w", err)
	}
	if err := checkPlane(src, srcStride, layout, h.samples, v.samples); err != nil {
		return fmt.Errorf("resampling: the source: %w", err)
	}
	workers = min(max(workers, 1), v.outputs)
	bands := make([]*Resizer, workers)
	for i := range bands {
		lo, hi := i*v.outputs/workers, (i+1)*v.outputs/workers
		band, err := New(dst[lo*dstStride:], dstStride, layout, h, v.part(lo, hi))
		if err != nil {
			return err
		}
		bands[i] = band
	}
	errs := make([]error, workers)
	var running sync.WaitGroup
	for i, band := range bands[1:] {
		running.Go(func() { errs[i+1] = band.Push(src, srcStride, v.samples) })
	}
	errs[0] = bands[0].Push(src, srcStride, v.samples)
	running.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Bytes returns how much memory at most the two axes and one [Resizer] of a plane of
// srcW x srcH take, from the sizes alone; a span that is part of the plane takes less.
// With t = min(2*ceil(max(n/out, 1)*Support)+1, n) taps to each of out outputs:
//
//	each axis: out * (16 t + 36), of which 32 go when it is made
//	columns:   16 srcW, and for Single 64 ceil(outW/4)
//	rows:      (ty + 4) * (16 ceil(outW*channels/4) + 24)
//
// The planes are not included.
func Bytes(layout Layout, srcW, srcH, outW, outH int, f Filter) int64 {
	axis := func(n, out int) (taps, size int64) {
		scale := math.Max(float64(n)/float64(out), 1)
		taps = int64(maxTaps(n, math.Ceil(scale*f.Support)))
		return taps, int64(out) * (16*taps + 36)
	}
	_, horizontal := axis(srcW, outW)
	taps, vertical := axis(srcH, outH)
	size := horizontal + vertical + 16*int64(srcW)
	if layout == Single {
		size += 64 * ((int64(outW) + 3) / 4)
	}
	row := 16*((int64(outW)*int64(layout.Channels())+3)/4) + 24
	return size + (taps+group)*row
}
