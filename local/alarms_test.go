package local

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/fault"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// drill is what puts alarms on: minute by minute, something happens. When it no
// longer does, they go off again.
type drill struct {
	name    string
	alarms  []string         // as the program names them
	faults  []string         // injected meanwhile
	minutes int              // that the alarms need
	happen  func(*testing.T) // in each of them
	mend    func(*testing.T) // once, after it; nil where the end of it is enough
	quiet   bool             // nobody else calls the API meanwhile
}

// rehearsal is a pipeline whose minutes pass when the test says so.
type rehearsal struct {
	*pipeline
	clock    *metric.Clock
	done     answer // of an execution that has ended
	mu       sync.Mutex
	messages map[string][]string // by alarm: the values that the topic was told
}

// TestEveryAlarm injects what each alarm of the program watches for, sees the
// alarm and those above it go on, the fault end, and the alarm go off; and the
// topic told of both. Between drills every alarm is off, those on alarms too. An
// alarm without a drill fails the test.
func TestEveryAlarm(t *testing.T) {
	r := startRehearsal(t)
	drills := slices.Concat(r.functionDrills(), r.workflowDrills(), r.apiDrills(), r.storageDrills(), r.deliveryDrills())
	rehearsed := map[string]bool{}
	for _, d := range drills {
		for _, name := range d.alarms {
			rehearsed[name] = true
		}
		t.Run(d.name, func(t *testing.T) { r.run(t, d) })
	}
	r.calm(t)
	for _, a := range r.Graph.Of("aws:cloudwatch/metricAlarm:MetricAlarm") {
		if !rehearsed[a.Name] {
			t.Errorf("the alarm %s was not rehearsed", a.Name)
		}
	}
}

