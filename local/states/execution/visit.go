package execution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pixline/pixline/local/states/asl"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/query"
	"github.com/pixline/pixline/local/states/store"
)

// whole is the only DataDetails there is: nothing is truncated.
var whole = &history.Data{}

// visit is one stay in a state.
type visit struct {
	frame   *frame
	state   *asl.State
	input   json.RawMessage
	entered time.Time
	event   int64 // of the entry

	scope scope
}

func (v *visit) enter() {
	e := history.Event{
		Type:         history.Entered(string(v.state.Type)),
		Previous:     v.frame.last,
		StateEntered: &history.EnteredDetails{Name: v.state.Name, Input: string(v.input), InputDetails: whole},
	}
	if v.frame.last == 1 {
		e.Previous = 0 // as real histories have it: the first state follows nothing
	}
	var c *store.Checkpoint
	if v.frame.top {
		c = &store.Checkpoint{State: v.state.Name, Input: v.input, Variables: v.frame.vars.values}
	}
	v.frame.last, v.entered = v.frame.run.Journal.Record(e, c)
	v.event = v.frame.last
}

// perform does the state's work and returns the next state's name, empty at
// the end of the flow, and the output.
func (v *visit) perform(ctx context.Context) (next string, output json.RawMessage, err error) {
	v.scope.visit = v
	s := v.state
	switch s.Type {
	case asl.Task:
		return v.handled(ctx, v.task)
	case asl.Parallel:
		return v.handled(ctx, v.parallel)
	case asl.Map:
		return v.handled(ctx, v.iterate)
	case asl.Choice:
		return v.choose(ctx)
	case asl.Wait:
		if err := v.wait(ctx); err != nil {
			return "", nil, err
		}
	case asl.Fail:
		return "", nil, v.fail(ctx)
	}
	// Pass, Succeed, and a Wait that is over.
	return v.leave(ctx, exit{next: s.Next, output: s.Output, assign: s.Assign, fallback: v.input})
}

// exit is one way out of a state.
type exit struct {
	next     string
	output   *query.Template
	assign   asl.Assign
	prefix   string          // of the fields, for errors: Choices[1]/
	fallback json.RawMessage // the output when there is no template
}

// leave evaluates a way out and takes it. Nothing has happened when it fails.
func (v *visit) leave(ctx context.Context, x exit) (string, json.RawMessage, error) {
	output, assigned, err := v.evaluate(ctx, x)
	if err != nil {
		return "", nil, err
	}
	v.exit(output, assigned)
	return x.next, output, nil
}

// evaluate computes a state's output and the variables' new values. All of it
// sees the variables as they were on entry.
func (v *visit) evaluate(ctx context.Context, x exit) (json.RawMessage, map[string]json.RawMessage, error) {
	output := x.fallback
	if x.output != nil {
		var err error
		if output, err = x.output.Eval(ctx, &v.scope, x.prefix+"Output"); err != nil {
			return nil, nil, v.evaluation(err)
		}
		if len(output) > maxPayload {
			return nil, nil, v.tooLarge(v.state.Name)
		}
	}
	if len(x.assign) == 0 {
		return output, nil, nil
	}
	assigned, size := make(map[string]json.RawMessage, len(x.assign)), 0
	for _, a := range x.assign {
		value, err := a.Value.Eval(ctx, &v.scope, x.prefix+"Assign/"+a.Name)
		if err != nil {
			return nil, nil, v.evaluation(err)
		}
		assigned[a.Name] = value
		size += len(value)
	}
	if size > maxPayload {
		return nil, nil, v.tooLarge(v.state.Name)
	}
	return output, assigned, nil
}

func (v *visit) exit(output json.RawMessage, assigned map[string]json.RawMessage) {
	d := &history.ExitedDetails{Name: v.state.Name, Output: string(output), OutputDetails: whole}
	if len(assigned) > 0 {
		d.AssignedVariables = make(map[string]string, len(assigned))
		d.AssignedVariablesDetails = whole
		for name, value := range assigned {
			d.AssignedVariables[name] = string(value)
		}
		v.frame.vars.assign(assigned)
	}
	v.frame.record(history.Event{Type: history.Exited(string(v.state.Type)), StateExited: d})
}

// abort journals that the state was cut short by a failed sibling.
func (v *visit) abort() {
	switch v.state.Type {
	case asl.Task, asl.Wait, asl.Parallel, asl.Map:
		v.frame.record(history.Event{Type: history.Aborted(string(v.state.Type))})
	}
}

// evaluation turns a failed evaluation into the state's failure. Other errors
// pass: the context has ended.
func (v *visit) evaluation(err error) error {
	var failed *query.Error
	if !errors.As(err, &failed) {
		return err
	}
	f := &Failure{
		Name:  asl.ErrorQueryEvaluation,
		Cause: fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", v.state.Name, v.event, failed.Reason),
	}
	v.frame.record(history.Event{Type: history.EvaluationFailed, EvaluationFailed: &history.EvaluationDetails{
		FailureDetails: history.FailureDetails{Error: f.Name, Cause: f.Cause},
		Location:       failed.Field,
		State:          v.state.Name,
	}})
	return f
}

func (v *visit) tooLarge(what string) *Failure {
	return &Failure{
		Name:  asl.ErrorDataLimit,
		Cause: fmt.Sprintf("The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", what),
	}
}

// sleep waits until a time.
func sleep(ctx context.Context, until time.Time) error {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
