package query

import (
	"cmp"
	"slices"
	"strings"
)

// metrics are those of the request, not its expressions; with a text, those whose
// Id holds it.
func metrics(c *call) (value, error) {
	part := ""
	if len(c.args) == 1 {
		if c.args[0].op != opText {
			return value{}, errorAt(c.args[0].at, "METRICS takes a text")
		}
		part = c.args[0].text
	}
	var all []series
	for i, q := range c.queries {
		if c.parsed[i] == nil && strings.Contains(q.ID, part) {
			s, err := c.read(i)
			if err != nil {
				return value{}, err
			}
			all = append(all, s)
		}
	}
	return arrayOf(all), nil
}

// sorted orders an array by a statistic of each series; those without points
// come last.
func sorted(c *call) (value, error) {
	v, err := c.value(0, array)
	if err != nil {
		return value{}, err
	}
	by, err := c.word(1, "AVG", "MIN", "MAX", "SUM")
	if err != nil {
		return value{}, err
	}
	order, err := c.word(2, "ASC", "DESC")
	if err != nil {
		return value{}, err
	}
	limit := len(v.series)
	if len(c.args) == 4 {
		n, err := c.index(3)
		if err != nil {
			return value{}, err
		}
		limit = min(limit, n)
	}
	f := map[string]func([]float64) float64{
		"AVG": func(v []float64) float64 { return total(v) / count(v) }, "MIN": smallest, "MAX": largest, "SUM": total,
	}[by]
	all := slices.Clone(v.series)
	slices.SortStableFunc(all, func(a, b series) int {
		if len(a.points) == 0 || len(b.points) == 0 {
			return cmp.Compare(min(len(b.points), 1), min(len(a.points), 1))
		}
		if order == "DESC" {
			a, b = b, a
		}
		return cmp.Compare(a.reduce(f), b.reduce(f))
	})
	return arrayOf(all[:limit]), nil
}

// slice is the part of an array from one place to before another, or to its end.
func slice(c *call) (value, error) {
	v, err := c.value(0, array)
	if err != nil {
		return value{}, err
	}
	from, err := c.index(1)
	if err != nil {
		return value{}, err
	}
	to := len(v.series)
	if len(c.args) == 3 {
		n, err := c.index(2)
		if err != nil {
			return value{}, err
		}
		to = min(to, n)
	}
	return arrayOf(v.series[min(from, to):to]), nil
}

// pick is one series of an array; of an empty one, a series without points.
func pick(which func(n int) int) func(*call) (value, error) {
	return func(c *call) (value, error) {
		v, err := c.value(0, array)
		if err != nil || len(v.series) == 0 {
			return seriesOf(series{period: c.period}), err
		}
		return seriesOf(v.series[which(len(v.series))]), nil
	}
}

func removeEmpty(c *call) (value, error) {
	v, err := c.value(0, array)
	var some []series
	for _, s := range v.series {
		if len(s.points) > 0 {
			some = append(some, s)
		}
	}
	return arrayOf(some), err
}
