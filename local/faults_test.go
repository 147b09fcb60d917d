package local

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// hurry shortens the waits between the attempts of the state machine.
func hurry(g *graph.Graph) {
	for _, machine := range g.Of("aws:sfn/stateMachine:StateMachine") {
		machine.Inputs["definition"] = strings.NewReplacer(
			`"MaxDelaySeconds": 20`, `"MaxDelaySeconds": 2`, `"BackoffRate": 2`, `"BackoffRate": 1`,
		).Replace(machine.String("definition"))
	}
}

// failures are the errors of an execution's tasks, in order.
func (p *pipeline) failures(t *testing.T, a answer) []string {
	t.Helper()
	var names []string
	for _, e := range p.events(t, a) {
		if e.Type == history.TaskFailed {
			names = append(names, e.TaskFailed.Error)
		}
	}
	return names
}

// checkFailed holds a failed execution to its contract: the error and its cause
// with GET, the same error and a readable message in the notification.
func checkFailed(t *testing.T, ended answer, name, says string, published func(string) contract.Outcome) {
	t.Helper()
	var failed string
	if err := json.Unmarshal(ended.ErrorField, &failed); err != nil || ended.State != "FAILED" || failed != name || !strings.Contains(ended.Cause, says) || ended.Outcome != nil {
		t.Errorf("want FAILED with %s that says %q: %s", name, says, ended.Body)
	}
	o := published(ended.ExecutionID)
	if o.Status != contract.StatusFailed || o.Reason == nil || o.Reason.Code != name || !strings.Contains(o.Reason.Message, says) || strings.Contains(o.Reason.Message, "{") {
		t.Errorf("the notification is %+v, with the reason %+v", o, o.Reason)
	}
	if o.Source.Key == "" || o.Renditions == nil || o.StartedAt.IsZero() || o.FinishedAt.Before(o.StartedAt) {
		t.Errorf("the notification lacks something: %+v", o)
	}
}

