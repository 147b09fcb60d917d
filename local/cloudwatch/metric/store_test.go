package metric

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// open opens a store whose clock shows a whole hour, or goes on from path's data.
func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(StoreOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var duration = New("AWS/Lambda", "Duration", map[string]string{"FunctionName": "resize"})

func read(t testing.TB, s *Store, id ID, statistic string, period time.Duration, start, end time.Time) []Point {
	t.Helper()
	points, err := s.Read(id, statistic, period, start, end)
	if err != nil {
		t.Fatal(err)
	}
	return points
}

// A period is aligned to its length, the one that start lies in is whole, and
// the one that end starts is not there.
func TestPeriodsAreAligned(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	hour := time.Now().UTC().Truncate(time.Hour).Add(-time.Hour)
	for i := range 600 {
		s.Put(Datum{ID: duration, Time: hour.Add(time.Duration(i) * time.Second), Value: float64(i), Unit: "Milliseconds"})
	}
	for _, c := range []struct {
		period     time.Duration
		start, end time.Duration
		want       []time.Duration
	}{
		{time.Second, 10*time.Second + 400*time.Millisecond, 12 * time.Second, []time.Duration{10 * time.Second, 11 * time.Second}},
		{5 * time.Second, 12 * time.Second, 20 * time.Second, []time.Duration{10 * time.Second, 15 * time.Second}},
		{time.Minute, 90 * time.Second, 3 * time.Minute, []time.Duration{time.Minute, 2 * time.Minute}},
		{5 * time.Minute, 2 * time.Minute, 5*time.Minute + 1, []time.Duration{0, 5 * time.Minute}},
		{time.Hour, 2 * time.Minute, 3 * time.Minute, []time.Duration{0}},
	} {
		points := read(t, s, duration, "SampleCount", c.period, hour.Add(c.start), hour.Add(c.end))
		var at []time.Duration
		for _, p := range points {
			at = append(at, p.Time.Sub(hour))
			if want := min(c.period.Seconds(), 600); p.Value != want {
				t.Errorf("%v at %v: %v samples, want %v", c.period, p.Time.Sub(hour), p.Value, want)
			}
		}
		if !slices.Equal(at, c.want) {
			t.Errorf("%v from %v to %v: periods at %v, want %v", c.period, c.start, c.end, at, c.want)
		}
	}
	for _, period := range []time.Duration{0, 2 * time.Second, 90 * time.Second, -time.Minute} {
		if _, err := s.Read(duration, "Sum", period, hour, hour.Add(time.Hour)); err == nil {
			t.Errorf("the period %v was taken", period)
		}
	}
	if got := s.Unit(duration); got != "Milliseconds" {
		t.Errorf("unit %q", got)
	}
}

// What is read at any period equals what is computed from the raw data, whatever
// order they came in.
func TestRollUpEqualsRaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s, err := Open(StoreOptions{})
		if err != nil {
			rt.Fatal(err)
		}
		defer s.Close()
		now := time.Now().UTC()
		raw := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) Datum {
			return Datum{
				ID:    duration,
				Time:  now.Add(-time.Duration(rapid.IntRange(0, 10_000).Draw(rt, "ago")) * time.Second),
				Value: math.Round(rapid.Float64Range(-100, 1e4).Draw(rt, "value")*8) / 8, // sums are exact
				Count: float64(rapid.IntRange(1, 3).Draw(rt, "count")),
			}
		}), 1, 300).Draw(rt, "data")
		for _, d := range raw {
			s.Put(d)
		}
		period := rapid.SampledFrom([]time.Duration{
			time.Second, 5 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, time.Hour, 24 * time.Hour,
		}).Draw(rt, "period")
		for _, name := range []string{"SampleCount", "Sum", "Average", "Minimum", "Maximum", "p50", "p99"} {
			slots := map[time.Time][]float64{}
			for _, d := range raw {
				at := alignDown(d.Time, period)
				for range int(d.Count) {
					slots[at] = append(slots[at], d.Value)
				}
			}
			var want []Point
			for at, values := range slots {
				want = append(want, Point{at, naive(t, name, values)})
			}
			slices.SortFunc(want, func(a, b Point) int { return a.Time.Compare(b.Time) })
			got, err := s.Read(duration, name, period, now.Add(-4*time.Hour), now.Add(time.Hour))
			if err != nil {
				rt.Fatal(err)
			}
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 0.01*math.Abs(b) })
			if diff := cmp.Diff(want, got, near); diff != "" {
				rt.Fatalf("%s by %v (-raw +store):\n%s", name, period, diff)
			}
			// A range that is no period, of whole minutes.
			start := now.Add(-time.Duration(rapid.IntRange(0, 170).Draw(rt, "minutes")) * time.Minute).Truncate(time.Minute)
			end := start.Add(time.Duration(rapid.IntRange(1, 100).Draw(rt, "long")) * time.Minute)
			var within []float64
			for _, d := range raw {
				if !d.Time.Before(start) && d.Time.Before(end) {
					within = append(within, slices.Repeat([]float64{d.Value}, int(d.Count))...)
				}
			}
			value, ok, err := s.Over(duration, name, start, end)
			if err != nil || ok != (len(within) > 0) {
				rt.Fatalf("%s from %v to %v: %v, %v of %d values", name, start, end, ok, err, len(within))
			}
			if ok && !cmp.Equal(naive(t, name, within), value, near) {
				rt.Fatalf("%s from %v to %v: %v, want %v", name, start, end, value, naive(t, name, within))
			}
		}
	})
}

