package alarm

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxRule is the longest rule that CloudWatch takes: characters.
const maxRule = 10240

// rule is the condition of a composite alarm. Source of the grammar: CloudWatch
// API Reference, PutCompositeAlarm, AlarmRule.
type rule struct {
	holds    func(func(name string) Value) bool
	children []string // names, in the order of the rule
}

// parseRule reads a rule; resolve finds the name of an alarm by its name or ARN.
func parseRule(source string, resolve func(string) (string, error)) (*rule, error) {
	if len(source) > maxRule {
		return nil, fmt.Errorf("the rule has more than %d characters", maxRule)
	}
	p := &parser{source: source, resolve: resolve}
	holds, err := p.or()
	if err == nil && p.peek() != "" {
		err = fmt.Errorf("%q is one too many", p.peek())
	}
	if err != nil {
		return nil, fmt.Errorf("the rule cannot be read at character %d: %w", p.at+1, err)
	}
	return &rule{holds: holds, children: p.children}, nil
}

type condition = func(func(name string) Value) bool

type parser struct {
	source   string
	at       int
	resolve  func(string) (string, error)
	children []string
}

func (p *parser) space() {
	for p.at < len(p.source) && strings.ContainsRune(" \t\r\n", rune(p.source[p.at])) {
		p.at++
	}
}

// peek is the next word or parenthesis, "" at the end.
func (p *parser) peek() string {
	p.space()
	rest := p.source[p.at:]
	if end := strings.IndexAny(rest, " \t\r\n()\""); end > 0 {
		return rest[:end]
	} else if end == 0 {
		return rest[:1]
	}
	return rest
}

// accept takes the next word if it is this one, in any case.
func (p *parser) accept(word string) bool {
	next := p.peek()
	if !strings.EqualFold(next, word) {
		return false
	}
	p.at += len(next)
	return true
}

func (p *parser) or() (condition, error)  { return p.chain("OR", p.and, true) }
func (p *parser) and() (condition, error) { return p.chain("AND", p.not, false) }

// chain reads operands with an operator between them; one that gives decided
// decides for all.
func (p *parser) chain(operator string, operand func() (condition, error), decided bool) (condition, error) {
	first, err := operand()
	if err != nil {
		return nil, err
	}
	operands := []condition{first}
	for p.accept(operator) {
		next, err := operand()
		if err != nil {
			return nil, err
		}
		operands = append(operands, next)
	}
	return func(value func(string) Value) bool {
		return slices.ContainsFunc(operands, func(c condition) bool { return c(value) == decided }) == decided
	}, nil
}

func (p *parser) not() (condition, error) {
	switch {
	case p.accept("NOT"):
		operand, err := p.not()
		if err != nil {
			return nil, err
		}
		return func(value func(string) Value) bool { return !operand(value) }, nil
	case p.accept("("):
		inner, err := p.or()
		if err == nil && !p.accept(")") {
			err = errors.New("a closing parenthesis is missing")
		}
		return inner, err
	case p.accept("TRUE"):
		return func(func(string) Value) bool { return true }, nil
	case p.accept("FALSE"):
		return func(func(string) Value) bool { return false }, nil
	}
	for _, wanted := range []Value{InAlarm, OK, InsufficientData} {
		if p.accept(string(wanted)) {
			return p.function(wanted)
		}
	}
	if next := p.peek(); next != "" {
		return nil, fmt.Errorf("%q is not a condition", next)
	}
	return nil, errors.New("a condition is missing")
}

// function reads what follows ALARM: an alarm in parentheses.
func (p *parser) function(wanted Value) (condition, error) {
	if !p.accept("(") {
		return nil, fmt.Errorf("%s needs an alarm in parentheses", wanted)
	}
	reference, err := p.reference()
	if err != nil {
		return nil, err
	}
	name, err := p.resolve(reference)
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, errors.New("a closing parenthesis is missing")
	}
	if !slices.Contains(p.children, name) {
		p.children = append(p.children, name)
	}
	return func(value func(string) Value) bool { return value(name) == wanted }, nil
}

// reference reads a name or ARN: in quotes, in which a backslash takes the next
// character as it is, or bare up to the parenthesis.
func (p *parser) reference() (string, error) {
	p.space()
	rest := p.source[p.at:]
	if !strings.HasPrefix(rest, `"`) {
		end := strings.IndexByte(rest, ')')
		if end < 0 {
			return "", errors.New("a closing parenthesis is missing")
		}
		p.at += end
		return strings.TrimSpace(rest[:end]), nil
	}
	var name strings.Builder
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '"':
			p.at += i + 1
			return name.String(), nil
		case rest[i] == '\\' && i+1 < len(rest):
			i++
		}
		name.WriteByte(rest[i])
	}
	return "", errors.New("a closing quote is missing")
}
