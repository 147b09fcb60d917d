package dashboards

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// shown is a dashboard's body, read as CloudWatch does.
type shown struct {
	Start          string
	PeriodOverride string
	Widgets        []shownWidget
}

type shownWidget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, Region, View, Markdown, Query string
		Period                               int
		Alarms                               []string
		Metrics                              [][]any
		Annotations                          struct{ Horizontal []line }
	}
}

// entries are the widget's metrics as values.
func (w shownWidget) entries(t *testing.T) []Query {
	t.Helper()
	var list []Query
	for _, r := range w.Properties.Metrics {
		o := r[len(r)-1].(map[string]any)
		text := func(name string) string { s, _ := o[name].(string); return s }
		visible, said := o["visible"].(bool)
		q := Query{ID: text("id"), Hidden: said && !visible, Metric: Metric{
			Expression: text("expression"), Statistic: text("stat"), Label: text("label"), Color: text("color"),
			Period: time.Duration(w.Properties.Period) * time.Second,
		}}
		if period, ok := o["period"].(float64); ok {
			q.Metric.Period = time.Duration(period) * time.Second
		}
		if len(r) > 1 {
			q.Metric.Namespace, q.Metric.Name = r[0].(string), r[1].(string)
			q.Metric.Dimensions = map[string]string{}
			for i := 2; i < len(r)-1; i += 2 {
				q.Metric.Dimensions[r[i].(string)] = r[i+1].(string)
			}
		}
		list = append(list, q)
	}
	return list
}

func dashboardsOf(t *testing.T) map[string]shown {
	t.Helper()
	list, err := Dashboards(sample())
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]shown{}
	for _, d := range list {
		var body shown
		if err := json.Unmarshal([]byte(d.Body), &body); err != nil {
			t.Fatalf("%v in\n%s", err, d.Body)
		}
		if d.Name != "pixline-prod-"+d.Key {
			t.Errorf("%s is called %s", d.Key, d.Name)
		}
		byKey[d.Key] = body
	}
	if len(byKey) != len(Names()) {
		t.Fatalf("%d dashboards", len(byKey))
	}
	return byKey
}

// TestEveryMetricExists: CloudWatch draws an empty graph for a name that nobody
// publishes, an alarm on it never goes off, and neither says anything.
func TestEveryMetricExists(t *testing.T) {
	t.Parallel()
	used := 0
	check := func(where string, entries []Query) {
		if problem := badExpression(entries); problem != "" {
			t.Errorf("%s: %s", where, problem)
		}
		for _, q := range entries {
			if q.Metric.Expression != "" {
				continue
			}
			used++
			if problem := unknown(q.Metric); problem != "" {
				t.Errorf("%s: %s", where, problem)
			}
		}
	}
	for key, d := range dashboardsOf(t) {
		for _, w := range d.Widgets {
			check(key+", "+w.Properties.Title, w.entries(t))
		}
	}
	for key, a := range everyAlarm(t) {
		check(key, a.Queries())
	}
	if used < 150 {
		t.Errorf("%d metrics were looked at", used)
	}
}

