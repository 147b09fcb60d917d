package board

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

const maxMetrics = 500 // of a widget, CloudWatch's limit

// plotted is one entry of a metrics array.
type plotted struct {
	query.Query
	color scene.Color // "" is the palette's
	right bool
}

// Metrics are those that the board's widgets name, each once. Those of alarms and
// of what a SEARCH finds are not among them.
func (b Board) Metrics() []metric.ID {
	var ids []metric.ID
	for _, w := range b.widgets {
		g, _ := w.content.(metricGraph)
		for _, m := range g.metrics {
			same := func(id metric.ID) bool { return reflect.DeepEqual(id, m.Metric) }
			if m.Expression == "" && !slices.ContainsFunc(ids, same) {
				ids = append(ids, m.Metric)
			}
		}
	}
	return ids
}

// parseMetrics reads a metrics array: rows of namespace, name, names and values of
// dimensions, and options; "." repeats what the row before has at the place,
// "..." all until what follows it.
func parseMetrics(o object, stat string, period time.Duration) []plotted {
	var rows []json.RawMessage
	o.take("metrics", &rows)
	if len(rows) > maxMetrics {
		o.problem("metrics", "has %d entries; at most %d are drawn", len(rows), maxMetrics)
		rows = rows[:maxMetrics]
	}
	var metrics []plotted
	var before []string
	for i, raw := range rows {
		path := fmt.Sprintf("%s[%d]", o.at("metrics"), i)
		row := plotted{Query: query.Query{Statistic: stat, Period: period}}
		words, ok := row.parse(raw, path, o.problems)
		if !ok {
			continue
		}
		if row.Expression == "" {
			words, ok = expand(words, before)
			if !ok || len(words) < 2 || len(words)%2 != 0 {
				*o.problems = append(*o.problems, path+" is not a namespace, a name, and names and values of dimensions")
				continue
			}
			before = words
			dimensions := map[string]string{}
			for d := 2; d < len(words); d += 2 {
				dimensions[words[d]] = words[d+1]
			}
			row.Metric = metric.New(words[0], words[1], dimensions)
		} else if len(words) > 0 {
			*o.problems = append(*o.problems, path+" has both an expression and a metric")
			continue
		}
		metrics = append(metrics, row)
	}
	identify(metrics)
	return metrics
}

// parse reads one row: its words and its options.
func (p *plotted) parse(raw json.RawMessage, path string, problems *[]string) (words []string, ok bool) {
	var cells []json.RawMessage
	if err := json.Unmarshal(raw, &cells); err != nil || len(cells) == 0 {
		*problems = append(*problems, path+" is not an array")
		return nil, false
	}
	for i, cell := range cells {
		var word string
		if err := json.Unmarshal(cell, &word); err == nil && cell[0] == '"' {
			words = append(words, word)
			continue
		}
		if i != len(cells)-1 {
			*problems = append(*problems, fmt.Sprintf("%s[%d] is not a string", path, i))
			return nil, false
		}
		p.options(read(cell, path, problems))
	}
	return words, true
}

// options reads the rendering properties of a row.
func (p *plotted) options(o object) {
	visible, seconds, axis := true, 0, "left"
	o.take("id", &p.ID)
	o.take("label", &p.Label)
	o.take("expression", &p.Expression)
	o.take("stat", &p.Statistic)
	o.take("visible", &visible)
	if o.take("period", &seconds) {
		p.Period = time.Duration(seconds) * time.Second
	} else if p.Expression != "" {
		p.Period = 0
	}
	axis = o.choose("yAxis", "left", "right")
	var color string
	if o.take("color", &color) {
		if scene.Hex(color) {
			p.color = scene.Color(color)
		} else {
			o.problem("color", "is %q, not #rrggbb", color)
		}
	}
	o.ignore("region", "accountId")
	o.done()
	p.Hidden, p.right = !visible, axis == "right"
	if p.Expression != "" {
		p.Statistic = ""
	}
}

// expand fills in what a row takes from the one before.
func expand(words, before []string) ([]string, bool) {
	var full []string
	for i, w := range words {
		switch w {
		case "...":
			// The words after it are the last ones of the row before.
			rest := len(words) - i - 1
			upTo := len(before) - rest
			if upTo < len(full) {
				return nil, false
			}
			full = append(full, before[len(full):upTo]...)
		case ".":
			if len(full) >= len(before) {
				return nil, false
			}
			full = append(full, before[len(full)])
		default:
			full = append(full, w)
		}
	}
	return full, true
}

// identify gives each row without an id one, by which its results are found.
func identify(metrics []plotted) {
	taken := map[string]bool{}
	for _, m := range metrics {
		taken[m.ID] = true
	}
	for i := range metrics {
		for n := i; metrics[i].ID == ""; n++ {
			if id := fmt.Sprintf("row%d", n); !taken[id] {
				taken[id], metrics[i].ID = true, id
				// It would be the label of an expression.
				if metrics[i].Label == "" && !isSearch(metrics[i].Expression) {
					metrics[i].Label = metrics[i].Expression
				}
			}
		}
	}
}
