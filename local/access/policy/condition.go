package policy

import (
	"fmt"
	"strconv"
	"strings"
)

// A condition is one operator applied to one context key.
type condition struct {
	key      string // lower-cased: names of context keys ignore case
	operator string
	set      string // "", "ForAllValues" or "ForAnyValue"
	ifExists bool
	negated  bool // true when no value may match
	absent   bool // Null: whether the key must be absent
	tests    []test
	reads    []string // context keys of the variables in its values
}

// A test compares one value of the request with one value of the policy.
type test func(value string, context map[string][]string) verdict

type verdict int

const (
	differs verdict = iota
	matches
	// unresolved: a variable of the policy has no value. Neither the operator
	// nor its negation may then hold.
	unresolved
)

func verdictOf(matched bool) verdict {
	if matched {
		return matches
	}
	return differs
}

// operators lists each positive operator with its negation and how its values
// are read. Source: IAM User Guide, "Condition operators".
var operators = []struct {
	positive, negative string
	compile            func(value string, how syntax) (test, error)
}{
	{"StringEquals", "StringNotEquals", stringTest(syntax{}, false)},
	{"StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", stringTest(syntax{}, true)},
	{"StringLike", "StringNotLike", stringTest(syntax{wildcards: true}, false)},
	{"ArnEquals", "ArnNotEquals", arnTest},
	{"ArnLike", "ArnNotLike", arnTest},
	{"Bool", "", boolTest},
	{"NumericEquals", "NumericNotEquals", numericTest(func(order int) bool { return order == 0 })},
	{"NumericLessThan", "", numericTest(func(order int) bool { return order < 0 })},
	{"NumericLessThanEquals", "", numericTest(func(order int) bool { return order <= 0 })},
	{"NumericGreaterThan", "", numericTest(func(order int) bool { return order > 0 })},
	{"NumericGreaterThanEquals", "", numericTest(func(order int) bool { return order >= 0 })},
	{"DateEquals", "DateNotEquals", dateTest(func(order int) bool { return order == 0 })},
	{"DateLessThan", "", dateTest(func(order int) bool { return order < 0 })},
	{"DateLessThanEquals", "", dateTest(func(order int) bool { return order <= 0 })},
	{"DateGreaterThan", "", dateTest(func(order int) bool { return order > 0 })},
	{"DateGreaterThanEquals", "", dateTest(func(order int) bool { return order >= 0 })},
	{"IpAddress", "NotIpAddress", addressTest},
}

func parseConditions(block node, variables bool) ([]condition, error) {
	if !block.isObject {
		return nil, fmt.Errorf("%s: must be an object of operators", block.path)
	}
	var conditions []condition
	for _, operator := range block.object {
		if !operator.value.isObject || len(operator.value.object) == 0 {
			return nil, fmt.Errorf("%s: must be an object of context keys", operator.value.path)
		}
		for _, key := range operator.value.object {
			c, err := parseCondition(operator.key, key, variables)
			if err != nil {
				return nil, err
			}
			conditions = append(conditions, c)
		}
	}
	return conditions, nil
}

func parseCondition(operator string, key member, variables bool) (condition, error) {
	at := key.value.path
	c := condition{key: strings.ToLower(key.key)}
	name := operator
	if set, rest, ok := strings.Cut(name, ":"); ok {
		c.set, name = set, rest
		if set != "ForAllValues" && set != "ForAnyValue" {
			return condition{}, fmt.Errorf("%s: %q is not a set operator", at, set)
		}
	}
	if base, ok := strings.CutSuffix(name, "IfExists"); ok {
		c.ifExists, name = true, base
	}
	values, err := conditionValues(key.value)
	if err != nil {
		return condition{}, err
	}
	c.operator = name
	if name == "Null" {
		if c.set != "" || c.ifExists || len(values) != 1 || (values[0] != "true" && values[0] != "false") {
			return condition{}, fmt.Errorf("%s: Null takes \"true\" or \"false\", without a set operator or IfExists", at)
		}
		c.absent = values[0] == "true"
		return c, nil
	}
	for _, known := range operators {
		if name != known.positive && (name != known.negative || known.negative == "") {
			continue
		}
		c.negated = name == known.negative
		for _, value := range values {
			t, err := known.compile(value, syntax{variables: variables})
			if err != nil {
				return condition{}, fmt.Errorf("%s: %w", at, err)
			}
			c.tests = append(c.tests, t)
			c.reads = append(c.reads, variablesOf(value, variables)...)
		}
		return c, nil
	}
	return condition{}, fmt.Errorf("%s: the operator %q is not known", at, operator)
}

// conditionValues reads strings, and the numbers and booleans that IAM accepts
// in their place.
func conditionValues(n node) ([]string, error) {
	elements := n.list
	if !n.isList {
		elements = []node{n}
	}
	var values []string
	for _, element := range elements {
		switch scalar := element.scalar.(type) {
		case string:
			values = append(values, scalar)
		case bool:
			values = append(values, strconv.FormatBool(scalar))
		case fmt.Stringer: // json.Number
			values = append(values, scalar.String())
		default:
			return nil, fmt.Errorf("%s: must be a string, a number or a boolean", element.path)
		}
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("%s: the list is empty", n.path)
	}
	return values, nil
}

// holds evaluates the condition. A key without values counts as absent.
func (c condition) holds(context map[string][]string) bool {
	values := context[c.key]
	switch {
	case c.operator == "Null":
		return (len(values) == 0) == c.absent
	case c.set == "ForAllValues":
		for _, value := range values {
			if !c.compare(value, context) {
				return false
			}
		}
		return true
	case c.set == "ForAnyValue":
		for _, value := range values {
			if c.compare(value, context) {
				return true
			}
		}
		return false
	case len(values) == 0:
		return c.ifExists || c.negated
	case len(values) > 1:
		// AWS leaves a multivalued key without a set operator undefined: such
		// a condition grants nothing here, so that the mistake is seen.
		return false
	}
	return c.compare(values[0], context)
}

func (c condition) compare(value string, context map[string][]string) bool {
	for _, t := range c.tests {
		switch t(value, context) {
		case matches:
			return !c.negated
		case unresolved:
			if c.negated {
				return false
			}
		}
	}
	return c.negated
}
