package meter

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/gateway"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/objects"
	"github.com/pixline/pixline/local/runtime"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/queue"
)

// ahead is how far the tests' clock is ahead of the machine's: what a meter says
// at the machine's time is far off.
const ahead = 1000 * time.Hour

// record is a place to put data.
type record struct {
	mu   sync.Mutex
	data []metric.Datum
}

func (r *record) put(data ...metric.Datum) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.data = append(r.data, data...)
}

func newMeter() (*Meter, *record) {
	r := &record{}
	clock := metric.NewClock(1)
	clock.Advance(ahead)
	return New(Options{Put: r.put, Clock: clock}), r
}

// TestFastClock: what lasted a minute began a minute ago, not twenty.
func TestFastClock(t *testing.T) {
	t.Parallel()
	r := &record{}
	clock := metric.NewClock(20)
	m := New(Options{Put: r.put, Clock: clock})
	before := clock.At(time.Now()).Add(-time.Minute)
	m.Lambda(runtime.Observation{Kind: runtime.Invoked, Time: time.Now(), Function: "resize", Result: runtime.Result{Duration: 59 * time.Second, InitDuration: time.Second}})
	m.API("api", "id", "v1", false)(gateway.Observation{Latency: time.Minute})
	after := clock.At(time.Now()).Add(-time.Minute)
	if len(r.data) == 0 {
		t.Error("nothing is measured")
	}
	for _, d := range r.data {
		if d.Time.Before(before) || d.Time.After(after) {
			t.Errorf("%s is of %v, not of %v", text(d), d.Time, before)
		}
	}
}

// text is a metric as the tests write it: Namespace Name{Dimension=value} Unit.
func text(d metric.Datum) string {
	var set []string
	for _, dimension := range d.ID.Dimensions {
		set = append(set, dimension.Name+"="+dimension.Value)
	}
	return fmt.Sprintf("%s %s{%s} %s", d.ID.Namespace, d.ID.Name, strings.Join(set, ","), d.Unit)
}

// expect holds that what was put since the last call is this and nothing else.
func (r *record) expect(t *testing.T, want map[string]float64) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.data {
		name := text(d)
		value, wanted := want[name]
		if !wanted || d.Value != value || d.Count > 1 {
			t.Errorf("%s = %v, want %v (%t)", name, d.Value, value, wanted)
		}
		if now := time.Now().Add(ahead); d.Time.Before(now.Add(-time.Hour)) || d.Time.After(now) {
			t.Errorf("%s is of %v, and now is %v", name, d.Time, now)
		}
		if id := metric.New(d.ID.Namespace, d.ID.Name, nil); !slices.IsSortedFunc(d.ID.Dimensions, func(a, b metric.Dimension) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("the dimensions of %v are not sorted", id)
		}
		delete(want, name)
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Errorf("%s is missing", name)
	}
	r.data = nil
}

func TestLambda(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	each := func(metrics map[string]float64) map[string]float64 {
		want := map[string]float64{}
		for name, v := range metrics {
			metric, unit, _ := strings.Cut(name, " ")
			for _, set := range []string{"{}", "{FunctionName=f}", "{FunctionName=f,Resource=f}"} {
				want["AWS/Lambda "+metric+set+" "+unit] = v
			}
		}
		return want
	}
	now := time.Now()
	m.Lambda(runtime.Observation{
		Kind: runtime.Invoked, Function: "f", Time: now, Concurrency: runtime.Concurrency{Function: 2, Account: 5, Unreserved: 3},
		Result: runtime.Result{Duration: 1500 * time.Millisecond, InitDuration: time.Minute, FunctionError: "Unhandled"},
	})
	if began := r.data[0].Time; began.Sub(now.Add(ahead-time.Minute-1500*time.Millisecond)).Abs() > time.Second {
		t.Errorf("an invocation that began a minute ago is of %v", began)
	}
	want := each(map[string]float64{"Invocations Count": 1, "Errors Count": 1, "Throttles Count": 0, "Duration Milliseconds": 1500, "ConcurrentExecutions Count": 2})
	want["AWS/Lambda ConcurrentExecutions{} Count"] = 5
	want["AWS/Lambda UnreservedConcurrentExecutions{} Count"] = 3
	r.expect(t, want)
	for kind, name := range map[runtime.ObservationKind]string{
		runtime.Throttled: "Throttles", runtime.EventReceived: "AsyncEventsReceived", runtime.EventDropped: "AsyncEventsDropped", runtime.DeadLetterFailed: "DeadLetterErrors",
	} {
		m.Lambda(runtime.Observation{Kind: kind, Function: "f", Time: now})
		r.expect(t, each(map[string]float64{name + " Count": 1}))
	}
}

