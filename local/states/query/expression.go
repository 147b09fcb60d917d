// Package query evaluates the JSONata strings of a state machine.
//
// Guarantees:
//   - A string is an expression only when {% and %} enclose all of it.
//   - Expressions are compiled once, at load; a document that holds one that
//     does not compile is refused.
//   - There is no input document: $, $$ and bare names at the top level are
//     undefined, as Step Functions defines it. Data comes from variables.
//   - Every evaluation has a deadline. An expression that fails, that yields
//     nothing, or that yields a function is an *Error.
//   - Values keep their JSON: integers of any size that are only moved, null,
//     empty arrays and objects survive.
//
// The engine is gnata. Known differences from jsonata-js that cannot be mended
// from outside: a list of one object whose field is an array of one element
// ($x.list.items) unwraps that element, and $distinct unwraps a single
// remaining value even for an array literal. The tests pin both.
package query

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/recolabs/gnata"
)

// evaluationLimit bounds one evaluation. An honest expression over 256 KiB
// takes milliseconds; the rest is headroom for a loaded machine.
const evaluationLimit = 5 * time.Second

// Scope gives an expression the variables that it names.
type Scope interface {
	// Lookup returns the value of a variable as Decode made it, and whether
	// the variable has one. The name has no dollar sign.
	Lookup(name string) (any, bool)
}

// Expression is one compiled JSONata string. It may be used concurrently.
type Expression struct {
	source  string
	program *gnata.Expression
	refs    references
}

// Enclosed returns the JSONata source inside a {% %} string. A string that is
// not enclosed as a whole is a literal.
func Enclosed(s string) (string, bool) {
	if len(s) < 4 || !strings.HasPrefix(s, "{%") || !strings.HasSuffix(s, "%}") {
		return "", false
	}
	return strings.TrimSpace(s[2 : len(s)-2]), true
}

// Compile compiles JSONata source. It refuses what Step Functions refuses:
// $eval and the input document $$.
func Compile(source string) (*Expression, error) {
	if source == "" {
		return nil, errors.New("the JSONata expression is empty")
	}
	program, err := gnata.Compile(source)
	if err != nil {
		return nil, fmt.Errorf("the JSONata expression does not compile: %w", err)
	}
	refs := scan(source)
	if slices.Contains(refs.names, "eval") {
		return nil, errors.New("$eval is not available in Step Functions; use $parse to read JSON")
	}
	if slices.Contains(refs.names, "$") {
		return nil, errors.New("$$ is not available in Step Functions; use $states.input")
	}
	return &Expression{source: source, program: program, refs: refs}, nil
}

// Reads reports whether the expression may read $states.<field>.
func (e *Expression) Reads(field string) bool {
	return slices.Contains(e.refs.states, field)
}

// Error is a failed evaluation: States.QueryEvaluationError.
type Error struct {
	Field  string // where the expression stands, such as Output/renditions[0]
	Reason string // the message, in the form that Step Functions gives it
}

func (e *Error) Error() string { return e.Reason }

// Eval evaluates the expression. The error is an *Error, or the context's own
// when ctx ended.
func (e *Expression) Eval(ctx context.Context, scope Scope, field string) (json.RawMessage, error) {
	limited, cancel := context.WithTimeout(ctx, evaluationLimit)
	defer cancel()
	vars := make(map[string]any, len(e.refs.names))
	for _, name := range e.refs.names {
		if v, ok := scope.Lookup(name); ok {
			vars[name] = v
		} else if f, ok := functions()[name]; ok {
			vars[name] = f
		}
	}
	v, err := e.program.EvalWithVars(limited, nil, vars)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if limited.Err() != nil {
			return nil, e.fail(field, fmt.Sprintf("did not end within %s.", evaluationLimit))
		}
		return nil, e.fail(field, "threw an error during evaluation. "+err.Error())
	}
	if v == nil {
		return nil, e.fail(field, "returned nothing (undefined).")
	}
	out, err := encode(v)
	if err != nil {
		return nil, e.fail(field, "returned a value that is not JSON: "+err.Error()+".")
	}
	return out, nil
}

func (e *Expression) fail(field, what string) *Error {
	return &Error{Field: field, Reason: fmt.Sprintf("The JSONata expression '%s' specified for the field '%s' %s", e.source, field, what)}
}
