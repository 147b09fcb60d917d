// Package dashboards describes what CloudWatch watches as values, without
// Pulumi: metrics, the alarm table, composite alarms, the dashboards and the
// saved log queries. A metric is one object wherever it appears: an alarm's
// threshold is drawn on every graph of the metric that it watches.
package dashboards

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Metric is a series of values: a CloudWatch metric with a statistic over a
// period, or an expression over such metrics.
type Metric struct {
	Namespace  string
	Name       string
	Dimensions map[string]string
	Statistic  string // such as Sum or p99
	Period     time.Duration

	// Expression is metric math, in place of all of the above.
	Expression string
	Operands   map[string]Metric // by the names that Expression has for them

	Unit  Unit
	Label string
	Color string
}

// Unit is what a series counts, for the axes.
type Unit string

// The units in use.
const (
	Count        Unit = "count"
	Percent      Unit = "%"
	Fraction     Unit = "fraction" // 0 to 1
	Milliseconds Unit = "ms"
	Seconds      Unit = "s"
	Bytes        Unit = "bytes"
	Dollars      Unit = "USD"
)

// minute is the period of whatever is not watched more slowly.
const minute = time.Minute

// with gives the metric another label and colour.
func (m Metric) with(label, color string) Metric {
	m.Label, m.Color = label, color
	return m
}

// every gives the metric another period.
func (m Metric) every(period time.Duration) Metric {
	m.Period = period
	return m
}

// same tells whether two metrics have the same values, whatever they are called.
func (m Metric) same(o Metric) bool {
	return m.Namespace == o.Namespace && m.Name == o.Name && m.Statistic == o.Statistic && m.Period == o.Period && m.Expression == o.Expression &&
		maps.Equal(m.Dimensions, o.Dimensions) && maps.EqualFunc(m.Operands, o.Operands, Metric.same)
}

// Query is one entry of the list that GetMetricData, an alarm and a graph take:
// a metric, or an expression over other entries.
type Query struct {
	ID     string // "" where nothing refers to it
	Metric Metric // without operands: its Expression has IDs of other entries
	Hidden bool   // it is there for an expression alone
}

// flatten gives what CloudWatch evaluates for a list of series, each metric
// once, and the entries that are hidden behind the others.
func flatten(series ...Metric) []Query {
	s := &sheet{}
	for _, m := range series {
		s.add(m, "", false)
	}
	slices.SortStableFunc(s.queries, func(a, b Query) int { return rank(a) - rank(b) })
	return s.queries
}

func rank(q Query) int {
	if q.Hidden {
		return 1
	}
	return 0
}

// sheet collects queries.
type sheet struct {
	queries []Query
	metrics []Metric // of the queries, by position, as they were
}

// add gives the ID of the metric's entry: id, or one like it that is free.
func (s *sheet) add(m Metric, id string, hidden bool) string {
	original := m
	if m.Expression != "" {
		ids := map[string]string{}
		for _, name := range slices.Sorted(maps.Keys(m.Operands)) {
			ids[name] = s.add(m.Operands[name], name, true)
		}
		m.Expression = operand.ReplaceAllStringFunc(m.Expression, func(name string) string {
			if id, ok := ids[name]; ok {
				return id
			}
			return name
		})
		m.Operands = nil
		if id == "" {
			id = "e"
		}
	}
	at := slices.IndexFunc(s.metrics, original.same)
	if at < 0 {
		at = len(s.metrics)
		s.metrics = append(s.metrics, original)
		s.queries = append(s.queries, Query{Metric: m, Hidden: true})
	}
	q := &s.queries[at]
	if !hidden && q.Hidden {
		q.Hidden, q.Metric = false, m
	}
	if q.ID == "" && id != "" {
		q.ID = s.free(id)
	}
	return q.ID
}

// free gives an ID that no entry has.
func (s *sheet) free(id string) string {
	taken := func(id string) bool {
		return slices.ContainsFunc(s.queries, func(q Query) bool { return q.ID == id })
	}
	for n, candidate := 2, id; ; n++ {
		if !taken(candidate) {
			return candidate
		}
		candidate = id + strconv.Itoa(n)
	}
}

// operand is an ID in an expression; the names of functions are in capitals.
var operand = regexp.MustCompile(`\b[a-z][A-Za-z0-9_]*\b`)
