package execution

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/pixline/pixline/local/states/query"
)

// variables are a flow's variables. Inner flows read the outer ones, which do
// not change while an inner flow runs.
type variables struct {
	outer  *variables
	values map[string]json.RawMessage
}

func (v *variables) get(name string) (json.RawMessage, bool) {
	for ; v != nil; v = v.outer {
		if value, ok := v.values[name]; ok {
			return value, true
		}
	}
	return nil, false
}

// assign makes a new map: the journal may still hold the old one.
func (v *variables) assign(values map[string]json.RawMessage) {
	next := make(map[string]json.RawMessage, len(v.values)+len(values))
	maps.Copy(next, v.values)
	maps.Copy(next, values)
	v.values = next
}

// scope is what a state's expressions see. Decoded values are kept for the
// state's other expressions, never shared between goroutines.
type scope struct {
	visit   *visit
	attempt int             // retries so far
	result  json.RawMessage // $states.result, once there is one
	failure json.RawMessage // $states.errorOutput, in a Catcher
	item    *item           // in an ItemSelector

	states  map[string]any
	decoded map[string]any
}

// Lookup implements query.Scope.
func (s *scope) Lookup(name string) (any, bool) {
	if name == "states" {
		if s.states == nil {
			s.states = s.build()
		}
		return s.states, true
	}
	if value, ok := s.decoded[name]; ok {
		return value, true
	}
	raw, ok := s.visit.frame.vars.get(name)
	if !ok {
		return nil, false
	}
	if s.decoded == nil {
		s.decoded = map[string]any{}
	}
	s.decoded[name] = decode(raw)
	return s.decoded[name], true
}

// The setters forget the $states built so far.

func (s *scope) setAttempt(n int)             { s.attempt, s.result, s.states = n, nil, nil }
func (s *scope) setResult(r json.RawMessage)  { s.result, s.states = r, nil }
func (s *scope) setFailure(f json.RawMessage) { s.failure, s.result, s.states = f, nil, nil }
func (s *scope) setItem(i *item)              { s.item, s.states = i, nil }

// build makes $states: input, context and, where they exist, result and
// errorOutput.
func (s *scope) build() map[string]any {
	v, id := s.visit, s.visit.frame.run.Identity
	context := map[string]any{
		"Execution": map[string]any{
			"Id":           id.ARN,
			"Input":        decode(id.Input),
			"Name":         id.Name,
			"RoleArn":      id.RoleARN,
			"StartTime":    timestamp(id.Start),
			"RedriveCount": 0.0,
		},
		"StateMachine": map[string]any{"Id": id.MachineARN, "Name": id.MachineName},
		"State": map[string]any{
			"Name":        v.state.Name,
			"EnteredTime": timestamp(v.entered),
			"RetryCount":  float64(s.attempt),
		},
	}
	it := s.item
	if it == nil {
		it = v.frame.item
	}
	if it != nil {
		context["Map"] = map[string]any{"Item": map[string]any{"Index": float64(it.index), "Value": decode(it.value)}}
	}
	states := map[string]any{"input": decode(v.input), "context": context}
	if s.result != nil {
		states["result"] = decode(s.result)
	}
	if s.failure != nil {
		states["errorOutput"] = decode(s.failure)
	}
	return states
}

// decode reads a JSON text that was checked when it came in, or that this
// package wrote; it cannot fail.
func decode(raw json.RawMessage) any {
	value, _ := query.Decode(raw)
	return value
}

func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
