package jpeg

import "encoding/binary"

// The inverse transforms work on two blocks at a time, which halves their cost
// on any 64-bit machine. A number is a pair a + b*2^32 in one int64. Sums,
// differences and products with a constant of such numbers are those of a and b, whatever the
// size of the results in between, as long as the final ones fit 32 bits: so all
// that is not linear (rounding, clamping) is done once, at the end. Coefficients carry 5
// fractional bits, and each of the two passes multiplies by 2^8: samples
// have 21, and 11 bits for the value. Damaged data may exceed these, and give
// wrong samples and nothing worse.
const (
	passBits   = 8
	sampleBits = fraction + 2*passBits
	both       = 1 + 1<<32 // the same number for both blocks
	// level is the shift to unsigned samples, 128, and the half that rounds.
	level = (128<<fraction + 1<<(fraction-1)) * both
	// beyond has the bits that are set only if a sample is outside of 0 to 255.
	beyond = 0x7 << (sampleBits + 8) * both
)

// Constants of Arai, Agui and Nakajima's transform (1988), times 2^8, each within
// 3.4e-4 of its value.
const (
	sqrt2   = 362 // 1.41421
	odd2    = 473 // 2 cos(pi/8) = 1.84776
	oddDiff = 277 // 2 (cos(pi/8) - cos(3pi/8)) = 1.08239
	oddSum  = 669 // 2 (cos(pi/8) + cos(3pi/8)) = 2.61313
)

// transform turns the workspace of two blocks into samples of size x size, in a
// and b, and clears it. Last is the position of the last coefficient of both.
func transform(ws *workspace, size, last int, a, b []uint8, stride int) {
	ws[0] += level
	switch {
	case last == 0 || size == 1:
		flat(ws[0], size, a, b, stride)
		ws[0] = 0
	case size == 8:
		transform8(ws, last, a, b, stride)
	case size == 4:
		transform4(ws, a, b, stride)
	default:
		transform2(ws, a, b, stride)
	}
}

// flat is the transform of DC coefficients alone.
func flat(dc int64, size int, a, b []uint8, stride int) {
	v := clamp(dc << (2 * passBits))
	p, q := uint32(v&0xff)*0x01010101, uint32(v>>32)*0x01010101
	switch size {
	case 8:
		for y := range 8 {
			binary.LittleEndian.PutUint64(a[y*stride:], uint64(p)<<32|uint64(p))
			binary.LittleEndian.PutUint64(b[y*stride:], uint64(q)<<32|uint64(q))
		}
	case 4:
		for y := range 4 {
			binary.LittleEndian.PutUint32(a[y*stride:], p)
			binary.LittleEndian.PutUint32(b[y*stride:], q)
		}
	case 2:
		for y := range 2 {
			binary.LittleEndian.PutUint16(a[y*stride:], uint16(p))
			binary.LittleEndian.PutUint16(b[y*stride:], uint16(q))
		}
	default:
		a[0], b[0] = uint8(p), uint8(q)
	}
}

// transform2 is the transform of 2x2 coefficients.
func transform2(ws *workspace, a, b []uint8, stride int) {
	s0, d0 := ws[0]+ws[1], ws[0]-ws[1]
	s1, d1 := ws[2]+ws[3], ws[2]-ws[3]
	ws[0], ws[1], ws[2], ws[3] = 0, 0, 0, 0
	v0, v1 := clamp((s0+s1)<<(2*passBits)), clamp((d0+d1)<<(2*passBits))
	v2, v3 := clamp((s0-s1)<<(2*passBits)), clamp((d0-d1)<<(2*passBits))
	top, bottom := v0|v1<<8, v2|v3<<8
	binary.LittleEndian.PutUint16(a, uint16(top))
	binary.LittleEndian.PutUint16(a[stride:], uint16(bottom))
	binary.LittleEndian.PutUint16(b, uint16(top>>32))
	binary.LittleEndian.PutUint16(b[stride:], uint16(bottom>>32))
}

// transform4 is the transform of 4x4 coefficients.
func transform4(ws *workspace, a, b []uint8, stride int) {
	for i := range 4 {
		ws[i], ws[i+4], ws[i+8], ws[i+12] = pass4(ws[i], ws[i+4], ws[i+8], ws[i+12])
	}
	for y := range 4 {
		x0, x1, x2, x3 := pass4(ws[4*y], ws[4*y+1], ws[4*y+2], ws[4*y+3])
		v := pack(x0, x1, x2, x3)
		binary.LittleEndian.PutUint32(a[y*stride:], uint32(v))
		binary.LittleEndian.PutUint32(b[y*stride:], uint32(v>>32))
	}
	clear(ws[:16])
}

// pass4 is the transform of 4 coefficients to 4 samples times 2^passBits: with the
// scale of places, x = c0 +- c2 +- odd, where the odd parts of the outer samples are c1 + c3 and of
// the inner ones tan(pi/8) c1 - c3 / tan(pi/8), and tan(pi/8) is sqrt(2) - 1.
func pass4(c0, c1, c2, c3 int64) (x0, x1, x2, x3 int64) {
	even0, even1 := (c0+c2)<<passBits, (c0-c2)<<passBits
	outer := (c1 + c3) << passBits
	inner := (c1-c3)*sqrt2 - outer
	return even0 + outer, even1 + inner, even1 - inner, even0 - outer
}

// pack clamps 4 samples of each block and packs them: those of the first block in
// the low 32 bits, in the order of little-endian memory.
func pack(x0, x1, x2, x3 int64) uint64 {
	if uint64(x0|x1|x2|x3)&beyond != 0 {
		return clamp(x0) | clamp(x1)<<8 | clamp(x2)<<16 | clamp(x3)<<24
	}
	return packInside(x0, x1, x2, x3)
}

// packInside packs samples that are known to be inside 0 to 255.
func packInside(x0, x1, x2, x3 int64) uint64 {
	const m = 0xff * both
	return uint64(x0)>>sampleBits&m | uint64(x1)>>(sampleBits-8)&(m<<8) |
		uint64(x2)>>(sampleBits-16)&(m<<16) | uint64(x3)<<(24-sampleBits)&(m<<24)
}

// clamp returns the integer part of both numbers, within 0 to 255.
func clamp(x int64) uint64 {
	low := int64(int32(x))
	high := (x - low) >> (32 + sampleBits)
	low >>= sampleBits
	return uint64(min(max(low, 0), 255)) | uint64(min(max(high, 0), 255))<<32
}
