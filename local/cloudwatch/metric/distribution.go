package metric

import (
	"math"
	"slices"
)

// How precise a distribution is.
const (
	exactValues = 16     // different values that are kept as they are
	accuracy    = 0.0099 // relative error of a binned value; below 1 % for rounding's sake
	maxBins     = 1024   // above, bins are joined in pairs, and the error doubles
	// keyOffset is more than the largest index of a bin, which is that of 2^360:
	// it keeps keys of positive values above zero, and of negative ones below.
	keyOffset = 1 << 14
)

var (
	logGamma = math.Log((1 + accuracy) / (1 - accuracy))
	smallest = math.Ldexp(1, -360) // of a magnitude; below counts as zero
)

// weight is a value and how often it was measured.
type weight struct{ value, count float64 }

// bin counts the values between two powers of gamma. Keys have the order of values.
type bin struct {
	key   int32
	count float64
}

// distribution is what is known of the values of a slot of time: up to
// exactValues different ones as they are; more in bins whose width is a fixed
// share of the value (DDSketch, Masson et al. 2019), joined in pairs when they
// are too many (UDDSketch, Epicoco et al. 2020).
type distribution struct {
	exact         []weight // in order of value; nil once binned
	bins          []bin    // in order of key
	level         uint8    // how often bins were joined
	sum, min, max float64  // once binned; before, they follow from exact
}

func (d *distribution) reset() {
	*d = distribution{exact: d.exact[:0], bins: d.bins[:0]}
}

// add counts value as measured count times.
func (d *distribution) add(value, count float64) {
	if len(d.bins) == 0 {
		i, found := slices.BinarySearchFunc(d.exact, value, func(w weight, v float64) int {
			switch {
			case w.value < v:
				return -1
			case w.value > v:
				return 1
			}
			return 0
		})
		if found {
			d.exact[i].count += count
			return
		}
		if len(d.exact) < exactValues {
			d.exact = slices.Insert(d.exact, i, weight{value, count})
			return
		}
		d.toBins()
	}
	d.sum += value * count
	d.min, d.max = min(d.min, value), max(d.max, value)
	d.addBin(binKey(value, d.level), count)
}

// toBins leaves exactness.
func (d *distribution) toBins() {
	exact := d.exact
	d.exact = nil
	d.min, d.max = math.Inf(1), math.Inf(-1)
	for _, w := range exact {
		d.sum += w.value * w.count
		d.min, d.max = min(d.min, w.value), max(d.max, w.value)
		d.addBin(binKey(w.value, d.level), w.count)
	}
}

func (d *distribution) addBin(key int32, count float64) {
	i, found := slices.BinarySearchFunc(d.bins, key, func(b bin, k int32) int { return int(b.key) - int(k) })
	if found {
		d.bins[i].count += count
		return
	}
	d.bins = slices.Insert(d.bins, i, bin{key, count})
	for len(d.bins) > maxBins {
		d.join()
	}
}

// join makes one bin of two neighbours.
func (d *distribution) join() {
	d.level++
	joined := d.bins[:0]
	for _, b := range d.bins {
		key := parentKey(b.key)
		if n := len(joined); n > 0 && joined[n-1].key == key {
			joined[n-1].count += b.count
			continue
		}
		joined = append(joined, bin{key, b.count})
	}
	d.bins = joined
}

// merge adds what o counts.
func (d *distribution) merge(o *distribution) {
	if len(o.bins) == 0 {
		for _, w := range o.exact {
			d.add(w.value, w.count)
		}
		return
	}
	if len(d.bins) == 0 {
		d.toBins()
	}
	d.sum += o.sum
	d.min, d.max = min(d.min, o.min), max(d.max, o.max)
	for d.level < o.level {
		d.join()
	}
	for _, b := range o.bins {
		key := b.key
		for range d.level - o.level {
			key = parentKey(key)
		}
		d.addBin(key, b.count) // may join: the next key climbs as far as the level then is
	}
}

// binKey is the key of the bin of a value.
func binKey(value float64, level uint8) int32 {
	magnitude := math.Abs(value)
	if magnitude < smallest {
		return 0
	}
	key := int32(math.Ceil(math.Log(magnitude)/math.Ldexp(logGamma, int(level)))) + keyOffset
	if value < 0 {
		return -key
	}
	return key
}

// parentKey is the key of the bin that a bin is joined into.
func parentKey(key int32) int32 {
	switch {
	case key > 0:
		return (key-keyOffset+1)>>1 + keyOffset
	case key < 0:
		return -parentKey(-key)
	}
	return 0
}

// binValue stands for all values of a bin: none is farther away, relatively,
// than the accuracy of the level.
func binValue(key int32, level uint8) float64 {
	switch {
	case key < 0:
		return -binValue(-key, level)
	case key == 0:
		return 0
	}
	width := math.Ldexp(logGamma, int(level))
	return 2 * math.Exp(float64(key-keyOffset)*width) / (math.Exp(width) + 1)
}

// count is how often anything was measured.
func (d *distribution) count() float64 {
	var n float64
	for _, w := range d.exact {
		n += w.count
	}
	for _, b := range d.bins {
		n += b.count
	}
	return n
}

func (d *distribution) total() float64 {
	sum := d.sum
	for _, w := range d.exact {
		sum += w.value * w.count
	}
	return sum
}

func (d *distribution) smallest() float64 {
	if len(d.exact) > 0 {
		return d.exact[0].value
	}
	return d.min
}

func (d *distribution) largest() float64 {
	if n := len(d.exact); n > 0 {
		return d.exact[n-1].value
	}
	return d.max
}

// weights appends the values in their order to buf.
func (d *distribution) weights(buf []weight) []weight {
	buf = append(buf, d.exact...)
	for _, b := range d.bins {
		buf = append(buf, weight{d.valueOf(b), b.count})
	}
	return buf
}

// valueOf stands for the values of a bin; none lies beyond the ones measured.
func (d *distribution) valueOf(b bin) float64 {
	return min(max(binValue(b.key, d.level), d.min), d.max)
}
