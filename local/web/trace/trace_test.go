package trace_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/web/trace"
)

const (
	machineARN = "arn:aws:states:eu-west-1:000000000000:stateMachine:process"
	task       = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"%s","Payload":"{%% $states.input %%}"}`
)

// machine tries twice, catches, and goes through two branches side by side.
var machine = `{"QueryLanguage":"JSONata","StartAt":"First","States":{
	"First":{` + fmt.Sprintf(task, "flaky") + `,"Output":"{% $states.result.Payload %}","Retry":[{"ErrorEquals":["Transient"],"MaxAttempts":2}],"Next":"Both"},
	"Both":{"Type":"Parallel","Branches":[
		{"StartAt":"Left","States":{"Left":{"Type":"Pass","End":true}}},
		{"StartAt":"Right","States":{"Right":{"Type":"Wait","Seconds":2,"End":true}}}],"Next":"Decide"},
	"Decide":{"Type":"Choice","Choices":[{"Condition":"{% $states.input[0].n = 1 %}","Next":"Last"}],"Default":"Never"},
	"Last":{` + fmt.Sprintf(task, "broken") + `,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Gone"}],"Next":"Never"},
	"Never":{"Type":"Succeed"},
	"Gone":{"Type":"Fail","Error":"Sorry","Cause":"it is gone"}}}`

// functions are flaky, which works the second time, and broken, which never does.
type functions struct{ calls int }

func (f *functions) Call(_ context.Context, _, _ string, arguments json.RawMessage) (json.RawMessage, error) {
	time.Sleep(time.Second)
	if f.calls++; f.calls == 2 {
		return json.RawMessage(`{"Payload":{"n":1}}`), nil
	}
	name := "Transient"
	if strings.Contains(string(arguments), "broken") {
		name = "Permanent"
	}
	return nil, &states.TaskError{Name: name, Cause: "because"}
}

// history runs the machine.
func history(t *testing.T) (x states.Execution, way trace.Trace) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "executions")
	synctest.Test(t, func(t *testing.T) {
		e, err := states.Open(states.Options{Path: path, Tasks: &functions{}, Machines: []states.Machine{{ARN: machineARN, RoleARN: "arn:aws:iam::000000000000:role/x", Definition: []byte(machine)}}})
		if err != nil {
			t.Fatal(err)
		}
		x, err = e.StartExecution(t.Context(), machineARN, "x", json.RawMessage(`{"n":1}`))
		if err == nil {
			x, err = e.Wait(t.Context(), x.ARN)
		}
		if err != nil {
			t.Fatal(err)
		}
		events, _, err := e.GetExecutionHistory(t.Context(), x.ARN, states.HistoryQuery{MaxResults: 1000})
		if err != nil {
			t.Fatal(err)
		}
		way = trace.Read(events, true)
		if err := e.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return x, way
}

// TestRead follows an execution with a retry, two branches and a catch.
func TestRead(t *testing.T) {
	t.Parallel()
	_, way := history(t)
	var got []string
	for _, s := range way.Steps {
		got = append(got, fmt.Sprintf("%d %s %s %s tries=%d error=%s", s.Number, s.Name, s.Type, s.State, len(s.Attempts), s.Error))
	}
	slices.Sort(got[2:4]) // the branches begin in any order
	want := []string{
		"1 First Task succeeded tries=2 error=", "2 Both Parallel succeeded tries=0 error=",
		got[2], got[3],
		"5 Decide Choice succeeded tries=0 error=", "6 Last Task caught tries=1 error=Permanent", "7 Gone Fail failed tries=0 error=Sorry",
	}
	if !slices.Equal(got, want) || !strings.Contains(got[2]+got[3], "Left Pass succeeded") || !strings.Contains(got[2]+got[3], "Right Wait succeeded") {
		t.Errorf("%q, want %q", got, want)
	}
	first := way.Steps[0]
	if a := first.Attempts[0]; first.Retries() != 1 || a.Error != "Transient" || a.Cause != "because" || a.End.Sub(a.Start) != time.Second || a.Function() != "flaky" {
		t.Errorf("the first try is %+v", a)
	}
	if first.Input != `{"n":1}` || !strings.Contains(first.Attempts[1].Output, `"n":1`) || first.Left.Before(first.Attempts[1].End) {
		t.Errorf("the first step is %+v", first)
	}
	for _, want := range []trace.Move{{From: "First", To: "Both"}, {From: "Both", To: "Decide"}, {From: "Decide", To: "Last"}, {From: "Last", To: "Gone"}} {
		if !slices.Contains(way.Moves, want) {
			t.Errorf("%v lack %v", way.Moves, want)
		}
	}
}

// TestMachine reads the ways out of the states.
func TestMachine(t *testing.T) {
	t.Parallel()
	m, err := trace.ReadMachine([]byte(machine))
	if err != nil {
		t.Fatal(err)
	}
	for state, want := range map[string][]trace.Way{
		"First":  {{To: "Both", Kind: trace.Next}},
		"Decide": {{To: "Last", Kind: trace.Choice, Label: "$states.input[0].n = 1"}, {To: "Never", Kind: trace.Choice, Label: "otherwise"}},
		"Last":   {{To: "Never", Kind: trace.Next}, {To: "Gone", Kind: trace.Catch, Label: "on any error"}},
		"Gone":   nil,
	} {
		if got := m.States[state].Ways(); !slices.Equal(got, want) {
			t.Errorf("%s leads to %+v, want %+v", state, got, want)
		}
	}
	if got := m.States["First"].Retries(); !slices.Equal(got, []string{"up to 2× after Transient"}) {
		t.Errorf("%q", got)
	}
	if _, err := trace.ReadMachine([]byte(`{"States":1}`)); err == nil {
		t.Error("what is no machine is read")
	}
}

// TestLines finds the lines of an execution's invocations, with one that died,
// among those of others at the same time.
func TestLines(t *testing.T) {
	t.Parallel()
	_, way := history(t)
	store, err := logs.Open(t.TempDir(), logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	const (
		dead   = "00000000-0000-4000-8000-000000000000" // ended before it could name its execution
		mine   = "11111111-1111-4111-8111-111111111111"
		others = "22222222-2222-4222-8222-222222222222"
	)
	type entry struct{ stream, message string }
	write := func(group string, at time.Time, entries ...entry) {
		t.Helper()
		err := store.CreateGroup(group, 0)
		for i, e := range entries {
			err = errors.Join(err, store.Write(t.Context(), "", group, e.stream, []logs.Event{{Time: at.Add(time.Duration(i) * time.Millisecond), Message: e.message}}))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	first := way.Steps[0]
	write("/flaky", first.Attempts[0].Start,
		entry{"1", "INIT_START"}, entry{"1", "START RequestId: " + dead + " Version: $LATEST"},
		entry{"1", "panic: oh"}, entry{"1", "END RequestId: " + dead})
	write("/flaky", first.Attempts[1].Start,
		entry{"2", "START RequestId: " + mine + " Version: $LATEST"}, entry{"3", "START RequestId: " + others + " Version: $LATEST"},
		entry{"2", `{"time":"now","level":"INFO","msg":"made","executionId":"x","n":{"a": 1},"_aws":{"Timestamp":1}}`},
		entry{"3", `{"level":"INFO","msg":"made","executionId":"xx"}`},
		entry{"2", "END RequestId: " + mine}, entry{"3", "END RequestId: " + others})
	group := func(arn string) string { return map[string]string{"flaky": "/flaky"}[arn] }
	if err := way.AddLines(store, "x", group); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range first.Lines {
		got = append(got, fmt.Sprint(l.Level, "|", l.Message, "|", l.Fields))
	}
	want := []string{
		"|START RequestId: " + dead + " Version: $LATEST|[]", "|panic: oh|[]", "|END RequestId: " + dead + "|[]",
		"|START RequestId: " + mine + " Version: $LATEST|[]",
		"INFO|made|[{executionId x} {n {\"a\":1}}]",
		"|END RequestId: " + mine + "|[]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := way.AddLines(store, "x", func(string) string { return "/none" }); err == nil || !strings.Contains(err.Error(), "/none") {
		t.Errorf("a group that is not there: %v", err)
	}
}
