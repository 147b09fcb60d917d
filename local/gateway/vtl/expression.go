package vtl

import (
	"fmt"
	"strconv"
	"strings"
)

// levels of binary operators, from the loosest; words are the spelled forms.
var levels = [][]string{
	{"||"},
	{"&&"},
	{"==", "!="},
	{"<=", ">=", "<", ">"},
	{"+", "-"},
	{"*", "/", "%"},
}

var words = map[string]string{"or": "||", "and": "&&", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

// found describes what stands at p.pos, for messages.
func (p *parser) found() string {
	if p.eof() {
		return "the end of the template"
	}
	s := p.rest()
	if i := strings.IndexAny(s, " \t\r\n"); i > 0 {
		s = s[:i]
	}
	if len(s) > 20 {
		s = s[:20]
	}
	return fmt.Sprintf("%q", s)
}

func (p *parser) expression() (expr, error) { return p.binary(0) }

func (p *parser) binary(level int) (expr, error) {
	if level == len(levels) {
		return p.unary()
	}
	left, err := p.binary(level + 1)
	if err != nil {
		return nil, err
	}
	for {
		p.skipSpace()
		off := p.pos
		op := p.operator(levels[level])
		if op == "" {
			return left, nil
		}
		if op == "-" && isDigit(p.peek()) {
			return nil, p.errorf(off, "Velocity reads %s as a number; put a space after -", p.src[off:p.pos+1])
		}
		right, err := p.binary(level + 1)
		if err != nil {
			return nil, err
		}
		left = &binaryExpr{op: op, left: left, right: right, off: p.base + off}
	}
}

// operator consumes one of ops, or gives "".
func (p *parser) operator(ops []string) string {
	for _, op := range ops {
		if strings.HasPrefix(p.rest(), op) {
			p.pos += len(op)
			return op
		}
	}
	end := p.pos
	for end < len(p.src) && isLetter(p.src[end]) {
		end++
	}
	spelled := words[p.src[p.pos:end]]
	for _, op := range ops {
		if spelled == op {
			p.pos = end
			return op
		}
	}
	return ""
}

func (p *parser) unary() (expr, error) {
	p.skipSpace()
	off := p.pos
	if err := p.enter(off); err != nil {
		return nil, err
	}
	defer p.leave()
	not := p.peek() == '!'
	if not {
		p.pos++
	} else if strings.HasPrefix(p.rest(), "not") && (len(p.rest()) == 3 || !isLetter(p.rest()[3])) {
		not = true
		p.pos += 3
	}
	if not {
		operand, err := p.unary()
		return &notExpr{operand: operand}, err
	}
	if p.peek() != '(' {
		return p.parameter()
	}
	p.pos++
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	p.skipSpace()
	if p.peek() != ')' {
		return nil, p.errorf(p.pos, "the ( of column %d needs ) but found %s", off+1, p.found())
	}
	p.pos++
	return e, nil
}

// parameter reads one value without operators.
func (p *parser) parameter() (expr, error) {
	p.skipSpace()
	off := p.pos
	if err := p.enter(off); err != nil {
		return nil, err
	}
	defer p.leave()
	switch c := p.peek(); {
	case c == '$':
		return p.operandReference("expected a reference")
	case c == '\'' || c == '"':
		return p.quoted(c)
	case c == '[':
		return p.list()
	case c == '{':
		return p.object()
	case isDigit(c), c == '-' && p.pos+1 < len(p.src) && isDigit(p.src[p.pos+1]):
		return p.number()
	case isLetter(c):
		switch name := p.identifier(); name {
		case "true", "false":
			return &literal{value: name == "true"}, nil
		default:
			p.pos = off
		}
	}
	return nil, p.errorf(off, "expected a value but found %s", p.found())
}

func (p *parser) number() (expr, error) {
	start := p.pos
	digits := func() {
		for isDigit(p.peek()) {
			p.pos++
		}
	}
	p.pos++
	digits()
	decimal := false
	// A second dot makes it a range: [1..3].
	if p.peek() == '.' && !strings.HasPrefix(p.rest(), "..") {
		decimal = true
		p.pos++
		digits()
	}
	if e := p.rest(); len(e) > 1 && e[0]|0x20 == 'e' && (isDigit(e[1]) || len(e) > 2 && (e[1] == '-' || e[1] == '+') && isDigit(e[2])) {
		decimal = true
		p.pos += 2
		digits()
	}
	text := p.src[start:p.pos]
	if decimal {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, p.errorf(start, "%s is not a number that fits", text)
		}
		return &literal{value: f}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, p.errorf(start, "%s is not an integer of 64 bits", text)
	}
	return &literal{value: n}, nil
}

// quoted reads a string. A doubled quote stands for one; there are no other
// escapes, and a backslash is a backslash.
func (p *parser) quoted(quote byte) (expr, error) {
	start := p.pos
	p.pos++
	for {
		i := strings.IndexByte(p.rest(), quote)
		if i < 0 {
			return nil, p.errorf(start, "the string has no closing %c", quote)
		}
		p.pos += i + 1
		if p.peek() != quote {
			break
		}
		p.pos++
	}
	content := strings.ReplaceAll(p.src[start+1:p.pos-1], string([]byte{quote, quote}), string(quote))
	if quote == '\'' || !strings.ContainsAny(content, "$#") {
		return &literal{value: content}, nil
	}
	inner := &parser{src: content, origin: p.origin, base: p.base + start + 1, depth: p.depth}
	nodes, err := inner.parseTemplate()
	if err != nil {
		return nil, err
	}
	return &interpolated{nodes: nodes}, nil
}

// list reads [a, b] or the range [a..b].
func (p *parser) list() (expr, error) {
	p.pos++
	p.skipSpace()
	if p.peek() == ']' {
		p.pos++
		return &listExpr{}, nil
	}
	first, err := p.parameter()
	if err != nil {
		return nil, err
	}
	p.skipSpace()
	off := p.pos
	switch {
	case strings.HasPrefix(p.rest(), ".."):
		p.pos += 2
		to, err := p.parameter()
		if err != nil {
			return nil, err
		}
		p.skipSpace()
		if p.peek() != ']' {
			return nil, p.errorf(p.pos, "a range needs ] but found %s", p.found())
		}
		p.pos++
		return &rangeExpr{from: first, to: to, off: p.base + off}, nil
	case p.peek() == ',':
		p.pos++
		items, err := p.parameters(']')
		return &listExpr{items: append([]expr{first}, items...)}, err
	case p.peek() == ']':
		p.pos++
		return &listExpr{items: []expr{first}}, nil
	}
	return nil, p.errorf(off, "expected , or ] but found %s", p.found())
}

func (p *parser) object() (expr, error) {
	p.pos++
	m := &mapExpr{}
	for {
		p.skipSpace()
		if p.peek() == '}' && len(m.keys) == 0 {
			p.pos++
			return m, nil
		}
		key, err := p.parameter()
		if err != nil {
			return nil, err
		}
		p.skipSpace()
		if p.peek() != ':' {
			return nil, p.errorf(p.pos, "a map needs : after a key but found %s", p.found())
		}
		p.pos++
		value, err := p.parameter()
		if err != nil {
			return nil, err
		}
		m.keys, m.values = append(m.keys, key), append(m.values, value)
		p.skipSpace()
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			return m, nil
		default:
			return nil, p.errorf(p.pos, "a map needs , or } but found %s", p.found())
		}
	}
}
