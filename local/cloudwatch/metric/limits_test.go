package metric

import (
	"bytes"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Data that CloudWatch would refuse are dropped, counted and logged.
func TestRefused(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := Open(StoreOptions{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	now := s.clock.Now()
	long := strings.Repeat("x", 256)
	bad := []Datum{
		{ID: New("", "m", nil), Time: now},
		{ID: New("N", long, nil), Time: now},
		{ID: New("N", "a\nb", nil), Time: now},
		{ID: New("N", "m", map[string]string{"d": ""}), Time: now},
		{ID: ID{"N", "m", []Dimension{{"d", "1"}, {"d", "2"}}}, Time: now},
		{ID: duration, Time: now, Value: math.NaN()},
		{ID: duration, Time: now, Value: math.Inf(-1)},
		{ID: duration, Time: now, Value: 1e200},
		{ID: duration, Time: now, Value: 1, Count: -1},
		{ID: duration, Time: now, Value: 1, Count: math.NaN()},
		{ID: duration, Time: now.Add(-15 * 24 * time.Hour), Value: 1},
		{ID: duration, Time: now.Add(3 * time.Hour), Value: 1},
	}
	s.Put(bad...)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if u := s.Usage(); u.Refused != uint64(len(bad)) || u.Metrics != 0 {
		t.Errorf("%+v after %d bad data", u, len(bad))
	}
	if !strings.Contains(log.String(), "A datum is dropped") {
		t.Errorf("the log says %q", log.String())
	}
	for i := range bad {
		if bad[i].Validate(now) == nil {
			t.Errorf("Validate takes %+v", bad[i])
		}
	}
}

// However many metrics and values come, the memory stays within its limit; the
// newest data stay, and what is dropped is counted and logged.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := Open(StoreOptions{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s.limit = 1 << 20
	now := s.clock.Now()
	for i := range 80_000 {
		s.Put(Datum{
			ID: New("N", fmt.Sprint("m", i%8), nil), Time: now.Add(time.Duration(i/8-10_000) * time.Second),
			Value: math.Exp(float64(i%1000) / 50),
		})
		if held := s.bytes.Load(); held > s.limit {
			t.Fatalf("%d bytes are held, above the limit of %d", held, s.limit)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if u := s.Usage(); u.Evicted == 0 || !strings.Contains(log.String(), "for want of memory") {
		t.Errorf("nothing was dropped: %+v", u)
	}
	var held int64
	for _, m := range s.all() {
		held += int64(m.size())
	}
	if held != s.bytes.Load() {
		t.Errorf("the account says %d bytes, the series hold %d", s.bytes.Load(), held)
	}
	if p := read(t, s, New("N", "m1", nil), "Sum", time.Minute, now.Add(-10*time.Minute), now); len(p) < 9 {
		t.Errorf("the newest data are gone: %v", p)
	}
}

func TestSeriesAreBounded(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	now := s.clock.Now()
	for i := range maxSeries + 10 {
		s.Put(Datum{ID: New("N", fmt.Sprint(i), nil), Time: now, Value: 1})
	}
	if u := s.Usage(); u.Metrics != maxSeries || u.Refused != 10 {
		t.Errorf("%+v", u)
	}
}

// The account of memory is near the truth.
func TestAccountOfMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := open(t, "")
	now := s.clock.Now()
	for i := range 200_000 {
		s.Put(Datum{ID: New("N", fmt.Sprint("m", i%50), nil), Time: now.Add(-time.Duration(i/50) * time.Second), Value: float64(i * i % 1009)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap, account := int64(after.HeapAlloc)-int64(before.HeapAlloc), s.Usage().Bytes
	t.Logf("%d bytes of heap, %d in the account", heap, account)
	if heap > account*3/2 {
		t.Errorf("%d bytes of heap, %d in the account", heap, account)
	}
	runtime.KeepAlive(s)
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := open(t, filepath.Join(t.TempDir(), "metrics"))
	s.limit = 1 << 20
	now := s.clock.Now()
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 5000 {
				id := New("N", fmt.Sprint("m", (g+i)%20), nil)
				s.Put(Datum{ID: id, Time: now.Add(-time.Duration(i*g) * time.Second / 4), Value: float64(i)})
				switch {
				case i%100 == g:
					s.List(ListFilter{Namespace: "N"})
					s.expire()
				case i%50 == g:
					if _, err := s.Read(id, "p90", time.Minute, now.Add(-time.Hour), now); err != nil {
						t.Error(err)
					}
				case i%500 == g:
					if err := s.flush(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
}
