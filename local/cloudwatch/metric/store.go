package metric

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The store's bounds.
const (
	maxSeries    = 20_000
	memoryLimit  = 96 << 20 // bytes of data; the Go heap needs about a third more
	tidyInterval = 2 * time.Second
	// listed is how long a metric without new data stays in lists, as with
	// CloudWatch's ListMetrics.
	listed = 14 * 24 * time.Hour
)

// Store keeps metrics, each at four resolutions: by the second for 3 hours, by
// the minute for 15 days, by 5 minutes for 63 days, by the hour for 455 days. It
// is safe for concurrent use.
//
// Its memory is bounded: it holds 20,000 metrics and refuses more, and 96 MiB of
// data, after which the resolution that holds most loses its oldest hours
// first. Each loss is logged and counted in [Usage].
//
// With a file it survives a restart. The file is written every two seconds and
// by Close; when the process is killed, what came since is lost.
type Store struct {
	clock *Clock
	log   *slog.Logger
	file  *file // nil in memory alone

	mu     sync.RWMutex
	series map[string]*series
	next   uint64 // number of the next series

	limit   int64 // of bytes
	bytes   atomic.Int64
	refused atomic.Uint64
	evicted atomic.Uint64
	told    atomic.Int64 // when a refusal was last logged, Unix seconds of the machine
	evict   sync.Mutex   // one at a time

	stop, stopped chan struct{}
	once          sync.Once
	closed        error
}

// StoreOptions say where a store keeps what it knows.
type StoreOptions struct {
	Path  string       // of the file; "" keeps metrics in memory alone
	Clock *Clock       // nil is the machine's time
	Log   *slog.Logger // what was dropped or could not be written; nil discards it
}

