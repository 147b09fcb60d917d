package jpeg

// slot is one block of an MCU, and the same block of the MCU after it: the two
// halves of a workspace.
type slot struct {
	channel   *channel
	component int
	x, y      int // of the block within its component's part of the MCU, in blocks
	last      int
	ws        workspace
}

// startStream prepares for the only scan of a sequential file.
func (d *Decoder) startStream() error {
	if err := d.startScan(d.first); err != nil {
		return err
	}
	for _, i := range d.first.components {
		c := &d.channels[i]
		for y := range c.v {
			for x := range c.h {
				d.slots = append(d.slots, slot{channel: c, component: i, x: x, y: y})
			}
		}
		if c.size < 8 && c.blocksX*c.blocksY >= skipWorth {
			c.ac.makeSkip()
		}
	}
	return nil
}

// stream decodes a row of MCUs, two at a time, straight to samples.
func (d *Decoder) stream(b *Band) error {
	for mcu := 0; mcu < d.mcusX; mcu += 2 {
		for i := range d.slots {
			d.slots[i].last = 0
		}
		for second := range uint(min(2, d.mcusX-mcu)) {
			if err := d.nextMCU(); err != nil {
				return err
			}
			for i := range d.slots {
				s := &d.slots[i]
				last := d.bits.block(s.channel, &s.ws, 1<<(32*second))
				if last < 0 {
					return errCode
				}
				s.last = max(s.last, last)
			}
			if d.bits.overrun() {
				return errShort
			}
		}
		for i := range d.slots {
			s := &d.slots[i]
			c, rows := s.channel, &b.Planes[s.component]
			left := s.y*c.size*rows.Stride + (mcu*c.h+s.x)*c.size
			transform(&s.ws, c.size, s.last, rows.Pix[left:], rows.Pix[left+c.h*c.size:], rows.Stride)
		}
	}
	return nil
}
