package jpeg

import "math/bits"

// store holds the quantised coefficients of a component of a file of several
// scans: those that the scale needs, and of all which are not zero, which is what
// decoding the refinement of a block depends on.
type store struct {
	across  int // blocks in a row, those included that only MCUs add
	size    int // coefficients per block
	values  []int16
	nonzero []uint64 // per block, by position in zigzag order
	needed  uint64   // the positions that are held
	known   [64]int8 // the lowest bit that is known of each coefficient, -1 for none
}

// newStores allocates the coefficients of all components.
func (d *Decoder) newStores() {
	d.stored = make([]store, len(d.channels))
	for i := range d.channels {
		c, s := &d.channels[i], &d.stored[i]
		s.across = d.mcusX * c.h
		blocks := s.across * d.mcusY * c.v
		s.size = c.size * c.size
		s.values = make([]int16, blocks*s.size)
		s.nonzero = make([]uint64, blocks)
		for k, natural := range zigzag {
			s.known[k] = -1
			if int(natural&7) < c.size && int(natural>>3) < c.size {
				s.needed |= 1 << k
			}
		}
	}
}

// load adds a block's coefficients to a workspace and returns the position of the
// last of them.
func (s *store) load(c *channel, block int, ws *workspace, unit int64) int {
	values := s.values[block*s.size:][:s.size]
	ws[0] += scaled(int32(values[0]), c.places[1].factor) * unit
	set := s.nonzero[block] & s.needed
	for m := set &^ 1; m != 0; m &= m - 1 {
		p := &c.places[bits.TrailingZeros64(m)+1]
		ws[p.at&63] += scaled(int32(values[p.at]), p.factor) * unit
	}
	return bits.Len64(set|1) - 1
}

// restore transforms the current row of MCUs from the stored coefficients.
func (d *Decoder) restore(b *Band) {
	var ws workspace
	for i := range d.channels {
		c, s, rows := &d.channels[i], &d.stored[i], &b.Planes[i]
		for y := range c.v {
			block := (d.row*c.v + y) * s.across
			line := rows.Pix[y*c.size*rows.Stride:]
			for x := 0; x < s.across; x += 2 {
				last := s.load(c, block+x, &ws, 1)
				if x+1 < s.across {
					last = max(last, s.load(c, block+x+1, &ws, 1<<32))
				}
				transform(&ws, c.size, last, line[x*c.size:], line[(x+1)*c.size:], rows.Stride)
			}
		}
	}
}
