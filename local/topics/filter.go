package topics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pixline/pixline/local/topics/attribute"
)

// maxFilterKeys is SNS's limit on a filter policy's keys.
const maxFilterKeys = 5

// filter is a filter policy: every key must match one of its conditions.
type filter struct {
	onBody bool
	keys   []filterKey
}

type filterKey struct {
	path       []string
	conditions []condition
}

// condition judges the values of a key: strings, float64, bool or nil. It gets
// all of them, and whether the key is there at all.
type condition func(values []any, present bool) bool

// parseFilter returns nil for an empty policy, which lets everything through.
func parseFilter(text, scope string) (*filter, error) {
	f := &filter{onBody: scope == "MessageBody"}
	if scope != "" && scope != "MessageAttributes" && scope != "MessageBody" {
		return nil, fmt.Errorf("FilterPolicyScope %q is neither MessageAttributes nor MessageBody", scope)
	}
	if text == "" || text == "{}" {
		return nil, nil
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	if err := f.add(nil, document); err != nil {
		return nil, err
	}
	if len(f.keys) > maxFilterKeys {
		return nil, fmt.Errorf("it has %d keys, more than %d", len(f.keys), maxFilterKeys)
	}
	return f, nil
}

func (f *filter) add(path []string, document map[string]any) error {
	for key, value := range document {
		at := append(slices.Clone(path), key)
		name := strings.Join(at, ".")
		switch value := value.(type) {
		case map[string]any:
			if !f.onBody {
				return fmt.Errorf("%s: nested keys need FilterPolicyScope MessageBody", name)
			}
			if err := f.add(at, value); err != nil {
				return err
			}
		case []any:
			if key == "$or" {
				return fmt.Errorf("%s: $or is not emulated by the local runner", name)
			}
			k := filterKey{path: at}
			for _, element := range value {
				c, err := parseCondition(element)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				k.conditions = append(k.conditions, c)
			}
			if len(k.conditions) == 0 {
				return fmt.Errorf("%s: the list is empty", name)
			}
			f.keys = append(f.keys, k)
		default:
			return fmt.Errorf("%s: must be a list", name)
		}
	}
	return nil
}

func anyValue(accepts func(any) bool) condition {
	return func(values []any, _ bool) bool { return slices.ContainsFunc(values, accepts) }
}

func parseCondition(element any) (condition, error) {
	object, isObject := element.(map[string]any)
	if !isObject {
		if _, isList := element.([]any); isList {
			return nil, errors.New("a condition must not be a list")
		}
		return anyValue(func(v any) bool { return v == element }), nil
	}
	if len(object) != 1 {
		return nil, errors.New("a condition must have one operator")
	}
	for operator, operand := range object {
		return parseOperator(operator, operand)
	}
	return nil, nil // not reached: the object has one member
}

func parseOperator(operator string, operand any) (condition, error) {
	text, isText := operand.(string)
	switch {
	case operator == "prefix" && isText:
		return anyValue(func(v any) bool { s, ok := v.(string); return ok && strings.HasPrefix(s, text) }), nil
	case operator == "suffix" && isText:
		return anyValue(func(v any) bool { s, ok := v.(string); return ok && strings.HasSuffix(s, text) }), nil
	case operator == "equals-ignore-case" && isText:
		return anyValue(func(v any) bool { s, ok := v.(string); return ok && strings.EqualFold(s, text) }), nil
	case operator == "exists":
		want, ok := operand.(bool)
		if !ok {
			return nil, errors.New("exists takes true or false")
		}
		return func(_ []any, present bool) bool { return present == want }, nil
	case operator == "anything-but":
		return parseAnythingBut(operand)
	case operator == "numeric":
		return parseNumeric(operand)
	}
	return nil, fmt.Errorf("the operator %s with this operand is not emulated by the local runner", operator)
}

// parseAnythingBut matches when some value is none of those listed, or does
// not have the prefix.
func parseAnythingBut(operand any) (condition, error) {
	switch operand := operand.(type) {
	case map[string]any:
		inner, err := parseCondition(operand)
		if err != nil {
			return nil, err
		}
		if _, ok := operand["prefix"]; !ok {
			return nil, errors.New("anything-but takes values or a prefix")
		}
		return anyValue(func(v any) bool { return !inner([]any{v}, true) }), nil
	case []any:
		return anyValue(func(v any) bool { return !slices.Contains(operand, v) }), nil
	case string, float64:
		return anyValue(func(v any) bool { return v != operand }), nil
	}
	return nil, errors.New("anything-but takes values or a prefix")
}

func parseNumeric(operand any) (condition, error) {
	list, _ := operand.([]any)
	if len(list) != 2 && len(list) != 4 {
		return nil, errors.New(`numeric takes one or two pairs, such as [">", 0, "<=", 100]`)
	}
	var tests []func(float64) bool
	for i := 0; i < len(list); i += 2 {
		operator, _ := list[i].(string)
		bound, ok := list[i+1].(float64)
		if !ok {
			return nil, errors.New("numeric compares with numbers")
		}
		holds, known := map[string]func(float64) bool{
			"=": func(n float64) bool { return n == bound },
			"<": func(n float64) bool { return n < bound }, "<=": func(n float64) bool { return n <= bound },
			">": func(n float64) bool { return n > bound }, ">=": func(n float64) bool { return n >= bound },
		}[operator]
		if !known {
			return nil, fmt.Errorf("numeric does not know %q", operator)
		}
		tests = append(tests, holds)
	}
	return anyValue(func(v any) bool {
		n, ok := v.(float64)
		return ok && !slices.ContainsFunc(tests, func(holds func(float64) bool) bool { return !holds(n) })
	}), nil
}

// accepts tells whether a message passes. One whose body is not a JSON object
// passes no policy on the body.
func (f *filter) accepts(body string, attributes map[string]attribute.Value) bool {
	if f == nil {
		return true
	}
	var document map[string]any
	if f.onBody {
		if err := json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&document); err != nil {
			return false
		}
	}
	for _, k := range f.keys {
		values, present := attributeValues(attributes, k.path[0])
		if f.onBody {
			values, present = bodyValues(document, k.path)
		}
		if !slices.ContainsFunc(k.conditions, func(c condition) bool { return c(values, present) }) {
			return false
		}
	}
	return true
}

// attributeValues reads an attribute as JSON values; a String.Array has several.
func attributeValues(attributes map[string]attribute.Value, name string) ([]any, bool) {
	v, present := attributes[name]
	if !present || v.StringValue == nil {
		return nil, present
	}
	var value any = *v.StringValue
	switch {
	case v.DataType == "String.Array" || strings.HasPrefix(v.DataType, "Number"):
		if err := json.Unmarshal([]byte(*v.StringValue), &value); err != nil {
			return nil, true // not the array it claims to be: nothing to match
		}
	}
	if list, ok := value.([]any); ok {
		return list, true
	}
	return []any{value}, true
}

// bodyValues collects the values at a path, through arrays.
func bodyValues(value any, path []string) ([]any, bool) {
	if list, ok := value.([]any); ok {
		var values []any
		found := false
		for _, element := range list {
			inner, present := bodyValues(element, path)
			values, found = append(values, inner...), found || present
		}
		return values, found || len(path) == 0
	}
	if len(path) == 0 {
		return []any{value}, true
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, false
	}
	next, present := object[path[0]]
	if !present {
		return nil, false
	}
	return bodyValues(next, path[1:])
}
