package jpeg

import "fmt"

// readScans reads all scans of a file, to its end.
func (d *Decoder) readScans() error {
	d.newStores()
	for s, found := d.first, true; found; {
		if err := d.readScan(s); err != nil {
			return err
		}
		d.segments.pos = d.bits.next
		var err error
		if s, found, err = d.segments.nextScan(); err != nil {
			return err
		}
	}
	for i := range d.stored {
		if d.stored[i].known[0] < 0 {
			return SyntaxError(fmt.Sprintf("component %d of the picture is missing", i))
		}
	}
	d.bits.buf = nil
	return nil
}

// advance checks that a scan adds to what is known of its coefficients what it
// says, and notes it.
func (s *store) advance(n scan) error {
	for k := n.start; k <= n.end; k++ {
		expected := int8(-1)
		if n.high > 0 {
			expected = int8(n.high)
		}
		if s.known[k] != expected || k > 0 && s.known[0] < 0 && n.start > 0 {
			return SyntaxError("the scans of a component are out of order")
		}
		s.known[k] = int8(n.low)
	}
	return nil
}

// readScan reads one scan to the stored coefficients.
func (d *Decoder) readScan(s scan) error {
	for _, i := range s.components {
		if err := d.stored[i].advance(s); err != nil {
			return err
		}
	}
	if err := d.startScan(s); err != nil {
		return err
	}
	if len(s.components) == 1 { // an MCU is one block, and blocks outside of the picture are left out
		i := s.components[0]
		c := &d.channels[i]
		for y := range c.blocksY {
			if err := d.interrupted(); err != nil {
				return err
			}
			for x := range c.blocksX {
				if err := d.nextMCU(); err != nil {
					return err
				}
				if err := d.readBlock(s, i, y*d.stored[i].across+x); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for y := range d.mcusY {
		if err := d.interrupted(); err != nil {
			return err
		}
		for x := range d.mcusX {
			if err := d.nextMCU(); err != nil {
				return err
			}
			for _, i := range s.components {
				c := &d.channels[i]
				for v := range c.v {
					for h := range c.h {
						if err := d.readBlock(s, i, (y*c.v+v)*d.stored[i].across+x*c.h+h); err != nil {
							return err
						}
					}
				}
			}
		}
	}
	return nil
}

// readBlock reads what a scan has of one block.
func (d *Decoder) readBlock(s scan, component, block int) error {
	c, st := &d.channels[component], &d.stored[component]
	ok := true
	switch {
	case s.start == 0 && s.high == 0:
		ok = d.bits.storeDC(c, st, block, s.low) && (s.progressive || d.bits.storeAC(c, st, block))
	case s.start == 0:
		st.values[block*st.size] |= int16(d.bits.take(1) << s.low)
	case d.endRun > 0 && s.high == 0:
		d.endRun--
		return nil
	case s.high == 0:
		d.endRun = d.bits.firstAC(c, st, block, s)
		ok = d.endRun >= 0
	default:
		d.endRun = d.bits.refineAC(c, st, block, s, d.endRun)
		ok = d.endRun >= 0
	}
	switch {
	case !ok:
		return errCode
	case d.bits.overrun():
		return errShort
	}
	return nil
}
