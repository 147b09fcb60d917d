package query

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
)

// Scalar is a field that holds a plain value or one expression that must yield
// one: TimeoutSeconds, Condition, Cause.
type Scalar[T int64 | bool | string] struct {
	value T
	expr  *Expression
	check func(T) error
}

// NewScalar makes a field of a fixed value or, when expr is not nil, of an
// expression whose value must pass check.
func NewScalar[T int64 | bool | string](value T, expr *Expression, check func(T) error) *Scalar[T] {
	return &Scalar[T]{value: value, expr: expr, check: check}
}

// Fixed returns the value, if the field is a plain one.
func (s *Scalar[T]) Fixed() (T, bool) { return s.value, s.expr == nil }

// Eval returns the field's value; field is its name, for errors.
func (s *Scalar[T]) Eval(ctx context.Context, scope Scope, field string) (T, error) {
	if s.expr == nil {
		return s.value, nil
	}
	var zero T
	raw, err := s.expr.Eval(ctx, scope, field)
	if err != nil {
		return zero, err
	}
	v, err := scalar[T](raw)
	if err == nil {
		err = s.check(v)
	}
	if err != nil {
		return zero, s.expr.fail(field, fmt.Sprintf("returned a value that the field does not accept: %v, but was %s.", err, abridged(raw)))
	}
	return v, nil
}

func scalar[T int64 | bool | string](raw json.RawMessage) (T, error) {
	var v T
	switch p := any(&v).(type) {
	case *int64:
		// A computed 3 may be written 3.0 or 3e0.
		var f float64
		if err := json.Unmarshal(raw, &f); err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 || raw[0] == 'n' {
			return v, fmt.Errorf("expected an integer")
		}
		*p = int64(f)
	case *bool:
		if err := json.Unmarshal(raw, p); err != nil || raw[0] == 'n' {
			return v, fmt.Errorf("expected a boolean")
		}
	case *string:
		if err := json.Unmarshal(raw, p); err != nil || raw[0] == 'n' {
			return v, fmt.Errorf("expected a string")
		}
	}
	return v, nil
}

func abridged(raw json.RawMessage) string {
	const most = 200
	if len(raw) > most {
		return string(raw[:most]) + "…"
	}
	return string(raw)
}
