package jpeg

import "encoding/binary"

// workspace holds the coefficients of two blocks, each number as a pair: the one of
// the first block plus 2^32 times the one of the second. See transform.go.
type workspace [64]int64

// block decodes a block of a sequential scan and adds its coefficients, times the
// quantisation, to a workspace. Unit is 1, or 1<<32 for the second block of the pair. It
// returns the position of the last coefficient within the scale, in
// zigzag order, or -1 if the data are damaged.
func (r *reader) block(c *channel, ws *workspace, unit int64) int {
	buf, acc, n, pos := r.buf, r.acc, r.n, r.pos
	if n < 32 {
		acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
		pos += int(63-n) >> 3
		n |= 56
	}
	e := c.dc.look[acc>>(64-lookBits)]
	if e&incomplete == 0 {
		c.prediction += int32(e) >> 16
		acc <<= e & 31
		n -= uint(e & 31)
	} else {
		_, size, length := c.dc.symbol(acc, e)
		if length == 0 {
			return -1
		}
		acc <<= length
		if size > 0 {
			c.prediction += extend(acc, size)
			acc <<= size
		}
		n -= length + size
	}
	places, ac := &c.places, c.ac
	ws[0] += scaled(c.prediction, places[1].factor) * unit

	// k is the position after the last coefficient; beyond 64 see endOfBlock.
	k, limit := uint(1), uint(64)
	if ac.skip != nil {
		limit = c.needed
	}
	for {
		// Without calls, so that all of it stays in registers.
		var e uint
		for k < limit {
			if n < 16 {
				acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
				pos += int(63-n) >> 3
				n |= 56
			}
			e = uint(ac.look[acc>>(64-lookBits)])
			if e&incomplete != 0 {
				break
			}
			taken := e & 31
			acc <<= taken
			n -= taken
			k += e >> 8 & 0xff
			p := &places[uint8(k)]
			ws[p.at&63] += scaled(int32(e)>>16, p.factor) * unit
		}
		if k >= limit {
			break
		}
		if n < 32 {
			acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
			pos += int(63-n) >> 3
			n |= 56
		}
		advance, size, length := ac.symbol(acc, uint32(e))
		if length == 0 {
			return -1
		}
		acc <<= length
		n -= length + size
		k += advance
		if size > 0 {
			p := places[uint8(k)]
			ws[p.at&63] += scaled(extend(acc, size), p.factor) * unit
			acc <<= size
		}
	}
	last := int(k&127) - 1
	r.acc, r.n, r.pos = acc, n, pos
	if k < 64 {
		k = r.skip(ac, k)
	}
	if k&127 > 64 {
		return -1
	}
	return last
}

// scaled is a coefficient times its factor, rounded to the fixed point of the
// transform.
func scaled(value int32, factor uint32) int64 {
	return (int64(value)*int64(factor) + 1<<(extraFraction-1)) >> extraFraction
}
