package states

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
)

const (
	maxInput = 256 << 10 // bytes
	maxName  = 80        // characters
)

// StartExecution starts an execution and returns it once it is on disk.
// Without a name it gets a random one; without an input, {}. While an execution
// runs, starting it again with the same name and the same input returns it.
//
// Errors: InvalidArn, InvalidName, InvalidExecutionInput, ValidationException,
// StateMachineDoesNotExist, ExecutionAlreadyExists.
func (e *Engine) StartExecution(ctx context.Context, machineARN, name string, input json.RawMessage) (Execution, error) {
	if err := ctx.Err(); err != nil {
		return Execution{}, err
	}
	m, err := e.machine(machineARN)
	if err != nil {
		return Execution{}, err
	}
	if name == "" {
		name = uuid.NewString()
	}
	if err := checkName(name); err != nil {
		return Execution{}, err
	}
	if len(input) == 0 {
		input = json.RawMessage("{}")
	}
	if err := checkInput(input); err != nil {
		return Execution{}, err
	}
	r := store.Record{
		ARN:     strings.Replace(m.ARN, ":stateMachine:", ":execution:", 1) + ":" + name,
		Machine: m.ARN, Name: name, RoleARN: m.RoleARN, Status: store.Running, Start: now(),
	}
	started := history.Event{
		ID: 1, Timestamp: history.Time{Time: r.Start}, Type: history.ExecutionStarted,
		ExecutionStarted: &history.StartedDetails{Input: string(input), InputDetails: &history.Data{}, RoleARN: r.RoleARN},
	}
	first := store.Checkpoint{State: m.definition.StartAt, Input: input, Event: started.ID}
	fresh := false
	r, given, err := e.store.Create(r, input, m.Definition, started, first, func(r store.Record) {
		fresh = true
		e.launch(m, store.Unfinished{Record: r, Input: input, Checkpoint: first, LastEvent: started.ID}, started)
	})
	if err != nil {
		return Execution{}, err
	}
	if !fresh && (r.Status != store.Running || !bytes.Equal(given, input)) {
		return Execution{}, awsapi.Errorf(http.StatusBadRequest, "ExecutionAlreadyExists", "Execution Already Exists: '%s'", r.ARN)
	}
	return published(r, given, nil), nil
}

func (e *Engine) machine(arn string) (*machine, error) {
	if _, _, ok := splitARN(arn, "stateMachine"); !ok {
		return nil, invalidARN(arn)
	}
	m := e.machines[arn]
	if m == nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "StateMachineDoesNotExist", "State Machine Does Not Exist: '%s'", arn)
	}
	return m, nil
}

func invalidARN(arn string) error {
	return awsapi.Errorf(http.StatusBadRequest, "InvalidArn", "Invalid Arn: '%s'", arn)
}

func checkInput(input json.RawMessage) error {
	const code = "InvalidExecutionInput"
	switch {
	case len(input) > maxInput:
		return awsapi.Errorf(http.StatusBadRequest, code, "Invalid State Machine Execution Input: it has %d bytes, and %d are allowed", len(input), maxInput)
	case !utf8.Valid(input):
		return awsapi.Errorf(http.StatusBadRequest, code, "Invalid State Machine Execution Input: it is not UTF-8")
	case !json.Valid(input):
		return awsapi.Errorf(http.StatusBadRequest, code, "Invalid State Machine Execution Input: it is not JSON")
	}
	return nil
}

// checkName: 1 to 80 characters, none of those that the API reference of
// StartExecution excludes. A wrong length is refused as other wrong lengths are,
// before the name is read: https://github.com/getmoto/moto/issues/6438.
func checkName(name string) error {
	if err := checkLength("name", name, 1, maxName); err != nil {
		return err
	}
	bad := strings.IndexFunc(name, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/", r) ||
			r == utf8.RuneError || r == '\uFFFE' || r == '\uFFFF' || r == unicode.MaxRune
	})
	if bad >= 0 || !utf8.ValidString(name) {
		return awsapi.Errorf(http.StatusBadRequest, "InvalidName", "Invalid Name: '%s'", name)
	}
	return nil
}

// published is a record as callers see it.
func published(r store.Record, input, output json.RawMessage) Execution {
	return Execution{
		ARN: r.ARN, MachineARN: r.Machine, Name: r.Name, RoleARN: r.RoleARN, Status: r.Status,
		StartDate: r.Start, StopDate: r.Stop, Input: input, Output: output, Error: r.Error, Cause: r.Cause,
	}
}
