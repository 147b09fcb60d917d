package asl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"

	"github.com/pixline/pixline/local/states/query"
)

// maxInteger is the largest value of AWS's integer fields (99,999,999).
const maxInteger = 99_999_999

// object reads the fields of one JSON object and knows which were asked for.
type object struct {
	c       *checker
	at      place
	members []query.Member
	known   map[string]bool
}

// object reads raw as an object; ok is false, and the problem noted, when it
// is none.
func (c *checker) object(at place, raw json.RawMessage) (*object, bool) {
	members, err := query.Members(raw)
	if err != nil {
		c.add(at, "%v", err)
		return nil, false
	}
	return &object{c: c, at: at, members: members, known: map[string]bool{}}, true
}

// take returns a field's value and marks it as known.
func (o *object) take(name string) (json.RawMessage, bool) {
	o.known[name] = true
	for _, m := range o.members {
		if m.Name == name {
			return bytes.TrimSpace(m.Value), true
		}
	}
	return nil, false
}

// require is take for a field that must be there.
func (o *object) require(name string) (json.RawMessage, bool) {
	raw, ok := o.take(name)
	if !ok {
		o.c.add(o.at.field(name), "is required")
	}
	return raw, ok
}

// finish notes every field that no one asked for.
func (o *object) finish(what string) {
	for _, m := range o.members {
		if o.known[m.Name] {
			continue
		}
		switch reason := refusals[m.Name]; reason {
		case "":
			o.c.add(o.at.field(m.Name), "is not a field of %s", what)
		default:
			o.c.add(o.at.field(m.Name), "%s", reason)
		}
	}
}

const (
	jsonPathField = "is a JSONPath field; with JSONata use Arguments, Output and {% %} strings"
	notSupported  = "is not supported by the local runner"
)

// refusals explains the refusal of fields that exist in the States Language.
var refusals = map[string]string{
	"InputPath": jsonPathField, "OutputPath": jsonPathField, "ResultPath": jsonPathField,
	"Parameters": jsonPathField, "ResultSelector": jsonPathField, "Result": jsonPathField,
	"ItemsPath": jsonPathField, "MaxConcurrencyPath": jsonPathField, "Variable": jsonPathField,
	"SecondsPath": jsonPathField, "TimestampPath": jsonPathField, "ErrorPath": jsonPathField,
	"CausePath": jsonPathField, "TimeoutSecondsPath": jsonPathField, "HeartbeatSecondsPath": jsonPathField,
	"ItemReader": notSupported, "ItemBatcher": notSupported, "ResultWriter": notSupported,
	"ToleratedFailureCount": notSupported, "ToleratedFailurePercentage": notSupported,
	"Label": notSupported, "Credentials": notSupported,
	"Iterator": "is deprecated; use ItemProcessor",
}

func (o *object) text(name string) (string, bool) {
	raw, ok := o.take(name)
	if !ok {
		return "", false
	}
	return o.c.text(o.at.field(name), raw)
}

func (c *checker) text(at place, raw json.RawMessage) (string, bool) {
	var s string
	if raw[0] != '"' || json.Unmarshal(raw, &s) != nil {
		c.add(at, "must be a string")
		return "", false
	}
	return s, true
}

func (o *object) requireText(name string) (string, bool) {
	raw, ok := o.require(name)
	if !ok {
		return "", false
	}
	s, ok := o.c.text(o.at.field(name), raw)
	if ok && s == "" {
		o.c.add(o.at.field(name), "must not be empty")
		return "", false
	}
	return s, ok
}

func (o *object) list(name string) ([]json.RawMessage, bool) {
	raw, ok := o.take(name)
	if !ok {
		return nil, false
	}
	var items []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &items) != nil {
		o.c.add(o.at.field(name), "must be an array")
		return nil, false
	}
	return items, true
}

// count reads an integer field of at least least; fallback stands for absent.
func (o *object) count(name string, least, fallback int64) int64 {
	raw, ok := o.take(name)
	if !ok {
		return fallback
	}
	n, err := count(raw, least)
	if err != nil {
		o.c.add(o.at.field(name), "%v", err)
		return fallback
	}
	return n
}

func count(raw json.RawMessage, least int64) (int64, error) {
	var f float64
	err := json.Unmarshal(raw, &f)
	if err != nil || raw[0] == 'n' || f != math.Trunc(f) || f < float64(least) || f > maxInteger {
		return 0, mustCount(least)
	}
	return int64(f), nil
}

func mustCount(least int64) error {
	if least > 0 {
		return fmt.Errorf("must be a positive integer up to %d", maxInteger)
	}
	return fmt.Errorf("must be a non-negative integer up to %d", maxInteger)
}

// countOrExpression reads an integer field that may be computed.
func (o *object) countOrExpression(name string, least int64) *query.Scalar[int64] {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	check := func(n int64) error {
		if n < least || n > maxInteger {
			return mustCount(least)
		}
		return nil
	}
	if raw[0] == '"' {
		if expr := o.expression(name, raw, inputOnly); expr != nil {
			return query.NewScalar(0, expr, check)
		}
		return nil
	}
	n, err := count(raw, least)
	if err != nil {
		o.c.add(o.at.field(name), "%v, or a {%% %%} string", err)
		return nil
	}
	return query.NewScalar(n, nil, check)
}

// textOrExpression reads a string field that may be computed.
func (o *object) textOrExpression(name string, check func(string) error) *query.Scalar[string] {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	s, ok := o.c.text(o.at.field(name), raw)
	if !ok {
		return nil
	}
	if _, enclosed := query.Enclosed(s); enclosed {
		if expr := o.expression(name, raw, inputOnly); expr != nil {
			return query.NewScalar("", expr, check)
		}
		return nil
	}
	if err := check(s); err != nil {
		o.c.add(o.at.field(name), "%v", err)
		return nil
	}
	return query.NewScalar(s, nil, check)
}
