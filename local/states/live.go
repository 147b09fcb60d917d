package states

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pixline/pixline/local/states/asl"
	"github.com/pixline/pixline/local/states/execution"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
)

// maxEvents is how long a history may get. Source: Step Functions quotas.
const maxEvents = 25_000

// errTimedOut ends an execution that ran longer than its machine allows.
var errTimedOut = errors.New("the execution has timed out")

// abortion ends an execution by StopExecution.
type abortion struct{ name, cause string }

func (a *abortion) Error() string { return "the execution was stopped" }

// launch runs an execution in a goroutine of its own, unless the engine is
// closing: then the next Open resumes it.
func (e *Engine) launch(m *machine, u store.Unfinished, events ...history.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	ctx, cancel := context.WithCancelCause(e.ctx)
	l := &live{cancel: cancel, done: make(chan struct{})}
	e.running[u.ARN] = l
	e.wg.Go(func() {
		defer close(l.done)
		defer cancel(nil)
		e.observer.ExecutionStarted(published(u.Record, u.Input, nil))
		for _, event := range events {
			e.observer.Event(u.ARN, event)
		}
		e.run(ctx, m, u, l)
		e.mu.Lock()
		delete(e.running, u.ARN)
		e.mu.Unlock()
	})
}

// resume goes on with an execution of an earlier process, by the definition
// that it was started with.
func (e *Engine) resume(u store.Unfinished) {
	m := &machine{Machine: Machine{ARN: u.Machine, RoleARN: u.RoleARN, Definition: u.Definition}}
	m.name, m.region, _ = splitARN(u.Machine, "stateMachine")
	definition, err := Parse(u.Definition)
	if err != nil {
		// An earlier pixline accepted it. The execution fails, with the reason.
		definition = nil
		e.log.Error("an execution cannot be resumed", "execution", u.ARN, "err", err)
	}
	m.definition = definition
	e.launch(m, u)
}

// run performs an execution and records its end.
func (e *Engine) run(ctx context.Context, m *machine, u store.Unfinished, l *live) {
	j := &journal{engine: e, record: u.Record, last: u.LastEvent, fail: l.cancel}
	output, last, err := e.perform(ctx, m, u, j)
	r := u.Record
	end := history.Event{Previous: last}
	var failed *execution.Failure
	var stopped *abortion
	details := func() *history.FailureDetails { return &history.FailureDetails{Error: r.Error, Cause: r.Cause} }
	switch {
	case err == nil:
		r.Status = store.Succeeded
		end.Type = history.ExecutionSucceeded
		end.ExecutionSucceeded = &history.SucceededDetails{Output: string(output), OutputDetails: &history.Data{}}
	case errors.As(err, &failed):
		r.Status, r.Error, r.Cause = store.Failed, failed.Name, failed.Cause
		end.Type, end.ExecutionFailed = history.ExecutionFailed, details()
	case errors.Is(err, errTimedOut):
		r.Status, r.Error = store.TimedOut, asl.ErrorTimeout
		end.Type, end.ExecutionTimedOut = history.ExecutionTimedOut, details()
	case errors.As(err, &stopped):
		r.Status, r.Error, r.Cause = store.Aborted, stopped.name, stopped.cause
		end.Type, end.ExecutionAborted = history.ExecutionAborted, details()
	default:
		if !errors.Is(err, errClosing) {
			e.log.Error("an execution was interrupted; it goes on at the next start", "execution", r.ARN, "err", err)
		}
		return
	}
	end.ID, end.Timestamp = j.next()
	r.Stop = end.Timestamp.Time
	if err := e.store.Finish(r, output, end); err != nil {
		e.log.Error("the end of an execution was not recorded; its last steps are repeated at the next start", "execution", r.ARN, "err", err)
		return
	}
	e.observer.Event(r.ARN, end)
	e.observer.ExecutionEnded(published(r, u.Input, output))
}

func (e *Engine) perform(ctx context.Context, m *machine, u store.Unfinished, j *journal) (json.RawMessage, int64, error) {
	if m.definition == nil {
		return nil, u.Checkpoint.Event, &execution.Failure{Name: asl.ErrorRuntime, Cause: "The execution was started with a definition that is no longer supported."}
	}
	if limit := m.definition.TimeoutSeconds; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, u.Start.Add(time.Duration(limit)*time.Second), errTimedOut)
		defer cancel()
	}
	r := &execution.Run{
		Definition: m.definition,
		Identity: execution.Identity{
			ARN: u.ARN, Name: u.Name, RoleARN: u.RoleARN, Input: u.Input, Start: u.Start,
			MachineARN: m.ARN, MachineName: m.name, Region: m.region,
		},
		Tasks:      e.tasks,
		Journal:    j,
		Transition: e.transition,
	}
	return r.Do(ctx, u.Checkpoint)
}

// journal is an execution's way into the store.
type journal struct {
	engine *Engine
	record store.Record
	fail   context.CancelCauseFunc // ends the execution

	mu   sync.Mutex
	last int64
}

func (j *journal) next() (int64, history.Time) {
	j.last++
	return j.last, history.Time{Time: now()}
}

// Record implements execution.Journal. An execution whose events cannot be
// kept is ended.
func (j *journal) Record(e history.Event, c *store.Checkpoint) (int64, time.Time) {
	// The lock is held while the event is queued: the file has the ids in order.
	j.mu.Lock()
	defer j.mu.Unlock()
	e.ID, e.Timestamp = j.next()
	if c != nil {
		c.Event, c.Entered = e.ID, e.Timestamp.Time
	}
	if e.ID == maxEvents {
		j.fail(&execution.Failure{Name: asl.ErrorRuntime, Cause: fmt.Sprintf("The execution reached the maximum number of history events (%d).", maxEvents)})
	}
	if err := j.engine.store.Append(j.record, e, c); err != nil {
		j.fail(err)
	}
	j.engine.observer.Event(j.record.ARN, e)
	return e.ID, e.Timestamp.Time
}
