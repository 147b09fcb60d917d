package board

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/chart"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// longestRange of a graph: CloudWatch keeps data for 455 days.
const longestRange = 10 * 365 * 24 * time.Hour

// metricGraph is a metric widget.
type metricGraph struct {
	view        string
	metrics     []plotted
	alarm       string // ARN of the alarm that it is a graph of
	stacked     bool
	live        bool
	whole       bool // one period that is the range
	sparkline   bool
	full        bool
	left, right chart.Axis
	horizontal  []chart.Horizontal
	vertical    []chart.Vertical
	legend      chart.Place
	summary     []string // columns of a table
	series      bool     // the table shows values over time
}

func isSearch(expression string) bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimSpace(expression)), "SEARCH")
}

// parseMetric reads the properties of a metric widget.
func parseMetric(o object) metricGraph {
	g := metricGraph{series: true, summary: []string{"MIN", "MAX", "SUM", "AVG"}}
	g.view = o.choose("view", "timeSeries", "singleValue", "gauge", "bar", "pie", "table")
	stat, seconds := "Average", 300
	o.take("stat", &stat)
	o.take("period", &seconds)
	g.metrics = parseMetrics(o, stat, time.Duration(seconds)*time.Second)
	o.take("stacked", &g.stacked)
	o.take("liveData", &g.live)
	o.take("setPeriodToTimeRange", &g.whole)
	o.take("sparkline", &g.sparkline)
	o.take("singleValueFullPrecision", &g.full)
	g.whole = g.whole && g.view != "timeSeries" && g.view != "table"
	axes := o.object("yAxis")
	g.left, g.right = parseAxis(axes.object("left")), parseAxis(axes.object("right"))
	axes.done()
	if g.view == "gauge" && (g.left.Min == nil || g.left.Max == nil) {
		o.problem("yAxis", "has no left.min and left.max, which a gauge needs")
	}
	g.legend = parseLegend(o)
	g.parseTable(o.object("table"))
	g.parseAnnotations(o.object("annotations"))
	if len(g.metrics) == 0 && g.alarm == "" {
		o.problem("metrics", "has no entry")
	}
	var zone string
	if o.take("timezone", &zone) && !slices.Contains([]string{"UTC", "+0000", "-0000"}, zone) {
		o.problem("timezone", "is %q: times are in UTC", zone)
	}
	o.ignore("region", "accountId")
	return g
}

func parseLegend(o object) chart.Place {
	l := o.object("legend")
	defer l.done()
	return map[string]chart.Place{"right": chart.Right, "hidden": chart.Nowhere}[l.choose("position", "bottom", "right", "hidden")]
}

func parseAxis(o object) chart.Axis {
	var a chart.Axis
	units := true
	o.take("label", &a.Label)
	o.take("min", &a.Min)
	o.take("max", &a.Max)
	o.take("showUnits", &units)
	a.HideUnits = !units
	o.done()
	return a
}

func (g *metricGraph) parseTable(o object) {
	o.take("summaryColumns", &g.summary)
	o.take("showTimeSeriesData", &g.series)
	for _, c := range g.summary {
		if !slices.Contains([]string{"MIN", "MAX", "SUM", "AVG"}, c) {
			o.problem("summaryColumns", "has %q", c)
		}
	}
	// Whether metrics are rows or columns, and what stays in view, is a matter of
	// the console.
	o.ignore("layout", "stickySummary")
	o.done()
}

// unitSource is a source of metrics that knows their units.
type unitSource interface{ Unit(metric.ID) string }

func (g metricGraph) draw(_ context.Context, r request) (picture, error) {
	if r.Metrics == nil {
		return picture{}, errors.New("there are no metrics here")
	}
	if g.alarm != "" {
		if err := g.watch(r); err != nil {
			return picture{}, err
		}
	}
	series, err := g.fetch(r)
	if err != nil {
		return picture{}, err
	}
	return picture{
		paint:       func(l *scene.Layer, b scene.Box) { g.paint(l, b, series, r) },
		alternative: latest(series),
	}, nil
}

