package runtime_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/runtime"
)

// Each injected fault has the effect of a real one: on the answer, the process,
// the log and what is counted.
func TestInjection(t *testing.T) {
	t.Parallel()
	quick := function(t, "quick")
	quick.Timeout = time.Second
	var mu sync.Mutex
	var next runtime.Injection
	var seen []runtime.Observation
	s := &sink{}
	r := start(t, s, func(o *runtime.Options) {
		o.Inject = func(string) runtime.Injection { mu.Lock(); defer mu.Unlock(); return next }
		o.Observer = func(o runtime.Observation) { mu.Lock(); defer mu.Unlock(); seen = append(seen, o) }
	}, function(t, "f"), quick)
	inject := func(i runtime.Injection) { mu.Lock(); defer mu.Unlock(); next = i }
	last := func() runtime.Observation { mu.Lock(); defer mu.Unlock(); return seen[len(seen)-1] }
	process := func(name string) int {
		t.Helper()
		inject(runtime.Injection{})
		return number(t, invoke(t, r, name, event{Do: "pid"}))
	}
	for _, c := range []struct {
		name, function string
		injected       runtime.Injection
		kind, message  string // ID stands for the request's ID
		line, report   string // in the log
		survives       bool
	}{
		{
			"error", "f",
			runtime.Injection{ErrorType: "Transient"},
			"Transient", "the local runner was told to inject this fault",
			`"errorType":"Transient","level":"ERROR","msg":"the local runner was told to inject this fault","requestId":"ID"`, "Max Memory Used", true,
		},
		{"slow error", "f", runtime.Injection{ErrorType: "X", Delay: 20 * time.Millisecond}, "X", "the local runner was told to inject this fault", `{"delayMs":20,"error":"the local runner was told to inject this fault","errorType":"X"`, "", true},
		{
			"panic", "f",
			runtime.Injection{Panic: true},
			"Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 2",
			"SIGABRT: abort\n", "\tStatus: error\tError Type: Runtime.ExitError\n", false,
		},
		{
			"hang", "quick",
			runtime.Injection{Hang: true},
			"Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds",
			"ID Task timed out after 1.00 seconds\n", "\tStatus: timeout\n", false,
		},
		{
			"slower than the timeout", "quick",
			runtime.Injection{Delay: time.Hour},
			"Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds",
			`"delayMs":3600000,"level":"WARN"`, "\tStatus: timeout\n", false,
		},
	} {
		before := process(c.function)
		inject(c.injected)
		// The function would answer at once.
		res := invoke(t, r, c.function, event{})
		kind, message := document(t, res)
		expand := func(text string) string { return strings.ReplaceAll(text, "ID", res.RequestID) }
		if kind != c.kind || message != expand(c.message) {
			t.Errorf("%s: %s", c.name, res.Payload)
		}
		if text := s.text(); !strings.Contains(text, expand(c.line)) || !strings.Contains(res.LogTail, c.report) {
			t.Errorf("%s: the log is %s", c.name, res.LogTail)
		}
		if o := last(); o.Kind != runtime.Invoked || o.Result.FunctionError == "" {
			t.Errorf("%s: observed %+v", c.name, o)
		}
		if c.survives != (process(c.function) == before) || !c.survives && !gone(before) {
			t.Errorf("%s: the process lives: %t", c.name, !gone(before))
		}
	}

	process("f")
	inject(runtime.Injection{Delay: 30 * time.Millisecond})
	if res := invoke(t, r, "f", event{Do: "context"}); res.FunctionError != "" || res.Duration < 30*time.Millisecond || !strings.Contains(res.LogTail, `"delayMs":30`) {
		t.Errorf("%v %s %s", res.Duration, res.Payload, res.LogTail)
	}

	inject(runtime.Injection{Throttle: true})
	_, err := r.Invoke(t.Context(), "f", nil)
	if e := awsapi.As(err); e.Code != "TooManyRequestsException" || e.Status != 429 || last().Kind != runtime.Throttled {
		t.Errorf("%v, observed %+v", err, last())
	}
	inject(runtime.Injection{})
	if text := s.text(); strings.Count(text, "told to inject") < 6 || strings.Contains(invoke(t, r, "f", event{}).LogTail, "told to inject") {
		t.Error("the log does not tell injected faults from others")
	}
}

// Close ends an invocation that is delayed, and one that hangs.
func TestCloseDuringInjection(t *testing.T) {
	t.Parallel()
	for _, injected := range []runtime.Injection{{Delay: time.Hour}, {Hang: true}} {
		asked := make(chan struct{})
		r := start(t, &sink{}, func(o *runtime.Options) {
			o.Inject = func(string) runtime.Injection { close(asked); return injected }
			o.ShutdownGrace = time.Millisecond
		}, function(t, "f"))
		var wait sync.WaitGroup
		wait.Go(func() {
			if res, err := r.Invoke(t.Context(), "f", nil); err == nil && res.FunctionError == "" {
				t.Errorf("%s", res.Payload)
			}
		})
		<-asked
		if err := r.Close(t.Context()); err != nil {
			t.Error(err)
		}
		wait.Wait()
	}
}
