package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
)

// TestNotification has the whole message of an alarm on a metric, as CloudWatch
// writes it, and the trigger of one on math.
func TestNotification(t *testing.T) {
	t.Parallel()
	math := errorsAbove("math", 2, 3, notBreaching)
	math.Queries[0].Hidden, math.Queries[0].Statistic, math.Description = true, "p99", ""
	math.Queries = append(math.Queries, query.Query{ID: "rate", Label: "Errors %", Expression: "100*m1"})
	d := data{"Errors Sum": series("0 X", noon), "Errors p99": series("X X", noon)}
	f := open(t, "", d, errorsAbove("errors", 1, 1, ""), math)
	f.evaluate(t, noon)
	configured, _ := f.Get("errors")
	since := configured.Configured.Format(stampLayout)
	const arn = "arn:aws:cloudwatch:eu-west-1:000000000000:alarm:"
	want := `{"AlarmName":"errors","AlarmDescription":"Too many errors","AWSAccountId":"000000000000","AlarmConfigurationUpdatedTimestamp":"` + since + `",` +
		`"NewStateValue":"ALARM","NewStateReason":"Threshold Crossed: 1 out of the last 1 datapoints [5.0 (23/11/26 11:59:00)] was greater than the threshold (3.0) (minimum 1 datapoint for OK -> ALARM transition).",` +
		`"StateChangeTime":"2026-11-23T12:00:30.000+0000","Region":"EU (Ireland)","AlarmArn":"` + arn + `errors","OldStateValue":"INSUFFICIENT_DATA",` +
		`"OKActions":["` + topic + `"],"AlarmActions":["` + topic + `"],"InsufficientDataActions":[],` +
		`"Trigger":{"MetricName":"Errors","Namespace":"AWS/Lambda","StatisticType":"Statistic","Statistic":"SUM","Unit":null,"Dimensions":[{"value":"resize","name":"FunctionName"}],` +
		`"Period":60,"EvaluationPeriods":1,"DatapointsToAlarm":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":3.0,"TreatMissingData":"missing","EvaluateLowSampleCountPercentile":""}}`
	if len(f.sent) != 2 || f.sent[0] != (sent{topic, `ALARM: "errors" in EU (Ireland)`, want}) {
		t.Fatalf("sent: %+v\nnot %s", f.sent, want)
	}
	trigger := `"Trigger":{"Period":60,"EvaluationPeriods":3,"DatapointsToAlarm":2,"ComparisonOperator":"GreaterThanThreshold","Threshold":3.0,"TreatMissingData":"notBreaching","EvaluateLowSampleCountPercentile":"",` +
		`"Metrics":[{"Id":"m1","MetricStat":{"Metric":{"Dimensions":[{"value":"resize","name":"FunctionName"}],"MetricName":"Errors","Namespace":"AWS/Lambda"},"Period":60,"Stat":"p99"},"ReturnData":false},` +
		`{"Expression":"100*m1","Id":"rate","Label":"Errors %","ReturnData":true}]}}`
	if m := f.sent[1].message; !strings.HasSuffix(m, trigger) || !strings.Contains(m, `"AlarmDescription":null`) {
		t.Errorf("%s\nnot %s", m, trigger)
	}

	items := f.History("errors")
	if len(items) != 3 || items[0].Kind != Action || items[1].Kind != StateUpdate || items[2].Kind != ConfigurationUpdate {
		t.Fatalf("the history is %+v", items)
	}
	if items[0].Summary != "Successfully executed action "+topic || items[1].Summary != "Alarm updated from INSUFFICIENT_DATA to ALARM" || items[2].Summary != `Alarm "errors" created` {
		t.Errorf("the history is %+v", items)
	}
	var action struct{ ActionState, NotificationResource, PublishedMessage string }
	if err := json.Unmarshal([]byte(items[0].Data), &action); err != nil || action.ActionState != "Succeeded" || action.NotificationResource != topic || action.PublishedMessage != want {
		t.Errorf("%v %+v", err, action)
	}
	const states = `{"version":"1.0","oldState":{"stateValue":"INSUFFICIENT_DATA","stateReason":"Unchecked: Initial alarm creation"},"newState":{"stateValue":"ALARM","stateReason":"Threshold Crossed: `
	if got := items[1].Data; !strings.HasPrefix(got, states) || !strings.Contains(got, `"stateReasonData":{"version":"1.0","queryDate":"2026-11-23T12:00:30.000+0000"`) || !json.Valid([]byte(got)) {
		t.Error(got)
	}
	var created struct {
		Type         string
		CreatedAlarm struct {
			AlarmName, MetricName, Statistic string
			Threshold                        float64
			StateValue                       Value
		}
	}
	if err := json.Unmarshal([]byte(items[2].Data), &created); err != nil || created.Type != "Create" || created.CreatedAlarm.MetricName != "Errors" || created.CreatedAlarm.Threshold != 3 || created.CreatedAlarm.StateValue != InsufficientData {
		t.Errorf("%v %s", err, items[2].Data)
	}
}