func startRehearsal(t *testing.T) *rehearsal {
	r := &rehearsal{clock: metric.NewClock(1), messages: map[string][]string{}}
	r.pipeline = start(t, func(o *Options) {
		o.Clock = r.clock
		o.Configuration = map[string]string{
			"pixline:validate": `{"memoryMb":256,"timeoutSeconds":2,"reservedConcurrency":1}`,
			"pixline:resize":   `{"memoryMb":2048,"timeoutSeconds":2,"reservedConcurrency":1}`,
			"pixline:notify":   `{"memoryMb":128,"timeoutSeconds":2,"reservedConcurrency":1}`,
			// Lower than what they watch takes: a test does not wait for seconds to pass.
			"pixline:alarms": `{"actions":true,"lowTraffic":true,"expectedRequests":1,"thresholds":{
				"resize-memory":0.1,"workflow-execution-time":4000,"api-latency":200,"storage-latency":150}}`,
		}
		o.Edit = func(g *graph.Graph) {
			for _, stage := range []string{contract.StageValidate, contract.StageResize, contract.StageNotify} {
				setVariable(g, stage, "AWS_MAX_ATTEMPTS", "1")
			}
			hurry(g)
			for _, machine := range g.Of("aws:sfn/stateMachine:StateMachine") {
				machine.Inputs["definition"] = strings.Replace(machine.String("definition"), `"TimeoutSeconds": 600`, `"TimeoutSeconds": 8`, 1)
			}
		}
	})
	r.upload(t, "a.jpg", sample.Oriented(1))
	r.done = r.process(t, "a.jpg")
	r.wait(t, r.done)
	r.onNotification(t, r.output(infra.OutputTopicARN), func(notification) {}) // to whom deliveries can fail
	r.onNotification(t, r.output(infra.OutputAlarmTopicARN), func(n notification) {
		var told struct{ AlarmName, NewStateValue string }
		if err := json.Unmarshal([]byte(n.Message), &told); err != nil || !strings.HasPrefix(n.Subject, told.NewStateValue+": ") {
			t.Errorf("%v: %q %q", err, n.Subject, n.Message)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.messages[told.AlarmName] = append(r.messages[told.AlarmName], told.NewStateValue)
	})
	return r
}

// run goes through a drill.
func (r *rehearsal) run(t *testing.T, d drill) {
	r.calm(t)
	r.inject(t, d.faults...)
	minutes := d.minutes
	if minutes > 1 {
		// What is measured after the answer may fall into the next minute.
		minutes += 2
	}
	for range minutes {
		r.nextMinute()
		if d.happen != nil {
			d.happen(t)
		}
		if !d.quiet {
			r.visit(t)
		}
		r.sample(t)
	}
	r.inject(t)
	r.nextMinute()
	r.await(t, alarm.InAlarm, d.alarms)
	if d.mend != nil {
		d.mend(t)
	}
	// An alarm looks back two minutes farther than it has to.
	for range d.minutes + 2 {
		r.visit(t)
		r.sample(t)
		r.nextMinute()
	}
	r.await(t, alarm.OK, d.alarms)
}

// calm lets as much time pass as an alarm looks back, and wants every alarm off:
// what comes before a drill does not put its alarms on, or those above them.
func (r *rehearsal) calm(t *testing.T) {
	t.Helper()
	for range 20 {
		r.visit(t)
		r.nextMinute()
	}
	if err := r.alarms.Evaluate(t.Context(), r.clock.Now()); err != nil {
		t.Fatal(err)
	}
	for _, a := range r.alarms.List() {
		if a.State.Value != alarm.OK {
			t.Fatalf("%s is %s when all is calm: %s", a.Name, a.State.Value, a.State.Reason)
		}
	}
}

// visit asks the API for an execution, so that it is not without traffic.
func (r *rehearsal) visit(t *testing.T) {
	t.Helper()
	r.call(t, http.MethodGet, r.done.StatusURL, "")
}

// physical is the name of an alarm that the program calls key.
func (r *rehearsal) physical(key string) string {
	return r.Graph.Project + "-" + r.Graph.Stack + "-" + key
}

// nextMinute goes to the beginning of the clock's next minute, in which whatever
// the test does finds room.
func (r *rehearsal) nextMinute() {
	now := r.clock.Now()
	r.clock.Advance(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
}

func (r *rehearsal) sample(t *testing.T) {
	t.Helper()
	if err := r.meter.Sample(r.gauges()); err != nil {
		t.Fatal(err)
	}
}

func (r *rehearsal) inject(t *testing.T, faults ...string) {
	t.Helper()
	parsed, err := fault.ParseAll(faults)
	if err != nil {
		t.Fatal(err)
	}
	r.faults.set.Replace(parsed)
}

// await waits until the alarms have a value and the topic was told, and checks
// what is above them.
func (r *rehearsal) await(t *testing.T, want alarm.Value, keys []string) {
	t.Helper()
	var missing string
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err := r.alarms.Evaluate(context.Background(), r.clock.Now()); err != nil {
			t.Fatal(err)
		}
		if missing = r.missing(want, keys); missing == "" {
			return
		}
	}
	t.Errorf("%s", missing)
}

// missing says what is not as it should be: with the alarms, and, while they are
// on, with those above them.
func (r *rehearsal) missing(want alarm.Value, keys []string) string {
	var names []string
	for _, key := range keys {
		names = append(names, r.physical(key))
		if want == alarm.InAlarm {
			names = append(names, r.above(r.physical(key))...)
		}
	}
	for _, name := range names {
		a, ok := r.alarms.Get(name)
		if !ok {
			return "there is no alarm " + name
		}
		if a.State.Value != want {
			return fmt.Sprintf("%s is %s: %s", name, a.State.Value, a.State.Reason)
		}
		r.mu.Lock()
		told := slices.Clone(r.messages[name])
		r.mu.Unlock()
		if len(told) == 0 || told[len(told)-1] != string(want) {
			return fmt.Sprintf("the topic was told %v of %s, and not yet %s", told, name, want)
		}
	}
	return ""
}

// above are all composite alarms that watch an alarm, one by way of another too.
func (r *rehearsal) above(name string) []string {
	names := r.alarms.Parents(name)
	for _, parent := range names {
		names = append(names, r.above(parent)...)
	}
	return names
}
