package jpeg

import (
	"encoding/binary"
	"math/bits"
)

// refill makes at least 56 bits valid.
func (r *reader) refill() {
	r.acc |= binary.BigEndian.Uint64(r.buf[r.pos:]) >> (r.n & 63)
	r.pos += int(63-r.n) >> 3
	r.n |= 56
}

// take returns the next count bits, at most 16.
func (r *reader) take(count uint) uint32 {
	if r.n < 16 {
		r.refill()
	}
	v := uint32(r.acc >> 1 >> ((63 - count) & 63))
	r.acc <<= count
	r.n -= count
	return v
}

// storeDC decodes a difference to the DC coefficient before.
func (r *reader) storeDC(c *channel, s *store, block, low int) bool {
	_, _, value, ok := r.symbol(c.dc)
	c.prediction += value
	s.values[block*s.size] = int16(c.prediction << low)
	return ok
}

// symbol decodes a code and the value that follows it.
func (r *reader) symbol(t *table) (advance, size uint, value int32, ok bool) {
	if r.n < 32 {
		r.refill()
	}
	e := t.look[r.acc>>(64-lookBits)]
	if e&incomplete == 0 {
		r.acc <<= e & 31
		r.n -= uint(e & 31)
		return uint(e >> 8 & 0xff), 1, int32(e) >> 16, true
	}
	advance, size, length := t.symbol(r.acc, e)
	r.acc <<= length
	if size > 0 {
		value = extend(r.acc, size)
		r.acc <<= size
	}
	r.n -= length + size
	return advance, size, value, length > 0
}

// storeAC decodes the AC coefficients of a block of a sequential scan.
func (r *reader) storeAC(c *channel, s *store, block int) bool {
	k := uint(1)
	for k < 64 {
		advance, _, value, ok := r.symbol(c.ac)
		if k += advance; !ok || k&127 > 64 {
			return false
		}
		if value != 0 {
			s.set(c, block, k-1, value)
		}
	}
	return true
}

// set stores the coefficient at a position in zigzag order.
func (s *store) set(c *channel, block int, k uint, value int32) {
	s.nonzero[block] |= 1 << k
	if s.needed>>k&1 != 0 {
		s.values[block*s.size+int(c.places[k+1].at)] = int16(value)
	}
}

// firstAC decodes the first bits of a block's coefficients (T.81, G.1.2.2). It
// returns how many blocks after this one have none, or -1 for damaged data.
func (r *reader) firstAC(c *channel, s *store, block int, n scan) int {
	k, after := uint(n.start), uint(n.end+1)
	for k < after {
		advance, size, value, ok := r.symbol(c.ac)
		if !ok {
			return -1
		}
		if size == 0 && advance < 16 {
			run := advance - 1
			return 1<<run - 1 + int(r.take(run))
		}
		if k += advance; k > after {
			return -1
		}
		if value != 0 {
			s.set(c, block, k-1, value<<n.low)
		}
	}
	return 0
}

// refineAC decodes one more bit of a block's coefficients (T.81, G.1.2.3), where
// run blocks from this one on have no new ones. It returns the run after this
// block, or -1 for damaged data.
func (r *reader) refineAC(c *channel, s *store, block int, n scan, run int) int {
	k, after := uint(n.start), uint(n.end+1)
	old := s.nonzero[block] // those are refined, in passing
	for run == 0 && k < after {
		advance, size, value, ok := r.symbol(c.ac)
		if !ok || value < -1 || value > 1 {
			return -1
		}
		if size == 0 && advance < 16 {
			length := advance - 1
			run = 1<<length + int(r.take(length))
			break
		}
		// The new coefficient is the advance-th zero from k on.
		from := k
		for {
			zeros := uint(bits.TrailingZeros64(old >> k))
			if advance <= zeros {
				k += advance - 1
				break
			}
			advance -= zeros
			k += zeros + 1
		}
		if k >= after {
			return -1
		}
		r.refine(c, s, block, old>>from<<from&(1<<k-1), n.low)
		if value != 0 {
			s.set(c, block, k, value<<n.low)
		}
		k++
	}
	if run == 0 {
		return 0
	}
	r.refine(c, s, block, old>>k<<k&(1<<after-1), n.low)
	return run - 1
}

// refine reads a bit of each coefficient in a set of positions, none of which is zero: it
// adds to the magnitude.
func (r *reader) refine(c *channel, s *store, block int, set uint64, low int) {
	if set == 0 {
		return
	}
	acc, n, bit := r.acc, r.n, int16(1)<<low
	values := s.values[block*s.size:][:s.size]
	for ; set != 0; set &= set - 1 {
		if n == 0 {
			r.acc, r.n = acc, n
			r.refill()
			acc, n = r.acc, r.n
		}
		one := int64(acc) < 0
		acc <<= 1
		n--
		if k := bits.TrailingZeros64(set); one && s.needed>>k&1 != 0 {
			p := &values[c.places[k+1].at]
			sign := *p >> 15
			*p += (bit ^ sign) - sign
		}
	}
	r.acc, r.n = acc, n
}