// TestNewestCounts: what S3 measures of a bucket once a day is its newest value,
// though it is measured more often here.
func TestNewestCounts(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	day := s.clock.Now().Truncate(24 * time.Hour)
	objects := New("AWS/S3", "NumberOfObjects", map[string]string{"BucketName": "b", "StorageType": "AllStorageTypes"})
	for i, n := range []float64{2, 30, 7} {
		s.Put(Datum{ID: objects, Time: day.Add(-time.Hour + time.Duration(i)*5*time.Minute), Value: n})
	}
	for _, statistic := range []string{"Average", "Maximum"} {
		if p := read(t, s, objects, statistic, 24*time.Hour, day.Add(-time.Hour), day); len(p) != 1 || p[0].Value != 7 {
			t.Errorf("%s of the day: %v, want 7", statistic, p)
		}
		if v, ok, err := s.Over(objects, statistic, day.Add(-2*time.Hour), day); v != 7 || !ok || err != nil {
			t.Errorf("%s of two hours: %v, %v, %v, want 7", statistic, v, ok, err)
		}
	}
}

func TestListAndOrderOfDimensions(t *testing.T) {
	t.Parallel()
	s := open(t, "")
	now := s.clock.Now()
	put := func(namespace, name string, dimensions ...Dimension) {
		s.Put(Datum{ID: ID{namespace, name, dimensions}, Time: now, Value: 1})
	}
	put("B", "x")
	put("A", "y", Dimension{"Stage", "resize"}, Dimension{"Code", "corrupt"})
	put("A", "y", Dimension{"Code", "corrupt"}, Dimension{"Stage", "resize"})
	put("A", "y", Dimension{"Stage", "notify"})
	put("A", "x", Dimension{"Stage", "notify"})
	for filter, want := range map[*ListFilter]int{
		{}: 4, {Namespace: "A"}: 3, {Name: "x"}: 2, {Namespace: "A", Name: "y"}: 2, {Namespace: "C"}: 0,
		{Dimensions: []Dimension{{"Stage", ""}}}:                     3,
		{Dimensions: []Dimension{{"Stage", "notify"}}}:               2,
		{Dimensions: []Dimension{{"Code", ""}, {"Stage", "resize"}}}: 1,
	} {
		ids := s.List(*filter)
		if len(ids) != want || !slices.IsSortedFunc(ids, ID.compare) {
			t.Errorf("%+v: %v, want %d in order", *filter, ids, want)
		}
	}
	both := ID{"A", "y", []Dimension{{"Stage", "resize"}, {"Code", "corrupt"}}}
	if p := read(t, s, both, "Sum", time.Minute, now.Add(-time.Minute), now.Add(time.Minute)); len(p) != 1 || p[0].Value != 2 {
		t.Errorf("the order of dimensions matters: %v", p)
	}
}
