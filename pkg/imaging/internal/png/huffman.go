package png

import "math/bits"

// An entry of a table says what to do with the bits that lead to it. 0: no code begins so.
//
//	bits 0-4    how many bits to consume, with the extra bits of a length or distance
//	bits 5-7    what it is: flagTable, flagEnd, flagLiteral, or a length or distance
//	bits 8-11   how many of them are the code; of a table, the bits that index it
//	bits 16-31  the literal, the base of the length or distance, or the table's place
type entry uint32

const (
	flagTable   entry = 1 << 5 // the code is longer: go on in another table
	flagEnd     entry = 1 << 6
	flagLiteral entry = 1 << 7
)

func (e entry) consumes() uint { return uint(e & 31) }
func (e entry) codeBits() uint { return uint(e >> 8 & 15) }
func (e entry) value() int     { return int(e >> 16) }

// What the first table of each kind is indexed with. Longer codes take a second look-up; photos
// have few of those with 11 bits, and the tables stay in the first-level cache.
const (
	literalBits  = 11
	distanceBits = 8
	lengthBits   = 7 // code lengths have no longer codes
)

// tableSize has room for the first table and all that follow it, each for the longest code: at
// most 143, as each holds two of the 286 symbols, of 16. A power of two, so that masked
// indices need no check.
const tableSize = 8192

type table [tableSize]entry

const maxCodeBits = 15

// build makes the table of a canonical code (RFC 1951, 3.2.2) from the code length of
// each symbol; symbols[i] is the entry of symbol i with its extra bits in consumes and no code.
// It refuses what compress/flate refuses: codes that are over-subscribed or
// incomplete, but for a single code of one bit. A code without symbols is good as long as
// nothing is coded with it.
func (t *table) build(lengths []uint8, symbols []entry, first uint) bool {
	var count [maxCodeBits + 1]int
	for _, n := range lengths {
		count[n]++
	}
	clear(t[:1<<first])
	used := len(lengths) - count[0]
	if used == 0 {
		return true
	}
	var next [maxCodeBits + 2]int // the next code of each length
	code, longest := 0, 0
	for n := 1; n <= maxCodeBits; n++ {
		code <<= 1
		next[n] = code
		code += count[n]
		if count[n] > 0 {
			longest = n
		}
	}
	if complete := code == 1<<maxCodeBits; !complete && (used != 1 || longest != 1) {
		return false
	}
	free, width := 1<<first, max(longest, int(first))-int(first) // the next second table's place and index
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		code := uint(bits.Reverse16(uint16(next[n])) >> (16 - n)) // the first bit is the lowest
		next[n]++
		e := symbols[symbol]
		if e == 0 {
			continue
		}
		if uint(n) <= first {
			e += entry(n) | entry(n)<<8
			for i := code; i < 1<<first; i += 1 << n {
				t[i] = e
			}
			continue
		}
		low, rest := code&(1<<first-1), uint(n)-first
		if t[low] == 0 {
			t[low] = flagTable | entry(first) | entry(width)<<8 | entry(free)<<16
			clear(t[free : free+1<<width])
			free += 1 << width
		}
		at := t[low].value()
		e += entry(rest) | entry(rest)<<8
		for i := code >> first; i < 1<<width; i += 1 << rest {
			t[at+int(i)] = e
		}
	}
	return true
}
