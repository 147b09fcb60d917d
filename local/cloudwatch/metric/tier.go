package metric

import (
	"slices"
	"time"
)

// resolution is one of the widths that data are kept at; each datum goes into
// all of them, so that coarser ones need no job to roll up.
type resolution struct {
	width    time.Duration
	keep     time.Duration
	perBlock int64 // slots: few, for an open one takes ten times a sealed one's memory
}

// resolutions are CloudWatch's with their retention, finest first: its user
// guide, "Metrics retention". (A day is read from hours.)
var resolutions = [...]resolution{
	{time.Second, 3 * time.Hour, 60},
	{time.Minute, 15 * 24 * time.Hour, 15},
	{5 * time.Minute, 63 * 24 * time.Hour, 12},
	{time.Hour, 455 * 24 * time.Hour, 6},
}

// minutes is the index of the resolution of a minute.
const minutes = 1

// openBlocks is how many blocks of a tier are kept open: data come late, but
// rarely later than the block before. Of two, the one not in use is sealed with
// the next tidying.
const openBlocks = 2

// tier is a series at one resolution.
type tier struct {
	*resolution
	blocks []*block // in order of time
	open   []*block // the last one to be used last
}

// add counts a value in its slot and returns by how much the tier grew. A block
// that turns out to be damaged is begun anew, with its error.
func (t *tier) add(at time.Time, value, count float64) (int, error) {
	slot := at.Unix() / int64(t.width/time.Second)
	b, grown, err := t.block(slot - slot%t.perBlock)
	before := b.size
	b.add(slot, value, count)
	b.dirty = true
	return grown + b.size - before, err
}

// block returns the block that starts at start, open.
func (t *tier) block(start int64) (b *block, grown int, err error) {
	if n := len(t.open); n > 0 && t.open[n-1].start == start {
		return t.open[n-1], 0, nil
	}
	i, found := t.find(start)
	if !found {
		t.blocks = slices.Insert(t.blocks, i, &block{start: start, size: blockSize, slots: make([]slot, 0, 1)})
		grown = blockSize
	}
	b = t.blocks[i]
	before := b.size
	if err = b.open(); err != nil {
		*b = block{start: start, size: blockSize, slots: make([]slot, 0, 1)}
	}
	grown += b.size - before
	t.open = append(slices.DeleteFunc(t.open, func(o *block) bool { return o == b }), b)
	if len(t.open) > openBlocks {
		grown += t.sealTo(openBlocks)
	}
	return b, grown, err
}

func (t *tier) find(start int64) (int, bool) {
	return slices.BinarySearchFunc(t.blocks, start, func(b *block, s int64) int {
		switch {
		case b.start < s:
			return -1
		case b.start > s:
			return 1
		}
		return 0
	})
}

// sealTo seals all open blocks but the n used last, and returns by how much
// the tier grew, which is nothing or less.
func (t *tier) sealTo(n int) (grown int) {
	for len(t.open) > n {
		grown -= t.open[0].size
		t.open[0].seal()
		grown += t.open[0].size
		t.open = slices.Delete(t.open, 0, 1)
	}
	return grown
}

// drop removes the blocks that end by the time limit and returns them.
func (t *tier) drop(limit time.Time) []*block {
	n := 0
	for n < len(t.blocks) && !t.end(t.blocks[n]).After(limit) {
		n++
	}
	gone := slices.Clone(t.blocks[:n])
	t.blocks = slices.Delete(t.blocks, 0, n)
	t.open = slices.DeleteFunc(t.open, func(b *block) bool { return slices.Contains(gone, b) })
	return gone
}

// begin and end of a block, as times.
func (t *tier) begin(b *block) time.Time { return time.Unix(b.start*int64(t.width/time.Second), 0) }

func (t *tier) end(b *block) time.Time {
	return t.begin(b).Add(time.Duration(t.perBlock) * t.width)
}

// each calls f with each slot from start until before end, in order of time.
func (t *tier) each(start, end time.Time, f func(at time.Time, d *distribution)) error {
	seconds := int64(t.width / time.Second)
	first, after := start.Unix()/seconds, (end.Unix()+seconds-1)/seconds
	var scratch slot
	for _, b := range t.blocks {
		if b.start+t.perBlock <= first || b.start >= after {
			continue
		}
		err := b.each(&scratch, func(s *slot) {
			if s.at >= first && s.at < after {
				f(time.Unix(s.at*seconds, 0).UTC(), &s.distribution)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
