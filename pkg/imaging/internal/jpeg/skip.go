package jpeg

import "encoding/binary"

// A reduced decode needs few coefficients of a block, and goes past the rest. The table
// for this covers several codes at a time. An entry holds the bits to take (5 bits),
// values included, and from skipAdvance on the advance, all summed up to the first code that
// ends the block. 0 stands for a code that is too long.
const (
	skipBits    = 13
	skipAdvance = 5
)

// skipWorth is the number of blocks from which the table pays.
const skipWorth = 4000

// makeSkip makes the table for skipping.
func (t *table) makeSkip() {
	if t.skip != nil {
		return
	}
	t.skip = make([]uint16, 1<<skipBits)
	for i := range t.skip {
		var taken, advance uint
		for advance < endOfBlock {
			acc := uint64(i) << (64 - skipBits + taken)
			e := t.look[acc>>(64-lookBits)]
			length, next := uint(e&31), uint(e>>8&0xff)
			if e&incomplete != 0 {
				length += uint(e >> 16) // the value's size
			}
			if e&31 == 0 || taken+length > skipBits || next < endOfBlock && advance+next > 63 {
				break
			}
			taken += length
			advance += next
		}
		t.skip[i] = uint16(taken | advance<<skipAdvance)
	}
}

// skip goes past the coefficients of a block from position k on, and returns the
// position after them as block has it: k&127 is beyond 64 for damaged data.
func (r *reader) skip(ac *table, k uint) uint {
	buf, acc, n, pos := r.buf, r.acc, r.n, r.pos
	for {
		for k < 64 {
			if n < 32 {
				acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
				pos += int(63-n) >> 3
				n |= 56
			}
			e := uint(ac.skip[acc>>(64-skipBits)])
			if e == 0 || (k+e>>skipAdvance)&127 > 64 {
				break // or several codes would cross the block's end, where one may not
			}
			k += e >> skipAdvance
			acc <<= e & 31
			n -= e & 31
		}
		if k >= 64 {
			break
		}
		e := ac.look[acc>>(64-lookBits)]
		advance, size, length := uint(e>>8&0xff), uint(0), uint(e&31)
		if e&incomplete != 0 {
			if advance, size, length = ac.symbol(acc, e); length == 0 {
				return 127
			}
		}
		k += advance
		acc <<= length + size
		n -= length + size
	}
	r.acc, r.n, r.pos = acc, n, pos
	return k
}
