package board

import (
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/chart"
)

// recent is how many of the newest values a table of metrics shows.
const recent = 5

// table has a row for each series: a summary, and the newest values.
func (g metricGraph) table(series []chart.Series) chart.Table {
	t := chart.Table{Columns: append([]string{"Label"}, g.summary...)}
	var times []time.Time
	if g.series {
		for _, s := range series {
			for _, p := range s.Points {
				times = append(times, p.Time)
			}
		}
		slices.SortFunc(times, time.Time.Compare)
		times = slices.CompactFunc(times, time.Time.Equal)
		times = times[max(len(times)-recent, 0):]
		for _, at := range times {
			t.Columns = append(t.Columns, at.UTC().Format("15:04"))
		}
	}
	for _, s := range series {
		row := []string{s.Label}
		for _, column := range g.summary {
			row = append(row, summary(s, column))
		}
		for _, at := range times {
			cell := "–"
			for _, p := range s.Points[max(len(s.Points)-recent, 0):] {
				if p.Time.Equal(at) {
					cell = chart.Format(p.Value, s.Unit)
				}
			}
			row = append(row, cell)
		}
		t.Rows, t.Colors = append(t.Rows, row), append(t.Colors, s.Color)
	}
	return t
}

// summary is one number of a series.
func summary(s chart.Series, column string) string {
	low, high, ok := s.Range()
	if !ok {
		return "–"
	}
	sum := 0.0
	for _, p := range s.Points {
		sum += p.Value
	}
	v := map[string]float64{"MIN": low, "MAX": high, "SUM": sum, "AVG": sum / float64(len(s.Points))}[column]
	return chart.Format(v, s.Unit)
}