// TestMetricThatDoesNotExist breaks each part of a metric, and each of an
// expression.
func TestMetricThatDoesNotExist(t *testing.T) {
	t.Parallel()
	s, _ := sample()
	for want, break_ := range map[string]func(m *Metric){
		"nobody publishes AWS/Step":                      func(m *Metric) { m.Namespace = "AWS/StepFunctions" },
		"nobody publishes AWS/States ExecutionsFailures": func(m *Metric) { m.Name = "ExecutionsFailures" },
		"with the dimensions [StateMachine]":             func(m *Metric) { m.Dimensions = map[string]string{"StateMachine": "m"} },
		`has no StateMachineArn ""`:                      func(m *Metric) { m.Dimensions["StateMachineArn"] = "" },
		"are [Sum], not p99":                             func(m *Metric) { m.Statistic = "p99" },
	} {
		m := s.failed()
		break_(&m)
		if got := unknown(m); !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if m := s.function("resize").rejectedFor("too_lage", ""); !strings.Contains(unknown(m), `no Code "too_lage"`) {
		t.Errorf("%q", unknown(m))
	}
	m := s.failureRate()
	m.Expression = strings.Replace(m.Expression, "started", "begun", 1)
	if got := badExpression(flatten(m)); !strings.Contains(got, "begun, which is nothing") {
		t.Errorf("%q", got)
	}
}

// TestLayout: the states of alarms first, widgets within the grid and none over
// another, and no gap in a row.
func TestLayout(t *testing.T) {
	t.Parallel()
	for key, d := range dashboardsOf(t) {
		if d.Start != "-PT8H" || d.PeriodOverride != "inherit" || d.Widgets[0].Type != "alarm" || d.Widgets[0].Y != 0 || len(d.Widgets[0].Properties.Alarms) == 0 {
			t.Errorf("%s begins with %+v", key, d.Widgets[0])
		}
		taken, bottom := map[[2]int]string{}, 0
		for _, w := range d.Widgets {
			if w.X < 0 || w.Y < 0 || w.Width < 1 || w.Height < 1 || w.X+w.Width > columns {
				t.Fatalf("%s: %+v is outside of the grid", key, w)
			}
			bottom = max(bottom, w.Y+w.Height)
			for x := w.X; x < w.X+w.Width; x++ {
				for y := w.Y; y < w.Y+w.Height; y++ {
					if other, ok := taken[[2]int{x, y}]; ok {
						t.Fatalf("%s: %s lies over %s", key, w.Properties.Title, other)
					}
					taken[[2]int{x, y}] = w.Properties.Title
				}
			}
			if p := w.Properties; w.Type == "metric" && (p.Title == "" || p.Region != "eu-west-1" || p.Period < 60 || len(p.Metrics) == 0) {
				t.Errorf("%s: %+v", key, p)
			}
		}
		if len(taken) != columns*bottom {
			t.Errorf("%s: %d of %d places are empty", key, columns*bottom-len(taken), columns*bottom)
		}
	}
}

// TestEveryThresholdIsDrawn: each alarm's line is on a graph of what the alarm
// watches, on the dashboard of its stage.
func TestEveryThresholdIsDrawn(t *testing.T) {
	t.Parallel()
	all := dashboardsOf(t)
	for key, a := range everyAlarm(t) {
		board, ok := all[a.Stage]
		if !ok {
			board = all[Storage]
		}
		watched := a.Queries()[0].Metric
		drawn := slices.ContainsFunc(board.Widgets, func(w shownWidget) bool {
			return slices.ContainsFunc(w.entries(t), func(q Query) bool {
				return q.Metric.same(watched) && !q.Hidden || sameExpression(q.Metric, watched)
			}) &&
				slices.ContainsFunc(w.Properties.Annotations.Horizontal, func(l line) bool { return l.Value == a.Threshold })
		})
		if !drawn {
			t.Errorf("no graph of %s has the line of %s", a.Stage, key)
		}
		if !slices.ContainsFunc(board.Widgets[0].Properties.Alarms, func(arn string) bool {
			return arn == "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:"+a.Name
		}) {
			t.Errorf("the state of %s is not shown", key)
		}
	}
}

func sameExpression(a, b Metric) bool { return a.Expression != "" && a.Expression == b.Expression }

// TestColors: one signal has one colour, but where a graph tells stages apart.
func TestColors(t *testing.T) {
	t.Parallel()
	colors := map[string]string{}
	for key, d := range dashboardsOf(t) {
		for _, w := range d.Widgets {
			for _, q := range w.entries(t) {
				m := q.Metric
				if q.Hidden || m.Expression != "" || m.Label == "validate" || m.Label == "resize" || m.Label == "notify" {
					continue
				}
				if m.Label == "" || m.Color == "" {
					t.Errorf("%s: %+v has no label or colour", key, m)
				}
				signal := fmt.Sprint(m.Namespace, m.Name, m.Dimensions, m.Statistic)
				if other, ok := colors[signal]; ok && other != m.Color {
					t.Errorf("%s: %s is %s here and %s elsewhere", key, m.Label, m.Color, other)
				}
				colors[signal] = m.Color
			}
		}
	}
}
