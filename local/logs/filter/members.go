package filter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// condition holds for a JSON document or does not.
type condition func(document any) bool

// token is one of the words of a JSON pattern: a bracket, an operator, a text in quotation
// marks, a regular expression in percent signs, a selector, or a bare word.
var token = regexp.MustCompile(`^\s*(\(|\)|&&|\|\||!=|>=|<=|=|>|<|"(?:[^"\\]|\\.)*"|%[^%]*%|\$(?:\.[\w-]+|\.?\[\s*(?:\d+|'[^']*'|"[^"]*")\s*\])*|[^\s()=!<>&|"%$]+)`)

// step is one part of a selector: a member's name, or an index.
var step = regexp.MustCompile(`\.([\w-]+)|\.?\[\s*(?:(\d+)|'([^']*)'|"([^"]*)")\s*\]`)

// parser reads a JSON pattern by recursive descent.
type parser struct {
	words []string
}

// members reads a pattern in curly brackets. It matches lines of JSON.
func members(text string) (Pattern, error) {
	body, closed := strings.CutSuffix(strings.TrimPrefix(text, "{"), "}")
	if !closed {
		return nil, errors.New("it does not end in }")
	}
	var p parser
	for rest := strings.TrimSpace(body); rest != ""; rest = strings.TrimSpace(rest) {
		found := token.FindStringSubmatch(rest)
		if found == nil {
			return nil, fmt.Errorf("%q is not understood", rest)
		}
		p.words, rest = append(p.words, found[1]), rest[len(found[0]):]
	}
	holds, err := p.either()
	if err == nil && len(p.words) > 0 {
		err = fmt.Errorf("%q is too much", p.words[0])
	}
	if err != nil {
		return nil, err
	}
	return func(message string) bool {
		var document any
		d := json.NewDecoder(strings.NewReader(message))
		d.UseNumber()
		if d.Decode(&document) != nil {
			return false
		}
		_, end := d.Token()
		return errors.Is(end, io.EOF) && holds(document)
	}, nil
}

// next takes a word; "" is the end.
func (p *parser) next() string {
	if len(p.words) == 0 {
		return ""
	}
	word := p.words[0]
	p.words = p.words[1:]
	return word
}

func (p *parser) accept(word string) bool {
	if len(p.words) == 0 || !strings.EqualFold(p.words[0], word) {
		return false
	}
	p.words = p.words[1:]
	return true
}

// either reads conditions of which one must hold; && binds closer.
func (p *parser) either() (condition, error) {
	first, err := p.both()
	for err == nil && p.accept("||") {
		left := first
		var right condition
		right, err = p.both()
		first = func(d any) bool { return left(d) || right(d) }
	}
	return first, err
}

func (p *parser) both() (condition, error) {
	first, err := p.one()
	for err == nil && p.accept("&&") {
		left := first
		var right condition
		right, err = p.one()
		first = func(d any) bool { return left(d) && right(d) }
	}
	return first, err
}

// one reads a condition in brackets, or a comparison.
func (p *parser) one() (condition, error) {
	if p.accept("(") {
		inner, err := p.either()
		if err == nil && !p.accept(")") {
			err = errors.New("a bracket is not closed")
		}
		return inner, err
	}
	selector := p.next()
	if !strings.HasPrefix(selector, "$") {
		return nil, fmt.Errorf("a selector such as $.status is expected, not %q", selector)
	}
	of := func(test func(value any) bool) (condition, error) {
		return func(d any) bool {
			value, there := selected(d, selector)
			return there && test(value)
		}, nil
	}
	switch operator := p.next(); strings.ToUpper(operator) {
	case "=", "!=", ">", "<", ">=", "<=":
		test, err := comparison(operator, p.next())
		if err != nil {
			return nil, err
		}
		return of(test)
	case "NOT":
		if p.accept("EXISTS") {
			return func(d any) bool { _, there := selected(d, selector); return !there }, nil
		}
	case "IS":
		for word, want := range map[string]any{"NULL": nil, "TRUE": true, "FALSE": false} {
			if p.accept(word) {
				return of(func(value any) bool { return value == want })
			}
		}
	}
	return nil, fmt.Errorf("after %s follows = != > < >= <= with a value, IS NULL, IS TRUE, IS FALSE or NOT EXISTS", selector)
}

// selected finds what a selector names in a document.
func selected(document any, selector string) (value any, there bool) {
	value = document
	for _, part := range step.FindAllStringSubmatch(selector, -1) {
		if index := part[2]; index != "" {
			list, isList := value.([]any)
			i, err := strconv.Atoi(index)
			if !isList || err != nil || i >= len(list) {
				return nil, false
			}
			value = list[i]
			continue
		}
		object, isObject := value.(map[string]any)
		if value, there = object[part[1]+part[3]+part[4]]; !isObject || !there {
			return nil, false
		}
	}
	return value, true
}

// comparison tests a value: a number by size, a text as a whole, in which * stands for
// anything, or by a regular expression. A list or an object is like nothing.
func comparison(operator, operand string) (func(value any) bool, error) {
	number, err := strconv.ParseFloat(operand, 64)
	if err == nil {
		return func(value any) bool {
			n, isNumber := value.(json.Number)
			got, err := n.Float64()
			return isNumber && err == nil && compares(got, operator, number)
		}, nil
	}
	if operator != "=" && operator != "!=" {
		return nil, fmt.Errorf("%s compares numbers, and %q is none", operator, operand)
	}
	text, quoted, pattern := operand, false, ""
	switch {
	case operand == "" || strings.ContainsRune("()=!<>&|$", rune(operand[0])):
		return nil, fmt.Errorf("a value is expected after %s, not %q", operator, operand)
	case operand[0] == '%':
		pattern = strings.Trim(operand, "%")
	default:
		if quoted = operand[0] == '"'; quoted {
			if text, err = strconv.Unquote(operand); err != nil {
				return nil, fmt.Errorf("%s is no text: %w", operand, err)
			}
		}
		pattern = "^(?s:" + strings.ReplaceAll(regexp.QuoteMeta(text), `\*`, ".*") + ")$"
	}
	like, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	return func(value any) bool {
		switch v := value.(type) {
		case string:
			return like.MatchString(v) == (operator == "=")
		case json.Number:
			return !quoted && like.MatchString(v.String()) == (operator == "=")
		}
		return false
	}, nil
}

func compares(a float64, operator string, b float64) bool {
	switch operator {
	case "=":
		return a == b
	case "!=":
		return a != b
	case ">":
		return a > b
	case "<":
		return a < b
	case ">=":
		return a >= b
	default:
		return a <= b
	}
}
