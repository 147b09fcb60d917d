package vtl

import (
	"fmt"
	"strconv"
	"strings"
)

// pathStep is one step of a JSONPath expression.
type pathStep struct {
	name     string
	index    int
	isIndex  bool
	wildcard bool
	deep     bool // ..name: at any depth
}

// parsePath reads $, .name, ['name'], [0], [-1], [*], .* and ..name. Filters,
// slices, unions and functions are errors.
func parsePath(path string) ([]pathStep, error) {
	unsupported := func() error {
		return fmt.Errorf("the JSONPath %q is not supported: it may have $, .name, ['name'], [0], [*] and ..name", path)
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(path), "$")
	if !ok {
		return nil, unsupported()
	}
	var steps []pathStep
	for rest != "" {
		var s pathStep
		switch {
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if len(rest) > 1 && (rest[1] == '\'' || rest[1] == '"') {
				end = strings.Index(rest, string(rest[1])+"]")
				if end < 2 {
					return nil, unsupported()
				}
				s.name = rest[2:end]
				end++
			} else if end > 0 && rest[1:end] == "*" {
				s.wildcard = true
			} else if n, err := strconv.Atoi(rest[1:max(end, 1)]); err == nil {
				s.index, s.isIndex = n, true
			} else {
				return nil, unsupported()
			}
			rest = rest[end+1:]
		case rest[0] == '.':
			rest, s.deep = strings.CutPrefix(rest[1:], ".")
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			s.name, rest = rest[:end], rest[end:]
			if s.name == "" || strings.ContainsAny(s.name, "()?@,: ") {
				return nil, unsupported()
			}
			if s.name == "*" {
				s.name, s.wildcard = "", true
			}
		default:
			return nil, unsupported()
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// followPath gives what a path leads to. A path with [*] or .. leads to the
// list of all it finds, even to none; for any other, found is false where
// nothing is there.
func followPath(root any, steps []pathStep) (v any, found bool) {
	current := []any{root}
	many := false
	for _, s := range steps {
		many = many || s.wildcard || s.deep
		var next []any
		for _, v := range current {
			next = s.apply(v, next)
		}
		current = next
	}
	if many {
		return &List{items: current, fromJSON: true}, true
	}
	if len(current) == 0 {
		return nil, false
	}
	return current[0], true
}

func (s pathStep) apply(v any, to []any) []any {
	var children []any
	switch v := v.(type) {
	case *Map:
		children = v.all()
		if !s.isIndex && !s.wildcard && v.Has(s.name) {
			to = append(to, v.Get(s.name))
		}
	case *List:
		children = v.items
		if i, ok := v.at(int64(s.index)); s.isIndex && ok {
			to = append(to, v.items[i])
		}
	}
	if s.wildcard {
		to = append(to, children...)
	}
	if s.deep {
		for _, c := range children {
			to = s.apply(c, to)
		}
	}
	return to
}

// Extract gives what a JSONPath leads to in a JSON text, as it prints; found is
// false where there is nothing or a null. An empty body reads as {}. It fails
// on a path that is not supported, and with ErrInvalidJSON.
func Extract(body, path string) (text string, found bool, err error) {
	in := &input{body: body}
	v, found, err := in.find(path)
	if err != nil || !found || v == nil {
		return "", false, err
	}
	return Text(v), true, nil
}
