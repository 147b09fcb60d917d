package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Markers (T.81, table B.1).
const (
	sof0  = 0xc0
	sof1  = 0xc1
	sof2  = 0xc2
	dht   = 0xc4
	jpg   = 0xc8
	dac   = 0xcc
	sof15 = 0xcf
	rst0  = 0xd0
	rst7  = 0xd7
	soi   = 0xd8
	eoi   = 0xd9
	sos   = 0xda
	dqt   = 0xdb
	dri   = 0xdd
	app0  = 0xe0
	app14 = 0xee
	tem   = 0x01
)

// maxScans bounds the scans of a file. Each costs a pass over all blocks but few
// bytes, so that a small file could keep the decoder busy for hours. Encoders
// write about 10; 100 is the limit of libvips.
const maxScans = 100

// segments walks the file from marker to marker and keeps what the segments
// define.
type segments struct {
	data     []byte
	pos      int
	frame    frame
	jfif     bool
	adobe    int // -1, or the transform of the Adobe marker
	interval int // MCUs between restart markers, 0 for none
	scans    int
	quant    [4]*[64]uint16 // in zigzag order
	huffman  [2][4]*code    // DC and AC
}

// open reads the segments of a file up to its first scan.
func (s *segments) open() (scan, error) {
	s.adobe = -1
	if len(s.data) < 2 || s.data[0] != 0xff || s.data[1] != soi {
		return scan{}, SyntaxError("the file does not begin as a JPEG")
	}
	s.pos = 2
	first, found, err := s.nextScan()
	if err == nil && !found {
		err = SyntaxError("the file ends before any scan")
	}
	return first, err
}

// nextScan reads the segments up to the next scan, and found is true, or up to
// the end of the image, and it is false. The position is then the one after it.
func (s *segments) nextScan() (next scan, found bool, err error) {
	for {
		marker, ok := s.marker()
		switch {
		case !ok:
			return scan{}, false, SyntaxError("the file is cut off: it has no end marker")
		case marker == eoi:
			return scan{}, false, nil
		case marker == soi:
			return scan{}, false, SyntaxError("an image begins within the image")
		case marker == tem || marker >= rst0 && marker <= rst7:
			continue // no segment follows
		}
		body, err := s.body(marker)
		if err != nil {
			return scan{}, false, err
		}
		if marker == sos {
			if s.scans++; s.scans > maxScans {
				return scan{}, false, UnsupportedError(fmt.Sprintf("more than %d scans", maxScans))
			}
			next, err = s.frame.scan(body)
			return next, err == nil, err
		}
		if err := s.define(marker, body); err != nil {
			return scan{}, false, err
		}
	}
}

// marker goes to the next marker and past it. Like libjpeg it skips what is
// none: stray bytes, stuffed bytes and fill bytes.
func (s *segments) marker() (marker byte, ok bool) {
	for {
		i := bytes.IndexByte(s.data[s.pos:], 0xff)
		if i < 0 {
			return 0, false
		}
		s.pos += i
		for s.pos < len(s.data) && s.data[s.pos] == 0xff {
			s.pos++
		}
		if s.pos == len(s.data) {
			return 0, false
		}
		s.pos++
		if m := s.data[s.pos-1]; m != 0 {
			return m, true
		}
	}
}

// body returns the parameters of a segment and goes past it.
func (s *segments) body(marker byte) ([]byte, error) {
	rest := s.data[s.pos:]
	if len(rest) < 2 {
		return nil, SyntaxError("the file is cut off within a segment")
	}
	length := int(binary.BigEndian.Uint16(rest)) // includes itself
	if length < 2 {
		return nil, SyntaxError(fmt.Sprintf("the segment of marker %#x has length %d", marker, length))
	}
	if length > len(rest) {
		return nil, SyntaxError("the file is cut off within a segment")
	}
	s.pos += length
	return rest[2:length], nil
}

// define takes over what a segment defines.
func (s *segments) define(marker byte, body []byte) error {
	switch {
	case marker == dqt:
		return s.defineQuantisation(body)
	case marker == dht:
		return s.defineHuffman(body)
	case marker == dri:
		if len(body) != 2 {
			return SyntaxError("the restart interval has a wrong length")
		}
		s.interval = int(binary.BigEndian.Uint16(body))
	case marker == dac:
		return UnsupportedError("arithmetic coding")
	case marker == app0 && bytes.HasPrefix(body, []byte("JFIF\x00")):
		s.jfif = true
	case marker == app14 && len(body) >= 12 && bytes.HasPrefix(body, []byte("Adobe")):
		s.adobe = int(body[11])
	case marker >= sof0 && marker <= sof15 && marker != jpg:
		if s.frame.components != nil {
			return SyntaxError("there are two frame headers")
		}
		return s.frame.parse(marker, body)
	}
	return nil
}

// defineQuantisation reads DQT (T.81, B.2.4.1).
func (s *segments) defineQuantisation(body []byte) error {
	for len(body) > 0 {
		wide, id := body[0]>>4, body[0]&15
		size := 64 << wide
		if wide > 1 || id > 3 || len(body) < 1+size {
			return SyntaxError("a quantisation table is damaged")
		}
		q := new([64]uint16)
		for i := range q {
			if wide == 1 {
				q[i] = binary.BigEndian.Uint16(body[1+2*i:])
			} else {
				q[i] = uint16(body[1+i])
			}
		}
		s.quant[id] = q
		body = body[1+size:]
	}
	return nil
}

// defineHuffman reads DHT (T.81, B.2.4.2). The tables for decoding are made when
// a scan uses them, so that a file full of definitions costs nothing.
func (s *segments) defineHuffman(body []byte) error {
	for len(body) > 0 {
		class, id := body[0]>>4, body[0]&15
		if class > 1 || id > 3 || len(body) < 17 {
			return SyntaxError("a Huffman table is damaged")
		}
		c, size, err := newCode(body[1:])
		if err != nil {
			return err
		}
		s.huffman[class][id] = c
		body = body[1+size:]
	}
	return nil
}
