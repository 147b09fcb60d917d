package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// pattern is an event pattern: each field must match, and of a field's list one
// value. Source: EventBridge User Guide, "Creating event patterns".
type pattern map[string]field

// field is either a pattern of its own or a list of values.
type field struct {
	nested pattern
	values []value
}

// value is an exact one, or what a text begins with.
type value struct {
	exact  any
	prefix *string
}

func parsePattern(text string) (pattern, error) {
	var document map[string]any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	return readPattern("", document)
}

func readPattern(path string, document map[string]any) (pattern, error) {
	if len(document) == 0 {
		return nil, fmt.Errorf("%s: is empty", path)
	}
	p := pattern{}
	for name, content := range document {
		at := path + "/" + name
		switch content := content.(type) {
		case map[string]any:
			nested, err := readPattern(at, content)
			if err != nil {
				return nil, err
			}
			p[name] = field{nested: nested}
		case []any:
			values, err := readValues(content)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", at, err)
			}
			p[name] = field{values: values}
		default:
			return nil, fmt.Errorf("%s: must be an object or a list", at)
		}
	}
	return p, nil
}

func readValues(list []any) ([]value, error) {
	if len(list) == 0 {
		return nil, errors.New("is empty")
	}
	var values []value
	for _, item := range list {
		operator, isOperator := item.(map[string]any)
		if !isOperator {
			values = append(values, value{exact: item})
			continue
		}
		prefix, ok := operator["prefix"].(string)
		if !ok || len(operator) != 1 {
			return nil, fmt.Errorf("the local runner knows exact values and prefix, not %v", operator)
		}
		values = append(values, value{prefix: &prefix})
	}
	return values, nil
}

func (p pattern) matches(event map[string]any) bool {
	for name, f := range p {
		content, there := event[name]
		if !there {
			return false
		}
		if f.nested != nil {
			nested, ok := content.(map[string]any)
			if !ok || !f.nested.matches(nested) {
				return false
			}
			continue
		}
		if !f.holds(content) {
			return false
		}
	}
	return true
}

// holds compares with each element where the event has a list.
func (f field) holds(content any) bool {
	contents, isList := content.([]any)
	if !isList {
		contents = []any{content}
	}
	for _, one := range contents {
		for _, v := range f.values {
			text, isText := one.(string)
			if v.prefix == nil && reflect.DeepEqual(one, v.exact) || v.prefix != nil && isText && strings.HasPrefix(text, *v.prefix) {
				return true
			}
		}
	}
	return false
}
