package local

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/pixline/pixline/local/fault"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestRehearsal injects faults into the running pipeline as a user does, and
// sees them end.
func TestRehearsal(t *testing.T) {
	first, err := fault.ParseAll([]string{"resize:error=1"})
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, func(o *Options) {
		o.Faults = first
		o.Edit = func(g *graph.Graph) {
			hurry(g)
			for _, stage := range []string{contract.StageValidate, contract.StageResize, contract.StageNotify} {
				// The state machine's attempts are counted here, not the SDK's.
				setVariable(g, stage, "AWS_MAX_ATTEMPTS", "1")
			}
		}
	})
	published := p.notifications(t)
	p.upload(t, "a.jpg", sample.Oriented(1))
	inject := func(faults string) {
		t.Helper()
		if got := p.call(t, http.MethodPost, fault.Path, faults); got.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", faults, got.Status, got.Body)
		}
	}

	// From the start on, and as a defect does: without another attempt.
	failed := p.process(t, "a.jpg")
	checkFailed(t, p.wait(t, failed), "InjectedFault", "told to inject", published)
	if got := p.failures(t, failed); !slices.Equal(got, []string{"InjectedFault"}) {
		t.Errorf("the failures are %v", got)
	}
	// It is found as any error is: by the execution, and by the stage.
	found, err := p.queryLogs(t.Context(), "SOURCE '"+logGroups(p.Graph)[functionARN(p.Graph, contract.StageResize)]+"' | filter executionId = '"+failed.ExecutionID+"' | display Stage, errorType",
		time.Now().Add(-time.Minute), time.Now())
	if err != nil || len(found.Rows) != 1 || !slices.Equal(found.Rows[0], []string{contract.StageResize, "InjectedFault"}) {
		t.Errorf("the log has %v, %v", found.Rows, err)
	}

	// What goes away is tried again until the faults end.
	for injected, name := range map[string]string{
		"resize:error=1,type=Transient": "Transient",
		"validate:panic=1":              "Runtime.ExitError",
		"validate:throttle=100%":        "Lambda.TooManyRequestsException",
		"validate:s3-503=1":             "Transient",
		"notify:sns-fail=1":             "Transient",
	} {
		inject(`["` + injected + `"]`)
		accepted := p.process(t, "a.jpg")
		for deadline := time.Now().Add(20 * time.Second); len(p.failures(t, accepted)) == 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: nothing fails", injected)
			}
		}
		if got := p.call(t, http.MethodDelete, fault.Path, ""); got.Status != http.StatusOK {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		if o := p.wait(t, accepted).Outcome; o == nil || o.Status != contract.StatusSucceeded {
			t.Errorf("%s: the outcome is %+v", injected, o)
		}
		if got := p.failures(t, accepted); slices.ContainsFunc(got, func(f string) bool { return f != name }) {
			t.Errorf("%s: the failures are %v", injected, got)
		}
	}

	// A crash is the stage's, though its line is Lambda's and names none.
	if got := p.errorsByType(t); !slices.ContainsFunc(got, func(row []string) bool { return row[0] == contract.StageValidate && row[1] == "Runtime exited" }) {
		t.Errorf("the errors by stage and type are %v", got)
	}

	inject(`{"faults": ["storage:s3-503=1", "storage:s3-slow=1,delay=300ms"]}`)
	// Whoever looks at a picture is not the pipeline.
	shown, err := http.Get(p.URL + "/ui/object?key=a.jpg&bucket=" + p.output("inputBucket"))
	if err != nil {
		t.Fatal(err)
	}
	if shown.Body.Close(); shown.StatusCode != http.StatusOK {
		t.Errorf("the page shows no picture: %s", shown.Status)
	}
	began := time.Now()
	_, err = p.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(p.output("inputBucket")), Key: aws.String("a.jpg")},
		func(o *s3.Options) { o.Retryer = retry.AddWithMaxAttempts(retry.NewStandard(), 1) })
	answered, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if !ok || answered.HTTPStatusCode() != http.StatusServiceUnavailable || !strings.Contains(err.Error(), "SlowDown") || time.Since(began) < 300*time.Millisecond {
		t.Errorf("S3 answers %v after %v", err, time.Since(began))
	}

	inject(`["api:throttle=1"]`)
	if got := p.process(t, "a.jpg"); got.Status != http.StatusTooManyRequests {
		t.Errorf("the API answers %d %s", got.Status, got.Body)
	}
	inject(`["api:error=1"]`)
	if got := p.process(t, "a.jpg"); got.Status < http.StatusInternalServerError {
		t.Errorf("the API answers %d %s", got.Status, got.Body)
	}

	inject(`["topic:sns-fail=1", "workflow:throttle=1,delay=1ms", "workflow:slow=1,delay=1ms", "api:slow=1,delay=1ms"]`)
	if o := p.wait(t, p.process(t, "a.jpg")).Outcome; o == nil || o.Status != contract.StatusSucceeded {
		t.Errorf("the outcome is %+v", o)
	}
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(p.log.String(), "told to let deliveries fail"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the delivery did not fail")
		}
	}
	if got := p.call(t, http.MethodPost, fault.Path, `["resize:boom=1"]`); got.Status != http.StatusBadRequest || got.code() != "invalid_faults" {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// errorsByType is what the saved query of that name finds.
func (p *pipeline) errorsByType(t *testing.T) [][]string {
	t.Helper()
	for _, q := range p.saved {
		if !strings.HasSuffix(q.Name, "/errors-by-type") {
			continue
		}
		source := "SOURCE '" + strings.Join(q.Groups, "' | SOURCE '") + "' | "
		found, err := p.queryLogs(t.Context(), source+q.Query, time.Now().Add(-time.Minute), time.Now())
		if err != nil || !slices.Equal(found.Columns[:2], []string{"stage", "type"}) {
			t.Fatalf("%v, %v", found.Columns, err)
		}
		return found.Rows
	}
	t.Fatal("there is no such query")
	return nil
}

// functionARN is the ARN of a stage's function.
func functionARN(g *graph.Graph, stage string) string {
	for _, f := range g.Of("aws:lambda/function:Function") {
		if f.Name == stage {
			return f.String("arn")
		}
	}
	return ""
}
