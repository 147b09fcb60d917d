package local

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/states"
)

// declaredMachine is what the graph says of a state machine.
type declaredMachine struct {
	Name       string `json:"name"`
	ARN        string `json:"arn"`
	Type       string `json:"type"`
	RoleARN    string `json:"roleArn"`
	Definition string `json:"definition"`
	Logging    struct {
		Level                string `json:"level"`
		IncludeExecutionData bool   `json:"includeExecutionData"`
		LogDestination       string `json:"logDestination"`
	} `json:"loggingConfiguration"`
	Tracing struct {
		Enabled bool `json:"enabled"`
	} `json:"tracingConfiguration"`
}

// stateMachines are the graph's state machines.
func stateMachines(g *graph.Graph) ([]declaredMachine, error) {
	var found []declaredMachine
	for _, r := range g.Of("aws:sfn/stateMachine:StateMachine") {
		var m declaredMachine
		if err := r.Decode(&m); err != nil {
			return nil, err
		}
		if m.Type != "" && m.Type != "STANDARD" {
			return nil, fmt.Errorf("state machine %s: the local runner knows STANDARD machines, not %s", m.Name, m.Type)
		}
		m.Logging.Level = cmp.Or(m.Logging.Level, states.LevelOff)
		found = append(found, m)
	}
	return found, nil
}

// machine is the state machine for the engine.
func (m declaredMachine) machine() states.Machine {
	return states.Machine{
		ARN: m.ARN, RoleARN: m.RoleARN, Definition: []byte(m.Definition),
		Logging: states.Logging{
			Level: m.Logging.Level, IncludeExecutionData: m.Logging.IncludeExecutionData, LogGroupARN: m.Logging.LogDestination,
		},
	}
}

// groupName is the log group in the ARN of one.
func groupName(arn string) string {
	_, name, _ := strings.Cut(arn, ":log-group:")
	return strings.TrimSuffix(name, ":*")
}
