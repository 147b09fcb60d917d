package states_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
)

const (
	machineARN   = "arn:aws:states:eu-west-1:000000000000:stateMachine:process"
	executionARN = "arn:aws:states:eu-west-1:000000000000:execution:process:"
	roleARN      = "arn:aws:iam::000000000000:role/process"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// functions is a fake Tasks: functions by name.
type functions map[string]func(context.Context, json.RawMessage) (string, error)

func (f functions) Call(ctx context.Context, role, resource string, arguments json.RawMessage) (json.RawMessage, error) {
	if role != roleARN {
		return nil, &states.TaskError{Name: "States.Permissions", Cause: "the role is " + role}
	}
	var in struct {
		FunctionName, Message string
		Payload               json.RawMessage
	}
	if err := json.Unmarshal(arguments, &in); err != nil {
		return nil, err
	}
	if resource == "arn:aws:states:::sns:publish" {
		return json.RawMessage(fmt.Sprintf(`{"MessageId":"%d"}`, len(in.Message))), nil
	}
	fn := f[in.FunctionName]
	if fn == nil {
		return nil, fmt.Errorf("no function %s", in.FunctionName)
	}
	payload, err := fn(ctx, in.Payload)
	if err != nil {
		return nil, err
	}
	return json.RawMessage(`{"ExecutedVersion":"$LATEST","StatusCode":200,"Payload":` + payload + `}`), nil
}

func echo(_ context.Context, payload json.RawMessage) (string, error) { return string(payload), nil }

// failing fails with each error name in turn, then answers "ok".
func failing(names ...string) func(context.Context, json.RawMessage) (string, error) {
	var mu sync.Mutex
	return func(context.Context, json.RawMessage) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(names) == 0 {
			return `"ok"`, nil
		}
		name := names[0]
		names = names[1:]
		return "", &states.TaskError{Name: name, Cause: "because"}
	}
}

// hang returns when ctx ends.
func hang(ctx context.Context, _ json.RawMessage) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

// document completes a machine from its states; the first one starts.
func document(statesJSON string) []byte {
	start := strings.SplitN(statesJSON, `"`, 3)[1]
	return []byte(`{"QueryLanguage":"JSONata","StartAt":"` + start + `","States":{` + statesJSON + `}}`)
}

// invoke is the fields of a Task that calls a function with the state's input.
func invoke(function string) string {
	return `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"` + function + `","Payload":"{% $states.input %}"}`
}

func options(path string, definition []byte, tasks states.Tasks) states.Options {
	return states.Options{
		Path: path, Tasks: tasks,
		Machines: []states.Machine{{ARN: machineARN, RoleARN: roleARN, Definition: definition}},
	}
}

// open opens an engine that is closed with the test.
func open(t *testing.T, o states.Options) *states.Engine {
	t.Helper()
	e, err := states.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shut(t, e) })
	return e
}

func shut(t *testing.T, e *states.Engine) {
	t.Helper()
	if err := e.Close(context.Background()); err != nil && !strings.Contains(err.Error(), "closed") {
		t.Error(err)
	}
}

// run starts one execution and waits for its end. In a bubble its clock is
// fake, so that waiting costs nothing.
func run(t *testing.T, definition []byte, tasks states.Tasks, input string) (x states.Execution, events []history.Event, took time.Duration) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "executions")
	synctest.Test(t, func(t *testing.T) {
		e, err := states.Open(options(path, definition, tasks))
		if err != nil {
			t.Fatal(err)
		}
		defer shut(t, e)
		if x, err = e.StartExecution(t.Context(), machineARN, "x", json.RawMessage(input)); err != nil {
			t.Fatal(err)
		}
		if x, err = e.Wait(t.Context(), x.ARN); err != nil {
			t.Fatal(err)
		}
		if events, _, err = e.GetExecutionHistory(t.Context(), x.ARN, states.HistoryQuery{MaxResults: 1000}); err != nil {
			t.Fatal(err)
		}
		// Less what the writer lingered for.
		took = x.StopDate.Sub(x.StartDate).Truncate(time.Second / 2)
	})
	return x, events, took
}

func kinds(events []history.Event) string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = string(e.Type)
	}
	return strings.Join(names, " ")
}

// sameJSON compares two JSON texts by value, numbers by their digits.
func sameJSON(t *testing.T, what, want string, got json.RawMessage) {
	t.Helper()
	if diff := cmp.Diff(parsed(t, want), parsed(t, string(got))); diff != "" {
		t.Errorf("%s (-want +got)\n%s", what, diff)
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}
