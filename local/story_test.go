package local

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
	"github.com/pixline/pixline/pkg/telemetry/oracle"
)

// TestStory: the id of an execution finds its line in the log of every stage that
// it went through; and what happened is in the metrics, the functions' own and AWS's.
func TestStory(t *testing.T) {
	p := start(t, nil)
	const resized, rejected = "story-resized", "story-rejected"
	p.upload(t, "it's <b>me</b>.jpg", sample.Scene())
	p.upload(t, "corrupt.jpg", sample.Corrupt())
	p.wait(t, p.process(t, "it's <b>me</b>.jpg", contract.HeaderIdempotencyKey, resized))
	p.wait(t, p.process(t, "corrupt.jpg", contract.HeaderIdempotencyKey, rejected))

	var written []string
	for _, f := range p.Graph.Of("aws:lambda/function:Function") {
		var function lambdaFunction
		if err := f.Decode(&function); err != nil {
			t.Fatal(err)
		}
		events, _, err := p.logs.Filter(logs.Query{Group: function.LoggingConfig.LogGroup})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if strings.HasPrefix(e.Message, "{") {
				written = append(written, e.Message)
			}
		}
	}
	stages := map[string][]string{} // by execution
	for _, line := range oracle.Lines(t, strings.Join(written, "\n")) {
		id, _ := line[contract.FieldExecutionID].(string)
		stages[id] = append(stages[id], fmt.Sprint(line[contract.DimensionStage], " ", line[contract.FieldStatus], " ", line[contract.FieldKey]))
		for _, field := range []string{contract.FieldRequestID, contract.FieldTraceID, contract.FieldDurationMs, contract.FieldVersionID} {
			if line[field] == nil || line[field] == "" {
				t.Errorf("there is no %s in %v", field, line)
			}
		}
		if line[contract.FieldColdStart] == true && line[contract.MetricInitTime] == nil {
			t.Errorf("there is no %s in %v", contract.MetricInitTime, line)
		}
	}
	for id := range stages {
		slices.Sort(stages[id])
	}
	if diff := cmp.Diff(map[string][]string{
		resized:  {"notify succeeded it's <b>me</b>.jpg", "resize succeeded it's <b>me</b>.jpg", "validate succeeded it's <b>me</b>.jpg"},
		rejected: {"notify succeeded corrupt.jpg", "resize rejected corrupt.jpg", "validate succeeded corrupt.jpg"},
	}, stages); diff != "" {
		t.Error(diff)
	}
	for _, want := range []struct {
		id  metric.ID
		sum float64
	}{
		{own("Succeeded", "Stage", "validate"), 2},
		{own("Rejected", "Stage", "validate"), 0},
		{own("Succeeded", "Stage", "resize"), 1},
		{own("Rejected", "Stage", "resize"), 1},
		{own("Rejected", "Stage", "resize", "Code", "corrupt"), 1},
		{own("Failed", "Stage", "resize"), 0},
		{own("Published", "Stage", "notify"), 2},
		{own("PublishFailed", "Stage", "notify"), 0},
		{own("ColdStart", "Stage", "validate"), 1},
		{metric.New("AWS/Lambda", "Invocations", nil), 6},
		{metric.New("AWS/Lambda", "Errors", nil), 0},
		{metric.New("AWS/States", "ExecutionsSucceeded", map[string]string{"StateMachineArn": p.output("stateMachineArn")}), 2},
		{metric.New("AWS/S3", "PutRequests", map[string]string{"BucketName": p.output("inputBucket"), "FilterId": "EntireBucket"}), 2},
	} {
		points, err := p.metrics.Read(want.id, "Sum", time.Hour, p.clock.Now().Add(-2*time.Hour), p.clock.Now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, point := range points {
			sum += point.Value
		}
		if len(points) == 0 || sum != want.sum {
			t.Errorf("%v is %v, want %v", want.id, points, want.sum)
		}
	}
	if text := p.log.String(); strings.Contains(text, "says that it has metrics") {
		t.Error("the runner refuses a line")
	}
}

// own is a metric of the functions' own; dimensions are pairs.
func own(name string, dimensions ...string) metric.ID {
	set := map[string]string{}
	for i := 0; i < len(dimensions); i += 2 {
		set[dimensions[i]] = dimensions[i+1]
	}
	return metric.New("Pixline/dev", name, set)
}