func TestStates(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	const machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:execution"
	name := func(metric string) string { return "AWS/States " + metric + "{StateMachineArn=" + machine + "}" }
	started := time.Now().Add(-2500 * time.Millisecond)
	x := states.Execution{ARN: "arn:aws:states:eu-west-1:000000000000:execution:execution:holiday-1", MachineARN: machine, StartDate: started}
	m.ExecutionStarted(x) // as it is told again of an execution that is resumed
	for _, kind := range []history.Type{history.ExecutionStarted, history.TaskScheduled, history.ExecutionFailed} {
		m.Event(x.ARN, history.Event{Type: kind, Timestamp: history.Time{Time: started}})
	}
	r.expect(t, map[string]float64{name("ExecutionsStarted") + " Count": 1, name("ExecutionThrottled") + " Count": 0})
	for status, ended := range map[store.Status]string{
		store.Succeeded: "ExecutionsSucceeded", store.Failed: "ExecutionsFailed", store.TimedOut: "ExecutionsTimedOut", store.Aborted: "ExecutionsAborted",
	} {
		x.Status, x.StopDate = status, started.Add(2500*time.Millisecond)
		m.ExecutionEnded(x)
		want := map[string]float64{name("ExecutionTime") + " Milliseconds": 2500}
		for _, other := range []string{"ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"} {
			want[name(other)+" Count"] = 0
		}
		want[name(ended)+" Count"] = 1
		r.expect(t, want)
	}
	m.StateThrottled(machine)
	r.expect(t, map[string]float64{name("ExecutionThrottled") + " Count": 1})
}

