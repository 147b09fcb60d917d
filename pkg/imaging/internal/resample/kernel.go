package resample

import (
	"errors"
	"math"
)

// geometry is where the outputs of an axis are among its samples. Positions are
// relative to the sample lo. The expressions are bild's, down to the order of
// operations: the last bit of a position decides which samples Box takes.
type geometry struct {
	lo    int // the first sample that the span touches
	count int // how many it touches
	// delta is the distance between outputs, in samples, and scale how much wider than
	// its definition the kernel is.
	delta, scale, radius float64
	offset               float64 // of the span's start from lo
}

// snap rounds an end of a span to a fraction that is far below what can be seen, and
// far above those whose square is zero, for which bild's Lanczos is not a number.
func snap(end float64) float64 { return math.Round(end*(1<<20)) / (1 << 20) }

func newGeometry(lo, hi int, from, to float64, out int, support float64) geometry {
	delta := (to - from) / float64(out)
	scale := math.Max(delta, 1)
	return geometry{
		lo: lo, count: hi - lo,
		delta: delta, scale: scale, radius: math.Ceil(scale * support), offset: from - float64(lo),
	}
}

// window returns the position of output i, and the first and last sample around it.
func (g *geometry) window(i int) (centre float64, start, end int) {
	centre = (float64(i)+0.5)*g.delta - 0.5
	if g.offset != 0 {
		// Beyond the edges the kernel could miss all samples.
		centre = math.Min(math.Max(centre+g.offset, -0.5), float64(g.count)-0.5)
	}
	return centre, max(int(centre-g.radius+0.5), 0), min(int(centre+g.radius), g.count-1)
}

// precise returns output i as bild computes it.
func (a *Axis) precise(i int, sample func(k int) uint8) uint8 {
	_, start, end := a.window(a.origin + i)
	values := a.values[(a.origin+i)*a.width:][:end-start+1]
	first := int(a.first[i]) - a.lo
	var value, sum float64
	for j, f := range values {
		if k := start + j; k >= first && k < first+a.taps { // all others are zero
			value += float64(sample(a.lo+k)) * f
		}
		sum += f
	}
	return uint8(math.Min(math.Max(value/sum+0.5, 0), 255))
}

// maxTaps bounds the taps of one output: the integers within radius of a centre.
func maxTaps(samples int, radius float64) int {
	return int(math.Min(2*radius+1, float64(samples)))
}

// Weights are fixed point with this many bits below the point. It is the most that
// leaves a 32-bit lane room for every sum that [maxOvershoot] allows: sums are from
// -255 to 2*255 in units of one, biased by 256 and so within [0, 1024).
const (
	weightBits = 22
	one        = 1 << weightBits
	// maxOvershoot is the largest sum of an output's negative weights. bild's kernels
	// stay below 0.35, at edges too.
	maxOvershoot = one
)

// quantise sets w to values, divided by their sum, in fixed point. Each is the difference
// of two rounded running sums: so they add up to exactly one, a flat area stays flat, and an
// error is made up for by the neighbour. margin is how far a sum of weighted samples may be
// from the exact one: at most, or where there are many taps eight standard deviations.
func quantise(w []uint64, values []float64) (margin float64, err error) {
	var sum float64
	for _, v := range values {
		sum += v
	}
	var running, errorSum, errorSquares float64
	var before, negative int64
	exact := true
	for k, v := range values {
		share := v / sum
		running += share
		if !(math.Abs(running) <= 3) {
			return 0, errors.New("the filter's values do not make a kernel")
		}
		rounded := int64(math.Floor(running*one + 0.5))
		weight := rounded - before
		before = rounded
		w[k] = uint64(weight)
		negative += min(weight, 0)
		if negative < -maxOvershoot {
			return 0, errors.New("the filter overshoots by more than 100 %")
		}
		e := math.Abs(share*one - float64(weight))
		errorSum += e
		errorSquares += e * e
		exact = exact && e == 0 && v*one == math.Trunc(v*one)
	}
	if exact {
		return 0, nil // and so are bild's products and sums: a half is a half to both
	}
	// The errors add up to zero, so samples count by their distance from 127.5 alone. The
	// 1 is more than what floating point loses.
	return 127.5*math.Min(errorSum, 8*math.Sqrt(errorSquares)) + 1, nil
}

// window says where an output's weights that may not be zero are.
type window struct {
	first   int // sample of the window's start, at most used
	used    int // sample of the first weight that is not zero
	skipped int // zeros before it
	length  int // from the first to the last weight that is not zero
}

// trim leaves out the zeros at the ends of values, which are from the sample start on.
func trim(values []float64, start int) window {
	skipped, end := 0, len(values)
	for skipped < end-1 && values[skipped] == 0 {
		skipped++
	}
	for end > skipped+1 && values[end-1] == 0 {
		end--
	}
	return window{first: start + skipped, used: start + skipped, skipped: skipped, length: end - skipped}
}

// align widens the windows so that neither start nor end ever decreases from one to
// the next (a kernel's zero crossings may fall on samples, which leaves one output a
// single tap between neighbours of six), and returns the width that fits all.
func align(windows []window, samples int) int {
	next := samples
	for i := len(windows) - 1; i >= 0; i-- {
		next = min(next, windows[i].used)
		windows[i].first = next
	}
	var end, taps int
	for _, w := range windows {
		end = max(end, w.used+w.length)
		taps = max(taps, end-w.first)
	}
	return taps
}
