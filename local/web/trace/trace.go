// Package trace reads an execution's history as a person does: the states that it
// went through, what each was given and answered, how often it was tried, and
// what each try logged.
package trace

import (
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/states/history"
)

// State is how a step stands.
type State string

// The states of a step.
const (
	Running   State = "running"
	Succeeded State = "succeeded"
	Caught    State = "caught" // it failed, and a catcher led on
	Failed    State = "failed"
	Aborted   State = "aborted" // cut short by the failure of another
)

// Step is one stay in a state of the machine.
type Step struct {
	Number   int    // 1, 2, 3, … by entry
	Name     string // of the state
	Type     string // of the state, such as Task
	State    State
	Entered  time.Time
	Left     time.Time // zero: it never left
	Input    string    // JSON
	Output   string    // JSON; empty until it left
	Assigned map[string]string
	Attempts []Attempt // of a Task
	Error    string    // why it failed, caught or not
	Cause    string
	Lines    []Line // what it logged
}

// Attempt is one call of a task.
type Attempt struct {
	Resource   string // such as lambda:invoke
	Parameters string // JSON
	Output     string // JSON
	Start, End time.Time
	Error      string
	Cause      string
}

// Move is a way from one state to another that was taken.
type Move struct{ From, To string }

// Trace is an execution's way.
type Trace struct {
	Steps []*Step
	Moves []Move
}

// Read makes a trace of a history that begins with the first event. ended says
// that no event will follow.
func Read(events []history.Event, ended bool) Trace {
	r := reader{of: map[int64]*Step{}}
	for _, e := range events {
		r.event(e)
	}
	for _, s := range r.Steps {
		if s.State == Running && ended {
			s.State = Failed
		}
	}
	return r.Trace
}

// reader follows the chain of events: each names the one before it in its own
// flow, however many flows there are.
type reader struct {
	Trace
	of map[int64]*Step // by event
}

func (r *reader) event(e history.Event) {
	before := r.of[e.Previous]
	if d := e.StateEntered; d != nil {
		s := &Step{
			Number: len(r.Steps) + 1, Name: d.Name, Type: strings.TrimSuffix(string(e.Type), "StateEntered"),
			State: Running, Entered: e.Timestamp.Time, Input: d.Input,
		}
		if before != nil {
			r.Moves = append(r.Moves, Move{before.Name, s.Name})
		}
		r.Steps = append(r.Steps, s)
		r.of[e.ID] = s
		return
	}
	step := before
	switch {
	case e.StateExited != nil:
		// What ends a Parallel or a Map state follows the last event in it.
		step = r.open(func(s *Step) bool { return s.Name == e.StateExited.Name })
	case e.Type == history.ParallelStateFailed || e.Type == history.MapStateFailed:
		step = r.open(func(s *Step) bool { return strings.HasPrefix(string(e.Type), s.Type) })
		if step != nil && before != nil {
			step.Error, step.Cause = before.Error, before.Cause
		}
	}
	if step == nil {
		return
	}
	r.of[e.ID] = step
	step.event(e)
}

// open finds the last step that has not been left.
func (r *reader) open(is func(*Step) bool) *Step {
	for _, s := range slices.Backward(r.Steps) {
		if s.Left.IsZero() && is(s) {
			return s
		}
	}
	return nil
}

func (s *Step) event(e history.Event) {
	at := e.Timestamp.Time
	switch {
	case e.StateExited != nil:
		s.Left, s.Output, s.Assigned = at, e.StateExited.Output, e.StateExited.AssignedVariables
		s.State = Succeeded
		if s.Error != "" {
			s.State = Caught
		}
	case e.TaskScheduled != nil:
		// A try of its own: what failed before it does not count any more.
		s.Error, s.Cause = "", ""
		s.Attempts = append(s.Attempts, Attempt{
			Resource:   e.TaskScheduled.ResourceType + ":" + e.TaskScheduled.Resource,
			Parameters: e.TaskScheduled.Parameters, Start: at,
		})
	case e.TaskSucceeded != nil:
		s.attempt(at).Output = e.TaskSucceeded.Output
	case e.TaskFailed != nil:
		s.failed(at, e.TaskFailed.FailureDetails)
	case e.TaskTimedOut != nil:
		s.failed(at, e.TaskTimedOut.FailureDetails)
	case e.EvaluationFailed != nil:
		s.Error, s.Cause = e.EvaluationFailed.Error, e.EvaluationFailed.Cause
	case e.ExecutionFailed != nil:
		s.stopped(at, Failed, e.ExecutionFailed)
	case e.ExecutionTimedOut != nil:
		s.stopped(at, Failed, e.ExecutionTimedOut)
	case e.ExecutionAborted != nil:
		s.stopped(at, Aborted, e.ExecutionAborted)
	case e.Type == history.Aborted(s.Type):
		s.Left, s.State = at, Aborted
	}
}

// attempt ends the last one.
func (s *Step) attempt(at time.Time) *Attempt {
	if len(s.Attempts) == 0 {
		s.Attempts = append(s.Attempts, Attempt{Start: s.Entered})
	}
	last := &s.Attempts[len(s.Attempts)-1]
	last.End = at
	return last
}

func (s *Step) failed(at time.Time, d history.FailureDetails) {
	a := s.attempt(at)
	a.Error, a.Cause = d.Error, d.Cause
	s.Error, s.Cause = d.Error, d.Cause
}

// stopped ends a step with its execution, unless it had left before.
func (s *Step) stopped(at time.Time, state State, d *history.FailureDetails) {
	if s.Left.IsZero() {
		s.Left, s.State = at, state
		s.Error, s.Cause = d.Error, d.Cause
	}
}

// Retries is how often the step was tried again.
func (s *Step) Retries() int { return max(0, len(s.Attempts)-1) }
