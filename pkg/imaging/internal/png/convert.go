package png

import "encoding/binary"

// convert makes a row of pixels, as long as pix, from samples as stored.
func (l *layout) convert(pix, row []byte) {
	switch {
	case l.kind == grey && l.keyed && l.depth == 16:
		l.keyedGrey16(pix, row)
	case l.kind == indexed || l.kind == grey && l.keyed:
		l.lookUp(pix, row)
	case l.kind == grey:
		l.gray(pix, row)
	case l.kind == greyAlpha:
		greyWithAlpha(pix, row, l.depth)
	case l.kind == colour && l.depth == 8:
		l.rgb(pix, row)
	case l.kind == colour:
		l.rgb16(pix, row)
	case l.depth == 8:
		rgba(pix, row)
	default:
		rgba16(pix, row)
	}
}

// sample returns the i-th sample of up to 8 bits.
func (l *layout) sample(row []byte, i int) byte {
	at := i * l.depth
	return row[at>>3] >> (8 - l.depth - at&7) & byte(1<<l.depth-1)
}

func (l *layout) gray(pix, row []byte) {
	switch l.depth {
	case 8:
		copy(pix, row)
	case 16:
		for i := range pix {
			pix[i] = row[2*i]
		}
	default:
		for i := range pix {
			pix[i] = l.scale(int(l.sample(row, i)))
		}
	}
}

func (l *layout) lookUp(pix, row []byte) {
	if l.depth == 8 {
		for i, v := range row {
			binary.LittleEndian.PutUint32(pix[4*i:], l.table[v])
		}
		return
	}
	for i := range len(pix) / 4 {
		binary.LittleEndian.PutUint32(pix[4*i:], l.table[l.sample(row, i)])
	}
}

func (l *layout) keyedGrey16(pix, row []byte) {
	for ; len(pix) >= 4 && len(row) >= 2; pix, row = pix[4:], row[2:] {
		var pixel uint32
		if binary.BigEndian.Uint16(row) != l.key[0] {
			pixel = uint32(row[0])*0x010101 | opaque
		}
		binary.LittleEndian.PutUint32(pix, pixel)
	}
}

func greyWithAlpha(pix, row []byte, depth int) {
	if depth == 8 {
		for ; len(pix) >= 4 && len(row) >= 2; pix, row = pix[4:], row[2:] {
			binary.LittleEndian.PutUint32(pix, premultiply(uint32(row[0])*0x010101|uint32(row[1])<<24))
		}
		return
	}
	for ; len(pix) >= 4 && len(row) >= 4; pix, row = pix[4:], row[4:] {
		v := high(row, uint32(binary.BigEndian.Uint16(row[2:])))
		pix[0], pix[1], pix[2], pix[3] = v, v, v, row[2]
	}
}

func (l *layout) rgb(pix, row []byte) {
	if !l.keyed {
		// A word at a time, while it lies in the row.
		for ; len(pix) >= 4 && len(row) >= 4; pix, row = pix[4:], row[3:] {
			binary.LittleEndian.PutUint32(pix, binary.LittleEndian.Uint32(row)|opaque)
		}
	}
	key := uint32(l.key[0]) | uint32(l.key[1])<<8 | uint32(l.key[2])<<16
	for ; len(pix) >= 4 && len(row) >= 3; pix, row = pix[4:], row[3:] {
		pixel := uint32(row[0]) | uint32(row[1])<<8 | uint32(row[2])<<16
		if !l.keyed || pixel != key {
			pixel |= opaque
		} else {
			pixel = 0
		}
		binary.LittleEndian.PutUint32(pix, pixel)
	}
}

func (l *layout) rgb16(pix, row []byte) {
	for ; len(pix) >= 4 && len(row) >= 6; pix, row = pix[4:], row[6:] {
		pixel := uint32(row[0]) | uint32(row[2])<<8 | uint32(row[4])<<16 | opaque
		if l.keyed && binary.BigEndian.Uint16(row) == l.key[0] && binary.BigEndian.Uint16(row[2:]) == l.key[1] &&
			binary.BigEndian.Uint16(row[4:]) == l.key[2] {
			pixel = 0
		}
		binary.LittleEndian.PutUint32(pix, pixel)
	}
}

func rgba(pix, row []byte) {
	for ; len(pix) >= 4 && len(row) >= 4; pix, row = pix[4:], row[4:] {
		binary.LittleEndian.PutUint32(pix, premultiply(binary.LittleEndian.Uint32(row)))
	}
}

func rgba16(pix, row []byte) {
	for ; len(pix) >= 4 && len(row) >= 8; pix, row = pix[4:], row[8:] {
		alpha := uint32(binary.BigEndian.Uint16(row[6:]))
		pix[0], pix[1], pix[2], pix[3] = high(row, alpha), high(row[2:], alpha), high(row[4:], alpha), row[6]
	}
}

// high returns the upper byte of a sample of 16 bits times alpha, as image/color has it.
func high(sample []byte, alpha uint32) byte {
	return byte(uint32(binary.BigEndian.Uint16(sample)) * alpha / 0xffff >> 8)
}

// premultiply multiplies the colours of a pixel by its alpha, rounded: exact for all bytes (Blinn,
// "Three wrongs make a right"), two colours at a time.
func premultiply(pixel uint32) uint32 {
	alpha := pixel >> 24
	if alpha == 255 {
		return pixel
	}
	if alpha == 0 {
		return 0
	}
	const lanes, half = 0x00ff00ff, 0x00800080
	outer := pixel&lanes*alpha + half
	outer = (outer + outer>>8&lanes) >> 8 & lanes
	inner := pixel>>8&0xff*alpha + 128
	inner = (inner + inner>>8) >> 8
	return alpha<<24 | outer | inner<<8
}
