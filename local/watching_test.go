package local

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/scene"
	"github.com/pixline/pixline/local/fault"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// staged is a runner of the staging stack, which has every dashboard and alarm,
// after three executions: one succeeded, one was rejected, one failed. Its clock
// stands all but still: all of it happened in one minute, and no alarm changes
// while the test looks at it.
type staged struct {
	*pipeline
	data   string
	failed answer
	minute time.Time // in which it happened
}

// still is a clock by which a minute takes most of a day.
func still() *metric.Clock { return metric.NewClock(.001) }

func tryStaged(t *testing.T, data string) *staged {
	t.Helper()
	p, err := tryStart(t, data, func(o *Options) {
		o.Stack, o.Clock = "staging", still()
		o.Edit = func(g *graph.Graph) {
			hurry(g)
			setVariable(g, contract.StageResize, "AWS_MAX_ATTEMPTS", "1")
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return &staged{pipeline: p, data: data}
}

// TestWatching: what the runner measured is read by ordinary clients, drawn on
// every dashboard, and still there after a restart.
func TestWatching(t *testing.T) {
	w := tryStaged(t, t.TempDir())
	defer func() {
		if w.pipeline != nil {
			w.stop(t)
		}
	}()
	w.happen(t)
	t.Run("clients", w.tryClients)
	t.Run("the SDK", w.trySDK)
	t.Run("dashboards", w.tryDashboards)
	t.Run("restart", w.tryRestart)
}

// happen runs the three executions, and evaluates the alarms over their minute.
func (w *staged) happen(t *testing.T) {
	t.Helper()
	w.nextMinute()
	w.minute = w.clock.Now().UTC().Truncate(time.Minute)
	// What lasts for seconds is to begin in this minute, too.
	w.clock.Advance(30 * time.Second)
	w.onNotification(t, w.output(infra.OutputTopicARN), func(notification) {}) // so that something is delivered
	w.upload(t, "good.jpg", sample.Oriented(1))
	w.execute(t, "good.jpg")
	w.execute(t, "missing.jpg")
	faults, err := fault.ParseAll([]string{"resize:s3-503=1"})
	if err != nil {
		t.Fatal(err)
	}
	w.faults.set.Replace(faults)
	w.failed = w.execute(t, "good.jpg")
	w.faults.set.Replace(nil)
	// What comes after the answers, such as a message to the dead letters.
	for deadline := time.Now().Add(20 * time.Second); w.visible() == 0 || w.delivered(t) < 3; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the failed execution is not among the dead letters, or not all outcomes were delivered")
		}
	}
	if err := w.meter.Sample(w.gauges()); err != nil {
		t.Fatal(err)
	}
	w.nextMinute()
	if err := w.alarms.Evaluate(t.Context(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
}

// nextMinute goes to the beginning of the clock's next minute.
func (w *staged) nextMinute() {
	now := w.clock.Now()
	w.clock.Advance(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
}

// visible is how many messages wait in all queues.
func (w *staged) visible() (n int) {
	for _, queue := range w.queues.Counts() {
		n += queue.Visible
	}
	return n
}

// delivered is how many outcomes were delivered in the minute.
func (w *staged) delivered(t *testing.T) (n float64) {
	t.Helper()
	for _, id := range w.metrics.List(metric.ListFilter{Namespace: "AWS/SNS", Name: "NumberOfNotificationsDelivered"}) {
		points, err := w.metrics.Read(id, "Sum", time.Minute, w.minute, w.minute.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range points {
			n += p.Value
		}
	}
	return n
}

// execute runs an execution to its end by the API, which only signed requests pass.
func (w *staged) execute(t *testing.T, key string) answer {
	t.Helper()
	post := w.request()
	post.body = fmt.Sprintf(`{"bucket": %q, "key": %q}`, w.output("inputBucket"), key)
	post.credentials = &aws.Credentials{AccessKeyID: AdminKey, SecretAccessKey: AdminSecret}
	accepted, _ := w.send(t, post)
	if accepted.Status != http.StatusAccepted {
		t.Fatalf("POST /process answers %d %s", accepted.Status, accepted.Body)
	}
	if _, err := w.states.Wait(t.Context(), accepted.ExecutionARN); err != nil {
		t.Fatal(err)
	}
	return accepted
}

// alarm is the physical name of an alarm that the program calls key.
func (w *staged) alarm(key string) string { return w.Graph.Project + "-" + w.Graph.Stack + "-" + key }

func (w *staged) tryDashboards(t *testing.T) {
	all := dashboards(w.Graph)
	if len(all) != 7 {
		t.Errorf("there are %d dashboards", len(all))
	}
	for _, d := range all {
		b, err := board.Parse(d.Body)
		if err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		end := w.clock.Now()
		drawn, err := b.Draw(t.Context(), w.sources(), end.Add(-8*time.Hour), end, scene.Light)
		if err != nil {
			t.Errorf("%s: %v", d.Name, err)
		}
		for _, widget := range drawn.Widgets {
			if widget.Err != nil {
				t.Errorf("%s: %s: %v", d.Name, widget.Title, widget.Err)
			}
			if widget.Kind == "metric" {
				checkData(t, d.Name, widget)
			}
		}
	}
}

// empty are the series that have no data after the three executions, by the
// titles of their widgets, and why.
var empty = map[string]map[string]string{
	"Rejections by code":                {"*": "nothing was rejected for it"},
	"Deliveries of the topic":           {"not delivered": "SNS counts failures when there are some"},
	"Age of the oldest dead letter (s)": {"*": "the queue is empty"},
}

// checkData wants a metric widget to have data in each series, or a reason.
func checkData(t *testing.T, dashboard string, widget board.Widget) {
	t.Helper()
	with := 0
	for _, row := range widget.Alternative.Rows {
		reasons := empty[widget.Title]
		switch {
		case row[1] != "no data":
			with++
		case reasons[row[0]] == "" && reasons["*"] == "":
			t.Errorf("%s: %s: %s has no data", dashboard, widget.Title, row[0])
		}
	}
	if with == 0 {
		t.Errorf("%s: %s has no data at all: %v", dashboard, widget.Title, widget.Alternative.Rows)
	}
}

// watching is all that must survive a restart.
type watching struct {
	Points    map[string][]metric.Point
	States    map[string]alarm.State
	Histories map[string][]alarm.HistoryItem
}

func (w *staged) watching(t *testing.T) watching {
	t.Helper()
	found := watching{map[string][]metric.Point{}, map[string]alarm.State{}, map[string][]alarm.HistoryItem{}}
	for _, id := range w.metrics.List(metric.ListFilter{}) {
		for _, statistic := range []string{"Sum", "SampleCount", "p90"} {
			points, err := w.metrics.Read(id, statistic, time.Minute, w.minute, w.minute.Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			found.Points[fmt.Sprint(id, statistic)] = points
		}
	}
	for _, a := range w.alarms.List() {
		found.States[a.Name], found.Histories[a.Name] = a.State, w.alarms.History(a.Name)
	}
	return found
}

func (w *staged) tryRestart(t *testing.T) {
	before := w.watching(t)
	w.stop(t)
	w.pipeline = nil // until there is another to stop
	w.pipeline = tryStaged(t, w.data).pipeline
	after := w.watching(t)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("another after the restart: %s", diff)
	}
	failed := w.alarm("workflow-executions-failed")
	if after.States[failed].Value != alarm.InAlarm || !slices.ContainsFunc(after.Histories[failed], func(h alarm.HistoryItem) bool {
		return h.Kind == alarm.Action && strings.Contains(h.Summary, "Successfully executed action")
	}) {
		t.Errorf("%+v %+v", after.States[failed], after.Histories[failed])
	}
}
