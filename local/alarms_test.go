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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

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
	recover func(*testing.T) // in each minute after it; nil where silence is fine
}

// rehearsal is a pipeline whose minutes pass when the test says so.
type rehearsal struct {
	*pipeline
	clock    *metric.Clock
	mu       sync.Mutex
	messages map[string][]string // by alarm: the values that the topic was told
}

// TestEveryAlarm injects what each alarm of the program watches for, sees the
// alarm and those above it go on, the fault end, and the alarm go off; and the
// topic told of both. An alarm without a drill fails the test.
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
	r.calm(t, d)
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
		if d.recover != nil {
			d.recover(t)
		}
		r.sample(t)
		r.nextMinute()
	}
	r.await(t, alarm.OK, d.alarms)
}

// calm lets as much time pass as an alarm looks back, so that what comes before a
// drill does not put its alarms on.
func (r *rehearsal) calm(t *testing.T, d drill) {
	t.Helper()
	for range 20 {
		if d.recover != nil {
			d.recover(t)
		}
		r.nextMinute()
	}
	if err := r.alarms.Evaluate(t.Context(), r.clock.Now()); err != nil {
		t.Fatal(err)
	}
	for _, key := range d.alarms {
		if a, _ := r.alarms.Get(r.physical(key)); a.State.Value == alarm.InAlarm {
			t.Fatalf("%s is on before the drill: %s", key, a.State.Reason)
		}
	}
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

// missing says what is not as it should be.
func (r *rehearsal) missing(want alarm.Value, keys []string) string {
	for _, key := range keys {
		name := r.physical(key)
		a, ok := r.alarms.Get(name)
		if !ok {
			return "there is no alarm " + name
		}
		if a.State.Value != want {
			return fmt.Sprintf("%s is %s: %s", name, a.State.Value, a.State.Reason)
		}
		if want == alarm.InAlarm {
			for _, above := range r.above(name) {
				if c, _ := r.alarms.Get(above); c.State.Value != want {
					return fmt.Sprintf("%s is %s while %s is %s", above, c.State.Value, name, want)
				}
			}
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

// execute runs an execution to its end, however it ends.
func (r *rehearsal) execute(key string) func(*testing.T) {
	return func(t *testing.T) {
		t.Helper()
		r.wait(t, r.process(t, key))
	}
}

// stages are the functions, in the order in which an image passes them.
var stages = []string{contract.StageValidate, contract.StageResize, contract.StageNotify}

func each(signal string, of ...string) []string {
	var keys []string
	for _, stage := range of {
		keys = append(keys, stage+"-"+signal)
	}
	return keys
}

func (r *rehearsal) functionDrills() []drill {
	var drills []drill
	for _, stage := range stages {
		drills = append(drills, drill{
			name: stage + " fails", faults: []string{stage + ":error=1"}, minutes: 3, happen: r.execute("a.jpg"), mend: r.purge,
			alarms: []string{stage + "-error-rate", stage + "-errors", "workflow-executions-failed", "workflow-failure-rate", "dead-letters-failed-executions-visible"},
		})
	}
	return append(drills, drill{
		name: "functions are throttled", alarms: each("throttles", stages...), minutes: 3,
		faults: []string{"validate:throttle=1", "resize:throttle=1", "notify:throttle=1"},
		happen: func(t *testing.T) {
			for _, f := range r.Graph.Of("aws:lambda/function:Function") {
				if _, err := r.lambda.Invoke(t.Context(), f.String("name"), []byte("{}")); err == nil {
					t.Errorf("%s is not throttled", f.Name)
				}
			}
		},
	}, drill{
		name: "functions are slow", alarms: append(each("duration", stages...), "workflow-execution-time"), minutes: 3, happen: r.execute("a.jpg"),
		faults: []string{"validate:slow=1,delay=1.7s", "resize:slow=1,delay=1.7s", "notify:slow=1,delay=1.7s"},
	}, drill{
		name: "concurrency is used up", alarms: append(each("concurrency", stages...), "resize-memory"), minutes: 10, happen: r.execute("a.jpg"),
	}, drill{
		name: "images are rejected", alarms: []string{"validate-rejected-share"}, minutes: 5,
		happen: func(t *testing.T) {
			for range 20 {
				r.execute("missing.jpg")(t)
			}
		},
	}, drill{
		name: "outcomes cannot be published", alarms: []string{"notify-publish-failures"}, faults: []string{"notify:sns-fail=1"}, minutes: 1,
		happen: r.execute("a.jpg"), mend: r.purge,
	})
}

func (r *rehearsal) workflowDrills() []drill {
	return []drill{{
		name: "executions time out", alarms: []string{"workflow-executions-timed-out"}, faults: []string{"workflow:timeout=1"}, minutes: 1,
		happen: r.execute("a.jpg"), mend: r.purge,
	}, {
		name: "executions are throttled", alarms: []string{"workflow-executions-throttled"}, faults: []string{"workflow:throttle=1,delay=1ms"}, minutes: 1,
		happen: r.execute("a.jpg"),
	}, {
		name: "executions are stopped", alarms: []string{"workflow-executions-aborted"}, faults: []string{"workflow:slow=1,delay=10s"}, minutes: 1,
		happen: func(t *testing.T) {
			started := r.process(t, "a.jpg")
			if _, err := r.states.StopExecution(t.Context(), started.ExecutionARN, "Drill", "to see the alarm"); err != nil {
				t.Fatal(err)
			}
			r.wait(t, started)
		}, mend: r.purge,
	}}
}

func (r *rehearsal) apiDrills() []drill {
	post := func(body string, want int) func(*testing.T) {
		return func(t *testing.T) {
			if got := r.call(t, http.MethodPost, "/process", body); got.Status/100 != want {
				t.Fatalf("%d %s", got.Status, got.Body)
			}
		}
	}
	return []drill{{
		name: "the API fails", alarms: []string{"api-5xx"}, faults: []string{"api:error=1"}, minutes: 3,
		happen: post(`{"bucket":"`+r.output("inputBucket")+`","key":"a.jpg"}`, 5),
	}, {
		name: "the API refuses", alarms: []string{"api-4xx"}, minutes: 5, happen: post(`{}`, 4),
	}, {
		name: "the API is slow", alarms: []string{"api-latency"}, faults: []string{"api:slow=1,delay=250ms"}, minutes: 5, happen: r.execute("a.jpg"),
	}, {
		name: "nobody calls", alarms: []string{"api-traffic"}, minutes: 13, recover: r.execute("a.jpg"),
	}}
}

func (r *rehearsal) storageDrills() []drill {
	of := func(signal string) []string { return []string{"storage-input-" + signal, "storage-output-" + signal} }
	get := func(key string, succeeds bool) func(*testing.T) {
		return func(t *testing.T) {
			for _, bucket := range []string{infra.OutputInputBucket, infra.OutputOutputBucket} {
				_, err := r.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(r.output(bucket)), Key: &key},
					func(o *s3.Options) { o.RetryMaxAttempts = 1 })
				if (err == nil) != succeeds {
					t.Fatalf("%s of %s: %v", key, bucket, err)
				}
			}
		}
	}
	return []drill{{
		name: "S3 fails", alarms: of("5xx"), faults: []string{"storage:s3-503=1"}, minutes: 15, happen: get("a.jpg", false),
	}, {
		name: "S3 refuses", alarms: of("4xx"), minutes: 15, happen: get("missing.jpg", false),
	}, {
		name: "S3 is slow", alarms: of("latency"), faults: []string{"storage:s3-slow=1,delay=200ms"}, minutes: 3, happen: get("missing.jpg", false),
	}}
}

func (r *rehearsal) deliveryDrills() []drill {
	drills := []drill{{
		name: "deliveries fail", alarms: []string{"topic-delivery-failures"}, faults: []string{"topic:sns-fail=1"}, minutes: 1,
		happen: r.execute("a.jpg"), mend: r.purge,
	}}
	for _, a := range r.Graph.Of("aws:cloudwatch/metricAlarm:MetricAlarm") {
		if strings.HasPrefix(a.Name, "dead-letters-") {
			dimensions, _ := a.Inputs["dimensions"].(map[string]any)
			url := r.AWSURL + "/" + graph.AccountID + "/" + fmt.Sprint(dimensions["QueueName"])
			drills = append(drills, drill{
				name: "a letter lies in " + a.Name, alarms: []string{a.Name}, minutes: 1, mend: r.purge,
				happen: func(t *testing.T) {
					if _, err := r.sqs().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("a letter")}); err != nil {
						t.Fatal(err)
					}
				},
			})
		}
	}
	return drills
}

func (r *rehearsal) sqs() *sqs.Client {
	return sqs.New(sqs.Options{
		BaseEndpoint: aws.String(r.AWSURL), Region: r.Graph.Region,
		Credentials: credentials.NewStaticCredentialsProvider(AdminKey, AdminSecret, ""),
	})
}

// purge empties every queue.
func (r *rehearsal) purge(t *testing.T) {
	t.Helper()
	for _, q := range r.Graph.Of("aws:sqs/queue:Queue") {
		if _, err := r.sqs().PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: aws.String(q.String("url"))}); err != nil {
			t.Fatal(err)
		}
	}
}
