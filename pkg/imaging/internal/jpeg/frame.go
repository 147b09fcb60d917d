package jpeg

import (
	"encoding/binary"
	"fmt"
)

// maxBlocks is the most blocks that an interleaved MCU may have (T.81, B.2.3).
const maxBlocks = 10

// frame is the frame header.
type frame struct {
	width, height int
	progressive   bool
	components    []Component
	quantIDs      []uint8
}

// parse reads SOFn (T.81, B.2.2).
func (f *frame) parse(marker byte, body []byte) error {
	switch {
	case marker > 0xc8:
		return UnsupportedError("arithmetic coding")
	case marker > sof2:
		return UnsupportedError("lossless or hierarchical coding")
	case len(body) < 6:
		return SyntaxError("the frame header is damaged")
	case body[0] != 8:
		return UnsupportedError(fmt.Sprintf("%d bits per sample", body[0]))
	}
	n := int(body[5])
	f.progressive = marker == sof2
	f.height, f.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
	switch {
	case f.width == 0 || f.height == 0:
		// T.81 allows a height of 0 with DNL after the first scan. Nothing writes it.
		return SyntaxError("the frame has no size")
	case n != 1 && n != 3 && n != 4:
		return UnsupportedError(fmt.Sprintf("%d components", n))
	case len(body) != 6+3*n:
		return SyntaxError("the frame header is damaged")
	}
	for i := range n {
		c := body[6+3*i:]
		component := Component{ID: c[0], H: int(c[1] >> 4), V: int(c[1] & 15)}
		for _, other := range f.components {
			if other.ID == component.ID {
				return SyntaxError("two components have one name")
			}
		}
		switch {
		case n == 1:
			component.H, component.V = 1, 1 // never interleaved: the factors mean nothing (T.81, A.2.2)
		case component.H == 3 && component.V <= 4 || component.V == 3 && component.H <= 4:
			return UnsupportedError("a sampling factor of 3")
		case !isFactor(component.H) || !isFactor(component.V):
			return SyntaxError("a sampling factor is wrong")
		}
		if c[2] > 3 {
			return SyntaxError("a component has a quantisation table that cannot exist")
		}
		f.components, f.quantIDs = append(f.components, component), append(f.quantIDs, c[2])
	}
	return nil
}

func isFactor(n int) bool { return n == 1 || n == 2 || n == 4 }

// header says what the components mean, by the rules of libjpeg (jdapimin.c):
// JFIF means YCbCr; else Adobe's transform decides; else the components' names.
func (f *frame) header(jfif bool, adobe int) Header {
	h := Header{Width: f.width, Height: f.height, Components: f.components, Progressive: f.progressive, Adobe: adobe >= 0}
	switch c := f.components; {
	case len(c) == 1:
		h.Model = Gray
	case len(c) == 4 && adobe > 0:
		h.Model = YCCK
	case len(c) == 4:
		h.Model = CMYK
	case jfif || adobe > 0:
		h.Model = YCbCr
	case adobe == 0 || c[0].ID == 'R' && c[1].ID == 'G' && c[2].ID == 'B':
		h.Model = RGB
	default:
		h.Model = YCbCr
	}
	return h
}

// scan is a scan header.
type scan struct {
	components  []int    // indices into the frame's
	tables      [][2]int // of each: DC and AC
	start, end  int      // spectral selection, in zigzag order, both included
	high, low   int      // successive approximation: the bits known before and after
	progressive bool
}

// scan reads SOS (T.81, B.2.3 and G.1.1.1).
func (f *frame) scan(body []byte) (scan, error) {
	if f.components == nil {
		return scan{}, SyntaxError("a scan comes before the frame header")
	}
	if len(body) < 1 || body[0] < 1 || body[0] > 4 || len(body) != 4+2*int(body[0]) {
		return scan{}, SyntaxError("a scan header is damaged")
	}
	n := int(body[0])
	s := scan{end: 63, progressive: f.progressive}
	blocks := 0
	var used [4]bool
	for i := range n {
		id, dc, ac := body[1+2*i], int(body[2+2*i]>>4), int(body[2+2*i]&15)
		at := -1
		for j, c := range f.components {
			if c.ID == id {
				at = j
			}
		}
		if at < 0 || used[at] || dc > 3 || ac > 3 {
			return scan{}, SyntaxError("a scan header names what does not exist")
		}
		used[at] = true
		s.components, s.tables = append(s.components, at), append(s.tables, [2]int{dc, ac})
		blocks += f.components[at].H * f.components[at].V
	}
	if n > 1 && blocks > maxBlocks {
		return scan{}, SyntaxError("a scan interleaves too many blocks")
	}
	if !f.progressive {
		return s, nil // the other fields are fixed, and not all encoders write them well
	}
	tail := body[1+2*n:]
	s.start, s.end, s.high, s.low = int(tail[0]), int(tail[1]), int(tail[2]>>4), int(tail[2]&15)
	switch {
	case s.start > s.end || s.end > 63 || s.low > 13:
	case s.high != 0 && s.high != s.low+1:
	case s.start == 0 && s.end != 0: // DC and AC are never in one scan
	case s.start > 0 && n > 1: // AC is never interleaved
	default:
		return s, nil
	}
	return scan{}, SyntaxError("a scan header has wrong progression parameters")
}
