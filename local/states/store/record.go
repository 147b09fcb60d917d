// Package store keeps executions, their histories and their checkpoints in one
// bbolt file.
//
// Guarantees:
//   - One goroutine writes. It puts whatever is waiting into one transaction,
//     so that the cost of a sync is shared.
//   - Create and Finish return only when what they wrote is on disk.
//   - Append is write-behind: the order of one execution's writes is kept, and
//     a crash loses at most a tail of them.
//   - Reads see every write that was made before Flush.
//   - After a failed write every later one fails with the same error: nothing
//     is half recorded in silence.
package store

import (
	"encoding/json"
	"time"
)

// Status is the status of an execution.
type Status string

// The statuses of executions.
const (
	Running   Status = "RUNNING"
	Succeeded Status = "SUCCEEDED"
	Failed    Status = "FAILED"
	TimedOut  Status = "TIMED_OUT"
	Aborted   Status = "ABORTED"
)

// Record is an execution without its input and output.
type Record struct {
	Seq        uint64    // order of creation; set by Create
	ARN        string    // execution ARN
	Machine    string    // ARN
	Name       string    // of the execution
	RoleARN    string    // the role the execution runs as
	Definition string    // hash of the definition the execution runs
	Status     Status    //
	Start      time.Time // UTC, milliseconds
	Stop       time.Time // zero while it runs
	Error      string    // of one that did not succeed
	Cause      string
}

// Checkpoint is what an execution needs to go on.
type Checkpoint struct {
	State     string // the state to enter, or that was entered
	Input     json.RawMessage
	Variables map[string]json.RawMessage
	Entered   time.Time // zero: not entered yet
	Event     int64     // the id of the entry's event; before the entry, of the event before it
}

// Unfinished is an execution that was running when the file was last written.
type Unfinished struct {
	Record
	Input      json.RawMessage
	Definition []byte
	Checkpoint Checkpoint
	LastEvent  int64
}
