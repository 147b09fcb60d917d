package vtl

import (
	"errors"
	"fmt"
)

// resolve gives a reference's value, nil where it has none.
func (r *renderer) resolve(ref *reference) (any, error) { return r.walk(ref, len(ref.path)) }

// walk follows the first n segments of a reference. Nothing follows from a
// null, so that $absent.foo() is null too.
func (r *renderer) walk(ref *reference, n int) (any, error) {
	v := r.vars[ref.name]
	for _, s := range ref.path[:n] {
		if v == nil {
			return nil, nil
		}
		var err error
		if v, err = r.step(v, s); err != nil {
			if n > 1 {
				err = fmt.Errorf("%s: %w", s.source, err)
			}
			return nil, err
		}
	}
	return v, nil
}

func (r *renderer) step(v any, s segment) (any, error) {
	switch {
	case s.index != nil:
		key, err := r.eval(s.index)
		if err != nil {
			return nil, err
		}
		return index(v, key)
	case s.call:
		args := make([]any, len(s.args))
		for i, a := range s.args {
			var err error
			if args[i], err = r.eval(a); err != nil {
				return nil, err
			}
		}
		return call(v, s.name, args)
	}
	return property(v, s.name)
}

// property is $v.name. What has no such property has no value there, as in
// Velocity; bean properties other than empty are not supported.
func property(v any, name string) (any, error) {
	switch v := v.(type) {
	case *Map:
		return v.Get(name), nil
	case *entry:
		switch name {
		case "key":
			return v.key, nil
		case "value":
			return v.value, nil
		}
	case *List:
		if name == "empty" {
			return len(v.items) == 0, nil
		}
	case string:
		switch name {
		case "empty":
			return v == "", nil
		case "bytes", "class":
			return nil, errors.New("this property is not supported")
		}
	case *input:
		if name == "body" {
			return v.text(), nil
		}
	}
	return nil, nil
}

// index is $v[key].
func index(v, key any) (any, error) {
	switch v := v.(type) {
	case *List:
		i, ok := v.at(key)
		if !ok {
			return nil, fmt.Errorf("index %s is out of the list's %d items", Text(key), len(v.items))
		}
		return v.items[i], nil
	case *Map:
		return v.Get(Text(key)), nil
	}
	return nil, nil
}

// at checks an index; a negative one counts from the end.
func (l *List) at(key any) (int, bool) {
	i, ok := key.(int64)
	if ok && i < 0 {
		i += int64(len(l.items))
	}
	return int(i), ok && i >= 0 && i < int64(len(l.items))
}

// call is $v.name(args).
func call(v any, name string, args []any) (any, error) {
	a := arguments{method: name, values: args}
	var result any
	var known bool
	switch v := v.(type) {
	case string:
		result, known = stringMethod(v, &a)
	case *Map:
		result, known = mapMethod(v, &a)
	case *List:
		result, known = listMethod(v, &a)
	case *entry:
		switch name {
		case "getKey":
			result, known = v.key, a.take()
		case "getValue":
			result, known = v.value, a.take()
		}
	case *input:
		result, known = v.method(&a)
	case util:
		result, known = v.method(&a)
	case int64, float64:
		result, known = numberMethod(v, &a)
	}
	if !known && a.err == nil {
		switch name {
		case "toString":
			result, known = Text(v), a.take()
		case "equals":
			if known = a.take("any"); a.err == nil {
				result = typeName(v) == typeName(a.values[0]) && equal(v, a.values[0])
			}
		}
	}
	if a.err == nil && !known {
		return nil, fmt.Errorf("%s has no method %s that is supported", typeName(v), name)
	}
	if a.err != nil {
		return nil, fmt.Errorf("%s.%w", typeName(v), a.err)
	}
	return result, nil
}

// arguments are a call's, checked by take against what the method takes.
type arguments struct {
	method string
	values []any
	err    error
}

// take checks number and types of the arguments: string, int or any. It is
// true also when they do not fit, and then sets err: the method is known.
func (a *arguments) take(types ...string) bool {
	fits := len(types) == len(a.values)
	for i := 0; fits && i < len(types); i++ {
		switch a.values[i].(type) {
		case string:
			fits = types[i] != "int"
		case int64:
			fits = types[i] != "string"
		default:
			fits = types[i] == "any"
		}
	}
	if !fits {
		var got []string
		for _, v := range a.values {
			got = append(got, typeName(v))
		}
		a.err = fmt.Errorf("%s takes %v, not %v", a.method, types, got)
	}
	return true
}

// ok says that the arguments fit types.
func (a *arguments) ok(types ...string) bool {
	a.take(types...)
	return a.err == nil
}

func (a *arguments) text(i int) string {
	s, _ := a.values[i].(string) // take has checked it
	return s
}

func (a *arguments) int(i int) int {
	n, _ := a.values[i].(int64) // take has checked it
	return int(n)
}
