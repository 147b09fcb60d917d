package trace

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pixline/pixline/local/states/asl"
)

// Machine is what a picture of a state machine needs of its definition. States
// inside Parallel and Map states stay out of the picture.
type Machine struct {
	StartAt string
	States  map[string]Definition
}

// Definition is one state of a machine.
type Definition struct {
	Type    string
	Comment string
	Next    string
	Default string
	Choices []struct {
		Condition json.RawMessage
		Next      string
	}
	Retry []struct {
		ErrorEquals []string
		MaxAttempts *int
	}
	Catch []struct {
		ErrorEquals []string
		Next        string
	}
}

// Kind is what makes a state lead to another.
type Kind string

// The kinds of ways.
const (
	Next   Kind = "next"
	Choice Kind = "choice"
	Catch  Kind = "catch"
)

// Way is a way from a state to another.
type Way struct {
	To    string
	Kind  Kind
	Label string // when it is taken; empty: always
}

// ReadMachine reads a definition that the engine has accepted.
func ReadMachine(definition []byte) (Machine, error) {
	var m Machine
	if err := json.Unmarshal(definition, &m); err != nil {
		return Machine{}, fmt.Errorf("read the state machine's definition: %w", err)
	}
	return m, nil
}

// Ways are the ways out of a state, in the document's order: one for each state
// that they lead to.
func (d Definition) Ways() []Way {
	var ways []Way
	add := func(w Way) {
		for i := range ways {
			if ways[i].To == w.To && w.To != "" {
				if ways[i].Label != "" { // else it is taken anyway
					ways[i].Label += " or " + w.Label
				}
				return
			}
		}
		if w.To != "" {
			ways = append(ways, w)
		}
	}
	add(Way{To: d.Next, Kind: Next})
	for _, c := range d.Choices {
		add(Way{To: c.Next, Kind: Choice, Label: condition(c.Condition)})
	}
	add(Way{To: d.Default, Kind: Choice, Label: "otherwise"})
	for _, c := range d.Catch {
		label := "on " + strings.Join(c.ErrorEquals, ", ")
		if slices.Contains(c.ErrorEquals, asl.ErrorAll) {
			label = "on any error"
		}
		add(Way{To: c.Next, Kind: Catch, Label: label})
	}
	return ways
}

// condition is a rule as one reads it: {% $states.input.ok = true %} is ok = true.
func condition(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return string(raw) // true or false
	}
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(text, "{%"), "%}"))
	return strings.ReplaceAll(text, "$states.input.", "")
}

// Retries describes the retriers, in a line each.
func (d Definition) Retries() []string {
	var lines []string
	for _, r := range d.Retry {
		attempts := 3 // the language's default
		if r.MaxAttempts != nil {
			attempts = *r.MaxAttempts
		}
		lines = append(lines, fmt.Sprintf("up to %d× after %s", attempts, strings.Join(r.ErrorEquals, ", ")))
	}
	return lines
}
