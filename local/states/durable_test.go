package states_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
)

// gate is a function that blocks until it is opened, and says when it was
// called.
type gate struct {
	called chan json.RawMessage
	open   chan struct{}
}

func newGate() *gate { return &gate{called: make(chan json.RawMessage, 9), open: make(chan struct{})} }

func (g *gate) call(ctx context.Context, payload json.RawMessage) (string, error) {
	g.called <- payload
	select {
	case <-g.open:
		return `"through"`, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

var resumable = document(`"A":{` + invoke("count") + `,"Assign":{"x":{"deep":[null,12345678901234567890]}},"Output":{"v":"{% $states.result.Payload %}"},"Next":"B"},
	"B":{` + invoke("gate") + `,"Output":"{% {'x': $x, 'in': $states.input, 'got': $states.result.Payload} %}","Next":"C"},"C":{"Type":"Succeed"}`)

// An execution goes on where it was, after an orderly end and after a crash,
// which a copy of the file stands for.
func TestResume(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, crashed := filepath.Join(dir, "executions"), filepath.Join(dir, "crashed")
	counted := make(chan struct{}, 9)
	count := func(context.Context, json.RawMessage) (string, error) {
		counted <- struct{}{}
		return `"first"`, nil
	}
	first := newGate()
	e := open(t, options(path, resumable, functions{"count": count, "gate": first.call}))
	x, err := e.StartExecution(t.Context(), machineARN, "x", json.RawMessage(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	<-first.called
	before, _, err := e.GetExecutionHistory(t.Context(), x.ARN, states.HistoryQuery{}) // flushes
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(crashed, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	shut(t, e)
	if _, err := e.StartExecution(t.Context(), machineARN, "late", nil); err == nil {
		t.Error("a closed engine starts an execution")
	}

	for _, path := range []string{path, crashed} {
		second := newGate()
		close(second.open)
		// The machine has changed since: the execution keeps its definition.
		e := open(t, options(path, document(`"Other":{"Type":"Fail"}`), functions{"count": count, "gate": second.call}))
		x, err := e.Wait(t.Context(), x.ARN)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, "output", `{"x":{"deep":[null,12345678901234567890]},"in":{"v":"first"},"got":"through"}`, x.Output)
		sameJSON(t, "the state's input", `{"v":"first"}`, <-second.called)
		events, _, err := e.GetExecutionHistory(t.Context(), x.ARN, states.HistoryQuery{})
		if err != nil {
			t.Fatal(err)
		}
		want := kinds(before) + " " + task + "TaskStateExited SucceedStateEntered SucceedStateExited ExecutionSucceeded"
		if got := kinds(events); got != want {
			t.Errorf("events\n got %s\nwant %s", got, want)
		}
		for i, event := range events {
			if event.ID != int64(i+1) {
				t.Errorf("event %d has the id %d", i+1, event.ID)
			}
		}
		shut(t, e)
	}
	if len(counted) != 1 {
		t.Errorf("the first task was performed %d times", len(counted))
	}

	// What has ended stays readable.
	e = open(t, options(path, resumable, functions{}))
	if x, err = e.DescribeExecution(t.Context(), x.ARN); err != nil || x.Status != store.Succeeded {
		t.Errorf("got %+v, %v", x, err)
	}
}

// A Parallel state is performed again as a whole, with the variables around it.
func TestResumeParallel(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "executions")
	definition := document(`"A":{"Type":"Pass","Assign":{"x":1},"Next":"P"},"P":{"Type":"Parallel","Branches":[
		{"StartAt":"B","States":{"B":{` + invoke("count") + `,"Output":"{% $x %}","End":true}}},
		{"StartAt":"C","States":{"C":{` + invoke("gate") + `,"Output":"{% $states.result.Payload %}","End":true}}}],"End":true}`)
	counted := make(chan struct{}, 9)
	count := func(context.Context, json.RawMessage) (string, error) {
		counted <- struct{}{}
		return `1`, nil
	}
	first, second := newGate(), newGate()
	e := open(t, options(path, definition, functions{"count": count, "gate": first.call}))
	x, err := e.StartExecution(t.Context(), machineARN, "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	<-first.called
	<-counted
	shut(t, e)

	close(second.open)
	e = open(t, options(path, definition, functions{"count": count, "gate": second.call}))
	if x, err = e.Wait(t.Context(), x.ARN); err != nil || x.Status != store.Succeeded {
		t.Fatalf("got %+v, %v", x, err)
	}
	sameJSON(t, "output", `[1,"through"]`, x.Output)
	if len(counted) != 1 || len(second.called) != 1 {
		t.Errorf("the branches were performed %d and %d times again", len(counted), len(second.called))
	}
}

func TestStartExecution(t *testing.T) {
	t.Parallel()
	g := newGate()
	e := open(t, options(filepath.Join(t.TempDir(), "executions"), document(`"A":{`+invoke("gate")+`,"End":true}`), functions{"gate": g.call}))
	start := func(name, input string) (states.Execution, error) {
		return e.StartExecution(t.Context(), machineARN, name, json.RawMessage(input))
	}
	first, err := start("same", `{"a":1}`)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := start("same", `{"a":1}`); err != nil || again.ARN != executionARN+"same" || !again.StartDate.Equal(first.StartDate) {
		t.Errorf("the same again: got %+v, %v", again, err)
	}
	exists := "ExecutionAlreadyExists: Execution Already Exists: '" + executionARN + "same'"
	if _, err := start("same", `{"a":2}`); err == nil || err.Error() != exists {
		t.Errorf("another input: got %v", err)
	}

	// However many start it at once, it runs once.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := start("race", `{}`); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(g.open)
	for _, name := range []string{"same", "race"} {
		if x, err := e.Wait(t.Context(), executionARN+name); err != nil || x.Status != store.Succeeded {
			t.Errorf("got %+v, %v", x, err)
		}
	}
	if len(g.called) != 2 {
		t.Errorf("the task was performed %d times", len(g.called))
	}
	if _, err := start("same", `{"a":1}`); err == nil || err.Error() != exists {
		t.Errorf("after its end: got %v", err)
	}

	limit := `"` + strings.Repeat("x", 256<<10-2) + `"`
	for _, c := range []struct{ name, input, code string }{
		{"", "", ""},
		{"limit", limit, ""},
		{"over", limit + " ", "InvalidExecutionInput"},
		{"json", "{", "InvalidExecutionInput"},
		{"utf8", "\"\xff\"", "InvalidExecutionInput"},
		{strings.Repeat("é", 80), "{}", ""},
		{strings.Repeat("x", 81), "{}", "ValidationException"},
		{"a b", "{}", "InvalidName"},
		{"a/b", "{}", "InvalidName"},
		{"a:b", "{}", "InvalidName"},
		{"a\x7f", "{}", "InvalidName"},
		{"a\U0010FFFF", "{}", "InvalidName"},
		{"a\"b", "{}", "InvalidName"},
	} {
		x, err := start(c.name, c.input)
		var failed *awsapi.Error
		switch {
		case c.code == "" && err != nil:
			t.Errorf("%.20s: %v", c.name, err)
		case c.code == "":
			if _, err := e.Wait(t.Context(), x.ARN); err != nil {
				t.Error(err)
			}
		case !errors.As(err, &failed) || failed.Code != c.code || failed.Status != 400:
			t.Errorf("%q: got %v, want %s", c.name, err, c.code)
		}
	}
}

// observer notes what it is told.
type observer struct {
	mu    sync.Mutex
	notes []string
}

func (o *observer) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notes = append(o.notes, fmt.Sprintf(format, args...))
}

func (o *observer) ExecutionStarted(x states.Execution) { o.note("started %s", x.Name) }
func (o *observer) ExecutionEnded(x states.Execution)   { o.note("ended %s %s", x.Name, x.Status) }
func (o *observer) Event(_ string, e history.Event)     { o.note("%d %s", e.ID, e.Type) }

func TestStopAndObserve(t *testing.T) {
	t.Parallel()
	o := options(filepath.Join(t.TempDir(), "executions"), document(`"A":{"Type":"Wait","Seconds":1000,"End":true}`), functions{})
	seen := &observer{}
	o.Observer = seen
	e := open(t, o)
	x, err := e.StartExecution(t.Context(), machineARN, "x", nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := e.StopExecution(t.Context(), x.ARN, "Enough", "of it")
	if err != nil {
		t.Fatal(err)
	}
	x, err = e.DescribeExecution(t.Context(), x.ARN)
	if err != nil || x.Status != store.Aborted || x.Error != "Enough" || x.Cause != "of it" || !x.StopDate.Equal(at) {
		t.Errorf("got %+v, %v", x, err)
	}
	if again, err := e.StopExecution(t.Context(), x.ARN, "", ""); err != nil || !again.Equal(at) {
		t.Errorf("stopped again: got %s, %v", again, err)
	}
	shut(t, e)
	notes := strings.Join(seen.notes, ", ")
	if !strings.HasPrefix(notes, "started x, 1 ExecutionStarted, ") || !strings.HasSuffix(notes, "ExecutionAborted, ended x ABORTED") {
		t.Errorf("the observer was told %s", notes)
	}
}

// BenchmarkExecution is the engine's own share: an execution of six states,
// with tasks that take no time, sixteen at once.
func BenchmarkExecution(b *testing.B) {
	definition := document(`"A":{` + invoke("f") + `,"Output":"{% $states.result.Payload %}","Assign":{"x":"{% $states.result.Payload %}"},"Retry":[{"ErrorEquals":["States.ALL"]}],"Next":"B"},
		"B":{"Type":"Choice","Choices":[{"Condition":"{% $states.input.key = 'none' %}","Next":"C"}],"Default":"C"},
		"C":{` + invoke("f") + `,"Output":"{% $merge([$states.input, {'id': $states.context.Execution.Id}]) %}","Next":"D"},
		"D":{"Type":"Pass","Output":{"k":"{% $states.input.key %}"},"Next":"E"},
		"E":{` + invoke("f") + `,"Next":"F"},"F":{"Type":"Succeed"}`)
	e, err := states.Open(options(filepath.Join(b.TempDir(), "executions"), definition, functions{"f": echo}))
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := e.Close(context.Background()); err != nil {
			b.Error(err)
		}
	}()
	b.SetParallelism(8) // times GOMAXPROCS
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			x, err := e.StartExecution(context.Background(), machineARN, "", json.RawMessage(`{"bucket":"b","key":"photos/cat.jpg"}`))
			if err == nil {
				x, err = e.Wait(context.Background(), x.ARN)
			}
			if err != nil || x.Status != store.Succeeded {
				b.Errorf("%s: %s %s: %v", x.Status, x.Error, x.Cause, err)
				return
			}
		}
	})
}
