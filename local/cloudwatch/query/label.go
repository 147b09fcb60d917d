package query

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// metricLabels are the labels of the metrics among the queries: their own, or
// what sets each apart from the others that have none, as CloudWatch does:
// values of dimensions, name, statistic.
func metricLabels(queries []Query) []string {
	labels := make([]string, len(queries))
	var unnamed []int
	for i, q := range queries {
		labels[i] = q.Label
		if q.Expression == "" && q.Label == "" {
			unnamed = append(unnamed, i)
		}
	}
	parts := func(q Query) [3]string {
		var values []string
		for _, d := range q.Metric.Dimensions {
			values = append(values, d.Value)
		}
		return [3]string{strings.Join(values, " "), q.Metric.Name, q.Statistic}
	}
	var differ [3]bool
	for _, i := range unnamed {
		first, p := parts(queries[unnamed[0]]), parts(queries[i])
		for k := range differ {
			differ[k] = differ[k] || p[k] != first[k]
		}
	}
	for _, i := range unnamed {
		var label []string
		for k, p := range parts(queries[i]) {
			if differ[k] && p != "" {
				label = append(label, p)
			}
		}
		if labels[i] = strings.Join(label, " "); labels[i] == "" {
			labels[i] = queries[i].Metric.Name
		}
	}
	return labels
}

// dynamic is a part of a label that CloudWatch fills in: its user guide, "Using
// dynamic labels".
var dynamic = regexp.MustCompile(`\$\{(?:PROP\('([^']*)'\)|([A-Z_]+))\}`)

// expand fills in a label's dynamic parts; what has nothing to be filled in with
// becomes "--", and what is not known stays.
func (s series) expand(label string) string {
	return dynamic.ReplaceAllStringFunc(label, func(part string) string {
		m := dynamic.FindStringSubmatch(part)
		if m[2] == "" {
			return s.property(part, m[1])
		}
		if m[2] == "LABEL" {
			return s.label
		}
		f, ok := map[string]func([]float64) float64{
			"MIN": smallest, "MAX": largest, "SUM": total, "AVG": func(v []float64) float64 { return total(v) / count(v) },
			"DATAPOINT_COUNT": count,
			"FIRST":           func(v []float64) float64 { return ending(v, 0) },
			"LAST":            func(v []float64) float64 { return ending(v, len(v)-1) },
		}[m[2]]
		if !ok {
			return part
		}
		v := s.reduce(f)
		if !finite(v) || len(s.points) == 0 {
			return "--"
		}
		return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
	})
}

func ending(v []float64, i int) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	return v[i]
}

// property is one of the metric that the series is; part if that is not known.
func (s series) property(part, name string) string {
	if s.of == nil {
		return part
	}
	switch name {
	case "MetricName":
		return s.of.Metric.Name
	case "Namespace":
		return s.of.Metric.Namespace
	case "Stat":
		return s.of.Statistic
	case "Period":
		return strconv.Itoa(int(s.of.Period.Seconds()))
	}
	if dimension, ok := strings.CutPrefix(name, "Dim."); ok {
		for _, d := range s.of.Metric.Dimensions {
			if d.Name == dimension {
				return d.Value
			}
		}
	}
	return part
}
