package local

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
)

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
		name: "nobody calls", alarms: []string{"api-traffic"}, minutes: 13, quiet: true,
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

// purge empties every queue.
func (r *rehearsal) purge(t *testing.T) {
	t.Helper()
	for _, q := range r.Graph.Of("aws:sqs/queue:Queue") {
		if _, err := r.sqs().PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: aws.String(q.String("url"))}); err != nil {
			t.Fatal(err)
		}
	}
}
