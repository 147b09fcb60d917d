package metric

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"unsafe"
)

// slot is what one span of the tier's resolution holds.
type slot struct {
	at int64 // Unix time over resolution
	distribution
}

// block is a run of consecutive slots: open, to add to; or sealed, a tenth of
// the size. It goes to the file as it is when sealed.
type block struct {
	start  int64 // of its first slot, present or not
	sealed []byte
	slots  []slot // in order of time; nil when sealed
	size   int    // bytes of memory, about
	dirty  bool   // differs from the file
}

// Sizes in memory, for the account that the store keeps.
const (
	blockSize  = int(unsafe.Sizeof(block{}) + unsafe.Sizeof((*block)(nil)))
	slotSize   = int(unsafe.Sizeof(slot{}))
	weightSize = int(unsafe.Sizeof(weight{}))
	binSize    = int(unsafe.Sizeof(bin{}))
)

var errCorrupt = errors.New("the data of a block are damaged")

func (d *distribution) size() int { return cap(d.exact)*weightSize + cap(d.bins)*binSize }

// add counts a value in the slot at; the block is open.
func (b *block) add(at int64, value, count float64) {
	i := len(b.slots)
	for i > 0 && b.slots[i-1].at >= at { // nearly always the last one
		i--
	}
	if i == len(b.slots) || b.slots[i].at != at {
		before := cap(b.slots)
		b.slots = slices.Insert(b.slots, i, slot{at: at})
		b.size += (cap(b.slots) - before) * slotSize
	}
	s := &b.slots[i]
	before := s.size()
	s.add(value, count)
	b.size += s.size() - before
}

// seal makes the block small.
func (b *block) seal() {
	if b.slots != nil {
		b.sealed = slices.Clip(b.encode())
		b.slots = nil
		b.size = blockSize + len(b.sealed)
	}
}

// open makes the block one to add to.
func (b *block) open() error {
	if b.slots != nil {
		return nil
	}
	slots := make([]slot, 0, 8)
	size := blockSize
	err := decode(b.sealed, b.start, new(slot), func(s *slot) {
		own := *s
		own.exact, own.bins = slices.Clone(s.exact), slices.Clone(s.bins)
		size += own.size()
		slots = append(slots, own)
	})
	if err != nil {
		return err
	}
	b.slots, b.sealed = slots, nil
	b.size = size + cap(slots)*slotSize
	return nil
}

// each calls f with each slot in order of time; f keeps nothing of it, and scratch
// is for decoding.
func (b *block) each(scratch *slot, f func(*slot)) error {
	if b.slots == nil {
		return decode(b.sealed, b.start, scratch, f)
	}
	for i := range b.slots {
		f(&b.slots[i])
	}
	return nil
}

// encode gives the block's sealed form, for each slot:
//
//	uvarint  slots since the one before, or since the block's start
//	uvarint  number of entries times 2, plus 1 if they are bins
//	exact    each: float value, float count
//	bins     level byte, sum, min, max (8 bytes each); each: varint key less the one before, float count
//
// A float is a uvarint of twice its zigzag number if it is a whole one below
// 2^53, else a 1 and its 8 bytes.
func (b *block) encode() []byte {
	if b.slots == nil {
		return b.sealed
	}
	var out []byte
	at := b.start
	for i := range b.slots {
		s := &b.slots[i]
		out = binary.AppendUvarint(out, uint64(s.at-at))
		at = s.at
		if len(s.bins) == 0 {
			out = binary.AppendUvarint(out, uint64(len(s.exact))<<1)
			for _, w := range s.exact {
				out = appendFloat(appendFloat(out, w.value), w.count)
			}
			continue
		}
		out = binary.AppendUvarint(out, uint64(len(s.bins))<<1|1)
		out = append(out, s.level)
		for _, f := range [...]float64{s.sum, s.min, s.max} {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(f))
		}
		var key int32
		for _, e := range s.bins {
			out = appendFloat(binary.AppendVarint(out, int64(e.key-key)), e.count)
			key = e.key
		}
	}
	return out
}

func appendFloat(b []byte, f float64) []byte {
	const exact = 1 << 53
	if n := int64(f); f > -exact && f < exact && float64(n) == f && !(n == 0 && math.Signbit(f)) {
		return binary.AppendUvarint(b, uint64(n<<1^n>>63)<<1)
	}
	return binary.LittleEndian.AppendUint64(append(b, 1), math.Float64bits(f))
}

// decoder reads a sealed block; after the first thing that is wrong it gives
// zeros.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.rest, d.bad = nil, true
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) varint() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

func (d *decoder) raw() float64 {
	if len(d.rest) < 8 {
		d.rest, d.bad = nil, true
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(d.rest))
	d.rest = d.rest[8:]
	return f
}

func (d *decoder) float() float64 {
	v := d.uvarint()
	if v == 1 {
		return d.raw()
	}
	v >>= 1
	return float64(int64(v>>1) ^ -int64(v&1))
}

func (d *decoder) level() uint8 {
	if len(d.rest) == 0 {
		d.bad = true
		return 0
	}
	l := d.rest[0]
	d.rest = d.rest[1:]
	return l
}

// decode calls f with each slot of a sealed block, as s; f keeps nothing of it.
func decode(sealed []byte, start int64, s *slot, f func(*slot)) error {
	d := decoder{rest: sealed}
	s.at = start
	for first := true; len(d.rest) > 0; first = false {
		gap := d.uvarint()
		if gap == 0 && !first {
			return errCorrupt
		}
		s.at += int64(gap)
		n := d.uvarint()
		binned := n&1 == 1
		n >>= 1
		s.reset()
		if n == 0 || binned && n > maxBins || !binned && n > exactValues {
			return errCorrupt
		}
		if binned {
			s.level, s.sum, s.min, s.max = d.level(), d.raw(), d.raw(), d.raw()
			var key int64
			for range n {
				key += d.varint()
				s.bins = append(s.bins, bin{int32(key), d.float()})
			}
		} else {
			for range n {
				s.exact = append(s.exact, weight{d.float(), d.float()})
			}
		}
		if d.bad {
			return errCorrupt
		}
		f(s)
	}
	return nil
}
