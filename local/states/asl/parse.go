package asl

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// maxDefinition is the size limit of a definition, in bytes.
const maxDefinition = 1 << 20

// Parse reads and checks a definition. The error is Problems.
func Parse(definition []byte) (*Definition, error) {
	c := &checker{names: map[string]string{}}
	d := c.definition(definition)
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return d, nil
}

func (c *checker) definition(raw []byte) *Definition {
	var top place
	if len(raw) > maxDefinition {
		c.add(top, "the definition has %d bytes; the limit is %d", len(raw), maxDefinition)
		return nil
	}
	if !utf8.Valid(raw) {
		c.addCode(CodeJSON, top, "the definition is not UTF-8")
		return nil
	}
	var syntax *json.SyntaxError
	var document json.RawMessage
	if err := json.Unmarshal(raw, &document); errors.As(err, &syntax) {
		line := 1 + bytes.Count(raw[:syntax.Offset], []byte("\n"))
		c.addCode(CodeJSON, top, "the definition is not JSON: line %d: %v", line, err)
		return nil
	} else if err != nil {
		c.addCode(CodeJSON, top, "the definition is not JSON: %v", err)
		return nil
	}
	o, ok := c.object(top, document)
	if !ok {
		return nil
	}
	d := &Definition{}
	d.Comment, _ = o.text("Comment")
	if version, ok := o.text("Version"); ok && version != "1.0" {
		c.add(o.at.field("Version"), `must be "1.0"`)
	}
	if language, _ := o.text("QueryLanguage"); language != "JSONata" {
		c.add(o.at.field("QueryLanguage"), `must be "JSONata": documents in JSONPath, the default, are not supported`)
	}
	d.TimeoutSeconds = o.count("TimeoutSeconds", 1, 0)
	if flow := c.flow(o, nil); flow != nil {
		d.Flow = *flow
	}
	o.finish("a state machine")
	return d
}

// flow reads StartAt and States of o. The caller finishes o.
func (c *checker) flow(o *object, outer *variables) *Flow {
	f := &Flow{States: map[string]*State{}}
	start, startOK := o.requireText("StartAt")
	f.StartAt = start
	raw, ok := o.require("States")
	if !ok {
		return nil
	}
	at := o.at.field("States")
	states, ok := c.object(at, raw)
	if !ok {
		return nil
	}
	if len(states.members) == 0 {
		c.add(at, "must hold at least one state")
		return nil
	}
	vars := newVariables(outer)
	var order []*State
	for _, m := range states.members {
		here := at.field(m.Name)
		c.stateName(m.Name, here)
		if s := c.state(m.Name, here, bytes.TrimSpace(m.Value), vars); s != nil {
			f.States[m.Name] = s
			order = append(order, s)
		}
	}
	vars.check(c)
	if startOK && !has(states, start) {
		c.addCode(CodeTransition, o.at.field("StartAt"), "there is no state %q", start)
		return f
	}
	c.targets(at, states, order)
	// A state that could not be read may lead anywhere, so that nothing can be
	// said about what is reached.
	if startOK && len(order) == len(states.members) {
		c.reach(at, f, order)
	}
	return f
}

func has(states *object, name string) bool {
	for _, m := range states.members {
		if m.Name == name {
			return true
		}
	}
	return false
}

func (c *checker) stateName(name string, at place) {
	if name == "" || utf8.RuneCountInString(name) > maxNameLength {
		c.add(at, "a state's name has 1 to %d characters", maxNameLength)
	}
	if first, ok := c.names[name]; ok {
		c.add(at, "the name is taken by %s; names are unique in the whole machine", first)
		return
	}
	c.names[name] = at.path
}

// targets notes transitions to states that do not exist in the flow.
func (c *checker) targets(at place, states *object, order []*State) {
	check := func(here place, target string) {
		if target != "" && !has(states, target) {
			c.addCode(CodeTransition, here, "there is no state %q in this flow", target)
		}
	}
	for _, s := range order {
		here := at.field(s.Name)
		check(here.field("Next"), s.Next)
		for i, r := range s.Choices {
			check(here.field("Choices").index(i).field("Next"), r.Next)
		}
		check(here.field("Default"), s.Default)
		for i, catcher := range s.Catch {
			check(here.field("Catch").index(i).field("Next"), catcher.Next)
		}
	}
}

// reach notes the states that no path from StartAt leads to.
func (c *checker) reach(at place, f *Flow, order []*State) {
	reached := map[string]bool{}
	todo := []string{f.StartAt}
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		if s := f.States[name]; s != nil && !reached[name] {
			reached[name] = true
			todo = append(todo, s.Targets()...)
		}
	}
	for _, s := range order {
		if !reached[s.Name] {
			c.add(at.field(s.Name), "no path from %q leads to this state", f.StartAt)
		}
	}
}
