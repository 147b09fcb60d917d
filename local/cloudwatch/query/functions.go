package query

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// function is one of metric math's.
type function struct {
	least, most int // arguments
	do          func(*call) (value, error)
}

func (f function) arguments() string {
	switch {
	case f.least == f.most && f.least == 1:
		return "1 argument"
	case f.least == f.most:
		return fmt.Sprintf("%d arguments", f.least)
	}
	return fmt.Sprintf("%d to %d arguments", f.least, f.most)
}

// call is a function with what it is called with.
type call struct {
	*node
	*evaluation
	eval func(*node) (value, error) // of the evaluation: the table below would refer to itself
}

// functions are all that CloudWatch's user guide lists but those that need what
// is not here: anomaly detection, Contributor Insights, quotas, Lambda data
// sources and Performance Insights.
var functions = map[string]function{
	"SUM":             {1, 1, aggregate(total)},
	"AVG":             {1, 1, average},
	"MIN":             {1, 1, aggregate(smallest)},
	"MAX":             {1, 1, aggregate(largest)},
	"STDDEV":          {1, 1, aggregate(deviation)},
	"DATAPOINT_COUNT": {1, 1, aggregate(count)},
	"METRIC_COUNT":    {1, 1, metricCount},
	"ABS":             {1, 1, pointwise(math.Abs)},
	"CEIL":            {1, 1, pointwise(math.Ceil)},
	"FLOOR":           {1, 1, pointwise(math.Floor)},
	"LOG":             {1, 1, pointwise(math.Log)},
	"LOG10":           {1, 1, pointwise(math.Log10)},
	"RATE":            {1, 1, steps(func(change, seconds float64) float64 { return change / seconds })},
	"DIFF":            {1, 1, steps(func(change, _ float64) float64 { return change })},
	"DIFF_TIME":       {1, 1, steps(func(_, seconds float64) float64 { return seconds })},
	"RUNNING_SUM":     {1, 1, runningSum},
	"PERIOD":          {1, 1, period},
	"TIME_SERIES":     {1, 1, timeSeries},
	"FILL":            {2, 2, fill},
	"IF":              {2, 3, conditional},
	"METRICS":         {0, 1, metrics},
	"SEARCH":          {2, 3, search},
	"SORT":            {3, 4, sorted},
	"SLICE":           {2, 3, slice},
	"FIRST":           {1, 1, pick(func(n int) int { return 0 })},
	"LAST":            {1, 1, pick(func(n int) int { return n - 1 })},
	"REMOVE_EMPTY":    {1, 1, removeEmpty},
	"MINUTE":          {1, 1, calendar(time.Time.Minute)},
	"HOUR":            {1, 1, calendar(time.Time.Hour)},
	"DAY":             {1, 1, calendar(func(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 })}, // Monday is 1
	"DATE":            {1, 1, calendar(time.Time.Day)},
	"MONTH":           {1, 1, calendar(func(t time.Time) int { return int(t.Month()) })},
	"YEAR":            {1, 1, calendar(time.Time.Year)},
	"EPOCH":           {1, 1, calendar(func(t time.Time) int { return int(t.Unix()) })},
}

func functionNames() string {
	return strings.Join(slices.Sorted(maps.Keys(functions)), ", ")
}

// value evaluates an argument, which must have one of the shapes.
func (c *call) value(i int, shapes ...shape) (value, error) {
	v, err := c.eval(c.args[i])
	if err != nil || slices.Contains(shapes, v.shape) {
		return v, err
	}
	var names []string
	for _, s := range shapes {
		names = append(names, s.String())
	}
	return value{}, errorAt(c.args[i].at, "argument %d of %s is %s, not %s", i+1, c.text, v.shape, strings.Join(names, " or "))
}

// word is an argument that is one of some keywords.
func (c *call) word(i int, known ...string) (string, error) {
	if a := c.args[i]; a.op == opWord && slices.Contains(known, a.text) {
		return a.text, nil
	}
	return "", errorAt(c.args[i].at, "argument %d of %s is none of %s", i+1, c.text, strings.Join(known, ", "))
}

// index is an argument that is a whole number, not negative.
func (c *call) index(i int) (int, error) {
	v, err := c.value(i, scalar)
	if err == nil && (v.num != math.Trunc(v.num) || v.num < 0 || v.num > maxQueries) {
		err = errorAt(c.args[i].at, "argument %d of %s is not a whole number from 0 to %d", i+1, c.text, maxQueries)
	}
	return int(v.num), err
}

// aggregate makes a number of a time series, and a time series of an array: of
// the values that there are at each time.
func aggregate(f func([]float64) float64) func(*call) (value, error) {
	return func(c *call) (value, error) {
		v, err := c.value(0, single, array)
		if err != nil {
			return value{}, err
		}
		if v.shape == array {
			return seriesOf(c.across(v.series, func(values []float64, _ int) float64 { return f(values) })), nil
		}
		return numberOf(v.series[0].reduce(f)), nil
	}
}

// reduce is f of the series' values.
func (s series) reduce(f func([]float64) float64) float64 {
	values := make([]float64, len(s.points))
	for i, p := range s.points {
		values[i] = p.Value
	}
	return f(values)
}

// Nothing has a sum and a number, 0; its smallest, largest and typical value are
// NaN, of which no data point comes.

func smallest(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	return slices.Min(v)
}

func largest(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	return slices.Max(v)
}

func count(v []float64) float64 { return float64(len(v)) }

func total(v []float64) float64 {
	var t float64
	for _, x := range v {
		t += x
	}
	return t
}

// deviation is the standard deviation of all there is, not of a sample.
func deviation(v []float64) float64 {
	mean := total(v) / count(v)
	var t float64
	for _, x := range v {
		t += (x - mean) * (x - mean)
	}
	return math.Sqrt(t / count(v))
}

// average counts missing values as 0, as documented: those of periods without a
// point, or of series that have none at a time.
func average(c *call) (value, error) {
	v, err := c.value(0, single, array)
	if err != nil {
		return value{}, err
	}
	if v.shape == array {
		return seriesOf(c.across(v.series, func(values []float64, n int) float64 { return total(values) / float64(n) })), nil
	}
	s := v.series[0]
	times, err := c.times(s.period)
	if err != nil {
		return value{}, err
	}
	return numberOf(s.reduce(total) / float64(len(times))), nil
}

func metricCount(c *call) (value, error) {
	v, err := c.value(0, array)
	return numberOf(float64(len(v.series))), err
}

func pointwise(f func(float64) float64) func(*call) (value, error) {
	return func(c *call) (value, error) {
		v, err := c.value(0, single, array)
		return apply(v, f), err
	}
}
