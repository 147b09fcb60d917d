package alarm

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
)

// noon is the present of most tests.
var noon = time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)

// data is a query.Source: what each metric has, by its name and statistic.
type data map[string][]metric.Point

func (d data) Read(id metric.ID, statistic string, _ time.Duration, start, end time.Time) ([]metric.Point, error) {
	if id.Name == "broken" {
		return nil, errors.New("the store is closed")
	}
	var points []metric.Point
	for _, p := range d[id.Name+" "+statistic] {
		if !p.Time.Before(start) && p.Time.Before(end) {
			points = append(points, p)
		}
	}
	return points, nil
}

// series makes data of a text such as "0 - X - X", oldest first, whose last
// period is the newest that is complete at now. X is 5, 0 is 0, - is missing.
func series(text string, now time.Time) []metric.Point {
	values := strings.Fields(text)
	var points []metric.Point
	for i, v := range values {
		at := floor(now, time.Minute).Add(-time.Duration(len(values)-i) * time.Minute)
		switch v {
		case "X":
			points = append(points, metric.Point{Time: at, Value: 5})
		case "0":
			points = append(points, metric.Point{Time: at})
		}
	}
	return points
}

const topic = "arn:aws:sns:eu-west-1:000000000000:alarms"

// errorsAbove is an alarm on more than three errors, m of n.
func errorsAbove(name string, m, n int, missing string) Definition {
	return Definition{
		Name: name, ARN: "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:" + name, Description: "Too many errors", ActionsEnabled: true,
		AlarmActions: []string{topic}, OKActions: []string{topic},
		Queries: []query.Query{{
			ID: "m1", Metric: metric.New("AWS/Lambda", "Errors", map[string]string{"FunctionName": "resize"}), Statistic: "Sum", Period: time.Minute,
		}},
		Comparison: "GreaterThanThreshold", Threshold: 3, Period: time.Minute, EvaluationPeriods: n, DatapointsToAlarm: m, TreatMissingData: missing,
	}
}

func composite(name, rule string) Definition {
	return Definition{
		Name: name, ARN: "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:" + name, ActionsEnabled: true,
		AlarmActions: []string{topic}, Rule: rule,
	}
}

// fixture is a service with what it sent.
type fixture struct {
	*Service
	data data
	sent []sent
	fail error // of the next actions
	log  strings.Builder
}

type sent struct{ action, subject, message string }

// open opens a service. It takes the data and the file of before, if there was one.
func open(t testing.TB, path string, d data, definitions ...Definition) *fixture {
	t.Helper()
	f := &fixture{data: d}
	s, err := Open(Options{
		Definitions: definitions, Source: d, Clock: metric.NewClock(1), Path: path, Log: slog.New(slog.NewTextHandler(&f.log, nil)),
		Publish: func(_ context.Context, _, action, subject, message string) error {
			f.sent = append(f.sent, sent{action, subject, message})
			return f.fail
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Service = s
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *fixture) evaluate(t testing.TB, now time.Time) {
	t.Helper()
	if err := f.Evaluate(t.Context(), now); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) state(t testing.TB, name string) State {
	t.Helper()
	a, ok := f.Get(name)
	if !ok {
		t.Fatalf("there is no alarm %s", name)
	}
	return a.State
}

func (f *fixture) set(t testing.TB, name string, v Value) {
	t.Helper()
	if err := f.Set(t.Context(), name, v, "by hand", ""); err != nil {
		t.Fatal(err)
	}
}

func file(t *testing.T) string { return filepath.Join(t.TempDir(), "cloudwatch", "alarms.db") }
