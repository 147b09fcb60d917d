package alarm

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
)

// errorRate is the alarm of each function: over 5 % in two of three minutes.
func errorRate(function string) Definition {
	of := func(name string) metric.ID {
		return metric.New("AWS/Lambda", name, map[string]string{"FunctionName": function})
	}
	d := errorsAbove("rate-"+function, 2, 3, notBreaching)
	d.Threshold = 5
	d.Queries = []query.Query{
		{ID: "errors", Metric: of("Errors"), Statistic: "Sum", Period: time.Minute, Hidden: true},
		{ID: "invocations", Metric: of("Invocations"), Statistic: "Sum", Period: time.Minute, Hidden: true},
		{ID: "rate", Expression: "IF(invocations>0,100*errors/invocations,0)", Period: time.Minute},
	}
	return d
}

// stored is a service on a real store.
func stored(t testing.TB, definitions ...Definition) (*Service, *metric.Store, *metric.Clock) {
	t.Helper()
	clock := metric.NewClock(1)
	store, err := metric.Open(metric.StoreOptions{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(Options{
		Definitions: definitions, Source: store, Clock: clock, Log: slog.New(slog.DiscardHandler),
		Publish: func(context.Context, string, string, string, string) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, store, clock
}

// invoke records a minute's invocations, some of which failed.
func invoke(store *metric.Store, function string, at time.Time, invocations, errors int) {
	for name, n := range map[string]int{"Invocations": invocations, "Errors": errors} {
		store.Put(metric.Datum{ID: metric.New("AWS/Lambda", name, map[string]string{"FunctionName": function}), Time: at, Value: float64(n)})
	}
}

// TestErrorRate: the rate goes up and comes back, and a calm function is calm.
func TestErrorRate(t *testing.T) {
	t.Parallel()
	s, store, clock := stored(t, errorRate("resize"), composite("pipeline", "ALARM(rate-resize)"))
	at := clock.Now().UTC().Truncate(time.Minute).Add(-time.Hour)
	for minute, c := range []struct {
		invocations, errors int
		want                Value
	}{
		{100, 0, OK},
		{100, 4, OK},
		{100, 50, OK},
		{100, 6, InAlarm},
		{100, 0, InAlarm},
		{100, 0, OK},
		{0, 0, OK},
		{1, 1, OK},
		{1, 1, InAlarm},
		// Without data the last ones stay in the range of five minutes and count on.
		{0, 0, InAlarm},
		{0, 0, InAlarm},
		{0, 0, InAlarm},
		{0, 0, OK},
	} {
		if c.invocations > 0 {
			invoke(store, "resize", at, c.invocations, c.errors)
		}
		at = at.Add(time.Minute)
		if err := s.Evaluate(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"rate-resize", "pipeline"} {
			if a, _ := s.Get(name); a.State.Value != c.want {
				t.Errorf("after minute %d, %s is %s: %s", minute, name, a.State.Value, a.State.Reason)
			}
		}
	}
}

// BenchmarkEvaluate is one round of sixty alarms, a third of them on math, and ten
// composite ones, over eight hours of data.
func BenchmarkEvaluate(b *testing.B) {
	var definitions []Definition
	for i := range 20 {
		function := fmt.Sprint("f", i)
		rate := errorRate(function)
		p99 := errorsAbove("p99-"+function, 3, 5, missing)
		p99.Queries[0].Metric, p99.Queries[0].Statistic = rate.Queries[1].Metric, "p99"
		sum := errorsAbove("sum-"+function, 1, 1, notBreaching)
		sum.Queries[0].Metric = rate.Queries[0].Metric
		definitions = append(definitions, rate, p99, sum)
		if i < 10 {
			definitions = append(definitions, composite("all-"+function, "ALARM(rate-"+function+") OR ALARM(p99-"+function+") OR ALARM(sum-"+function+")"))
		}
	}
	s, store, clock := stored(b, definitions...)
	now := clock.Now().UTC().Truncate(time.Minute)
	for minute := range 8 * 60 {
		for i := range 20 {
			invoke(store, fmt.Sprint("f", i), now.Add(-time.Duration(minute+1)*time.Minute), 100, 1)
		}
	}
	for b.Loop() {
		if err := s.Evaluate(b.Context(), now); err != nil {
			b.Fatal(err)
		}
	}
}
