// Package history holds the events of an execution in the exact shape in which
// GetExecutionHistory answers them and in which they are stored.
//
// Source: HistoryEvent, AWS Step Functions API Reference, and recorded
// histories of real executions.
package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Type is the type of an event.
type Type string

// The types of events that this interpreter records. The events around a state
// are made by Entered, Exited and Aborted.
const (
	ExecutionStarted   Type = "ExecutionStarted"
	ExecutionSucceeded Type = "ExecutionSucceeded"
	ExecutionFailed    Type = "ExecutionFailed"
	ExecutionTimedOut  Type = "ExecutionTimedOut"
	ExecutionAborted   Type = "ExecutionAborted"

	TaskScheduled Type = "TaskScheduled"
	TaskStarted   Type = "TaskStarted"
	TaskSucceeded Type = "TaskSucceeded"
	TaskFailed    Type = "TaskFailed"
	TaskTimedOut  Type = "TaskTimedOut"

	ParallelStateStarted   Type = "ParallelStateStarted"
	ParallelStateSucceeded Type = "ParallelStateSucceeded"
	ParallelStateFailed    Type = "ParallelStateFailed"

	MapStateStarted       Type = "MapStateStarted"
	MapStateSucceeded     Type = "MapStateSucceeded"
	MapStateFailed        Type = "MapStateFailed"
	MapIterationStarted   Type = "MapIterationStarted"
	MapIterationSucceeded Type = "MapIterationSucceeded"
	MapIterationFailed    Type = "MapIterationFailed"
	MapIterationAborted   Type = "MapIterationAborted"

	EvaluationFailed Type = "EvaluationFailed"
)

// Entered is the type of the event for entering a state of type kind.
func Entered(kind string) Type { return Type(kind + "StateEntered") }

// Exited is the type of the event for leaving a state of type kind.
func Exited(kind string) Type { return Type(kind + "StateExited") }

// Aborted is the type of the event for a state of type kind that was cut short
// because a sibling failed.
func Aborted(kind string) Type { return Type(kind + "StateAborted") }

// LoggedAt tells whether a state machine with this log level logs events of the
// type. Source: Step Functions Developer Guide, "Using CloudWatch Logs to log
// execution history", "Log levels".
func (t Type) LoggedAt(level string) bool {
	switch level {
	case "ALL":
		return true
	case "ERROR":
		return t == Entered("Fail") || strings.HasSuffix(string(t), "Failed") || strings.HasSuffix(string(t), "TimedOut") || strings.HasSuffix(string(t), "Aborted")
	case "FATAL":
		return t == ExecutionFailed || t == ExecutionTimedOut || t == ExecutionAborted
	}
	return false
}

// Time is a time on the wire: seconds since the epoch with milliseconds.
type Time struct{ time.Time }

// MarshalJSON writes a number such as 1700000000.123.
func (t Time) MarshalJSON() ([]byte, error) {
	ms := t.UnixMilli()
	sign := ""
	if ms < 0 {
		sign, ms = "-", -ms
	}
	return fmt.Appendf(nil, "%s%d.%03d", sign, ms/1000, ms%1000), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Time) UnmarshalJSON(b []byte) error {
	seconds, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return fmt.Errorf("read a time: %w", err)
	}
	// A float64 holds the milliseconds of any date this century exactly enough.
	t.Time = time.UnixMilli(int64(seconds*1000 + 0.5)).UTC()
	return nil
}

// Event is one event. Exactly the details of its type are set; some types have
// none.
type Event struct {
	ID        int64 `json:"id"`              // 1, 2, 3, … in an execution
	Previous  int64 `json:"previousEventId"` // 0: none
	Timestamp Time  `json:"timestamp"`
	Type      Type  `json:"type"`

	ExecutionStarted   *StartedDetails   `json:"executionStartedEventDetails,omitempty"`
	ExecutionSucceeded *SucceededDetails `json:"executionSucceededEventDetails,omitempty"`
	ExecutionFailed    *FailureDetails   `json:"executionFailedEventDetails,omitempty"`
	ExecutionTimedOut  *FailureDetails   `json:"executionTimedOutEventDetails,omitempty"`
	ExecutionAborted   *FailureDetails   `json:"executionAbortedEventDetails,omitempty"`

	StateEntered *EnteredDetails `json:"stateEnteredEventDetails,omitempty"`
	StateExited  *ExitedDetails  `json:"stateExitedEventDetails,omitempty"`

	TaskScheduled *ScheduledDetails  `json:"taskScheduledEventDetails,omitempty"`
	TaskStarted   *TaskDetails       `json:"taskStartedEventDetails,omitempty"`
	TaskSucceeded *TaskResultDetails `json:"taskSucceededEventDetails,omitempty"`
	TaskFailed    *TaskErrorDetails  `json:"taskFailedEventDetails,omitempty"`
	TaskTimedOut  *TaskErrorDetails  `json:"taskTimedOutEventDetails,omitempty"`

	MapStateStarted       *MapDetails       `json:"mapStateStartedEventDetails,omitempty"`
	MapIterationStarted   *IterationDetails `json:"mapIterationStartedEventDetails,omitempty"`
	MapIterationSucceeded *IterationDetails `json:"mapIterationSucceededEventDetails,omitempty"`
	MapIterationFailed    *IterationDetails `json:"mapIterationFailedEventDetails,omitempty"`
	MapIterationAborted   *IterationDetails `json:"mapIterationAbortedEventDetails,omitempty"`

	EvaluationFailed *EvaluationDetails `json:"evaluationFailedEventDetails,omitempty"`
}