func TestSubject(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"short":                  `INSUFFICIENT_DATA: "short" in US East (N. Virginia)`,
		strings.Repeat("x", 200): `INSUFFICIENT_DATA: "` + strings.Repeat("x", 51) + `..." in US East (N. Virginia)`,
		strings.Repeat("é", 100): `INSUFFICIENT_DATA: "` + strings.Repeat("é", 25) + `..." in US East (N. Virginia)`,
		strings.Repeat("x", 54):  `INSUFFICIENT_DATA: "` + strings.Repeat("x", 54) + `" in US East (N. Virginia)`,
	} {
		if got := subjectOf(InsufficientData, name, "US East (N. Virginia)"); got != want || len(got) > 100 {
			t.Errorf("%s (%d)", got, len(got))
		}
	}
}

// TestActions: actions that are off leave no trace, and one that fails is told.
func TestActions(t *testing.T) {
	t.Parallel()
	d := data{"Errors Sum": series("X", noon)}
	off := errorsAbove("off", 1, 1, "")
	off.ActionsEnabled = false
	f := open(t, "", d, off)
	f.evaluate(t, noon)
	if items := f.History("off"); len(f.sent) != 0 || len(items) != 2 || items[0].Kind != StateUpdate {
		t.Errorf("%+v %+v", f.sent, items)
	}
	if err := f.EnableActions([]string{"off", "gone"}, true); err != nil {
		t.Fatal(err)
	}
	if a, _ := f.Get("off"); !a.ActionsEnabled || f.History("off")[0].Summary != `Alarm "off" updated` {
		t.Errorf("%+v %+v", a, f.History("off"))
	}
	f.fail = errors.New("no such topic")
	d["Errors Sum"] = series("0", noon)
	f.evaluate(t, noon)
	item := f.History("off")[0]
	if item.Summary != "Failed to execute action "+topic+`. Received error: "no such topic"` || !strings.Contains(item.Data, `"actionState":"Failed"`) || !strings.Contains(f.log.String(), "no such topic") {
		t.Errorf("%+v, log %s", item, &f.log)
	}
}

