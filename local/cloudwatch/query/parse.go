package query

import (
	"math"
	"slices"
	"strconv"
)

// Bounds of an expression: CloudWatch's on its length, ours on its nesting.
const (
	maxExpression = 2048
	maxDepth      = 50
)

// op is what a node does.
type op string

const (
	opNumber op = "number"
	opText   op = "text"
	opRef    op = "id"      // of another query
	opWord   op = "keyword" // such as REPEAT
	opCall   op = "function"
	opList   op = "array"
	opNegate op = "negate"
	// The others are the operators, by their symbol; && is AND, || is OR.
)

// node is a part of a parsed expression.
type node struct {
	op   op
	at   int
	text string  // of text, id, keyword, function
	num  float64 // of a number
	args []*node
}

// walk calls f with the node and all below it.
func (n *node) walk(f func(*node)) {
	f(n)
	for _, a := range n.args {
		a.walk(f)
	}
}

type parser struct {
	tokens []token
	depth  int
}

// parse reads an expression.
func parse(s string) (*node, error) {
	if len(s) > maxExpression {
		return nil, errorAt(maxExpression, "an expression has at most %d characters", maxExpression)
	}
	tokens, err := scan(s)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	n, err := p.binary(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != end {
		return nil, errorAt(t.at, "%s is unexpected", t)
	}
	return n, nil
}

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if t.kind != end {
		p.tokens = p.tokens[1:]
	}
	return t
}

// accept takes the symbol if it comes next.
func (p *parser) accept(sym string) bool {
	if t := p.peek(); t.kind == symbol && t.text == sym {
		p.next()
		return true
	}
	return false
}

// levels are the operators from the weakest on.
var levels = [][]string{{"||", "OR"}, {"&&", "AND"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}}

var canonical = map[string]op{"OR": "||", "AND": "&&"}

// binary reads operators of a level and the stronger ones, left to right.
func (p *parser) binary(level int) (*node, error) {
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	for err == nil {
		t := p.peek()
		if t.kind != symbol && t.kind != name || !slices.Contains(levels[level], t.text) {
			return left, nil
		}
		p.next()
		o, ok := canonical[t.text]
		if !ok {
			o = op(t.text)
		}
		var right *node
		right, err = p.binary(level + 1)
		left = &node{op: o, at: t.at, args: []*node{left, right}}
	}
	return nil, err
}

// unary reads -x; powers bind tighter, so that -2^2 is -4.
func (p *parser) unary() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errorAt(p.peek().at, "the expression is nested more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	at := p.peek().at
	if p.accept("-") {
		n, err := p.unary()
		return &node{op: opNegate, at: at, args: []*node{n}}, err
	}
	base, err := p.primary()
	if err != nil {
		return nil, err
	}
	at = p.peek().at
	if !p.accept("^") {
		return base, nil
	}
	exponent, err := p.unary() // from the right: 2^3^2 is 2^9
	return &node{op: "^", at: at, args: []*node{base, exponent}}, err
}

func (p *parser) primary() (*node, error) {
	t := p.next()
	switch t.kind {
	case number:
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil || math.IsInf(v, 0) {
			return nil, errorAt(t.at, "%s is not a number that can be used", t)
		}
		return &node{op: opNumber, at: t.at, num: v}, nil
	case text:
		return &node{op: opText, at: t.at, text: t.text}, nil
	case name:
		if p.accept("(") {
			args, err := p.list(")")
			return &node{op: opCall, at: t.at, text: t.text, args: args}, err
		}
		if t.text[0] >= 'a' {
			return &node{op: opRef, at: t.at, text: t.text}, nil
		}
		return &node{op: opWord, at: t.at, text: t.text}, nil
	case symbol:
		switch t.text {
		case "(":
			n, err := p.binary(0)
			if err == nil && !p.accept(")") {
				err = errorAt(p.peek().at, "%s stands where a ) belongs", p.peek())
			}
			return n, err
		case "[":
			args, err := p.list("]")
			return &node{op: opList, at: t.at, args: args}, err
		}
	}
	return nil, errorAt(t.at, "%s stands where a value belongs", t)
}

// list reads values between commas up to the closing symbol.
func (p *parser) list(closing string) ([]*node, error) {
	var args []*node
	if p.accept(closing) {
		return args, nil
	}
	for {
		n, err := p.binary(0)
		if err != nil {
			return nil, err
		}
		args = append(args, n)
		if p.accept(closing) {
			return args, nil
		}
		if t := p.peek(); !p.accept(",") {
			return nil, errorAt(t.at, "%s stands where a comma or %s belongs", t, closing)
		}
	}
}
