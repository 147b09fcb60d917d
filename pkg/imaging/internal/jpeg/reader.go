package jpeg

import "bytes"

const (
	// reach is more than the bytes that an MCU can take: at most 10 blocks of 64
	// coefficients, each a code of 16 bits and a value of 15, are 2480 bytes.
	reach = 2560
	// window is how much is prepared at a time: little enough for the cache.
	window = 32 << 10
)

// reader is the bit stream of a scan. It prepares the entropy-coded bytes in a
// window, without the zeros that are stuffed after each 0xff and without
// markers. So the loops that take bits load 8 bytes at a time and test for
// nothing: they may run up to reach bytes past the end of a segment, into bytes
// without meaning, and overrun tells afterwards.
//
// The first n bits of acc are valid, from the top; more may be there. A loop
// copies acc, n and pos to locals, and refills like this (after Giesen,
// "Reading bits in far too many ways", variant 4), which leaves 56 to 63 bits:
//
//	if n < 32 {
//		acc |= binary.BigEndian.Uint64(buf[pos:]) >> (n & 63)
//		pos += int(63-n) >> 3
//		n |= 56
//	}
type reader struct {
	data []byte
	next int // position in data of what is not in the window yet

	buf      *[window + reach + 8]byte // the last 8 bytes are for loads that begin in the reach
	pos, end int                       // what is not in acc, within buf
	acc      uint64
	n        uint

	ended bool // the segment's last byte is in the window; next is at a marker or the file's end
}

// start begins a segment of entropy-coded data at a position of the file.
func (r *reader) start(at int) {
	if r.buf == nil {
		r.buf = new([window + reach + 8]byte)
	}
	r.next, r.pos, r.end, r.acc, r.n, r.ended = at, 0, 0, 0, 0, false
}

// prepare makes sure that the next MCU can be read.
func (r *reader) prepare() {
	if r.end-r.pos < reach && !r.ended {
		r.fill()
	}
}

// overrun tells that more bits were taken than the segment has.
func (r *reader) overrun() bool { return 8*r.pos-int(r.n) > 8*r.end }

// fill moves what is left to the front of the window and appends to it.
func (r *reader) fill() {
	r.end = copy(r.buf[:], r.buf[r.pos:r.end])
	r.pos = 0
	for r.end < window {
		source := r.data[r.next:]
		source = source[:min(len(source), window-r.end)]
		i := bytes.IndexByte(source, 0xff)
		if i < 0 {
			i = len(source)
		}
		r.end += copy(r.buf[r.end:], source[:i])
		r.next += i
		if i < len(source) && !r.stuffed() || r.next == len(r.data) {
			r.ended = true
			return
		}
	}
}

// stuffed takes a byte 0xff, which is at next, if a zero is stuffed after it.
func (r *reader) stuffed() bool {
	at := r.next
	for at < len(r.data) && r.data[at] == 0xff { // fill bytes
		at++
	}
	if at == len(r.data) || r.data[at] != 0 {
		return false
	}
	r.buf[r.end] = 0xff
	r.end++
	r.next = at + 1
	return true
}

// restart goes past restart marker number i, which is due. What stands before it
// and was not needed is ignored: a marker that is missing shows in the number
// of the next one, or in its absence.
func (r *reader) restart(i int) error {
	s := segments{data: r.data, pos: r.next}
	if marker, ok := s.marker(); !ok || marker != rst0+byte(i&7) {
		return SyntaxError("a restart marker is missing or out of order")
	}
	r.start(s.pos)
	return nil
}
