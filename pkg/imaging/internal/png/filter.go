package png

import "encoding/binary"

// unfilter undoes the filter (9.2) of the first n bytes of a row; above is the row before, unfiltered.
// A pixel has size bytes, at least 1. Both rows are at least 8 bytes longer, and
// what is there may change. It is false for a filter that does not exist.
func unfilter(filter uint8, row, above []byte, n, size int) bool {
	switch filter {
	case 0:
	case 1:
		sub(row, n, size)
	case 2:
		up(row, above, n)
	case 3:
		average(row, above, n, size)
	case 4:
		predict(row, above, n, size)
	default:
		return false
	}
	return true
}

// The arithmetic of bytes in the lanes of a word: upper bits are kept from carrying.
const (
	upper64, lower64 = 0x8080808080808080, 0x7f7f7f7f7f7f7f7f
	upper32, lower32 = 0x80808080, 0x7f7f7f7f
)

func add64(a, b uint64) uint64 { return a&lower64 + b&lower64 ^ (a^b)&upper64 }

func add32(a, b uint32) uint32 { return a&lower32 + b&lower32 ^ (a^b)&upper32 }

// mean rounds down.
func mean32(a, b uint32) uint32 { return a&b + (a^b)>>1&lower32 }

func up(row, above []byte, n int) {
	for i := 0; i < n; i += 8 {
		binary.LittleEndian.PutUint64(row[i:], add64(binary.LittleEndian.Uint64(row[i:]), binary.LittleEndian.Uint64(above[i:])))
	}
}

func sub(row []byte, n, size int) {
	switch size {
	case 1, 2, 4, 8:
		// A word of whole pixels: sums within it, doubling how far they reach, and
		// the last pixel of the word before added to each.
		var last uint64
		for i := 0; i < n; i += 8 {
			x := binary.LittleEndian.Uint64(row[i:])
			for shift := 8 * size; shift < 64; shift *= 2 {
				x = add64(x, x<<(shift&63))
			}
			x = add64(x, last)
			binary.LittleEndian.PutUint64(row[i:], x)
			last = x >> ((64 - 8*size) & 63)
			for shift := 8 * size; shift < 64; shift *= 2 {
				last |= last << (shift & 63)
			}
		}
	case 3:
		var r, g, b byte
		for row = row[:n]; len(row) >= 3; row = row[3:] {
			r, g, b = r+row[0], g+row[1], b+row[2]
			row[0], row[1], row[2] = r, g, b
		}
	default:
		for i := size; i < n; i++ {
			row[i] += row[i-size]
		}
	}
}

func average(row, above []byte, n, size int) {
	switch size {
	case 3, 4:
		var left uint32
		for i := 0; i < n; i += size {
			p := row[i : i+4 : i+4]
			left = add32(binary.LittleEndian.Uint32(p), mean32(left, binary.LittleEndian.Uint32(above[i:])))
			if size == 4 {
				binary.LittleEndian.PutUint32(p, left)
				continue
			}
			p[0], p[1], p[2] = byte(left), byte(left>>8), byte(left>>16)
		}
	default:
		for i := range min(size, n) {
			row[i] += above[i] / 2
		}
		for i := size; i < n; i++ {
			row[i] += byte((int(row[i-size]) + int(above[i])) / 2)
		}
	}
}

// predict undoes Paeth's filter, two channels at a time: the state of more does not fit into
// the registers of amd64, and of less waits for itself.
func predict(row, above []byte, n, size int) {
	switch size {
	case 1:
		predictOne(row[:n], above[:n])
	case 3:
		predictThree(row[:n], above[:n])
	default:
		for i := 0; i < size; i += 2 {
			predictTwo(row[i:n], above[i:n], size)
		}
	}
}

func predictOne(row, above []byte) {
	var a, c int32
	above = above[:len(row)]
	for i := range row {
		b := int32(above[i])
		a = (int32(row[i]) + paeth(a, b, c)) & 255
		row[i] = byte(a)
		c = b
	}
}

func predictTwo(row, above []byte, size int) {
	var a0, a1, c0, c1 int32
	above = above[:len(row)]
	for i := 1; i < len(row); i += size {
		b0, b1 := int32(above[i-1]), int32(above[i])
		a0 = (int32(row[i-1]) + paeth(a0, b0, c0)) & 255
		a1 = (int32(row[i]) + paeth(a1, b1, c1)) & 255
		row[i-1], row[i] = byte(a0), byte(a1)
		c0, c1 = b0, b1
	}
}

func predictThree(row, above []byte) {
	var a0, a1, a2, c0, c1, c2 int32
	above = above[:len(row)]
	for i := 2; i < len(row); i += 3 {
		b0, b1, b2 := int32(above[i-2]), int32(above[i-1]), int32(above[i])
		a0 = (int32(row[i-2]) + paeth(a0, b0, c0)) & 255
		a1 = (int32(row[i-1]) + paeth(a1, b1, c1)) & 255
		a2 = (int32(row[i]) + paeth(a2, b2, c2)) & 255
		row[i-2], row[i-1], row[i] = byte(a0), byte(a1), byte(a2)
		c0, c1, c2 = b0, b1, b2
	}
}

// paeth is the predictor (9.4): which of a, left, b, above, and c, above left, is nearest to
// a + b - c. With the smaller and the larger of a and b, and
// limit = 3c - a - b, it is the smaller if the larger is at most limit, the larger if the
// smaller is at least limit, and c between. That has no branches, and little that waits for a. Both
// conditions hold only where a = b = c.
func paeth(a, b, c int32) int32 {
	limit := 3*c - b - a
	smaller, larger := min(a, b), max(a, b)
	if larger <= limit {
		c = smaller
	}
	if smaller >= limit {
		c = larger
	}
	return c
}