func TestAPI(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	each := func(sets []string, metrics map[string]float64) map[string]float64 {
		want := map[string]float64{}
		for _, set := range sets {
			for name, v := range metrics {
				metric, unit, _ := strings.Cut(name, " ")
				want["AWS/ApiGateway "+metric+set+" "+unit] = v
			}
		}
		return want
	}
	coarse := []string{"{ApiName=pixline}", "{ApiName=pixline,Stage=v1}"}
	fine := append(slices.Clone(coarse), "{ApiName=pixline,Method=GET,Resource=/executions/{executionId},Stage=v1}")
	hook := m.API("pixlineé", "a1b2c3", "v1", true)
	o := gateway.Observation{Method: "GET", ResourcePath: "/executions/{executionId}", Status: 200, Latency: 40 * time.Millisecond, IntegrationLatency: 30 * time.Millisecond}
	hook(o)
	r.expect(t, each(fine, map[string]float64{"Count Count": 1, "4XXError Count": 0, "5XXError Count": 0, "Latency Milliseconds": 40, "IntegrationLatency Milliseconds": 30}))
	o.Status = 502
	m.API("pixline", "a1b2c3", "v1", false)(o)
	r.expect(t, each(coarse, map[string]float64{"Count Count": 1, "4XXError Count": 0, "5XXError Count": 1, "Latency Milliseconds": 40, "IntegrationLatency Milliseconds": 30}))
	hook(gateway.Observation{Method: "GET", Status: 403, Latency: time.Millisecond}) // of no route
	r.expect(t, each(coarse, map[string]float64{"Count Count": 1, "4XXError Count": 1, "5XXError Count": 0, "Latency Milliseconds": 1}))
	m.API("éé", "a1b2c3", "v1", false)(gateway.Observation{Status: 200})
	if got := r.data[0].ID.Dimensions[0].Value; got != "a1b2c3" {
		t.Errorf("an API whose name CloudWatch cannot have is %q", got)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	want := map[string]float64{"AWS/SNS PublishSize{TopicName=outcomes} Bytes": 512, "AWS/SQS SentMessageSize{QueueName=dead} Bytes": 64}
	m.Topic("outcomes", topics.MetricSize, 512)
	m.Queue("dead", queue.MetricSentSize, 64)
	for _, name := range []string{topics.MetricPublished, topics.MetricDelivered, topics.MetricFailed, topics.MetricFilteredOut, topics.MetricRedriven} {
		m.Topic("outcomes", name, 1)
		want["AWS/SNS "+name+"{TopicName=outcomes} Count"] = 1
	}
	for _, name := range []string{queue.MetricSent, queue.MetricReceived, queue.MetricDeleted, queue.MetricEmptyReceive} {
		m.Queue("dead", name, 2)
		want["AWS/SQS "+name+"{QueueName=dead} Count"] = 2
	}
	r.expect(t, want)
}

func TestSample(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	failed := errors.New("the disk is gone")
	g := Gauges{
		Queues: func() map[string]queue.Counts {
			return map[string]queue.Counts{"dead": {Visible: 3, InFlight: 2, Delayed: 1}, "empty": {}}
		},
		Oldest: func() map[string]time.Duration { return map[string]time.Duration{"dead": 90 * time.Second} },
		Buckets: func() ([]objects.Usage, error) {
			return []objects.Usage{{Bucket: "in", Bytes: 4096, Objects: 2}}, failed
		},
	}
	queues := func() map[string]float64 {
		want := map[string]float64{"AWS/SQS ApproximateAgeOfOldestMessage{QueueName=dead} Seconds": 90}
		for i, name := range []string{"Delayed", "NotVisible", "Visible"} {
			want["AWS/SQS ApproximateNumberOfMessages"+name+"{QueueName=dead} Count"] = float64(i + 1)
			want["AWS/SQS ApproximateNumberOfMessages"+name+"{QueueName=empty} Count"] = 0
		}
		return want
	}
	if err := m.Sample(g); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
	r.expect(t, queues())
	failed = nil
	m.options.Clock.Advance(bucketEvery)
	for i := range 2 { // the second time, the buckets are not due
		if err := m.Sample(g); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, d := range r.data {
			if d.ID.Namespace == bucketNamespace {
				names = append(names, fmt.Sprint(text(d), " ", d.Value))
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, "\n"); i == 0 && got != "AWS/S3 BucketSizeBytes{BucketName=in,StorageType=StandardStorage} Bytes 4096\nAWS/S3 NumberOfObjects{BucketName=in,StorageType=AllStorageTypes} Count 2" || i == 1 && got != "" {
			t.Errorf("sample %d: %s", i, got)
		}
		r.data = nil
	}
}

// TestRun samples at once, at each minute of the clock, and when it was advanced.
func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := &record{}
		clock := metric.NewClock(15) // a minute in four seconds
		m := New(Options{Put: r.put, Clock: clock})
		samples := 0
		go m.Run(t.Context(), Gauges{
			Queues: func() map[string]queue.Counts { samples++; return map[string]queue.Counts{"q": {}} },
			Oldest: func() map[string]time.Duration { return nil }, Buckets: func() ([]objects.Usage, error) { return nil, nil },
		})
		time.Sleep(42 * time.Second)
		synctest.Wait()
		if samples != 11 {
			t.Errorf("%d samples in ten and a half minutes", samples)
		}
		clock.Advance(time.Minute)
		time.Sleep(time.Second)
		synctest.Wait()
		if samples != 12 {
			t.Errorf("%d samples after a leap of the clock", samples)
		}
	})
}

// TestConcurrently: every hook is called from everywhere, and nothing is lost.
func TestConcurrently(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	hook := m.API("pixline", "id", "v1", true)
	var wg sync.WaitGroup
	const callers, calls = 8, 50
	for range callers {
		wg.Go(func() {
			for range calls {
				m.Lambda(runtime.Observation{Kind: runtime.Throttled, Function: "f", Time: time.Now()})                                     // 3
				m.Event("arn:a:b:c:d:execution:m:x", history.Event{Type: history.ExecutionStarted})                                         // 2
				hook(gateway.Observation{Status: 200, ResourcePath: "/process", Method: "POST"})                                            // 12
				m.Topic("t", topics.MetricPublished, 1)                                                                                     // 1
				m.Queue("q", queue.MetricSent, 1)                                                                                           // 1
				m.Logs("g", []logs.Event{{Message: `{"_aws":{"Timestamp":` + nowText() + `,"CloudWatchMetrics":[]}}`}, {Message: "START"}}) // 0
			}
		})
	}
	wg.Wait()
	if len(r.data) != callers*calls*19 {
		t.Errorf("%d data, want %d", len(r.data), callers*calls*19)
	}
}

func BenchmarkLambda(b *testing.B) {
	m := New(Options{Put: func(...metric.Datum) {}, Clock: metric.NewClock(1)})
	o := runtime.Observation{Kind: runtime.Invoked, Function: "pixline-dev-resize", Time: time.Now(), Result: runtime.Result{Duration: time.Second}}
	b.ReportAllocs()
	for b.Loop() {
		m.Lambda(o) // 16 data
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/16, "ns/datum")
}