// TestRestart: states and histories outlive the process; an alarm that was defined
// otherwise keeps its state until the next round, and one that is gone is forgotten.
func TestRestart(t *testing.T) {
	t.Parallel()
	path := file(t)
	d := data{"Errors Sum": series("X", noon)}
	one, two, three := errorsAbove("one", 1, 1, ""), errorsAbove("two", 1, 1, ""), errorsAbove("three", 1, 1, "")
	first := open(t, path, d, one, two, three, composite("all", "ALARM(one)"))
	first.evaluate(t, noon)
	if err := first.EnableActions([]string{"one"}, false); err != nil {
		t.Fatal(err)
	}
	first.set(t, "all", OK)
	before, history := first.List(), first.History("one")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	two.Threshold = 10 // more than there were
	second := open(t, path, d, one, two, composite("all", "ALARM(one)"))
	for _, was := range before {
		now, ok := second.Get(was.Name)
		switch was.Name {
		case "three":
			if ok {
				t.Error("three is still there")
			}
		case "two":
			if now.State != was.State || second.History("two")[0].Summary != `Alarm "two" updated` || !now.Configured.After(was.Configured) {
				t.Errorf("two is %+v, not %+v", now, was)
			}
		default:
			if now.State != was.State || now.ActionsEnabled != was.ActionsEnabled || !now.Configured.Equal(was.Configured) {
				t.Errorf("%+v\nnot %+v", now, was)
			}
		}
	}
	if again := second.History("one"); len(again) != len(history) || again[0] != history[0] {
		t.Errorf("the history is %+v, not %+v", again, history)
	}
	second.evaluate(t, noon)
	if second.state(t, "two").Value != OK || second.state(t, "one").Value != InAlarm || second.state(t, "all").Value != OK {
		t.Errorf("after a round: %+v", second.List())
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	third := open(t, path, d, three)
	if items := third.History("three"); len(items) != 1 || items[0].Summary != `Alarm "three" created` {
		t.Errorf("three has the history of one that was forgotten: %+v", items)
	}
}

// TestHistoryIsBounded in memory and in the file.
func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	path := file(t)
	f := open(t, path, data{}, errorsAbove("a", 1, 1, ""))
	for range maxHistory {
		f.set(t, "a", InAlarm)
		f.set(t, "a", OK)
	}
	want := f.History("a")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path, data{}, errorsAbove("a", 1, 1, "")).History("a")
	if len(want) != maxHistory || len(again) != maxHistory || again[0] != want[0] || again[maxHistory-1] != want[maxHistory-1] {
		t.Errorf("%d items, and %d after a restart", len(want), len(again))
	}
}

// TestRun: a round at the start, one after each minute, and one for every minute
// that a jump of the clock passed over.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		clock := metric.NewClock(1)
		rounds := &counter{}
		s, err := Open(Options{Definitions: []Definition{errorsAbove("a", 1, 1, ignore)}, Source: rounds, Clock: clock, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { s.Run(ctx); close(ended) }()
		expect := func(want int, what string) {
			t.Helper()
			synctest.Wait()
			if got := rounds.take(); got != want {
				t.Errorf("%s: %d rounds, not %d", what, got, want)
			}
		}
		expect(1, "at the start")
		time.Sleep(time.Minute + settleTime - time.Millisecond)
		expect(0, "before the first minute has settled") // the bubble starts at midnight
		time.Sleep(time.Millisecond)
		expect(1, "after a minute")
		time.Sleep(5 * time.Minute)
		expect(5, "after five more")
		clock.Advance(10 * time.Minute)
		time.Sleep(glance)
		expect(10, "after a jump of ten")
		clock.Advance(30 * 24 * time.Hour)
		time.Sleep(glance)
		expect(maxMissed, "after a jump of a month")
		cancel()
		<-ended
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// counter is a query.Source that counts what is read.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) Read(metric.ID, string, time.Duration, time.Time, time.Time) ([]metric.Point, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return nil, nil
}

func (c *counter) take() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.n
	c.n = 0
	return n
}

// TestAtOnce: readers, changes by hand and rounds at the same time (with -race).
func TestAtOnce(t *testing.T) {
	t.Parallel()
	f := open(t, file(t), data{"Errors Sum": series("X", noon)}, errorsAbove("a", 1, 1, ""), composite("c", "ALARM(a)"))
	var wg sync.WaitGroup
	for _, do := range []func() error{
		func() error { return f.Evaluate(t.Context(), noon) },
		func() error { return f.Set(t.Context(), "a", OK, "by hand", "") },
		func() error { return f.EnableActions([]string{"a", "c"}, false) },
		func() error { return f.EnableActions([]string{"a", "c"}, true) },
		func() error { f.List(); f.History("c"); f.Get("a"); return nil },
	} {
		wg.Go(func() {
			for range 30 {
				if err := do(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
