package query

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// shape is what a value is.
type shape int

const (
	scalar shape = iota // a number
	single              // a time series
	array               // of time series
)

func (s shape) String() string {
	return [...]string{"a number", "a time series", "an array of time series"}[s]
}

// series is a time series.
type series struct {
	label  string
	period time.Duration
	points []metric.Point
	of     *Query // the metric that it is, unchanged or not; nil if of none or several
}

// value is what an expression gives.
type value struct {
	shape  shape
	num    float64  // NaN where there is none, such as the average of nothing
	series []series // one, if single
}

func numberOf(v float64) value      { return value{shape: scalar, num: v} }
func seriesOf(s series) value       { return value{shape: single, series: []series{s}} }
func arrayOf(s []series) value      { return value{shape: array, series: s} }
func (v value) of(s []series) value { return value{shape: v.shape, series: s} }
func finite(f float64) bool         { return !math.IsNaN(f) && !math.IsInf(f, 0) }
func byTime(a, b metric.Point) int  { return a.Time.Compare(b.Time) }
func longest(s []series) time.Duration {
	var p time.Duration
	for _, one := range s {
		p = max(p, one.period)
	}
	return p
}

// each gives the value with f applied to each of its series.
func (v value) each(f func(series) series) value {
	out := make([]series, len(v.series))
	for i, s := range v.series {
		out[i] = f(s)
	}
	return v.of(out)
}

// mapped gives the series with f applied to each value; what is no number then
// is no data point.
func (s series) mapped(f func(float64) float64) series {
	points := make([]metric.Point, 0, len(s.points))
	for _, p := range s.points {
		if v := f(p.Value); finite(v) {
			points = append(points, metric.Point{Time: p.Time, Value: v})
		}
	}
	s.points = points
	return s
}

// paired gives f of two series at each time that either has a point, 0 standing
// for what is missing.
func paired(a, b series, f func(x, y float64) float64) series {
	out := make([]metric.Point, 0, max(len(a.points), len(b.points)))
	for i, j := 0, 0; i < len(a.points) || j < len(b.points); {
		var x, y float64
		var at time.Time
		order := 0
		switch {
		case i == len(a.points):
			order = 1
		case j == len(b.points):
			order = -1
		default:
			order = byTime(a.points[i], b.points[j])
		}
		if order <= 0 {
			at, x = a.points[i].Time, a.points[i].Value
			i++
		}
		if order >= 0 {
			at, y = b.points[j].Time, b.points[j].Value
			j++
		}
		if v := f(x, y); finite(v) {
			out = append(out, metric.Point{Time: at, Value: v})
		}
	}
	a.period, a.points = max(a.period, b.period), out
	return a
}

// at is the series' value at a time.
func (s series) at(t time.Time) (float64, bool) {
	i, found := slices.BinarySearchFunc(s.points, metric.Point{Time: t}, byTime)
	if !found {
		return 0, false
	}
	return s.points[i].Value, true
}

// across gives f of the values that the series have at each time, and the number
// of series. Of no series there is a period, too: that of the expression.
func (c *call) across(all []series, f func(values []float64, n int) float64) series {
	var entries []metric.Point
	for _, s := range all {
		entries = append(entries, s.points...)
	}
	slices.SortStableFunc(entries, byTime)
	out := series{period: cmp.Or(longest(all), c.period)}
	var values []float64
	for i, e := range entries {
		values = append(values, e.Value)
		if i+1 == len(entries) || !entries[i+1].Time.Equal(e.Time) {
			if v := f(values, len(all)); finite(v) {
				out.points = append(out.points, metric.Point{Time: e.Time, Value: v})
			}
			values = values[:0]
		}
	}
	return out
}
