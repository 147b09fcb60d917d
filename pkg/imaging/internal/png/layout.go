package png

import "encoding/binary"

// Colour types (11.2.1).
const (
	grey      = 0
	colour    = 2
	indexed   = 3
	greyAlpha = 4
	withAlpha = 6
)

// layout says what the bits of a row are.
type layout struct {
	width, height int
	depth         int // bits of a sample
	kind          uint8
	interlaced    bool

	keyed bool
	key   [3]uint16   // the transparent colour, where keyed; grey is the first
	table [256]uint32 // the pixels of indices, or of keyed grey up to 8 bits; red lowest
}

// channels returns the samples of a pixel.
func (l *layout) channels() int { return [7]int{1, 0, 3, 1, 2, 0, 4}[l.kind] }

func (l *layout) bitsPerPixel() int { return l.channels() * l.depth }

func (l *layout) opaqueGray() bool { return l.kind == grey && !l.keyed }

// read reads the chunks up to the first IDAT (5.6).
func (l *layout) read(c *chunks) error {
	name, body, err := c.next()
	if err != nil {
		return err
	}
	if string(name) != "IHDR" {
		return errOrder
	}
	if err := l.readHeader(body); err != nil {
		return err
	}
	palette, transparency := false, false
	for {
		name, err := c.peek()
		if err != nil {
			return err
		}
		if string(name) == "IDAT" {
			if l.kind == indexed && !palette {
				return errOrder
			}
			l.tabulate()
			return nil
		}
		if _, body, err = c.next(); err != nil {
			return err
		}
		switch string(name) {
		case "IHDR", "IEND":
			return errOrder
		case "PLTE":
			if palette || transparency {
				return errOrder
			}
			palette = true
			err = l.readPalette(body)
		case "tRNS":
			if transparency || l.kind == indexed && !palette {
				return errOrder
			}
			transparency = true
			err = l.readTransparency(body)
		}
		if err != nil {
			return err
		}
	}
}

func (l *layout) readHeader(body []byte) error {
	if len(body) != 13 {
		return SyntaxError("the header has a wrong length")
	}
	width, height := int32(binary.BigEndian.Uint32(body)), int32(binary.BigEndian.Uint32(body[4:]))
	l.depth, l.kind = int(body[8]), body[9]
	switch {
	case body[10] != 0:
		return UnsupportedError("the compression method")
	case body[11] != 0:
		return UnsupportedError("the filter method")
	case body[12] > 1:
		return SyntaxError("the interlace method is unknown")
	case width <= 0 || height <= 0:
		return SyntaxError("the width or the height is 0 or beyond the limit")
	}
	l.width, l.height, l.interlaced = int(width), int(height), body[12] == 1
	valid := false
	switch l.kind {
	case grey:
		valid = l.depth == 1 || l.depth == 2 || l.depth == 4 || l.depth == 8 || l.depth == 16
	case indexed:
		valid = l.depth == 1 || l.depth == 2 || l.depth == 4 || l.depth == 8
	case colour, greyAlpha, withAlpha:
		valid = l.depth == 8 || l.depth == 16
	}
	if !valid {
		return UnsupportedError("the bit depth or the colour type")
	}
	return nil
}

// opaque is the alpha of an entry of table; entries that the file does not have are black.
const opaque = 0xff << 24

func (l *layout) readPalette(body []byte) error {
	n := len(body) / 3
	if len(body)%3 != 0 || n == 0 || n > 256 || n > 1<<l.depth {
		return SyntaxError("the palette has a wrong length")
	}
	switch l.kind {
	case grey, greyAlpha:
		return SyntaxError("a grey picture has a palette")
	case indexed:
		for i := range l.table {
			l.table[i] = opaque
		}
		for i := range n {
			l.table[i] |= uint32(body[3*i]) | uint32(body[3*i+1])<<8 | uint32(body[3*i+2])<<16
		}
	}
	return nil // a suggestion (11.2.2), where pixels have colours
}

func (l *layout) readTransparency(body []byte) error {
	switch {
	case l.kind == indexed && len(body) <= 256:
		for i, alpha := range body {
			l.table[i] = premultiply(l.table[i]&^opaque | uint32(alpha)<<24)
		}
		return nil
	case l.kind == grey && len(body) == 2, l.kind == colour && len(body) == 6:
		l.keyed = true
		for i := range len(body) / 2 {
			l.key[i] = binary.BigEndian.Uint16(body[2*i:])
			if l.depth < 16 {
				l.key[i] &= 0xff // where image/png and libpng look
			}
		}
		return nil
	}
	return SyntaxError("the transparency does not fit the colour type")
}

// tabulate makes the pixels of keyed grey.
func (l *layout) tabulate() {
	if l.kind != grey || l.depth > 8 || !l.keyed {
		return
	}
	for i := range 1 << l.depth {
		if v := uint32(l.scale(i)); i != int(l.key[0]) {
			l.table[i] = opaque | v*0x010101
		}
	}
}

// scale returns a sample of up to 8 bits as one of 8.
func (l *layout) scale(v int) byte { return byte(v * 255 / (1<<l.depth - 1)) }
