package jpeg

const (
	errCode  = SyntaxError("the picture's data are damaged: a code or a position that does not exist")
	errShort = SyntaxError("the picture's data end early")
)

// startScan makes the tables and the state that a scan begins with.
func (d *Decoder) startScan(s scan) error {
	for i, at := range s.components {
		c := &d.channels[at]
		if !c.quantised { // as libjpeg: the table in force at the component's first scan
			quant := d.segments.quant[c.quantID]
			if quant == nil {
				return SyntaxError("a quantisation table is missing")
			}
			c.places, c.quantised = newPlaces(quant, c.size), true
		}
		var err error
		if s.start == 0 && s.high == 0 {
			if c.dc, err = d.huffman(0, s.tables[i][0], forDC); err != nil {
				return err
			}
		}
		if s.end > 0 {
			kind := forAC
			if s.progressive {
				kind = forProgression
			}
			if c.ac, err = d.huffman(1, s.tables[i][1], kind); err != nil {
				return err
			}
		}
	}
	d.interval, d.untilRestart, d.restarts = d.segments.interval, d.segments.interval, 0
	d.resetPrediction()
	d.bits.start(d.segments.pos)
	return nil
}

func (d *Decoder) huffman(class, id, kind int) (*table, error) {
	c := d.segments.huffman[class][id]
	if c == nil {
		return nil, SyntaxError("a Huffman table is missing")
	}
	return c.table(kind)
}

func (d *Decoder) resetPrediction() {
	for i := range d.channels {
		d.channels[i].prediction = 0
	}
	d.endRun = 0
}

// nextMCU prepares for an MCU, and takes the restart marker before it if one is due.
func (d *Decoder) nextMCU() error {
	if d.interval > 0 {
		if d.untilRestart == 0 {
			if err := d.bits.restart(d.restarts); err != nil {
				return err
			}
			d.restarts++
			d.untilRestart = d.interval
			d.resetPrediction()
		}
		d.untilRestart--
	}
	d.bits.prepare()
	return nil
}
