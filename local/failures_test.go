package local

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
)

// statusEvent is an event of Step Functions, as a consumer reads it.
type statusEvent struct {
	DetailType string    `json:"detail-type"`
	Source     string    `json:"source"`
	Time       time.Time `json:"time"`
	Resources  []string  `json:"resources"`
	Detail     struct {
		Name   string `json:"name"`
		Status string `json:"status"`
		Input  string `json:"input"`
	} `json:"detail"`
}

// TestCutOff: an execution that times out or is stopped cannot tell by itself.
// A notification and a message in the queue of failed executions tell of it, with
// a key of the stack's own, too.
func TestCutOff(t *testing.T) {
	for _, encryption := range []string{"s3", "kms"} {
		t.Run(encryption, func(t *testing.T) { cutOff(t, encryption) })
	}
}

func cutOff(t *testing.T, encryption string) {
	p := start(t, func(o *Options) {
		o.Configuration = map[string]string{"pixline:encryption": encryption}
		o.Edit = func(g *graph.Graph) {
			setFunction(g, contract.StageValidate, "code", "local/testdata/functions/stuck")
			setTimeout(t, resourceNamed(t, g, "aws:sfn/stateMachine:StateMachine", "workflow"), 2)
		}
	})
	p.subscribedQueue(t, "outcomes")
	timedOut := p.process(t, "photos/slow.jpg")
	stopped := p.process(t, "photos/stopped.jpg")
	if _, err := p.states.StopExecution(context.Background(), stopped.ExecutionARN, "Enough", "by hand"); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{p.wait(t, timedOut).ExecutionID: "TIMED_OUT", p.wait(t, stopped).ExecutionID: "ABORTED"}
	codes := map[string]string{"TIMED_OUT": contract.CodeTimeout, "ABORTED": contract.CodeAborted}
	for _, m := range p.receive(t, p.queues.URL("outcomes"), len(want)) {
		var outcome contract.Outcome
		if err := json.Unmarshal([]byte(*m.Body), &outcome); err != nil {
			t.Fatalf("%s: %v", *m.Body, err)
		}
		status := want[outcome.ExecutionID]
		if outcome.Status != contract.StatusFailed || outcome.Reason == nil || outcome.Reason.Code != codes[status] || outcome.FinishedAt.IsZero() || outcome.Renditions == nil {
			t.Errorf("the notification of what is %s: %s", status, *m.Body)
		}
	}
	got := map[string]string{}
	for _, m := range p.receive(t, p.output(infra.OutputFailedURL), len(want)) {
		var e statusEvent
		if err := json.Unmarshal([]byte(*m.Body), &e); err != nil {
			t.Fatal(err)
		}
		var input contract.Request
		if err := json.Unmarshal([]byte(e.Detail.Input), &input); err != nil || !strings.HasPrefix(input.Key, "photos/") {
			t.Errorf("the input in the event is %q: %v", e.Detail.Input, err)
		}
		if e.DetailType != "Step Functions Execution Status Change" || e.Source != "aws.states" || e.Time.IsZero() || len(e.Resources) != 1 {
			t.Errorf("the event is %s", *m.Body)
		}
		got[e.Detail.Name] = e.Detail.Status
	}
	if !maps.Equal(got, want) {
		t.Errorf("the queue of failed executions has %v, want %v", got, want)
	}
	if denied := p.denials(); len(denied) > 0 {
		t.Errorf("something was denied: %v", denied)
	}
}

// TestWrongSource: a service that acts for something else than the policy says is
// refused, and what it was to deliver is not lost.
func TestWrongSource(t *testing.T) {
	t.Run("rule", func(t *testing.T) {
		p := start(t, func(o *Options) {
			o.Edit = func(g *graph.Graph) {
				setFunction(g, contract.StageValidate, "code", "local/testdata/functions/stuck")
				policy := resourceNamed(t, g, "aws:sqs/queuePolicy:QueuePolicy", "failed-executions")
				policy.Inputs["policy"] = strings.ReplaceAll(policy.String("policy"), ":rule/", ":rule/other-")
			}
		})
		p.stopOne(t)
		arn := p.output(infra.OutputUndelivered)
		letter := p.receive(t, p.queues.URL(arn[strings.LastIndexByte(arn, ':')+1:]), 1)[0]
		why := func(name string) string { return *letter.MessageAttributes[name].StringValue }
		if why("ERROR_CODE") != "AccessDenied" || !strings.Contains(why("RULE_ARN"), ":rule/pixline-dev-aborted-") || !strings.Contains(why("TARGET_ARN"), "failed-executions") {
			t.Errorf("the letter says %v", letter.MessageAttributes)
		}
		if !strings.Contains(*letter.Body, `"status":"ABORTED"`) {
			t.Errorf("the letter is %s", *letter.Body)
		}
	})
	t.Run("state machine", func(t *testing.T) {
		p, err := tryStart(t, t.TempDir(), func(o *Options) {
			o.Edit = func(g *graph.Graph) {
				role := resourceNamed(t, g, "aws:iam/role:Role", "workflow")
				role.Inputs["assumeRolePolicy"] = strings.ReplaceAll(role.String("assumeRolePolicy"), ":stateMachine:*", ":stateMachine:other")
			}
		})
		if err == nil {
			p.stop(t)
			t.Fatal("the pipeline starts")
		}
		if !strings.Contains(err.Error(), "create state machine pixline-dev-workflow-") || !strings.Contains(err.Error(), "no role trust policy allows") {
			t.Error(err)
		}
	})
}

// setTimeout cuts executions off after some seconds.
func setTimeout(t *testing.T, machine *graph.Resource, seconds int) {
	t.Helper()
	var definition map[string]any
	if err := json.Unmarshal([]byte(machine.String("definition")), &definition); err != nil {
		t.Fatal(err)
	}
	definition["TimeoutSeconds"] = seconds
	text, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	machine.Inputs["definition"] = string(text)
}

// receive takes n messages off a queue.
func (p *pipeline) receive(t *testing.T, url string, n int) []types.Message {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var all []types.Message
	for len(all) < n {
		got, err := p.sqs().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &url, WaitTimeSeconds: 20, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			t.Fatalf("%d of %d messages came: %v", len(all), n, err)
		}
		all = append(all, got.Messages...)
	}
	return all
}
