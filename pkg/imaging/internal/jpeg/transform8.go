package jpeg

import "encoding/binary"

// transform8 is the transform of 8x8 coefficients, by columns, then by rows: the flow
// graph of Arai, Agui and Nakajima, 5 products and 29 sums for each. It is written out, as
// calls would move 16 numbers each.
func transform8(ws *workspace, last int, a, b []uint8, stride int) {
	if last <= lastCorner {
		transformCorner(ws, a, b, stride)
		return
	}
	for i := range 8 {
		// The even half first, and the odd one after it: all of it fits the registers.
		c0, c2, c4, c6 := ws[i], ws[i+16], ws[i+32], ws[i+48]
		sum, difference := (c0+c4)<<passBits, (c0-c4)<<passBits
		outer := (c2 + c6) << passBits
		inner := (c2-c6)*sqrt2 - outer
		e0, e1, e2, e3 := sum+outer, difference+inner, difference-inner, sum-outer

		c1, c3, c5, c7 := ws[i+8], ws[i+24], ws[i+40], ws[i+56]
		s53, d53, s17, d17 := c5+c3, c5-c3, c1+c7, c1-c7
		shared := (d53 + d17) * odd2
		o0 := (s17 + s53) << passBits
		o1 := shared - d53*oddSum - o0
		o2 := (s17-s53)*sqrt2 - o1
		o3 := d17*oddDiff - shared + o2
		ws[i], ws[i+56] = e0+o0, e0-o0
		ws[i+8], ws[i+48] = e1+o1, e1-o1
		ws[i+16], ws[i+40] = e2+o2, e2-o2
		ws[i+24], ws[i+32] = e3-o3, e3+o3
	}
	for y := range 8 {
		row := (*[8]int64)(ws[8*y:])
		c0, c2, c4, c6 := row[0], row[2], row[4], row[6]
		sum, difference := (c0+c4)<<passBits, (c0-c4)<<passBits
		outer := (c2 + c6) << passBits
		inner := (c2-c6)*sqrt2 - outer
		e0, e1, e2, e3 := sum+outer, difference+inner, difference-inner, sum-outer

		c1, c3, c5, c7 := row[1], row[3], row[5], row[7]
		s53, d53, s17, d17 := c5+c3, c5-c3, c1+c7, c1-c7
		shared := (d53 + d17) * odd2
		o0 := (s17 + s53) << passBits
		o1 := shared - d53*oddSum - o0
		o2 := (s17-s53)*sqrt2 - o1
		o3 := d17*oddDiff - shared + o2
		write8(e0+o0, e1+o1, e2+o2, e3-o3, e3+o3, e2-o2, e1-o1, e0-o0, a[y*stride:], b[y*stride:])
	}
	clear(ws[:])
}

// lastCorner is the last position in zigzag order up to which all are in the first
// 4 columns and rows.
const lastCorner = 9

// transformCorner is transform8 for coefficients up to lastCorner: half the work, for
// the smooth parts of a picture.
func transformCorner(ws *workspace, a, b []uint8, stride int) {
	for i := range 4 {
		c0, c2 := ws[i]<<passBits, ws[i+16]
		inner := c2 * (sqrt2 - 1<<passBits)
		outer := c2 << passBits
		e0, e1, e2, e3 := c0+outer, c0+inner, c0-inner, c0-outer

		c1, c3 := ws[i+8], ws[i+24]
		shared := (c1 - c3) * odd2
		o0 := (c1 + c3) << passBits
		o1 := shared + c3*oddSum - o0
		o2 := (c1-c3)*sqrt2 - o1
		o3 := c1*oddDiff - shared + o2
		ws[i], ws[i+56] = e0+o0, e0-o0
		ws[i+8], ws[i+48] = e1+o1, e1-o1
		ws[i+16], ws[i+40] = e2+o2, e2-o2
		ws[i+24], ws[i+32] = e3-o3, e3+o3
	}
	for y := range 8 {
		row := (*[8]int64)(ws[8*y:])
		c0, c2 := row[0]<<passBits, row[2]
		inner := c2 * (sqrt2 - 1<<passBits)
		outer := c2 << passBits
		e0, e1, e2, e3 := c0+outer, c0+inner, c0-inner, c0-outer

		c1, c3 := row[1], row[3]
		shared := (c1 - c3) * odd2
		o0 := (c1 + c3) << passBits
		o1 := shared + c3*oddSum - o0
		o2 := (c1-c3)*sqrt2 - o1
		o3 := c1*oddDiff - shared + o2
		write8(e0+o0, e1+o1, e2+o2, e3-o3, e3+o3, e2-o2, e1-o1, e0-o0, a[y*stride:], b[y*stride:])
	}
	clear(ws[:])
}

// write8 clamps and writes a row of 8 samples of both blocks.
func write8(x0, x1, x2, x3, x4, x5, x6, x7 int64, a, b []uint8) {
	var left, right uint64
	if uint64(x0|x1|x2|x3|x4|x5|x6|x7)&beyond == 0 {
		left, right = packInside(x0, x1, x2, x3), packInside(x4, x5, x6, x7)
	} else {
		left, right = pack(x0, x1, x2, x3), pack(x4, x5, x6, x7)
	}
	binary.LittleEndian.PutUint64(a, left&0xffffffff|right<<32)
	binary.LittleEndian.PutUint64(b, left>>32|right&^0xffffffff)
}