// fetch gets the series that are visible.
func (g metricGraph) fetch(r request) ([]chart.Series, error) {
	source, queries := r.Metrics, make([]query.Query, len(g.metrics))
	if span := r.end.Sub(r.start); span <= 0 || span > longestRange {
		return nil, fmt.Errorf("the range from %s to %s is empty or longer than ten years", r.start.UTC().Format(time.RFC3339), r.end.UTC().Format(time.RFC3339))
	}
	for i, m := range g.metrics {
		queries[i] = m.Query
		if !r.inherit && m.Period > 0 {
			queries[i].Period = automatic(m.Period, r.start, r.end)
		}
		if g.whole && m.Expression == "" {
			queries[i].Period = wholePeriod(r.start, r.end)
		} else if g.whole {
			queries[i].Period = 0
		}
	}
	if g.whole {
		source = whole{r.Metrics, r.start, r.end}
	}
	start, end := r.start, r.end
	if g.whole {
		period := wholePeriod(r.start, r.end)
		start = floor(r.start, period)
		end = start.Add(period)
	}
	results, err := query.Get(source, queries, start, end)
	if err != nil {
		return nil, err
	}
	return g.assemble(r, queries, results), nil
}

// assemble pairs the results with how they are to be shown.
func (g metricGraph) assemble(r request, queries []query.Query, results []query.Result) []chart.Series {
	units, _ := r.Metrics.(unitSource)
	var list []chart.Series
	longest := time.Duration(0) // which is that of an expression
	for _, q := range queries {
		longest = max(longest, q.Period)
	}
	for i, m := range g.metrics {
		for _, result := range results {
			if result.ID != m.ID {
				continue
			}
			period := queries[i].Period
			if period == 0 {
				period = longest
			}
			s := chart.Series{Label: result.Label, Points: result.Points, Color: m.color, Right: m.right, Period: period}
			if s.Color == "" || isSearch(m.Expression) {
				s.Color = scene.Series(len(list))
			}
			s.Unit = g.unit(m, units)
			// The last period is not over yet.
			if n := len(s.Points); n > 0 && !g.live && !g.whole && s.Points[n-1].Time.Add(period).After(r.end) {
				s.Points = s.Points[:n-1]
			}
			list = append(list, s)
		}
	}
	return list
}

// unit is that of the metric, or the one that the axis is labelled with.
func (g metricGraph) unit(m plotted, units unitSource) string {
	unit := ""
	if m.Expression == "" && m.Statistic == "SampleCount" {
		return "Count"
	}
	if units != nil && m.Expression == "" {
		unit = units.Unit(m.Metric)
	}
	if unit == "" || unit == "None" {
		unit = g.left.Label
		if m.right {
			unit = g.right.Label
		}
		if !chart.IsUnit(unit) {
			unit = ""
		}
	}
	return unit
}

func (g metricGraph) paint(l *scene.Layer, b scene.Box, series []chart.Series, r request) {
	switch g.view {
	case "singleValue":
		chart.Numbers{Series: series, Start: r.start, End: r.end, Sparkline: g.sparkline, Full: g.full}.Draw(l, b)
	case "gauge":
		chart.Gauge{Series: series, Axis: g.left, Horizontal: g.horizontal}.Draw(l, b)
	case "bar":
		chart.Bars{Series: series, Axis: g.left}.Draw(l, b)
	case "pie":
		chart.Pie{Series: series, Legend: g.legend}.Draw(l, b)
	case "table":
		g.table(series).Draw(l, b)
	default:
		chart.Lines{
			Series: series, Start: r.start, End: r.end, Stacked: g.stacked, Left: g.left, Right: g.right,
			Horizontal: g.horizontal, Vertical: g.vertical, Legend: g.legend,
		}.Draw(l, b)
	}
}

// latest is what the series say, as a table for who does not see the graph.
func latest(series []chart.Series) Table {
	t := Table{Columns: []string{"Series", "Latest", "Min", "Max"}}
	for _, s := range series {
		low, high, ok := s.Range()
		row := []string{cmp.Or(s.Label, "–"), "no data", "–", "–"}
		if v, some := s.Latest(); some && ok {
			row = []string{row[0], chart.Format(v, s.Unit), chart.Format(low, s.Unit), chart.Format(high, s.Unit)}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
