package jpeg

import (
	"errors"
	"io"
)

// Rows is a horizontal strip of one plane.
type Rows struct {
	// Pix holds the samples; row i begins at i*Stride. What lies beyond the
	// plane's Width in a row, and beyond Rows, is padding without meaning.
	Pix    []uint8
	Stride int
	Y      int // the first row's place in the plane
	Rows   int // how many there are; only the last band has less than the others
}

// Band is one row of MCUs: a strip of each plane, of the same part of the picture.
type Band struct {
	Planes []Rows
}

var errBand = errors.New("jpeg: the band was not made by this decoder")

// NewBand allocates a band for Next. With two or three of them decoding and what
// comes after it can run at the same time.
func (d *Decoder) NewBand() *Band {
	b := &Band{Planes: make([]Rows, len(d.channels))}
	for i := range d.channels {
		c := &d.channels[i]
		b.Planes[i] = Rows{Pix: make([]uint8, c.stride*c.v*c.size), Stride: c.stride}
	}
	return b
}

// Next decodes the next band into b, which is one of this decoder's NewBand. Bands
// come from the top down. After the last it returns io.EOF, if the file is
// complete to its end marker, so a picture is good only once that was seen. All other errors are
// a [SyntaxError] or an [UnsupportedError] and leave the band undefined; whatever it
// returned once, it returns again.
func (d *Decoder) Next(b *Band) error {
	if d.err == nil {
		d.err = d.next(b)
	}
	return d.err
}

// Interrupt sets what is asked again and again while Next reads a file of several scans,
// all of it at once: an error ends the decoding, and Next returns it.
func (d *Decoder) Interrupt(check func() error) { d.check = check }

func (d *Decoder) interrupted() error {
	if d.check == nil {
		return nil
	}
	return d.check()
}

func (d *Decoder) next(b *Band) error {
	streamed := !d.header.Progressive && len(d.first.components) == len(d.channels)
	if d.row == 0 {
		var err error
		if streamed {
			err = d.startStream()
		} else {
			err = d.readScans()
		}
		if err != nil {
			return err
		}
	}
	if d.row == d.mcusY {
		if streamed {
			if err := d.end(); err != nil {
				return err
			}
		}
		return io.EOF
	}
	if len(b.Planes) != len(d.channels) {
		return errBand
	}
	for i := range b.Planes {
		c, rows := &d.channels[i], &b.Planes[i]
		height := c.v * c.size
		if rows.Stride != c.stride || len(rows.Pix) != c.stride*height {
			return errBand
		}
		rows.Y = d.row * height
		rows.Rows = min(height, c.plane.Height-rows.Y)
	}
	if streamed {
		if err := d.stream(b); err != nil {
			return err
		}
	} else {
		d.restore(b)
	}
	d.row++
	return nil
}

// end checks that nothing but the end of the image follows the only scan.
func (d *Decoder) end() error {
	d.segments.pos = d.bits.next
	_, found, err := d.segments.nextScan()
	if err == nil && found {
		err = SyntaxError("there is data after all components are complete")
	}
	return err
}