// Open opens a store. If the clock showed a later time when the file was last
// written, because it ran faster in an earlier run, it is advanced to that.
func Open(o StoreOptions) (*Store, error) {
	s := &Store{
		clock: o.Clock, log: o.Log, series: map[string]*series{}, limit: memoryLimit,
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if s.clock == nil {
		s.clock = NewClock(1)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if o.Path != "" {
		if err := s.load(o.Path); err != nil {
			return nil, err
		}
	}
	go s.tidyUp()
	return s, nil
}

// load opens the file and reads what it has.
func (s *Store) load(path string) error {
	f, shown, err := openFile(path, func(m *series) {
		s.series[string(m.id.appendKey(nil))] = m
		s.next = max(s.next, m.number)
		s.bytes.Add(int64(m.size()))
	})
	if err != nil {
		return err
	}
	s.file = f
	// By the clock, not by the newest datum: a client may give one a time that is
	// two hours ahead.
	if ahead := shown.Sub(s.clock.Now()); ahead > 0 {
		s.clock.Advance(ahead)
		s.log.Warn("The metrics' clock runs ahead, for it ran faster in an earlier run; deleting the file sets it right",
			"ahead", ahead.Round(time.Second), "file", path)
	}
	return nil
}

// Put adds data. A datum that CloudWatch would not take (see [Datum.Validate]),
// or that belongs to one metric too many, is dropped, counted, and logged at
// most once a minute.
func (s *Store) Put(data ...Datum) {
	now := s.clock.Now()
	for i := range data {
		if err := s.put(&data[i], now); err != nil {
			s.refuse(&data[i], err)
		}
	}
	if s.bytes.Load() > s.limit {
		s.shrink()
	}
}

func (s *Store) put(d *Datum, now time.Time) error {
	var buffer [512]byte
	id := d.ID.sorted()
	key := id.appendKey(buffer[:0])
	if err := d.validateValue(now); err != nil {
		return err
	}
	for {
		s.mu.RLock()
		m := s.series[string(key)]
		s.mu.RUnlock()
		if m == nil {
			if err := id.validate(); err != nil {
				return err
			}
			var err error
			if m, err = s.create(id, key); err != nil {
				return err
			}
		}
		count := d.Count
		if count == 0 {
			count = 1
		}
		grown, alive, err := m.put(d, count, now)
		if !alive {
			continue
		}
		s.bytes.Add(int64(grown))
		if err != nil {
			s.log.Error("Metrics are lost", "namespace", id.Namespace, "metric", id.Name, "error", err)
		}
		return nil
	}
}

// create makes a series, unless another goroutine did.
func (s *Store) create(id ID, key []byte) (*series, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.series[string(key)]; m != nil {
		return m, nil
	}
	if len(s.series) >= maxSeries {
		return nil, fmt.Errorf("there are %d metrics, as many as are kept", maxSeries)
	}
	s.next++
	id.Dimensions = slices.Clone(id.Dimensions)
	m := newSeries(id, s.next)
	s.series[string(key)] = m
	s.bytes.Add(seriesSize)
	return m, nil
}

// refuse reports a datum that is dropped.
func (s *Store) refuse(d *Datum, err error) {
	n := s.refused.Add(1)
	now, told := time.Now().Unix(), s.told.Load()
	if now-told >= 60 && s.told.CompareAndSwap(told, now) {
		s.log.Warn("A datum is dropped", "namespace", d.ID.Namespace, "metric", d.ID.Name, "error", err, "dropped", n)
	}
}

// Read gives the statistic of the metric for each period that has data, in order
// of time: from the period that start lies in until the last that starts before
// end. Periods are 1, 5, 10, 20 or 30 seconds or a multiple of 60, and start at
// multiples of their length. A metric that is not known has no data.
func (s *Store) Read(id ID, statistic string, period time.Duration, start, end time.Time) ([]Point, error) {
	stat, err := ParseStatistic(statistic)
	if err != nil {
		return nil, err
	}
	if _, err := tierOf(period); err != nil {
		return nil, err
	}
	m := s.find(id)
	if m == nil {
		return nil, nil
	}
	return m.read(stat, period, start, end, s.clock.Now())
}

// Over gives the statistic of the metric over all the time from the minute of start
// until that of end, which need not be a period; false if there are no data.
func (s *Store) Over(id ID, statistic string, start, end time.Time) (float64, bool, error) {
	stat, err := ParseStatistic(statistic)
	if err != nil {
		return 0, false, err
	}
	m := s.find(id)
	if m == nil {
		return 0, false, nil
	}
	return m.over(stat, start, end, s.clock.Now())
}

func (s *Store) find(id ID) *series {
	key := id.sorted().appendKey(nil)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.series[string(key)]
}

// Unit is the unit that the newest datum of a metric came with; "None", as
// CloudWatch has it, where none did.
func (s *Store) Unit(id ID) string {
	if m := s.find(id); m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.unit != "" {
			return m.unit
		}
	}
	return "None"
}

// ListFilter chooses metrics; what is empty chooses all.
type ListFilter struct {
	Namespace, Name string
	Dimensions      []Dimension // the metric has all of these; a Value of "" is any
}

// List gives the metrics that had data in the last two weeks, in order of
// namespace, name and dimensions.
func (s *Store) List(f ListFilter) []ID {
	since := s.clock.Now().Add(-listed)
	var ids []ID
	for _, m := range s.all() {
		m.mu.Lock()
		recent := m.newest.After(since)
		m.mu.Unlock()
		if recent && f.matches(m.id) {
			id := m.id
			id.Dimensions = slices.Clone(id.Dimensions)
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, ID.compare)
	return ids
}

func (f ListFilter) matches(id ID) bool {
	if f.Namespace != "" && f.Namespace != id.Namespace || f.Name != "" && f.Name != id.Name {
		return false
	}
	for _, want := range f.Dimensions {
		has := func(d Dimension) bool { return d.Name == want.Name && (want.Value == "" || d.Value == want.Value) }
		if !slices.ContainsFunc(id.Dimensions, has) {
			return false
		}
	}
	return true
}

// all is every series, in no order.
func (s *Store) all() []*series {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := make([]*series, 0, len(s.series))
	for _, m := range s.series {
		all = append(all, m)
	}
	return all
}
