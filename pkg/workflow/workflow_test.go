package workflow

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
)

type state struct {
	Type           string
	Default        string
	TimeoutSeconds int
	Arguments      struct {
		FunctionName string
		Payload      json.RawMessage
	}
	Retry []struct {
		ErrorEquals     []string
		MaxAttempts     int
		MaxDelaySeconds int
		JitterStrategy  string
	}
	Catch []struct{ ErrorEquals []string }
}

func render(t *testing.T) map[string]state {
	t.Helper()
	function := func(name string, n time.Duration) Function {
		return Function{ARN: "arn:aws:lambda:eu-west-1:000000000000:function:" + name, TaskTimeout: n * time.Second}
	}
	rendered, err := Render(Functions{function("v", 11), function("r", 61), function("n", 12)}, 5*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		TimeoutSeconds int
		States         map[string]state
	}
	if err := json.Unmarshal([]byte(rendered), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, rendered)
	}
	if doc.TimeoutSeconds != 300 {
		t.Errorf("TimeoutSeconds = %d, want 300", doc.TimeoutSeconds)
	}
	return doc.States
}

func TestEveryTaskIsBounded(t *testing.T) {
	t.Parallel()
	tasks := 0
	for name, s := range render(t) {
		if s.Type == "Choice" && s.Default == "" {
			t.Errorf("%s has no Default", name)
		}
		if s.Type != "Task" {
			continue
		}
		tasks++
		if s.TimeoutSeconds == 0 || s.Arguments.FunctionName == "" || len(s.Retry) == 0 || len(s.Catch) == 0 {
			t.Errorf("%s lacks a timeout, a function, a retry or a catch: %+v", name, s)
		}
		retried := map[string]int{} // attempts
		for _, r := range s.Retry {
			if r.MaxAttempts > 10 || r.MaxDelaySeconds == 0 || r.JitterStrategy != "FULL" {
				t.Errorf("%s retries without bound or jitter: %+v", name, r)
			}
			for _, e := range r.ErrorEquals {
				if e == "States.ALL" || e == "States.TaskFailed" || e == fault.NamePermanent {
					t.Errorf("%s retries %s, which is not transient", name, e)
				}
				retried[e] = r.MaxAttempts
			}
		}
		// What was throttled has done no work: it waits in a queue, for longer than what failed.
		if retried["Lambda.TooManyRequestsException"] <= retried[fault.NameTransient] {
			t.Errorf("%s retries %v: want throttles more often than errors", name, retried)
		}
		// The functions' own names for what passes: pkg/fault gives them.
		if retried[fault.NameTransient] < 2 || retried[fault.NameTimeout] != TimeoutAttempts-1 || retried["States.Timeout"] != TimeoutAttempts-1 || retried["Sandbox.Timedout"] != TimeoutAttempts-1 {
			t.Errorf("%s retries %v: want %s several times, timeouts %d times", name, retried, fault.NameTransient, TimeoutAttempts-1)
		}
	}
	if tasks != 5 {
		t.Errorf("%d tasks, want 5", tasks)
	}
}

// TestStatuses: notify is told the statuses of the contract.
func TestStatuses(t *testing.T) {
	t.Parallel()
	states := render(t)
	for name, status := range map[string]string{
		"NotifySucceeded": contract.StatusSucceeded, "NotifyRejected": contract.StatusRejected, "NotifyFailed": contract.StatusFailed,
	} {
		payload := strings.ReplaceAll(string(states[name].Arguments.Payload), `"`, "'")
		if !strings.Contains(payload, "'status': '"+status+"'") {
			t.Errorf("%s passes %s, want the status %s", name, payload, status)
		}
	}
}
