package query

import (
	"math"
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// steps gives f of each value's change since the one before, and of the seconds
// between them; the first value has none.
func steps(f func(change, seconds float64) float64) func(*call) (value, error) {
	return func(c *call) (value, error) {
		v, err := c.value(0, single, array)
		return v.each(func(s series) series {
			var points []metric.Point
			for i := 1; i < len(s.points); i++ {
				a, b := s.points[i-1], s.points[i]
				points = append(points, metric.Point{Time: b.Time, Value: f(b.Value-a.Value, b.Time.Sub(a.Time).Seconds())})
			}
			s.points = points
			return s
		}), err
	}
}

func runningSum(c *call) (value, error) {
	v, err := c.value(0, single, array)
	return v.each(func(s series) series {
		var sum float64
		return s.mapped(func(x float64) float64 {
			sum += x
			return sum
		})
	}), err
}

// period is that of a metric; of an expression there is none, as documented.
func period(c *call) (value, error) {
	a := c.args[0]
	if a.op != opRef || c.parsed[c.byID[a.text]] != nil {
		return value{}, errorAt(a.at, "PERIOD takes the Id of a metric, not an expression")
	}
	return numberOf(c.queries[c.byID[a.text]].Period.Seconds()), nil
}

func timeSeries(c *call) (value, error) {
	v, err := c.value(0, scalar)
	if err != nil {
		return value{}, err
	}
	s, err := c.everywhere(series{period: c.period}, func(time.Time) float64 { return v.num })
	return seriesOf(s), err
}

// calendar gives what f reads off each period's start, in UTC, with data or not.
func calendar(f func(time.Time) int) func(*call) (value, error) {
	return func(c *call) (value, error) {
		v, err := c.value(0, single)
		if err != nil {
			return value{}, err
		}
		s, err := c.everywhere(v.series[0], func(t time.Time) float64 { return float64(f(t)) })
		return seriesOf(s), err
	}
}

// fill puts a number, another series' value, the value before (REPEAT), or the
// line between the values around (LINEAR) where a period has none.
func fill(c *call) (value, error) {
	v, err := c.value(0, single, array)
	if err != nil {
		return value{}, err
	}
	var filler func(s series) func(t time.Time) float64
	if c.args[1].op == opWord {
		how, err := c.word(1, "REPEAT", "LINEAR")
		if err != nil {
			return value{}, err
		}
		filler = func(s series) func(time.Time) float64 { return s.between(how == "LINEAR") }
	} else {
		with, err := c.value(1, scalar, single)
		if err != nil {
			return value{}, err
		}
		filler = func(series) func(time.Time) float64 { return with.lookup }
	}
	for i, s := range v.series {
		fill := filler(s)
		filled, err := c.everywhere(s, func(t time.Time) float64 {
			if x, ok := s.at(t); ok {
				return x
			}
			return fill(t)
		})
		if err != nil {
			return value{}, err
		}
		if i == 0 {
			v = v.of(slices.Clone(v.series)) // it may be another expression's too
		}
		v.series[i] = filled
	}
	return v, nil
}

// lookup is a number, or the value of a time series at t; NaN if it has none.
func (v value) lookup(t time.Time) float64 {
	if v.shape == scalar {
		return v.num
	}
	if x, ok := v.series[0].at(t); ok {
		return x
	}
	return math.NaN()
}

// between gives what a missing value is taken for: the one before, or what lies
// on the line to the one after. Before the first there is nothing, after the last
// no line.
func (s series) between(linear bool) func(time.Time) float64 {
	return func(t time.Time) float64 {
		i, _ := slices.BinarySearchFunc(s.points, metric.Point{Time: t}, byTime)
		switch {
		case i == 0 || linear && i == len(s.points):
			return math.NaN()
		case !linear:
			return s.points[i-1].Value
		}
		a, b := s.points[i-1], s.points[i]
		share := t.Sub(a.Time).Seconds() / b.Time.Sub(a.Time).Seconds()
		return a.Value + share*(b.Value-a.Value)
	}
}

// conditional is IF: see "Using IF expressions" in the user guide, also for what
// becomes of a missing value: 0 where the condition is true, no point where it
// is false.
func conditional(c *call) (value, error) {
	condition, err := c.value(0, scalar, single)
	if err != nil {
		return value{}, err
	}
	yes, err := c.value(1, scalar, single)
	if err != nil {
		return value{}, err
	}
	no := numberOf(math.NaN())
	if len(c.args) == 3 {
		if no, err = c.value(2, scalar, single); err != nil {
			return value{}, err
		}
	}
	if condition.shape == scalar {
		switch {
		case math.IsNaN(condition.num):
			return condition, nil
		case condition.num != 0:
			return yes, nil
		case len(c.args) == 3:
			return no, nil
		}
		return seriesOf(series{period: c.period}), nil
	}
	out := condition.series[0]
	points := make([]metric.Point, 0, len(out.points))
	for _, p := range out.points {
		var v float64
		if p.Value != 0 {
			if v = yes.lookup(p.Time); yes.shape == single && math.IsNaN(v) {
				v = 0
			}
		} else {
			v = no.lookup(p.Time)
		}
		if finite(v) {
			points = append(points, metric.Point{Time: p.Time, Value: v})
		}
	}
	out.points = points
	return seriesOf(out), nil
}
