package events

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/queue"
)

const (
	ruleARN  = "arn:aws:events:eu-west-1:000000000000:rule/failed"
	queueARN = "arn:aws:sqs:eu-west-1:000000000000:failed"
	deadARN  = "arn:aws:sqs:eu-west-1:000000000000:dead"
	topicARN = "arn:aws:sns:eu-west-1:000000000000:outcomes"
)

// sink stands for SQS and SNS. refuse answers for each attempt on a target.
type sink struct {
	refuse func(arn string, attempt int) error

	mu       sync.Mutex
	attempts map[string]int
	got      []delivery
}

type delivery struct {
	To, Body, Code, Retries string
	From                    access.Principal
}

func (s *sink) take(ctx context.Context, d delivery) error {
	d.From, _ = access.FromContext(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.attempts == nil {
		s.attempts = map[string]int{}
	}
	s.attempts[d.To]++
	if s.refuse != nil {
		if err := s.refuse(d.To, s.attempts[d.To]); err != nil {
			return err
		}
	}
	s.got = append(s.got, d)
	return nil
}

func (s *sink) Send(ctx context.Context, arn string, m queue.Message) (queue.Sent, error) {
	d := delivery{To: arn, Body: m.Body}
	if code, ok := m.Attributes["ERROR_CODE"]; ok {
		d.Code = *code.StringValue
	}
	if retries, ok := m.Attributes["RETRY_ATTEMPTS"]; ok {
		d.Retries = *retries.StringValue
	}
	return queue.Sent{}, s.take(ctx, d)
}

func (s *sink) Publish(ctx context.Context, p topics.Publication) (string, error) {
	return "", s.take(ctx, delivery{To: p.TopicARN, Body: p.Message})
}

func TestPattern(t *testing.T) {
	t.Parallel()
	const event = `{"source": "aws.states", "resources": ["a", "b"], "detail": {"status": "FAILED", "count": 1, "output": null}}`
	for _, c := range []struct {
		pattern string
		matches bool
		refused string
	}{
		{`{"source": ["aws.states"]}`, true, ""},
		{`{"source": ["aws.s3", "aws.states"], "detail": {"status": ["FAILED", "ABORTED"]}}`, true, ""},
		{`{"source": ["aws.states"], "detail": {"status": ["ABORTED"]}}`, false, ""},
		{`{"source": ["aws"]}`, false, ""},
		{`{"source": [{"prefix": "aws."}]}`, true, ""},
		{`{"source": [{"prefix": "awt"}]}`, false, ""},
		{`{"resources": ["b"]}`, true, ""},
		{`{"detail": {"count": [1], "output": [null]}}`, true, ""},
		{`{"detail": {"count": [{"prefix": "1"}]}}`, false, ""},
		{`{"detail": {"nosuch": ["x"]}}`, false, ""},
		{`{"source": {"name": ["x"]}}`, false, ""},
		{`{"source": "aws.states"}`, false, "/source: must be an object or a list"},
		{`{"source": []}`, false, "/source: is empty"},
		{`{"detail": {}}`, false, "/detail: is empty"},
		{`{"source": [{"suffix": "x"}]}`, false, "knows exact values and prefix, not map[suffix:x]"},
		{`[]`, false, "not a JSON object"},
	} {
		p, err := parsePattern(c.pattern)
		if (err == nil) != (c.refused == "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v, want %q", c.pattern, err, c.refused)
		}
		var document map[string]any
		if err := json.Unmarshal([]byte(event), &document); err != nil {
			t.Fatal(err)
		}
		if err == nil && p.matches(document) != c.matches {
			t.Errorf("%s: matches is %t", c.pattern, !c.matches)
		}
	}
}

