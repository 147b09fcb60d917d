package states

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/states/asl"
)

// MachineDescription is a state machine as DescribeStateMachine answers it.
type MachineDescription struct {
	ARN        string
	Name       string
	RoleARN    string
	Definition []byte
	Logging    Logging
	Created    time.Time // when the engine was opened
}

// DescribeStateMachine returns a machine. Errors: InvalidArn,
// StateMachineDoesNotExist.
func (e *Engine) DescribeStateMachine(_ context.Context, arn string) (MachineDescription, error) {
	m, err := e.machine(arn)
	if err != nil {
		return MachineDescription{}, err
	}
	return e.description(m), nil
}

func (e *Engine) description(m *machine) MachineDescription {
	return MachineDescription{ARN: m.ARN, Name: m.name, RoleARN: m.RoleARN, Definition: m.Definition, Logging: m.Logging, Created: e.opened}
}

// DescribeStateMachineForExecution returns the machine that an execution runs,
// with the definition and role it was started with. Errors: InvalidArn,
// ExecutionDoesNotExist.
func (e *Engine) DescribeStateMachineForExecution(_ context.Context, arn string) (MachineDescription, error) {
	r, _, _, err := e.lookup(arn)
	if err != nil {
		return MachineDescription{}, err
	}
	definition, err := e.store.Definition(r)
	if err != nil {
		return MachineDescription{}, err
	}
	name, _, _ := splitARN(r.Machine, "stateMachine")
	return MachineDescription{ARN: r.Machine, Name: name, RoleARN: r.RoleARN, Definition: definition, Created: e.opened}, nil
}

// ListStateMachines returns every machine, in the order given to Open.
func (e *Engine) ListStateMachines() []MachineDescription {
	list := make([]MachineDescription, len(e.order))
	for i, arn := range e.order {
		list[i] = e.description(e.machines[arn])
	}
	return list
}

// Diagnostic is one finding about a definition.
type Diagnostic struct {
	Severity string `json:"severity"` // ERROR
	Code     string `json:"code"`
	Message  string `json:"message"`
	Location string `json:"location"` // such as /States/Resize/Retry[0]/IntervalSeconds
}

// Validation is the outcome of ValidateStateMachineDefinition.
type Validation struct {
	Result      string       `json:"result"` // OK or FAIL
	Diagnostics []Diagnostic `json:"diagnostics"`
	Truncated   bool         `json:"truncated"`
}

const maxDiagnostics = 100

// ValidateStateMachineDefinition checks a definition as Open does. maxResults
// bounds the diagnostics; 0 stands for 100, the most there can be.
func (e *Engine) ValidateStateMachineDefinition(definition []byte, maxResults int) (Validation, error) {
	if maxResults < 0 || maxResults > maxDiagnostics {
		return Validation{}, awsapi.Errorf(http.StatusBadRequest, "ValidationException", "maxResults: must be between 0 and %d", maxDiagnostics)
	}
	if maxResults == 0 {
		maxResults = maxDiagnostics
	}
	v := Validation{Result: "OK", Diagnostics: []Diagnostic{}}
	_, err := Parse(definition)
	if err == nil {
		return v, nil
	}
	var problems asl.Problems
	if !errors.As(err, &problems) {
		return Validation{}, err
	}
	v.Result = "FAIL"
	for _, p := range problems {
		if len(v.Diagnostics) == maxResults {
			v.Truncated = true
			break
		}
		v.Diagnostics = append(v.Diagnostics, Diagnostic{Severity: "ERROR", Code: p.Code, Message: p.Message, Location: p.Pointer})
	}
	return v, nil
}
