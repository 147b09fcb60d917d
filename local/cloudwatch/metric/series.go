package metric

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// series is a metric with its data.
type series struct {
	id    ID
	gauge bool // its newest value in a period is the period's

	mu     sync.Mutex
	number uint64 // in the file
	unit   string // of the newest datum that had one
	newest time.Time
	dead   bool // removed from the store: look it up again
	tiers  [len(resolutions)]tier
	gone   []blockKey // to be deleted from the file
}

// blockKey is where the file has a block.
type blockKey struct {
	number uint64
	tier   int
	start  int64
}

func newSeries(id ID, number uint64) *series {
	s := &series{id: id, number: number, gauge: isGauge(id)}
	for i := range s.tiers {
		s.tiers[i].resolution = &resolutions[i]
	}
	return s
}

// isGauge tells whether a metric is what S3 measures of a bucket once a day. Here it is
// measured more often, for a day is long on a laptop: what was measured last counts.
func isGauge(id ID) bool {
	return id.Namespace == "AWS/S3" && slices.ContainsFunc(id.Dimensions, func(d Dimension) bool { return d.Name == "StorageType" })
}

// seriesSize is the memory of a series without its blocks, about.
const seriesSize = 1024

// put adds a datum to each resolution that has not yet forgotten its time. It
// returns by how much the series grew; false if the series is dead.
func (s *series) put(d *Datum, count float64, now time.Time) (grown int, alive bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return 0, false, nil
	}
	if d.Unit != "" {
		s.unit = d.Unit
	}
	if d.Time.After(s.newest) {
		s.newest = d.Time
	}
	for i := range s.tiers {
		t := &s.tiers[i]
		if now.Sub(d.Time) >= t.keep {
			continue
		}
		more, e := t.add(d.Time, d.Value, count)
		grown += more
		err = errors.Join(err, e)
	}
	return grown, true, err
}

// drop forgets the blocks of a tier that end by limit, in memory and, at the
// next flush, in the file. It returns how many bytes and blocks.
func (s *series) drop(i int, limit time.Time, inFile bool) (bytes, blocks int) {
	for _, b := range s.tiers[i].drop(limit) {
		bytes += b.size
		blocks++
		if inFile {
			s.gone = append(s.gone, blockKey{s.number, i, b.start})
		}
	}
	return bytes, blocks
}

// size is the series' memory, about.
func (s *series) size() int {
	size := seriesSize
	for i := range s.tiers {
		for _, b := range s.tiers[i].blocks {
			size += b.size
		}
	}
	return size
}

func (s *series) empty() bool {
	for i := range s.tiers {
		if len(s.tiers[i].blocks) > 0 {
			return false
		}
	}
	return true
}

// tierOf is the coarsest resolution that a period is a multiple of: it has the
// longest memory and the fewest slots to add up.
func tierOf(period time.Duration) (int, error) {
	switch period {
	case 1 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second:
		return 0, nil
	}
	for i := len(resolutions) - 1; i > 0; i-- {
		if period > 0 && period%resolutions[i].width == 0 {
			return i, nil
		}
	}
	return 0, fmt.Errorf("a period is 1, 5, 10, 20 or 30 seconds, or a multiple of 60: %v", period)
}

// read gives the statistic of each period that has data, from the one that
// start lies in until the last that starts before end.
func (s *series) read(stat Statistic, period time.Duration, start, end, now time.Time) ([]Point, error) {
	i, err := tierOf(period)
	if err != nil {
		return nil, err
	}
	if s.gauge && i > minutes {
		i = tierSince(start, now)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &s.tiers[i]
	if oldest := now.Add(-t.keep); start.Before(oldest) {
		start = oldest
	}
	first := alignDown(start, period)
	last := alignDown(end.Add(period-1), period)

	var (
		points  []Point
		buf     []weight
		current time.Time // of the period being added up
		whole   distribution
		some    bool
	)
	give := func(at time.Time, d *distribution) {
		if v, ok := stat.of(d, &buf); ok {
			points = append(points, Point{at, v})
		}
	}
	err = t.each(first, last, func(at time.Time, d *distribution) {
		if period == t.width {
			give(at, d)
			return
		}
		if at = alignDown(at, period); !some || !at.Equal(current) {
			if some {
				give(current, &whole)
			}
			whole.reset()
			current, some = at, true
		}
		if s.gauge {
			whole.reset()
		}
		whole.merge(d)
	})
	if err != nil {
		return nil, fmt.Errorf("metric %s %s: %w", s.id.Namespace, s.id.Name, err)
	}
	if some {
		give(current, &whole)
	}
	return points, nil
}

// over gives the statistic of all that lies between the minutes of start and end,
// whatever their distance; false if there is nothing.
func (s *series) over(stat Statistic, start, end, now time.Time) (float64, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var whole distribution
	some := false
	err := s.tiers[tierSince(start, now)].each(start, end, func(_ time.Time, d *distribution) {
		if some = true; s.gauge {
			whole.reset()
		}
		whole.merge(d)
	})
	if err != nil || !some {
		return 0, false, err
	}
	var buf []weight
	value, ok := stat.of(&whole, &buf)
	return value, ok, nil
}

// tierSince is the finest resolution from minutes on that has not yet forgotten
// what was at start; if none has, the coarsest.
func tierSince(start, now time.Time) int {
	for i := minutes; i < len(resolutions); i++ {
		if now.Sub(start) <= resolutions[i].keep {
			return i
		}
	}
	return len(resolutions) - 1
}

// alignDown is the start of the period that t lies in: periods start at
// multiples of their length since 1970.
func alignDown(t time.Time, period time.Duration) time.Time {
	seconds := int64(period / time.Second)
	unix := t.Unix()
	return time.Unix(unix-((unix%seconds)+seconds)%seconds, 0).UTC()
}
