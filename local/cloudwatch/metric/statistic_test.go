package metric

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// naive computes a statistic from all values, one by one.
func naive(t testing.TB, name string, values []float64) float64 {
	t.Helper()
	v := slices.Sorted(slices.Values(values))
	n := float64(len(v))
	var total float64
	for _, x := range v {
		total += x
	}
	stat, err := ParseStatistic(name)
	if err != nil {
		t.Fatal(err)
	}
	lowRank, highRank := int(rankBelow(stat.lo, n)), int(rankOf(stat.hi, n))
	inside := func(yield func(float64) bool) {
		for i, x := range v {
			if stat.ranks && (i < lowRank || i >= highRank) || !stat.ranks && (x <= stat.lo || x > stat.hi) {
				continue
			}
			if !yield(x) {
				return
			}
		}
	}
	var count, part float64
	for x := range inside {
		count++
		part += x
	}
	switch stat.kind {
	case sampleCount:
		return n
	case sum:
		return total
	case average:
		return total / n
	case minimum:
		return v[0]
	case maximum:
		return v[len(v)-1]
	case percentile:
		return v[highRank-1]
	case trimmedCount:
		return count
	case trimmedSum:
		return part
	case percentileRank:
		return 100 * count / n
	case winsorizedMean:
		lo, hi := stat.lo, stat.hi
		if stat.ranks {
			lo, hi = v[lowRank], v[highRank-1]
		}
		var w float64
		for _, x := range v {
			w += min(max(x, lo), hi)
		}
		return w / n
	}
	return part / count
}

var everyStatistic = []string{
	"SampleCount", "Sum", "Average", "Minimum", "Maximum", "p0", "p10", "p50", "p90", "p99", "p99.9", "p100", "IQM",
	"tm90", "tm99.5", "TM(2%:98%)", "TM(:95%)", "TM(10%:)", "tc90", "TC(20%:80%)", "ts90", "TS(80%:)", "wm90", "WM(10%:90%)",
}

// Statistics by value: a bound may cut a bin, so these hold exactly only for few values.
var byValue = []string{"TM(150:1000)", "TC(5:300)", "TS(:80)", "WM(10:500)", "PR(:300)", "PR(100:2000)", "TM(-5:)"}

func distributionOf(values []float64) *distribution {
	var d distribution
	for _, v := range values {
		d.add(v, 1)
	}
	return &d
}

func near(a, b, share float64) bool {
	return math.Abs(a-b) <= share*math.Max(math.Abs(a), math.Abs(b))+1e-9 || math.IsNaN(a) && math.IsNaN(b)
}

// Up to 16 different values, everything is exact.
func TestStatisticsAreExactOfFewValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		few := rapid.SliceOfN(rapid.Float64Range(-3000, 3000), 1, exactValues).Draw(rt, "few")
		values := rapid.SliceOfN(rapid.SampledFrom(few), 1, 400).Draw(rt, "values")
		d := distributionOf(values)
		for _, name := range slices.Concat(everyStatistic, byValue) {
			checkStatistic(t, rt, d, name, values, 1e-12)
		}
	})
}

// Above, what goes by rank is within 1 % of exact, for values of one sign.
func TestStatisticsAreWithinOnePercent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1e-4, 1e7), 1, 600).Draw(rt, "values")
		sign := rapid.SampledFrom([]float64{1, -1}).Draw(rt, "sign")
		for i := range values {
			values[i] *= sign
		}
		d := distributionOf(values)
		for _, name := range everyStatistic {
			checkStatistic(t, rt, d, name, values, 0.01)
		}
	})
}

func checkStatistic(t *testing.T, rt *rapid.T, d *distribution, name string, values []float64, share float64) {
	stat, err := ParseStatistic(name)
	if err != nil {
		rt.Fatal(err)
	}
	var buf []weight
	got, ok := stat.of(d, &buf)
	want := naive(t, name, values)
	if ok == math.IsNaN(want) || ok && !near(got, want, share) {
		rt.Fatalf("%s of %d values: %v (%v), want %v", name, len(values), got, ok, want)
	}
}

// However the values are spread, the bins stay few, and a percentile keeps the
// error that its level has: twice the finer level's.
func TestBinsAreBounded(t *testing.T) {
	t.Parallel()
	var values []float64
	for i := range 60_000 {
		values = append(values, math.Pow(2, float64(i%720)-360+float64(i%83)/83), -math.Pow(2, float64(i%700)-350))
	}
	d := distributionOf(append(values, 0))
	if len(d.bins) > maxBins || d.level == 0 {
		t.Fatalf("%d bins at level %d", len(d.bins), d.level)
	}
	share := math.Tanh(math.Ldexp(logGamma, int(d.level)) / 2)
	var buf []weight
	for _, name := range []string{"p1", "p25", "p75", "p99"} {
		stat, _ := ParseStatistic(name)
		got, _ := stat.of(d, &buf)
		if want := naive(t, name, values); !near(got, want, share*1.0001) {
			t.Errorf("%s: %v, want %v within %v", name, got, want, share)
		}
	}
}

// Two distributions merged are one of all values.
func TestMergeIsAddition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		some := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 0, 60)
		a, b := some.Draw(rt, "a"), some.Draw(rt, "b")
		d := distributionOf(a)
		d.merge(distributionOf(b))
		if len(a)+len(b) > 0 {
			for _, name := range []string{"SampleCount", "Sum", "Minimum", "Maximum", "p50"} {
				checkStatistic(t, rt, d, name, slices.Concat(a, b), 0.01)
			}
		}
	})
}

func TestStatisticNames(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "sum", "p", "p101", "p-1", "p99.12345678901", "TM()", "TM(:)", "TM(5:5)", "TM(90%:10%)", "TM(5%:100)", "TM(-5%:50%)",
		"PR(10%:90%)", "PR(:)", "TM(%:5%)", "pr90", "IQM(1:2)", "TM(1:2", "p90 ", "TM(0:1e9)",
	} {
		if s, err := ParseStatistic(bad); err == nil {
			t.Errorf("%q was taken: %+v", bad, s)
		}
	}
}

// Whatever a sealed block holds, reading it ends, and what was sealed comes back.
func FuzzDecode(f *testing.F) {
	b := block{slots: []slot{{at: 3}, {at: 9}}}
	b.slots[0].add(-1.5, 2)
	for i := range 40 {
		b.slots[1].add(float64(i*i), 1)
	}
	f.Add(b.encode())
	f.Add([]byte{0, 2, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		again := block{slots: []slot{}}
		err := decode(data, 0, new(slot), func(s *slot) {
			own := *s
			own.exact, own.bins = slices.Clone(s.exact), slices.Clone(s.bins)
			again.slots = append(again.slots, own)
		})
		if err != nil {
			return
		}
		n := 0
		if err := decode(again.encode(), 0, new(slot), func(*slot) { n++ }); err != nil || n != len(again.slots) {
			t.Fatalf("%d of %d slots came back: %v", n, len(again.slots), err)
		}
	})
}
