package dashboards

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// columns is the width of CloudWatch's grid.
const columns = 24

// widget is one entry of a dashboard's body. Source: CloudWatch API Reference,
// "Dashboard body structure and syntax".
type widget struct {
	Type       string         `json:"type"`
	X          int            `json:"x"`
	Y          int            `json:"y"`
	Width      int            `json:"width"`
	Height     int            `json:"height"`
	Properties map[string]any `json:"properties"`
}

// The views of a metric widget that are in use.
const (
	viewLines  = "timeSeries"
	viewNumber = "singleValue"
	viewGauge  = "gauge"
	viewBars   = "bar"
)

// graph is a metric widget.
type graph struct {
	title   string
	view    string // "": viewLines
	stacked bool
	series  []Metric
	lines   []line  // beside the thresholds of the alarms on the series
	max     float64 // of the axis; 0: as the values have it
	whole   bool    // one value for the whole time range, in place of one a period
	start   string  // of a time range of its own, such as -P14D
}

// line is a horizontal annotation.
type line struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
	Color string  `json:"color"`
}

// properties encodes a graph, with the thresholds of the alarms that watch one
// of its series.
func (g graph) properties(region string, alarms []Alarm) map[string]any {
	if g.view == "" {
		g.view = viewLines
	}
	axis := map[string]any{"min": 0, "showUnits": false, "label": string(g.series[0].Unit)}
	if g.max > 0 {
		axis["max"] = g.max
	}
	period := g.series[0].period()
	p := map[string]any{
		"title": g.title, "region": region, "view": g.view, "stacked": g.stacked,
		"period": int(period.Seconds()), "metrics": encode(g.series, period),
		"yAxis": map[string]any{"left": axis},
	}
	if g.whole {
		p["setPeriodToTimeRange"] = true
	}
	if g.start != "" {
		p["start"], p["end"] = g.start, "P0D"
	}
	if period >= time.Hour {
		// Without it the period that is not over is left out: for an hour, or a day,
		// there would be nothing to see.
		p["liveData"] = true
	}
	// A number has no place for lines.
	if lines := append(g.lines, thresholds(g.series, alarms)...); len(lines) > 0 && !g.whole {
		p["annotations"] = map[string]any{"horizontal": lines}
	}
	return p
}

// thresholds are the lines of the alarms that watch one of the series; those of
// the same value are one line.
func thresholds(series []Metric, alarms []Alarm) []line {
	var lines []line
	for _, a := range alarms {
		if !slices.ContainsFunc(series, a.Metric.same) {
			continue
		}
		limit := " " + a.Comparison.symbol() + " " + number(a.Threshold)
		at := slices.IndexFunc(lines, func(l line) bool { return strings.HasSuffix(l.Label, limit) })
		switch {
		case at < 0:
			lines = append(lines, line{Label: a.Signal + limit, Value: a.Threshold, Color: colorThreshold})
		case lines[at].Label != a.Signal+limit:
			lines[at].Label = "alarms" + limit
		}
	}
	return lines
}

func (c Comparison) symbol() string {
	return map[Comparison]string{Above: ">", AtLeast: "≥", Below: "<"}[c]
}

// period is the metric's; an expression has the one of its operands.
func (m Metric) period() time.Duration {
	period := m.Period
	for _, o := range m.Operands {
		period = max(period, o.period())
	}
	return period
}

// encode gives series as the metrics array of a widget has them: namespace, name,
// name and value of each dimension, options; or the options alone for an expression. The
// names that options have are the body's own.
func encode(series []Metric, period time.Duration) [][]any {
	var rows [][]any
	for _, q := range flatten(series...) {
		m := q.Metric
		options := map[string]any{}
		if q.ID != "" {
			options["id"] = q.ID
		}
		if q.Hidden {
			options["visible"] = false
		} else {
			options["label"], options["color"] = m.Label, m.Color
		}
		if m.Expression != "" {
			options["expression"] = m.Expression
			rows = append(rows, []any{options})
			continue
		}
		options["stat"] = m.Statistic
		if m.Period != period {
			options["period"] = int(m.Period.Seconds())
		}
		r := []any{m.Namespace, m.Name}
		for _, name := range slices.Sorted(maps.Keys(m.Dimensions)) {
			r = append(r, name, m.Dimensions[name])
		}
		rows = append(rows, append(r, options))
	}
	return rows
}
