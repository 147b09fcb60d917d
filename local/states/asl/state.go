package asl

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/pixline/pixline/local/states/query"
)

// state reads one state; nil when its type cannot be told.
func (c *checker) state(name string, at place, raw json.RawMessage, vars *variables) *State {
	o, ok := c.object(at, raw)
	if !ok {
		return nil
	}
	kind, ok := o.requireText("Type")
	if !ok {
		return nil
	}
	s := &State{Name: name, Type: Type(kind)}
	s.Comment, _ = o.text("Comment")
	if language, ok := o.text("QueryLanguage"); ok && language != "JSONata" {
		c.add(at.field("QueryLanguage"), `must be "JSONata"`)
	}
	switch s.Type {
	case Task:
		c.task(o, s)
		c.output(o, s, withResult, vars)
		c.handlers(o, s, vars)
		c.transition(o, s)
	case Parallel:
		s.Arguments = o.optionalTemplate("Arguments", inputOnly)
		c.branches(o, s, vars)
		c.output(o, s, withResult, vars)
		c.handlers(o, s, vars)
		c.transition(o, s)
	case Map:
		c.iteration(o, s, vars)
		c.output(o, s, withResult, vars)
		c.handlers(o, s, vars)
		c.transition(o, s)
	case Pass:
		c.output(o, s, inputOnly, vars)
		c.transition(o, s)
	case Wait:
		c.wait(o, s)
		c.output(o, s, inputOnly, vars)
		c.transition(o, s)
	case Choice:
		c.choice(o, s, vars)
		c.output(o, s, inputOnly, vars)
	case Succeed:
		s.Output = o.optionalTemplate("Output", inputOnly)
	case Fail:
		s.Error = o.textOrExpression("Error", anyText)
		s.Cause = o.textOrExpression("Cause", anyText)
	default:
		c.add(at.field("Type"), "%q is not a type of state", kind)
		return nil
	}
	o.finish("a " + kind + " state")
	return s
}

func anyText(string) error { return nil }

func (c *checker) output(o *object, s *State, st stage, vars *variables) {
	s.Output = o.optionalTemplate("Output", st)
	s.Assign = o.assign(st, vars)
}

// transition reads Next or End, of which there must be exactly one.
func (c *checker) transition(o *object, s *State) {
	next, hasNext := o.text("Next")
	raw, hasEnd := o.take("End")
	end := string(raw) == "true"
	if hasEnd && !end && string(raw) != "false" {
		c.add(o.at.field("End"), "must be a boolean")
	}
	s.Next = next
	if (hasNext && next != "") == end {
		c.add(o.at, `must have either "Next" or "End": true`)
	}
}

func (c *checker) wait(o *object, s *State) {
	s.Seconds = o.countOrExpression("Seconds", 0)
	s.Timestamp = o.textOrExpression("Timestamp", func(text string) error {
		_, err := ParseTimestamp(text)
		return err
	})
	_, hasSeconds := o.take("Seconds")
	_, hasTimestamp := o.take("Timestamp")
	if hasSeconds == hasTimestamp {
		c.add(o.at, "must have exactly one of Seconds and Timestamp")
	}
}

// ParseTimestamp reads a time as Wait states take it: RFC 3339 with an
// uppercase T, and an uppercase Z in the absence of an offset.
func ParseTimestamp(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errors.New("must be a time such as 2016-03-14T01:59:00Z")
	}
	return t, nil
}

func (c *checker) choice(o *object, s *State, vars *variables) {
	s.Default, _ = o.text("Default")
	rules, ok := o.list("Choices")
	if ok && len(rules) == 0 || !ok && !c.has(o.at.field("Choices")) {
		c.add(o.at.field("Choices"), "must be a non-empty array")
	}
	for i, raw := range rules {
		r, ok := c.object(o.at.field("Choices").index(i), raw)
		if !ok {
			continue
		}
		var rule Rule
		rule.Condition = r.condition()
		rule.Next, _ = r.requireText("Next")
		rule.Output = r.optionalTemplate("Output", inputOnly)
		rule.Assign = r.assign(inputOnly, vars)
		r.text("Comment")
		r.finish("a choice rule")
		s.Choices = append(s.Choices, rule)
	}
}

func (o *object) condition() *query.Scalar[bool] {
	raw, ok := o.require("Condition")
	if !ok {
		return nil
	}
	accept := func(bool) error { return nil }
	switch string(raw) {
	case "true", "false":
		return query.NewScalar(string(raw) == "true", nil, accept)
	}
	if raw[0] != '"' {
		o.c.add(o.at.field("Condition"), "must be a boolean or a {%% %%} string")
		return nil
	}
	if expr := o.expression("Condition", raw, inputOnly); expr != nil {
		return query.NewScalar(false, expr, accept)
	}
	return nil
}

func (c *checker) branches(o *object, s *State, vars *variables) {
	branches, ok := o.list("Branches")
	if ok && len(branches) == 0 || !ok && !c.has(o.at.field("Branches")) {
		c.add(o.at.field("Branches"), "must be a non-empty array")
	}
	for i, raw := range branches {
		if b, ok := c.object(o.at.field("Branches").index(i), raw); ok {
			if flow := c.flow(b, vars); flow != nil {
				s.Branches = append(s.Branches, flow)
			}
			b.text("Comment")
			b.finish("a branch")
		}
	}
}

func (c *checker) iteration(o *object, s *State, vars *variables) {
	s.Items = o.optionalTemplate("Items", inputOnly)
	if s.Items != nil {
		if fixed, ok := s.Items.Constant(); ok && fixed[0] != '[' {
			c.add(o.at.field("Items"), "must be an array or a {%% %%} string that yields one")
		}
	}
	s.ItemSelector = o.optionalTemplate("ItemSelector", inputOnly)
	s.MaxConcurrency = o.countOrExpression("MaxConcurrency", 0)
	raw, ok := o.require("ItemProcessor")
	if !ok {
		return
	}
	p, ok := c.object(o.at.field("ItemProcessor"), raw)
	if !ok {
		return
	}
	if raw, ok := p.take("ProcessorConfig"); ok {
		c.processor(p.at.field("ProcessorConfig"), raw)
	}
	s.ItemProcessor = c.flow(p, vars)
	p.text("Comment")
	p.finish("an item processor")
}

func (c *checker) processor(at place, raw json.RawMessage) {
	o, ok := c.object(at, raw)
	if !ok {
		return
	}
	if mode, ok := o.text("Mode"); ok && mode != "INLINE" {
		c.add(at.field("Mode"), "must be INLINE: distributed maps are not supported by the local runner")
	}
	o.finish("a processor configuration of an inline map")
}
