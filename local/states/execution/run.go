// Package execution interprets one execution of a state machine.
//
// Guarantees:
//   - Every step is journalled in the order and shape of a real execution's
//     history. On entry into a state of the machine itself the journal gets a
//     checkpoint, from which Do can go on.
//   - Steps are performed at least once: an execution that goes on from a
//     checkpoint performs that state again, with the same input and variables;
//     a Parallel or Map state as a whole. A Wait keeps its original end.
//   - Do ends soon after its context, as soon as the task under way does, and
//     leaves no goroutine behind.
package execution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pixline/pixline/local/states/asl"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
)

// maxPayload is the size limit of an input, a result, an output and the
// variables assigned at once, in bytes (256 KiB).
const maxPayload = 256 << 10

// Tasks performs the tasks of executions.
type Tasks interface {
	// Call performs a task as a role. resource is asl.LambdaInvoke or
	// asl.SNSPublish; arguments and the result are JSON, in the shape of the
	// service integration. It must return soon after ctx ends. A *TaskError
	// names the failure; another error is States.TaskFailed.
	Call(ctx context.Context, roleARN, resource string, arguments json.RawMessage) (json.RawMessage, error)
}

// TaskError is a task's failure as Retry and Catch see it.
type TaskError struct {
	Name  string // such as Lambda.TooManyRequestsException, or the function's errorType
	Cause string
}

func (e *TaskError) Error() string { return e.Name + ": " + e.Cause }

// Failure is why a state, and with it an execution, failed.
type Failure struct {
	Name  string // the error name; a Fail state may leave it empty
	Cause string

	branch bool // it came out of a branch of a Parallel state
}

func (f *Failure) Error() string { return f.Name + ": " + f.Cause }

// Journal takes the events of an execution. Its methods are called
// concurrently by the branches of Parallel and Map states.
type Journal interface {
	// Record gives the event its id and time and keeps it. With a checkpoint,
	// the event's id and time become the checkpoint's.
	Record(e history.Event, c *store.Checkpoint) (id int64, at time.Time)
}

// Identity is what an execution knows of itself.
type Identity struct {
	ARN         string
	Name        string
	RoleARN     string
	Input       json.RawMessage
	Start       time.Time
	MachineARN  string
	MachineName string
	Region      string
}

// Run is one execution.
type Run struct {
	Definition *asl.Definition
	Identity   Identity
	Tasks      Tasks
	Journal    Journal
	Transition func(ctx context.Context, machineARN string) // before a state is entered
}

// Do runs the execution from a checkpoint to its end, and returns its output
// and the id of its last event. The error is a *Failure when the execution
// failed, and the cause of ctx's end when that came first.
func (r *Run) Do(ctx context.Context, from store.Checkpoint) (output json.RawMessage, last int64, err error) {
	f := &frame{run: r, flow: &r.Definition.Flow, vars: &variables{values: from.Variables}, last: from.Event, top: true}
	output, err = f.do(ctx, from.State, from.Input, from.Entered)
	return output, f.last, err
}

// frame is a flow under way: the machine, a branch, an iteration.
type frame struct {
	run  *Run
	flow *asl.Flow
	vars *variables
	item *item // of the innermost Map state around
	last int64 // the last event of this flow
	top  bool  // the machine itself, whose states are checkpoints
}

// item is the item of an iteration.
type item struct {
	index int
	value json.RawMessage
}

// do runs the flow from a state. entered is when that state was entered by an
// earlier run; zero if it was not.
func (f *frame) do(ctx context.Context, name string, input json.RawMessage, entered time.Time) (json.RawMessage, error) {
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s := f.flow.States[name]
		if s == nil {
			return nil, &Failure{Name: asl.ErrorRuntime, Cause: fmt.Sprintf("there is no state %q", name)}
		}
		v := &visit{frame: f, state: s, input: input, entered: entered, event: f.last}
		if entered.IsZero() {
			if f.run.Transition(ctx, f.run.Identity.MachineARN); ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			v.enter()
		}
		next, output, err := v.perform(ctx)
		if errors.Is(err, errSibling) {
			v.abort()
		}
		if err != nil || next == "" {
			return output, err
		}
		name, input, entered = next, output, time.Time{}
	}
}

// record journals an event that follows the flow's last one.
func (f *frame) record(e history.Event) int64 {
	e.Previous = f.last
	f.last, _ = f.run.Journal.Record(e, nil)
	return f.last
}