func TestFaults(t *testing.T) {
	x := &wire{}
	p := start(t, func(o *Options) { o.WrapAWS, o.Edit = x.wrap, hurry })
	published := p.notifications(t)
	succeeds := func(t *testing.T, a answer) {
		t.Helper()
		ended := p.wait(t, a)
		if o := ended.Outcome; o == nil || o.Status != contract.StatusSucceeded || len(o.Renditions) != 3 {
			t.Errorf("%s", ended.Body)
		}
		if got := published(a.ExecutionID); got.Status != contract.StatusSucceeded {
			t.Errorf("the notification says %s", got.Status)
		}
	}
	t.Run("killed", func(t *testing.T) {
		p.upload(t, "killed.jpg", sample.Oriented(1))
		reading := x.hold(t, 1, p.reads(contract.StageResize, "killed.jpg"))
		accepted := p.process(t, "killed.jpg")
		<-reading.arrived
		running := children(t, os.Getpid())
		maps.DeleteFunc(running, func(_ int, name string) bool { return name != contract.StageResize })
		if len(running) != 1 {
			t.Fatalf("the resize functions that run are %v, want one", running)
		}
		for pid := range running {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		succeeds(t, accepted)
		if got := p.failures(t, accepted); !slices.Equal(got, []string{"Runtime.ExitError"}) {
			t.Errorf("the failures are %v, want the one of the killed function", got)
		}
	})
	t.Run("each", func(t *testing.T) {
		for _, stage := range []string{contract.StageValidate, contract.StageResize} {
			t.Run("S3 is busy twice for "+stage, func(t *testing.T) {
				t.Parallel()
				key := stage + ".jpg"
				p.upload(t, key, sample.Oriented(1))
				x.refuse(2, p.reads(stage, key), http.StatusServiceUnavailable, slowDown)
				accepted := p.process(t, key)
				succeeds(t, accepted)
				if got := p.failures(t, accepted); len(got) != 0 {
					t.Errorf("the failures are %v: the SDK has three attempts", got)
				}
			})
		}
		t.Run("S3 breaks off", func(t *testing.T) {
			t.Parallel()
			p.upload(t, "broken off.jpg", sample.ColourChart())
			x.on(first(1, p.reads(contract.StageResize, "broken off.jpg")), func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				whole := httptest.NewRecorder()
				next.ServeHTTP(whole, r)
				maps.Copy(w.Header(), whole.Header())
				_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
				panic(http.ErrAbortHandler) // closes the connection
			})
			accepted := p.process(t, "broken off.jpg")
			succeeds(t, accepted)
			if got := p.failures(t, accepted); !slices.Equal(got, []string{"Transient"}) {
				t.Errorf("the failures are %v, want that of the read", got)
			}
		})
		t.Run("S3 is busy twice for a rendition", func(t *testing.T) {
			t.Parallel()
			p.upload(t, "write.jpg", sample.Oriented(1))
			x.refuse(2, func(r *http.Request) bool {
				return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/thumbnails/medium/write.jpg")
			}, http.StatusServiceUnavailable, slowDown)
			succeeds(t, p.process(t, "write.jpg"))
		})
		t.Run("the topic refuses the success", func(t *testing.T) {
			t.Parallel()
			p.upload(t, "topic.jpg", sample.Oriented(1))
			x.refuse(1000, publishes(contract.StatusSucceeded, "topic-1"), http.StatusBadRequest, notPublished)
			accepted := p.process(t, "topic.jpg", contract.HeaderIdempotencyKey, "topic-1")
			checkFailed(t, p.wait(t, accepted), "Permanent", "InvalidParameter", published)
		})
		t.Run("the topic refuses everything", func(t *testing.T) {
			t.Parallel()
			p.upload(t, "silent.jpg", sample.Oriented(1))
			x.refuse(1000, publishes(contract.StatusSucceeded, "topic-2"), http.StatusBadRequest, notPublished)
			x.refuse(1000, publishes(contract.StatusFailed, "topic-2"), http.StatusForbidden, strings.Replace(notPublished, "InvalidParameter", "Another", 1))
			ended := p.wait(t, p.process(t, "silent.jpg", contract.HeaderIdempotencyKey, "topic-2"))
			// The first error is the one that matters.
			if ended.State != "FAILED" || !strings.Contains(ended.Cause, "InvalidParameter") {
				t.Errorf("%s", ended.Body)
			}
		})
	})
}

const notPublished = `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>InvalidParameter</Code><Message>Invalid parameter: Message</Message></Error></ErrorResponse>`

// setFunction changes an input of a function.
func setFunction(g *graph.Graph, stage, input string, value any) {
	for _, f := range g.Of("aws:lambda/function:Function") {
		if f.Name == stage {
			f.Inputs[input] = value
		}
	}
}

