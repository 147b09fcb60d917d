package jpeg

// lookBits is how many bits of the stream index the table of a code. The common
// codes, with the value that follows, are shorter.
const lookBits = 11

// code is a Huffman code as its segment defines it.
type code struct {
	counts [17]uint8 // of codes, by length
	values []uint8
	tables [kinds]*table
}

// newCode reads counts and values and returns their size in bytes.
func newCode(body []byte) (*code, int, error) {
	c := new(code)
	total, next := 0, 0
	for length := 1; length <= 16; length++ {
		c.counts[length] = body[length-1]
		total += int(body[length-1])
		next = next<<1 + int(body[length-1])
		if next > 1<<length {
			return nil, 0, SyntaxError("a Huffman table has too many codes")
		}
	}
	if total > 256 || len(body) < 16+total {
		return nil, 0, SyntaxError("a Huffman table is damaged")
	}
	c.values = body[16 : 16+total]
	return c, 16 + total, nil
}

// The kinds of tables: what a symbol means differs.
const (
	forDC          = iota // the size of a difference
	forAC                 // a run of zeros and the size of a value; 0 ends the block
	forProgression        // the same, and a size of 0 ends a run of blocks
	kinds
)

// endOfBlock is the advance of the symbol that ends a block. Added to a position
// it gives 128 and the position after the last one that is used.
const endOfBlock = 129

// table decodes one Huffman code.
//
// An entry of look holds, from the low bits: the bits to take (5 bits), incomplete
// (bit 7), the advance in coefficients (8 bits: the run of zeros and the coefficient
// itself, or endOfBlock), and the value (signed, 16 bits). An incomplete entry does not include
// the value: it has the bits of the code alone, and in place of the value its size. One
// with 0 bits stands for a longer code, or for none.
type table struct {
	look   [1 << lookBits]uint32
	skip   []uint16 // see skip.go; nil if it was not asked for
	kind   int
	limit  [17]uint32 // the first 16 bits of a code of at most this length are below it
	offset [17]int    // from a code of this length to its value's index
	values [256]uint8
}

const incomplete = 0x80

// table returns the code's table of a kind, made on first use.
func (c *code) table(kind int) (*table, error) {
	if c.tables[kind] != nil {
		return c.tables[kind], nil
	}
	t := &table{kind: kind}
	copy(t.values[:], c.values)
	next, index := 0, 0
	for length := 1; length <= 16; length++ {
		next <<= 1
		t.offset[length] = index - next
		for range int(c.counts[length]) {
			value := t.values[index]
			if kind == forDC && value > 15 {
				return nil, SyntaxError("a Huffman table for DC coefficients has a wrong value")
			}
			if length <= lookBits {
				t.enter(uint32(next), uint(length), value)
			}
			next++
			index++
		}
		t.limit[length] = uint32(next) << (16 - length)
	}
	for i, e := range t.look {
		if e == 0 {
			t.look[i] = incomplete
		}
	}
	c.tables[kind] = t
	return t, nil
}

// meaning splits a symbol; ok is false if it means nothing.
func (t *table) meaning(symbol uint8) (advance, size uint, ok bool) {
	advance, size = uint(symbol>>4)+1, uint(symbol&15)
	if t.kind == forAC && size == 0 {
		switch symbol {
		case 0:
			return endOfBlock, 0, true
		case 0xf0:
			return 16, 0, true
		}
		return 0, 0, false
	}
	return advance, size, true
}

// enter fills all entries that begin with a code.
func (t *table) enter(code uint32, length uint, symbol uint8) {
	advance, size, ok := t.meaning(symbol)
	entries := t.look[code<<(lookBits-length):][:1<<(lookBits-length)]
	runEnds := t.kind == forProgression && size == 0 && advance < 16
	for i := range entries {
		switch {
		case !ok:
			entries[i] = incomplete
		case runEnds || length+size > lookBits:
			entries[i] = uint32(length | incomplete | advance<<8 | size<<16)
		default:
			value := int32(0)
			if size > 0 {
				value = extend(uint64(i)<<(64-lookBits+length), size)
			}
			entries[i] = uint32(length+size) | uint32(advance)<<8 | uint32(value)<<16
		}
	}
}

// extend returns the value whose size bits, at least 1, are on top of acc: its
// magnitude, inverted if it is negative (T.81, F.2.2.1).
func extend(acc uint64, size uint) int32 {
	negative := int32(^int64(acc) >> 63)
	return int32(acc>>((64-size)&63)) + negative&(1-1<<size)
}

// symbol completes an incomplete entry e that belongs to the top of acc. A length of 0
// means that there is no such code.
func (t *table) symbol(acc uint64, e uint32) (advance, size, length uint) {
	if e&31 != 0 {
		return uint(e >> 8 & 0xff), uint(e >> 16), uint(e & 31)
	}
	bits := uint32(acc >> 48)
	for length := 1; length <= 16; length++ {
		if bits < t.limit[length] {
			advance, size, ok := t.meaning(t.values[uint8(t.offset[length]+int(bits>>(16-length)))])
			if !ok {
				return 0, 0, 0
			}
			return advance, size, uint(length)
		}
	}
	return 0, 0, 0
}