func TestTransformer(t *testing.T) {
	t.Parallel()
	tr := &Transformer{
		Paths:    map[string]string{"name": "$.detail.name", "input": "$.detail.input", "n": "$.detail.n", "gone": "$.detail.x.y"},
		Template: `{"name":"<name>","input":<input>,"n":<n>,"text":"<n> of <name>","gone":<gone>,"empty":"<gone>"}`,
	}
	if err := tr.check(); err != nil {
		t.Fatal(err)
	}
	got := tr.apply(map[string]any{"detail": map[string]any{"name": `a"b`, "input": `{"key": "x"}`, "n": 5}})
	if want := `{"name":"a\"b","input":"{\"key\": \"x\"}","n":5,"text":"5 of a\"b","gone":null,"empty":""}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for template, want := range map[string]string{`{"a": "<b>"}`: "for which there is no path", `{"a" "<name>"}`: "is not JSON"} {
		tr.Template = template
		if err := tr.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", template, err)
		}
	}
	tr.Paths["name"] = "$.detail['name']"
	if err := tr.check(); err == nil || !strings.Contains(err.Error(), "knows paths of names") {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	_, err := Open(Options{Rules: []Rule{
		{Name: "a", Pattern: `{}`},
		{Name: "b", Pattern: `{"source": ["x"]}`, Targets: []Target{{ARN: "arn:aws:lambda:eu-west-1:000000000000:function:f"}}},
	}})
	if err == nil || !strings.Contains(err.Error(), "rule a: the pattern") || !strings.Contains(err.Error(), "function:f: the local runner knows queues and topics alone") {
		t.Error(err)
	}
}

// TestDelivery: what a target refuses is not tried again, what fails otherwise
// is, and both go to the dead-letter queue when nothing helps.
func TestDelivery(t *testing.T) {
	t.Parallel()
	asRule := access.Principal{Service: "events.amazonaws.com", SourceARN: ruleARN}
	asNobodys := access.Principal{Service: "events.amazonaws.com"}
	refused := &awsapi.Error{Code: "AccessDenied", Status: http.StatusForbidden, Message: "no"}
	broken := &awsapi.Error{Code: "InternalFailure", Status: http.StatusInternalServerError, Message: "later"}
	for _, c := range []struct {
		name   string
		refuse func(arn string, attempt int) error
		want   []delivery // bodies left out
		failed []Failure
	}{
		{"both arrive", nil, []delivery{{To: topicARN, From: asNobodys}, {To: queueARN, From: asRule}}, nil},
		{
			"the topic refuses", func(arn string, _ int) error {
				return map[string]error{topicARN: refused}[arn]
			},
			[]delivery{{To: deadARN, From: asRule, Code: "AccessDenied"}, {To: queueARN, From: asRule}},
			[]Failure{{RuleARN: ruleARN, TargetARN: topicARN, Reason: "AccessDenied: no", DeadLettered: true}},
		},
		{
			"the topic is slow to work", func(arn string, attempt int) error {
				if arn == topicARN && attempt <= maxRetries {
					return broken
				}
				return nil
			},
			[]delivery{{To: topicARN, From: asNobodys}, {To: queueARN, From: asRule}},
			nil,
		},
		{
			"the topic never works", func(arn string, _ int) error { return map[string]error{topicARN: broken}[arn] },
			[]delivery{{To: deadARN, From: asRule, Code: "InternalFailure", Retries: "5"}, {To: queueARN, From: asRule}},
			[]Failure{{RuleARN: ruleARN, TargetARN: topicARN, Reason: "InternalFailure: later", DeadLettered: true}},
		},
		{
			"nor does the dead-letter queue", func(arn string, _ int) error {
				return map[string]error{topicARN: refused, deadARN: refused}[arn]
			},
			[]delivery{{To: queueARN, From: asRule}},
			[]Failure{{RuleARN: ruleARN, TargetARN: topicARN, Reason: "AccessDenied: no; and the dead-letter queue refused it: AccessDenied: no"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				out := &sink{refuse: c.refuse}
				var failed []Failure
				s, err := Open(Options{
					Account: "000000000000", Region: "eu-west-1", Queues: out, Topics: out, OnFailed: func(f Failure) { failed = append(failed, f) },
					Rules: []Rule{{Name: "failed", ARN: ruleARN, Pattern: `{"detail": {"status": ["FAILED"]}}`, Targets: []Target{
						{ARN: topicARN, DeadLetterARN: deadARN, Transformer: &Transformer{Paths: map[string]string{"s": "$.detail.status"}, Template: `{"is": "<s>"}`}},
						{ARN: queueARN, DeadLetterARN: deadARN},
					}}},
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, status := range []string{"SUCCEEDED", "FAILED"} {
					if err := s.Put(Event{Source: "aws.states", DetailType: "x", Time: time.Now(), Detail: map[string]string{"status": status}}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Minute)
				s.Close()
				for i := range out.got {
					want := `"status":"FAILED"`
					if out.got[i].To == topicARN {
						want = `{"is": "FAILED"}`
					}
					if !strings.Contains(out.got[i].Body, want) {
						t.Errorf("%s got %s", out.got[i].To, out.got[i].Body)
					}
					out.got[i].Body = ""
				}
				byTarget := cmp.Transformer("sorted", func(list []delivery) map[string]delivery {
					m := map[string]delivery{}
					for _, d := range list {
						m[d.To] = d
					}
					return m
				})
				if diff := cmp.Diff(c.want, out.got, byTarget); diff != "" {
					t.Errorf("delivered (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.failed, failed); diff != "" {
					t.Errorf("reported (-want +got):\n%s", diff)
				}
				if err := s.Put(Event{Detail: map[string]string{"status": "FAILED"}}); err != nil || len(out.got) != len(c.want) {
					t.Errorf("after Close: %v, %d deliveries", err, len(out.got))
				}
			})
		})
	}
}
