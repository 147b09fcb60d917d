package focus

import (
	"image"
	"math/bits"
)

// transparent is the bin of pixels that show nothing, after those of luma.
const transparent = 256

// maxBands is how many offsets along y are tried where there is slack on both axes.
const maxBands = 33

// Entropy returns the offset from img's top left of the w x h window with the most
// information: its pixels times the Shannon entropy of their luma, in bits.
// Fully transparent pixels are not counted, so for an opaque image that is the window
// with the highest entropy. img is premultiplied; w and h are limited to its size.
//
// With slack on one axis, every offset is tried, and a pixel is looked at three times at most. With
// slack on both, all offsets along x are tried, at 33 offsets along y at most,
// evenly spaced, the ends and the middle included. It needs 2 bytes a pixel.
func Entropy(img *image.RGBA, w, h int) image.Point {
	s, size, window := newSearch(img, w, h)
	if s.settled() {
		return image.Point{}
	}
	p := newBins(img)
	if s.slackX == 0 {
		p.slide(size.Y, window.Y, window.X, size.X, 1, 0, func(y int, score int64) { s.offer(0, y, score) })
		return s.at
	}
	bands := min(s.slackY+1, maxBands)
	for i := range bands {
		y := 0
		if bands > 1 {
			y = i * s.slackY / (bands - 1)
		}
		p.slide(size.X, window.X, window.Y, 1, size.X, y*size.X, func(x int, score int64) { s.offer(x, y, score) })
	}
	return s.at
}

// bins has each pixel's luma, or transparent.
type bins []uint16

func newBins(img *image.RGBA) bins {
	size := img.Rect.Size()
	p := make(bins, 0, size.X*size.Y)
	for y := range size.Y {
		row := img.Pix[y*img.Stride:][:4*size.X]
		for ; len(row) >= 4; row = row[4:] {
			if row[3] == 0 {
				p = append(p, transparent)
			} else {
				p = append(p, uint16(luma(row[0], row[1], row[2])))
			}
		}
	}
	return p
}

// slide moves a window of length lines, out of count, and reports the information
// in each. A line has width pixels, which are across apart; lines are along apart, and
// the first begins at start.
func (p bins) slide(count, length, width, along, across, start int, report func(offset int, score int64)) {
	var histogram [transparent + 1]int
	add := func(line, by int) {
		at := start + line*along
		for range width {
			histogram[p[at]] += by
			at += across
		}
	}
	for line := range length {
		add(line, 1)
	}
	report(0, information(histogram[:transparent]))
	for offset := 1; offset+length <= count; offset++ {
		add(offset-1, -1)
		add(offset+length-1, 1)
		report(offset, information(histogram[:transparent]))
	}
}

// information returns n times the entropy of n pixels: n log2 n, less the sum of
// c log2 c over the counts of each luma, in units of 2^-logBits bits.
func information(counts []int) int64 {
	var n int
	var sum int64
	for _, c := range counts {
		n += c
		sum += xlog2(c)
	}
	return xlog2(n) - sum
}

// Logarithms have logBits fractional bits, and are interpolated between tableSize steps
// of the mantissa, which leaves an error below 2^-17.
const (
	logBits   = 20
	tableBits = 8
)

var logTable = newLogTable()

// newLogTable returns log2(1 + i/2^tableBits) for each step and the end. A logarithm's bits
// come out one by one as its argument is squared.
func newLogTable() (table [1<<tableBits + 1]int64) {
	const unit = 1 << 31
	for i := range table {
		x := uint64(unit) + uint64(i)<<(31-tableBits)
		var log int64
		if x >= 2*unit {
			table[i] = 1 << logBits
			continue
		}
		for range logBits {
			x = x * x >> 31
			log <<= 1
			if x >= 2*unit {
				x >>= 1
				log |= 1
			}
		}
		table[i] = log
	}
	return table
}

// xlog2 returns c log2 c, and 0 for 0. c is below 2^31, the pixels of any image.
func xlog2(c int) int64 {
	if c <= 1 {
		return 0
	}
	exponent := bits.Len64(uint64(c)) - 1
	mantissa := uint64(c) << (63 - exponent) << 1 // without its leading one
	i := mantissa >> (64 - tableBits)
	rest := int64(mantissa << tableBits >> 44) // 20 bits
	fraction := logTable[i] + (logTable[i+1]-logTable[i])*rest>>20
	return int64(c) * (int64(exponent)<<logBits + fraction)
}
