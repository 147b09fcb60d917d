package meter

import (
	"strings"
	"time"

	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
)

// ExecutionStarted implements states.Observer. A resumed execution is told of
// again: the event of its start, which comes once, is what is counted.
func (m *Meter) ExecutionStarted(states.Execution) {}

// Event implements states.Observer.
func (m *Meter) Event(executionARN string, e history.Event) {
	if e.Type == history.ExecutionStarted {
		m.states(e.Timestamp.Time, machineOf(executionARN), value{"ExecutionsStarted", unitCount, 1}, value{"ExecutionThrottled", unitCount, 0})
	}
}

// ExecutionEnded implements states.Observer: how it ended, and after what time.
func (m *Meter) ExecutionEnded(x states.Execution) {
	m.states(
		x.StopDate, x.MachineARN, took("ExecutionTime", x.StopDate.Sub(x.StartDate)),
		occurred("ExecutionsSucceeded", x.Status == store.Succeeded), occurred("ExecutionsFailed", x.Status == store.Failed),
		occurred("ExecutionsTimedOut", x.Status == store.TimedOut), occurred("ExecutionsAborted", x.Status == store.Aborted),
	)
}

// StateThrottled counts a transition to a state that Step Functions held back.
func (m *Meter) StateThrottled(machineARN string) {
	m.states(time.Now(), machineARN, value{"ExecutionThrottled", unitCount, 1})
}

// states puts values of a state machine. Source: Step Functions Developer Guide,
// "Monitoring Step Functions metrics using Amazon CloudWatch", execution metrics.
func (m *Meter) states(at time.Time, machineARN string, values ...value) {
	m.put(at, "AWS/States", []dimensions{{{Name: "StateMachineArn", Value: machineARN}}}, values...)
}

// machineOf is the state machine's ARN in that of an execution, which ends in
// execution:MACHINE:NAME.
func machineOf(executionARN string) string {
	machine := strings.Replace(executionARN, ":execution:", ":stateMachine:", 1)
	return machine[:strings.LastIndexByte(machine, ':')]
}

var _ states.Observer = (*Meter)(nil)
