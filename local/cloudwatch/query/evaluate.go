package query

import (
	"math"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// read reads the metric of query i once.
func (r *request) read(i int) (series, error) {
	if r.done[i] {
		return r.values[i].series[0], nil
	}
	q := &r.queries[i]
	points, err := r.source.Read(q.Metric, q.Statistic, q.Period, r.start, r.end)
	if err != nil {
		return series{}, err
	}
	s := series{label: r.labels[i], period: q.Period, points: points, of: q}
	r.values[i], r.done[i] = seriesOf(s), true
	return s, nil
}

// value evaluates query i once.
func (r *request) value(i int) (value, error) {
	if r.parsed[i] == nil {
		s, err := r.read(i)
		return seriesOf(s), err
	}
	if r.done[i] {
		return r.values[i], nil
	}
	v, err := r.compute(i)
	if err != nil {
		return value{}, err
	}
	r.values[i], r.done[i] = v, true
	return v, nil
}

func (r *request) compute(i int) (value, error) {
	q := &r.queries[i]
	e := &evaluation{request: r, period: r.periodOf(i)}
	v, err := e.eval(r.parsed[i])
	if err == nil && v.shape == scalar && !q.Hidden {
		err = errorAt(0, "the result is a number, not a time series; TIME_SERIES() makes one of it")
	}
	if err != nil {
		return value{}, r.expressionError(i, err)
	}
	return v, nil
}

// periodOf is the longest period of the metrics that query i is made of; of all
// of the request's, if it is made of none; a minute, if there are none.
func (r *request) periodOf(i int) time.Duration {
	if r.periods[i] == 0 { // once: a chain of expressions has exponentially many ways through it
		r.periods[i] = r.findPeriod(i)
	}
	return r.periods[i]
}

func (r *request) findPeriod(i int) time.Duration {
	q := r.queries[i]
	if q.Period != 0 {
		return q.Period
	}
	var p time.Duration
	for _, j := range r.refs(i) {
		p = max(p, r.periodOf(j))
	}
	if p != 0 {
		return p
	}
	for _, q := range r.queries {
		p = max(p, q.Period)
	}
	if p != 0 {
		return p
	}
	return time.Minute
}

// evaluation is that of one expression.
type evaluation struct {
	*request
	period time.Duration // of series that are made of numbers
}

func (e *evaluation) eval(n *node) (value, error) {
	switch n.op {
	case opNumber:
		return numberOf(n.num), nil
	case opRef:
		return e.value(e.byID[n.text])
	case opCall:
		return functions[n.text].do(&call{node: n, evaluation: e, eval: e.eval})
	case opList:
		return e.list(n)
	case opNegate:
		v, err := e.eval(n.args[0])
		if err != nil {
			return value{}, err
		}
		return apply(v, func(x float64) float64 { return -x }), nil
	case opText, opWord:
		return value{}, errorAt(n.at, "%s %q stands where a value belongs", n.op, n.text)
	}
	a, err := e.eval(n.args[0])
	if err != nil {
		return value{}, err
	}
	b, err := e.eval(n.args[1])
	if err != nil {
		return value{}, err
	}
	return combine(n, a, b)
}

// list makes an array; arrays in it are laid out flat.
func (e *evaluation) list(n *node) (value, error) {
	var all []series
	for _, a := range n.args {
		v, err := e.eval(a)
		if err != nil {
			return value{}, err
		}
		if v.shape == scalar {
			return value{}, errorAt(a.at, "an array holds time series, not numbers")
		}
		if all = append(all, v.series...); len(all) > maxSeries {
			return value{}, errorAt(a.at, "an array holds at most %d time series", maxSeries)
		}
	}
	return arrayOf(all), nil
}

// apply gives f of each number in v.
func apply(v value, f func(float64) float64) value {
	if v.shape == scalar {
		return numberOf(f(v.num))
	}
	return v.each(func(s series) series { return s.mapped(f) })
}

// combine applies a binary operator to two numbers, to two time series, or to
// one of these and each series of an array.
func combine(n *node, a, b value) (value, error) {
	f := operators[n.op]
	switch {
	case a.shape == array && b.shape == array:
		return value{}, errorAt(n.at, "%s takes one array at most, not two", n.op)
	case a.shape == scalar && b.shape == scalar:
		return numberOf(f(a.num, b.num)), nil
	case b.shape == scalar:
		return apply(a, func(x float64) float64 { return f(x, b.num) }), nil
	case a.shape == scalar:
		return apply(b, func(x float64) float64 { return f(a.num, x) }), nil
	case b.shape == array:
		return b.each(func(s series) series {
			out := paired(a.series[0], s, f)
			out.label, out.of = s.label, s.of
			return out
		}), nil
	}
	return a.each(func(s series) series { return paired(s, b.series[0], f) }), nil
}

// operators give NaN where there is no result. What a comparison or a logical
// operator makes of NaN, which only a number can be, is NaN as well.
var operators = map[op]func(x, y float64) float64{
	"+":  func(x, y float64) float64 { return x + y },
	"-":  func(x, y float64) float64 { return x - y },
	"*":  func(x, y float64) float64 { return x * y },
	"/":  func(x, y float64) float64 { return x / y }, // by zero: NaN or infinite, and dropped
	"%":  math.Mod,
	"^":  math.Pow,
	"==": logical(func(x, y float64) bool { return x == y }),
	"!=": logical(func(x, y float64) bool { return x != y }),
	"<=": logical(func(x, y float64) bool { return x <= y }),
	">=": logical(func(x, y float64) bool { return x >= y }),
	"<":  logical(func(x, y float64) bool { return x < y }),
	">":  logical(func(x, y float64) bool { return x > y }),
	"&&": logical(func(x, y float64) bool { return x != 0 && y != 0 }),
	"||": logical(func(x, y float64) bool { return x != 0 || y != 0 }),
}

func logical(f func(x, y float64) bool) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		switch {
		case math.IsNaN(x) || math.IsNaN(y):
			return math.NaN()
		case f(x, y):
			return 1
		}
		return 0
	}
}

// times are the starts of the request's periods.
func (r *request) times(period time.Duration) ([]time.Time, error) {
	seconds := int64(period / time.Second)
	if seconds <= 0 {
		return nil, errorAt(0, "the time between StartTime and EndTime cannot be cut into periods of %v", period)
	}
	first := r.start.Unix()
	first -= (first%seconds + seconds) % seconds
	last := r.end.Unix()
	if r.end.Nanosecond() > 0 {
		last++
	}
	n := (last - first + seconds - 1) / seconds
	// Below 0 is more than an int64 holds.
	if n > maxPoints || n < 0 && last > first {
		return nil, errorAt(0, "the time between StartTime and EndTime has %d periods of %v; at most %d are allowed", n, period, maxPoints)
	}
	times := make([]time.Time, 0, n)
	for at := first; at < last; at += seconds {
		times = append(times, time.Unix(at, 0).UTC())
	}
	return times, nil
}

// everywhere gives f of each of the request's periods; where f has nothing, there
// is no point.
func (r *request) everywhere(s series, f func(time.Time) float64) (series, error) {
	times, err := r.times(s.period)
	if err != nil {
		return series{}, err
	}
	points := make([]metric.Point, 0, len(times))
	for _, at := range times {
		if v := f(at); finite(v) {
			points = append(points, metric.Point{Time: at, Value: v})
		}
	}
	s.points = points
	return s, nil
}