// Attempts end: those of what could go away after some, those of a defect at once.
func TestAttempts(t *testing.T) {
	x := &wire{}
	p := start(t, func(o *Options) {
		o.WrapAWS = x.wrap
		o.Edit = func(g *graph.Graph) {
			hurry(g)
			setFunction(g, contract.StageResize, "code", "local/testdata/functions/panic")
			setFunction(g, contract.StageValidate, "timeout", 1)
			// The state machine's attempts are counted here, not the SDK's.
			setVariable(g, contract.StageValidate, "AWS_MAX_ATTEMPTS", "1")
		}
	})
	published := p.notifications(t)
	t.Run("each", func(t *testing.T) {
		t.Run("panic", func(t *testing.T) {
			t.Parallel()
			p.upload(t, "panic.jpg", sample.Oriented(1))
			accepted := p.process(t, "panic.jpg")
			checkFailed(t, p.wait(t, accepted), "boundsError", "index out of range [2]", published)
			if got := p.failures(t, accepted); len(got) != 1 {
				t.Errorf("the failures are %v, want one: a defect does not go away", got)
			}
		})
		t.Run("S3 is busy forever", func(t *testing.T) {
			t.Parallel()
			p.upload(t, "forever.jpg", sample.Oriented(1))
			x.refuse(1000, p.reads(contract.StageValidate, "forever.jpg"), http.StatusServiceUnavailable, slowDown)
			accepted := p.process(t, "forever.jpg")
			checkFailed(t, p.wait(t, accepted), "Transient", "SlowDown", published)
			if got := p.failures(t, accepted); len(got) != 6 {
				t.Errorf("the failures are %v, want one and those of five more attempts", got)
			}
		})
		t.Run("S3 is busy three times", func(t *testing.T) {
			t.Parallel()
			p.upload(t, "busy.jpg", sample.Bomb())
			x.refuse(3, p.reads(contract.StageValidate, "busy.jpg"), http.StatusServiceUnavailable, slowDown)
			accepted := p.process(t, "busy.jpg")
			checkRejected(t, p.wait(t, accepted), "too_many_pixels", "64250")
			if got := p.failures(t, accepted); len(got) != 3 {
				t.Errorf("the failures are %v, want three", got)
			}
		})
		t.Run("S3 is slow once", func(t *testing.T) {
			t.Parallel()
			p.upload(t, "slow.jpg", sample.Bomb())
			x.hold(t, 1, p.reads(contract.StageValidate, "slow.jpg"))
			accepted := p.process(t, "slow.jpg")
			checkRejected(t, p.wait(t, accepted), "too_many_pixels", "64250")
			// Its own deadline or Lambda's, whichever it meets first.
			if got := p.failures(t, accepted); len(got) == 0 || got[0] != "Timeout" && got[0] != "Sandbox.Timedout" {
				t.Errorf("the failures are %v, want that of the slow read", got)
			}
		})
	})
}

func TestTimeout(t *testing.T) {
	p := start(t, func(o *Options) {
		o.Edit = func(g *graph.Graph) {
			hurry(g)
			setFunction(g, contract.StageValidate, "code", "local/testdata/functions/stuck")
			setFunction(g, contract.StageValidate, "timeout", 1)
		}
	})
	published := p.notifications(t)
	accepted := p.process(t, "stuck.jpg")
	checkFailed(t, p.wait(t, accepted), "Sandbox.Timedout", "Task timed out after 1.00 seconds", published)
	if got := p.failures(t, accepted); len(got) != 2 {
		t.Errorf("the failures are %v, want one and that of one more attempt", got)
	}
	t.Run("is logged", func(t *testing.T) { p.checkExecutionLog(t, accepted.ExecutionARN) })
}

// checkExecutionLog holds the state machine's log to its level, ERROR: it has
// what went wrong with an execution, in Step Functions' own shape.
func (p *pipeline) checkExecutionLog(t *testing.T, executionARN string) {
	t.Helper()
	machines, err := stateMachines(p.Graph)
	if err != nil {
		t.Fatal(err)
	}
	ended, err := p.states.Wait(t.Context(), executionARN)
	if err != nil {
		t.Fatal(err)
	}
	lines, _, err := p.logs.Filter(logs.Query{Group: groupName(machines[0].Logging.LogDestination)})
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, line := range lines {
		var event struct {
			ID, Type  string
			Details   map[string]any
			Previous  string `json:"previous_event_id"`
			Timestamp string `json:"event_timestamp"`
			Execution string `json:"execution_arn"`
		}
		if err := json.Unmarshal([]byte(line.Message), &event); err != nil {
			t.Fatalf("%s: %v", line.Message, err)
		}
		types = append(types, event.Type)
		if event.ID == "" || event.Previous == "" || event.Execution != executionARN || event.Timestamp != strconv.FormatInt(line.Time.UnixMilli(), 10) {
			t.Errorf("the event is %s", line.Message)
		}
		if event.Type == "ExecutionFailed" && event.Details["error"] != ended.Error {
			t.Errorf("the execution failed with %s, and the log says %s", ended.Error, line.Message)
		}
	}
	if want := []string{"TaskFailed", "TaskFailed", "FailStateEntered", "ExecutionFailed"}; !slices.Equal(types, want) {
		t.Errorf("the log has %v, want %v", types, want)
	}
}
