package metric

import (
	"errors"
	"slices"
	"time"
)

// Usage is what a store holds, and what it had to drop.
type Usage struct {
	Metrics int
	Bytes   int64  // of data in memory, about
	Refused uint64 // data that were not taken
	Evicted uint64 // blocks of data dropped before their time, for want of memory
}

// Usage answers what the store holds now, and what it dropped since it was opened.
func (s *Store) Usage() Usage {
	s.mu.RLock()
	n := len(s.series)
	s.mu.RUnlock()
	return Usage{n, s.bytes.Load(), s.refused.Load(), s.evicted.Load()}
}

// tidyUp forgets what is too old and writes what is new, until the store closes.
func (s *Store) tidyUp() {
	defer close(s.stopped)
	tick := time.NewTicker(tidyInterval)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		s.expire()
		if err := s.flush(); err != nil {
			s.log.Error("Metrics could not be written; they are kept, and tried again", "error", err)
		}
	}
}

// Close writes what is new and closes the file. A store is not used afterwards.
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.stop)
		<-s.stopped
		s.closed = s.flush()
		if s.file != nil {
			s.closed = errors.Join(s.closed, s.file.close())
		}
	})
	return s.closed
}

// expire forgets what is past its resolution's retention, and seals what is no
// longer added to.
func (s *Store) expire() {
	now := s.clock.Now()
	for _, m := range s.all() {
		m.mu.Lock()
		for i := range m.tiers {
			bytes, _ := m.drop(i, now.Add(-m.tiers[i].keep), s.file != nil)
			s.bytes.Add(int64(m.tiers[i].sealTo(1) - bytes))
		}
		m.mu.Unlock()
		s.bury(m)
	}
}

// bury removes a series that has no data left.
func (s *Store) bury(m *series) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead || !m.empty() {
		return
	}
	m.dead = true
	delete(s.series, string(m.id.appendKey(nil)))
	s.bytes.Add(-seriesSize)
	if s.file != nil {
		s.file.forget(m.number, m.gone)
	}
}

// shrink brings the data below their limit: it seals what is open, and if that
// is not enough, the resolution that holds most loses its oldest blocks, down to
// nine tenths of the limit, so that it need not happen at each datum.
func (s *Store) shrink() {
	if !s.evict.TryLock() {
		return // another goroutine is at it
	}
	defer s.evict.Unlock()
	all := s.all()
	for _, m := range all {
		m.mu.Lock()
		for i := range m.tiers {
			s.bytes.Add(int64(m.tiers[i].sealTo(0)))
		}
		m.mu.Unlock()
	}
	target := s.limit / 10 * 9
	for s.bytes.Load() > target && s.dropOldest(all, s.bytes.Load()-target) {
	}
}

// dropOldest drops at least want bytes, if there are as many, of the oldest
// data of the resolution that holds most; false if there is nothing to drop.
func (s *Store) dropOldest(all []*series, want int64) bool {
	type entry struct {
		end  time.Time
		size int64
	}
	var (
		blocks [len(resolutions)][]entry
		held   [len(resolutions)]int64
	)
	for _, m := range all {
		m.mu.Lock()
		for i := range m.tiers {
			for _, b := range m.tiers[i].blocks {
				blocks[i] = append(blocks[i], entry{m.tiers[i].end(b), int64(b.size)})
				held[i] += int64(b.size)
			}
		}
		m.mu.Unlock()
	}
	most := 0
	for i := range held {
		if held[i] > held[most] {
			most = i
		}
	}
	if held[most] == 0 {
		return false
	}
	// No more than a quarter at once: then another resolution may hold most.
	want = min(want, max(held[most]/4, 1))
	slices.SortFunc(blocks[most], func(a, b entry) int { return a.end.Compare(b.end) })
	var limit time.Time
	for _, e := range blocks[most] {
		if want <= 0 {
			break
		}
		limit = e.end
		want -= e.size
	}
	dropped := 0
	for _, m := range all {
		m.mu.Lock()
		bytes, n := m.drop(most, limit, s.file != nil)
		m.mu.Unlock()
		s.bytes.Add(-int64(bytes))
		dropped += n
		s.bury(m)
	}
	s.evicted.Add(uint64(dropped))
	s.log.Warn("Metrics are dropped for want of memory",
		"resolution", resolutions[most].width, "before", limit.UTC(), "blocks", dropped)
	return true
}

// flush writes what is new to the file.
func (s *Store) flush() error {
	if s.file == nil {
		return nil
	}
	return s.file.flush(s.all(), s.clock.Now())
}
