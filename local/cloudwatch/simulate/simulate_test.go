package simulate

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/dashboards"
	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/scene"
	"github.com/pixline/pixline/pkg/contract"
)

// deployed are the dashboards of a stack, with all that an environment can have.
func deployed(t *testing.T) map[string]board.Board {
	t.Helper()
	s := dashboards.Stack{
		Project: "pixline", Name: "dev", Partition: "aws", Region: "eu-west-1", Account: "000000000000", Namespace: "Pixline/dev",
		Functions: map[string]dashboards.Function{},
		Workflow:  dashboards.Workflow{ARN: "arn:aws:states:eu-west-1:000000000000:stateMachine:m", LogGroup: "/aws/vendedlogs/states/m", TimeoutSeconds: 600},
		API:       dashboards.API{Name: "pixline-dev-api", Stage: "v1"},
		Buckets:   []dashboards.Bucket{{Label: "input", Name: "input", FilterID: "EntireBucket"}, {Label: "output", Name: "output", FilterID: "EntireBucket"}},
		Topic:     "outcomes", DeadLetters: []dashboards.Queue{{Label: "undelivered", Name: "undelivered"}},
	}
	for _, stage := range stages {
		s.Functions[stage] = dashboards.Function{Name: stage + "-1", LogGroup: "/aws/lambda/" + stage, TimeoutSeconds: 60, MemoryMB: 1024, ReservedConcurrency: 20}
	}
	list, err := dashboards.Dashboards(s, dashboards.Settings{Dashboards: dashboards.Names(), LowTraffic: true})
	if err != nil {
		t.Fatal(err)
	}
	boards := map[string]board.Board{}
	for _, d := range list {
		if boards[d.Key], err = board.Parse(d.Body); err != nil {
			t.Fatal(err)
		}
	}
	return boards
}

// TestEveryDashboardHasSomethingOnIt draws the dashboards that are deployed on a
// simulated day: each metric has data, and nothing cannot be drawn.
func TestEveryDashboardHasSomethingOnIt(t *testing.T) {
	t.Parallel()
	store, err := metric.Open(metric.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	end, boards := time.Now().UTC().Truncate(time.Minute), deployed(t)
	var ids []metric.ID
	for _, b := range boards {
		ids = append(ids, b.Metrics()...)
	}
	if err := Fill(store.Put, Options{Metrics: ids, End: end, Seed: 1}); err != nil {
		t.Error(err)
	}
	for key, b := range boards {
		from := board.Sources{
			Metrics: store,
			Alarm: func(arn string) (board.AlarmState, bool) {
				return board.AlarmState{Name: arn[strings.LastIndex(arn, ":")+1:], Value: "OK", Updated: end.Add(-time.Hour)}, true
			},
			Logs: func(context.Context, string, time.Time, time.Time) (board.Table, error) {
				return board.Table{Columns: []string{"@timestamp", "error"}, Rows: [][]string{{"09:00", "slow down"}}}, nil
			},
		}
		start, _ := b.Range(end)
		d, err := b.Draw(t.Context(), from, start, end, scene.Light)
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
		for _, w := range d.Widgets {
			for _, row := range w.Alternative.Rows {
				// A code of rejection may not have been met in the last minutes, but in the day.
				if w.Kind == "metric" && row[1] == "no data" {
					t.Errorf("%s, %s: %s has no data", key, w.Title, row[0])
				}
			}
		}
	}
}

// TestTheStoryHoldsTogether compares metrics that must agree.
func TestTheStoryHoldsTogether(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	states := func(name string) metric.ID {
		return metric.New("AWS/States", name, map[string]string{"StateMachineArn": "m"})
	}
	lambda := func(stage, name string) metric.ID {
		return metric.New("AWS/Lambda", name, map[string]string{"FunctionName": "x-" + stage})
	}
	own := func(name string) metric.ID {
		return metric.New("Pixline/dev", name, map[string]string{contract.DimensionStage: contract.StageValidate})
	}
	ids := []metric.ID{
		states("ExecutionsStarted"), states("ExecutionsSucceeded"), states("ExecutionsFailed"), states("ExecutionsTimedOut"),
		lambda(contract.StageValidate, "Invocations"), lambda(contract.StageResize, "Invocations"), lambda(contract.StageResize, "Errors"), own(contract.MetricRejected),
	}
	day := func() map[string][]float64 {
		sums := map[string][]float64{}
		put := func(data ...metric.Datum) {
			for _, d := range data {
				key := d.ID.Name
				if d.ID.Namespace == "AWS/Lambda" {
					key = d.ID.Dimensions[0].Value + d.ID.Name
				}
				if sums[key] == nil {
					sums[key] = make([]float64, 24)
				}
				sums[key][int(end.Sub(d.Time)/time.Hour)] += d.Value * max(d.Count, 1)
			}
		}
		if err := Fill(put, Options{Metrics: ids, End: end, Seed: 7}); err != nil {
			t.Fatal(err)
		}
		return sums
	}
	got := day()
	for hour := range 24 {
		started, failed := got["ExecutionsStarted"][hour], got["ExecutionsFailed"][hour]+got["ExecutionsTimedOut"][hour]
		if started != got["ExecutionsSucceeded"][hour]+failed {
			t.Errorf("hour %d: %g started, %g succeeded and %g failed", hour, started, got["ExecutionsSucceeded"][hour], failed)
		}
		if v := got["x-validateInvocations"][hour]; v != started {
			t.Errorf("hour %d: %g started, %g validated", hour, started, v)
		}
		rate := got["x-resizeErrors"][hour] / got["x-resizeInvocations"][hour]
		if incident := hour == 4; incident != (rate > .05) && hour != 3 {
			t.Errorf("hour %d: %.1f %% of the calls of resize failed", hour, 100*rate)
		}
		if r := got[contract.MetricRejected][hour] / started; math.Abs(r-.07) > .05 {
			t.Errorf("hour %d: %.1f %% were rejected", hour, 100*r)
		}
	}
	if diff := cmp.Diff(got, day()); diff != "" {
		t.Errorf("the same seed gives another day: %s", diff)
	}
}

func TestUnknownMetric(t *testing.T) {
	t.Parallel()
	put := func(...metric.Datum) { t.Error("an unknown metric has data") }
	err := Fill(put, Options{Metrics: []metric.ID{metric.New("AWS/Lambda", "Invocation", map[string]string{"FunctionName": "resize"})}, End: time.Now()})
	if err == nil || !strings.Contains(err.Error(), "AWS/Lambda Invocation") {
		t.Errorf("the error is %v", err)
	}
}
