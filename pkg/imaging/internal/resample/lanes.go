package resample

import "encoding/binary"

// pair is four 8-bit samples, each in the low byte of a 32-bit lane, two lanes to a
// word. One multiplication of a word by a weight serves both of its lanes. On the way
// lanes may be negative and borrow from each other: arithmetic is modulo 2^64, so all
// that counts is that the final sum in each lane, biased, is within [0, 2^32).
type pair [2]uint64

// columns has the two words of each column apart, which is how the compiler
// addresses them best.
type columns struct{ a, b []uint64 }

const (
	lanes    = 1 + 1<<32
	lowLane  = 1<<32 - 1
	highLane = lowLane << 32
	// A biased sum has 256 + the sample above its weightBits, so its two highest
	// bits are 01 exactly if the sample is within 0 to 255.
	sampleMask = 0xff * lanes
	rangeMask  = 3 << 30 * lanes
	settledBit = one * lanes
	settled    = 1<<30*lanes | settledBit
)

// rounding turns a pass's sums into samples. As far as the precision of the weights
// can tell, a sum may be midway between two samples; then it is not settled, and
// [Axis.precise] decides with bild's own arithmetic. That is rare, and makes the
// result bild's: left to chance, an error of 1 in the horizontal pass, times a
// weight above one at an edge, would end as 2.
type rounding struct {
	bias  uint64 // makes every sum positive, and adds a half and the margin of error
	mask  uint64 // the bits below one that are all zero when a sum is within the margin
	carry uint64 // added to them, reaches settledBit unless they are all zero
}

// newRounding returns the rounding of sums that may be wrong by up to margin, in
// units of 1/one; 0 is for sums that are exact.
func newRounding(margin float64) rounding {
	if margin == 0 {
		return rounding{bias: (256<<weightBits + one/2) * lanes, carry: settledBit}
	}
	m := uint64(1)
	for float64(m) < margin && m < one/4 {
		m *= 2
	}
	mask := uint64(one-1) &^ (2*m - 1)
	return rounding{bias: (256<<weightBits + one/2 + m) * lanes, mask: mask * lanes, carry: (one - 2*m) * lanes}
}

// settles says whether the samples are simply the sums' bits, in both words.
func (r rounding) settles(a, b uint64) bool {
	a = (a&r.mask+r.carry)&settledBit | a&rangeMask
	b = (b&r.mask+r.carry)&settledBit | b&rangeMask
	return (a^settled)|(b^settled) == 0
}

// sample returns the sample of one lane's sum; not ok is for midway.
func (r rounding) sample(sum uint32) (value uint8, ok bool) {
	if (uint64(sum)&r.mask+r.carry&lowLane)&settledBit == 0 {
		return 0, false
	}
	return uint8(min(max(sum>>weightBits, 256), 511) - 256), true
}

// spread puts the 4 bytes of v, the lowest first, into lanes.
func spread(v uint32) (a, b uint64) {
	w := uint64(v)
	return w&0xff | w<<24&(0xff<<32), w>>16&0xff | w>>24<<32
}

// expandRow sets each pair of a row to 4 bytes; the last may have fewer.
func expandRow(row []pair, pix []byte) {
	for i := range row {
		var v uint32
		if len(pix) >= 4 {
			v, pix = binary.LittleEndian.Uint32(pix), pix[4:]
		} else {
			for k, b := range pix {
				v |= uint32(b) << (8 * k)
			}
		}
		row[i][0], row[i][1] = spread(v)
	}
}

// expandPixels sets columns to pixels of 4 bytes, of which there must be as many.
func expandPixels(c columns, pix []byte) {
	a, b := c.a, c.b[:len(c.a)]
	i := 0
	for ; i < len(a)-1 && len(pix) >= 8; i += 2 {
		w := binary.LittleEndian.Uint64(pix)
		pix = pix[8:]
		a[i], b[i] = w&0xff|w<<24&(0xff<<32), w>>16&0xff|w<<8&(0xff<<32)
		a[i+1], b[i+1] = w>>32&0xff|w>>8&(0xff<<32), w>>48&0xff|w>>24&(0xff<<32)
	}
	if i < len(a) && len(pix) >= 4 {
		a[i], b[i] = spread(binary.LittleEndian.Uint32(pix))
	}
}

// interleave puts the samples of four rows into columns.
func interleave(c columns, r0, r1, r2, r3 []byte) {
	a, n := c.a, len(c.a)
	b, r0, r1, r2, r3 := c.b[:n], r0[:n], r1[:n], r2[:n], r3[:n]
	for i := range a {
		a[i] = uint64(r0[i]) | uint64(r1[i])<<32
		b[i] = uint64(r2[i]) | uint64(r3[i])<<32
	}
}

// interleaveOne puts one of four rows into columns. Rows come in order; what is
// still missing is zero.
func interleaveOne(c columns, row []byte, index int) {
	words := c.a
	if index >= 2 {
		words = c.b
	}
	row = row[:len(words)]
	if index%2 == 1 {
		for i, v := range row {
			words[i] |= uint64(v) << 32
		}
		return
	}
	for i, v := range row {
		words[i] = uint64(v)
	}
	if index == 0 {
		clear(c.b)
	}
}

// separate undoes interleave: wide has a pair of four rows for each column, each
// row a pair for four columns.
func separate(r0, r1, r2, r3, wide []pair) {
	n := len(r0)
	r1, r2, r3 = r1[:n], r2[:n], r3[:n]
	for i := range r0 {
		c := (*[4]pair)(wide)
		wide = wide[4:]
		r0[i] = pair{c[0][0]&lowLane | c[1][0]<<32, c[2][0]&lowLane | c[3][0]<<32}
		r1[i] = pair{c[0][0]>>32 | c[1][0]&highLane, c[2][0]>>32 | c[3][0]&highLane}
		r2[i] = pair{c[0][1]&lowLane | c[1][1]<<32, c[2][1]&lowLane | c[3][1]<<32}
		r3[i] = pair{c[0][1]>>32 | c[1][1]&highLane, c[2][1]>>32 | c[3][1]&highLane}
	}
}
