package metric

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

// A store that was closed and opened again answers as before, and goes on.
func TestRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metrics")
	random := rand.New(rand.NewPCG(3, 4))
	now := time.Now().UTC()
	all := func(s *Store) (all [][]Point) {
		for _, id := range s.List(ListFilter{}) {
			for _, period := range []time.Duration{time.Second, time.Minute, 5 * time.Minute, time.Hour} {
				for _, stat := range []string{"Sum", "SampleCount", "p90", "TM(10%:90%)"} {
					all = append(all, read(t, s, id, stat, period, now.Add(-2*time.Hour), now.Add(time.Minute)))
				}
			}
		}
		return all
	}
	var before [][]Point
	for restart := range 6 { // each adds to what the one before left
		s, err := Open(StoreOptions{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, all(s)); diff != "" {
			t.Fatalf("after restart %d (-before +after):\n%s", restart, diff)
		}
		for range 2000 {
			s.Put(Datum{
				ID: New("N", fmt.Sprint("m", random.IntN(3+restart)), nil), Unit: "Milliseconds",
				Time: now.Add(-time.Duration(random.IntN(9000)) * time.Second), Value: math.Exp(8 * random.NormFloat64()),
			})
		}
		before = all(s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if unit := open(t, path).Unit(New("N", "m0", nil)); unit != "Milliseconds" {
		t.Errorf("the unit is %q", unit)
	}
}

// A process that is killed leaves the file as the last flush made it, whatever
// the file is doing: what was put since is lost, and nothing else.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "metrics"))
	now := s.clock.Now()
	s.Put(Datum{ID: duration, Time: now, Value: 1})
	if err := s.flush(); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(filepath.Join(dir, "metrics"))
	if err != nil {
		t.Fatal(err)
	}
	s.Put(Datum{ID: duration, Time: now, Value: 1})
	left := filepath.Join(dir, "left")
	if err := os.WriteFile(left, image, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]float64{left: 1, "": 2} {
		of := s
		if path != "" {
			of = open(t, path)
		}
		if p := read(t, of, duration, "Sum", time.Minute, now.Add(-time.Minute), now.Add(time.Minute)); len(p) != 1 || p[0].Value != want {
			t.Errorf("%q has %v, want %v", path, p, want)
		}
	}
}

// A file that is damaged, or another version's, says so; a damaged block costs
// that block alone.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metrics")
	s, err := Open(StoreOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	now := s.clock.Now()
	s.Put(Datum{ID: duration, Time: now, Value: 1})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	change := func(bucket, key, value []byte) {
		t.Helper()
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			if key == nil {
				key, _ = tx.Bucket(bucket).Cursor().Last()
			}
			return tx.Bucket(bucket).Put(bytes.Clone(key), value)
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	change(blocksBucket, nil, []byte{0xff}) // the hour's
	s, err = Open(StoreOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := s.Read(duration, "Sum", time.Hour, now.Add(-time.Hour), now); !errors.Is(err, errCorrupt) {
		t.Errorf("a damaged block gives %v, %v", p, err)
	}
	s.Put(Datum{ID: duration, Time: now, Value: 5})
	for period, want := range map[time.Duration]float64{time.Hour: 5, time.Minute: 6} {
		if p := read(t, s, duration, "Sum", period, now, now.Add(time.Second)); len(p) != 1 || p[0].Value != want {
			t.Errorf("by %v: %v, want %v", period, p, want)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for want, do := range map[string]func(){
		"another version": func() { change(metaBucket, formatKey, []byte("0")) },
		"invalid database": func() {
			if err := os.WriteFile(path, bytes.Repeat([]byte("no database "), 2000), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		if want == "invalid database" {
			path += ".bad"
		}
		do()
		if _, err := Open(StoreOptions{Path: path}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %q", err, want)
		}
		path = strings.TrimSuffix(path, ".bad")
	}
}

// An earlier run's clock ran ahead: the next one goes on from there, whatever time
// a client gave its data.
func TestClockGoesOnFromTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metrics")
	clock := NewClock(1)
	clock.Advance(100 * time.Hour)
	s, err := Open(StoreOptions{Path: path, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	at := clock.Now()
	s.Put(Datum{ID: duration, Time: at, Value: 1}, Datum{ID: duration, Time: at.Add(time.Hour), Value: 1})
	if _, err := Open(StoreOptions{Path: path}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a file in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if ahead := s.clock.Now().Sub(at); ahead < -time.Millisecond || ahead > 30*time.Minute {
		t.Errorf("the clock shows %v, not about %v", s.clock.Now(), at)
	}
	if p := read(t, s, duration, "Sum", time.Minute, at.Add(-time.Minute), at.Add(time.Minute)); len(p) != 1 {
		t.Errorf("the datum is not there: %v", p)
	}
}

// Data are forgotten when their resolution's time is over, in memory and in the
// file, and with the last of them their metric.
func TestRetention(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "metrics")
	clock := NewClock(1)
	s, err := Open(StoreOptions{Path: path, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	at := clock.Now()
	s.Put(Datum{ID: duration, Time: at, Value: 1})
	if err := s.flush(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after  time.Duration
		period time.Duration
		listed bool
	}{
		{4 * time.Hour, time.Second, true},
		{16 * 24 * time.Hour, time.Minute, false},
		{64 * 24 * time.Hour, 5 * time.Minute, false},
		{457 * 24 * time.Hour, time.Hour, false},
	} {
		if p := read(t, s, duration, "Sum", c.period, at.Add(-c.period), at.Add(c.period)); len(p) != 1 {
			t.Fatalf("by %v before it is time: %v", c.period, p)
		}
		clock.Advance(at.Add(c.after).Sub(clock.Now()))
		s.expire()
		if p := read(t, s, duration, "Sum", c.period, at.Add(-c.period), at.Add(c.period)); len(p) != 0 {
			t.Errorf("by %v after %v: %v", c.period, c.after, p)
		}
		if got := len(s.List(ListFilter{})) == 1; got != c.listed {
			t.Errorf("after %v: listed %v", c.after, got)
		}
	}
	if u := s.Usage(); u.Metrics != 0 || u.Bytes != 0 {
		t.Errorf("an empty store holds %+v", u)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		if n := tx.Bucket(seriesBucket).Stats().KeyN + tx.Bucket(blocksBucket).Stats().KeyN; n != 0 {
			t.Errorf("the file still has %d entries", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A machine that sleeps stops its monotonic clock, and no other: a time with a
// monotonic reading would stay behind those of log lines, which have none.
func TestClockFollowsTheWall(t *testing.T) {
	t.Parallel()
	clock := NewClock(1)
	if now := clock.Now(); now != now.Round(0) {
		t.Errorf("%v has a monotonic reading", now)
	}
	if at := time.Now().Round(0).Add(8 * time.Hour); !clock.At(at).Equal(at) {
		t.Errorf("at %v it shows %v", at, clock.At(at))
	}
}
