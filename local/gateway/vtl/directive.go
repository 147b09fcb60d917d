package vtl

import "strings"

// refused directives exist in Velocity and are not supported here.
var refused = map[string]bool{"macro": true, "define": true, "evaluate": true, "include": true, "parse": true}

// hash handles # at p.pos. ok says that a directive is there, consumed up to
// its arguments; anything else goes to text.
func (p *parser) hash(text *strings.Builder, start, slashes int) (w word, ok bool, err error) {
	rest := p.rest()
	plain := func(end int) (word, bool, error) {
		text.WriteString(p.src[start:end])
		p.pos = end
		return word{}, false, nil
	}
	switch {
	case strings.HasPrefix(rest, "##"):
		text.WriteString(p.src[start:p.pos])
		if i := strings.IndexByte(rest, '\n'); i >= 0 {
			p.pos += i + 1
		} else {
			p.pos = len(p.src)
		}
		return word{}, false, nil
	case strings.HasPrefix(rest, "#*"):
		i := strings.Index(rest[2:], "*#")
		if i < 0 {
			return word{}, false, p.errorf(p.pos, "the comment #* has no *#")
		}
		text.WriteString(p.src[start:p.pos])
		p.pos += i + 4
		return word{}, false, nil
	case strings.HasPrefix(rest, "#[["):
		i := strings.Index(rest, "]]#")
		if i < 0 {
			return word{}, false, p.errorf(p.pos, "#[[ has no ]]#")
		}
		text.WriteString(p.src[start:p.pos] + rest[3:i])
		p.pos += i + 3
		return word{}, false, nil
	}
	w = p.word()
	switch w.name {
	case "set", "if", "elseif", "foreach", "else", "end", "break", "stop":
	case "":
		return plain(p.pos + 1)
	default:
		after := strings.TrimLeft(p.src[w.end:], " \t")
		if refused[w.name] && strings.HasPrefix(after, "(") || strings.HasPrefix(p.src[w.end:], "(") {
			return word{}, false, p.errorf(p.pos, "the directive #%s is not supported", w.name)
		}
		return plain(w.end)
	}
	arguments := w.name == "set" || w.name == "if" || w.name == "elseif" || w.name == "foreach"
	open := strings.HasPrefix(strings.TrimLeft(p.src[w.end:], " \t"), "(")
	if w.name == "set" && !open {
		return plain(w.end)
	}
	text.WriteString(strings.Repeat(`\`, slashes/2))
	if slashes%2 == 1 {
		start = p.pos
		return plain(w.end)
	}
	if arguments && !open {
		return word{}, false, p.errorf(p.pos, "#%s needs its condition in parentheses", w.name)
	}
	p.pos = w.end
	return w, true, nil
}

// word reads #name or #{name} at p.pos without consuming it.
func (p *parser) word() word {
	i := p.pos + 1
	braced := i < len(p.src) && p.src[i] == '{'
	if braced {
		i++
	}
	start := i
	for i < len(p.src) && (isLetter(p.src[i]) || i > start && isDigit(p.src[i])) {
		i++
	}
	w := word{name: p.src[start:i], off: p.pos, end: i}
	if braced {
		if i >= len(p.src) || p.src[i] != '}' {
			return word{}
		}
		w.end++
	}
	return w
}

// directive reads the rest of w. end says that w closes the block around it.
func (p *parser) directive(w word) (n node, end bool, err error) {
	if err := p.enter(w.off); err != nil {
		return nil, false, err
	}
	defer p.leave()
	switch w.name {
	case "set":
		n, err = p.set(w)
	case "if":
		n, err = p.conditional(w)
	case "foreach":
		n, err = p.foreach(w)
	case "break":
		n = breakNode{}
	case "stop":
		n = stopNode{}
	case "elseif":
		return nil, true, nil
	default: // else, end
		p.skipLineEnd()
		return nil, true, nil
	}
	return n, false, err
}

func (p *parser) set(w word) (node, error) {
	if err := p.open(w); err != nil {
		return nil, err
	}
	target, err := p.operandReference("#set needs a reference to set, as in #set($x = 1)")
	if err != nil {
		return nil, err
	}
	if n := len(target.path); n > 0 && target.path[n-1].call {
		return nil, p.errorf(target.off-p.base, "#set cannot set the result of a method")
	}
	p.skipSpace()
	if p.peek() != '=' || strings.HasPrefix(p.rest(), "==") {
		return nil, p.errorf(p.pos, "#set(%s needs = and a value", target.raw)
	}
	p.pos++
	value, err := p.expression()
	if err != nil {
		return nil, err
	}
	return &setNode{target: target, value: value, off: p.base + w.off}, p.close(w)
}

func (p *parser) conditional(w word) (node, error) {
	n := &ifNode{}
	for w.name == "if" || w.name == "elseif" {
		opened := w
		condition, err := p.condition(w)
		if err != nil {
			return nil, err
		}
		var body []node
		if body, w, err = p.block(); err != nil {
			return nil, err
		}
		if w.name == "" {
			return nil, p.errorf(opened.off, "#%s without #end", opened.name)
		}
		n.branches = append(n.branches, branch{condition: condition, body: body})
	}
	if w.name == "end" {
		return n, nil
	}
	opened := w
	body, w, err := p.block()
	if err != nil {
		return nil, err
	}
	if w.name != "end" {
		return nil, p.errorf(opened.off, "#else without #end")
	}
	n.otherwise = body
	return n, nil
}

func (p *parser) condition(w word) (expr, error) {
	if err := p.open(w); err != nil {
		return nil, err
	}
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	return e, p.close(w)
}

func (p *parser) foreach(w word) (node, error) {
	if err := p.open(w); err != nil {
		return nil, err
	}
	item, err := p.operandReference("#foreach needs a reference, as in #foreach($x in $list)")
	if err != nil {
		return nil, err
	}
	if len(item.path) > 0 {
		return nil, p.errorf(item.off-p.base, "#foreach needs a plain name, not %s", item.raw)
	}
	p.skipSpace()
	if !strings.HasPrefix(p.rest(), "in") || len(p.rest()) > 2 && isLetter(p.rest()[2]) {
		return nil, p.errorf(p.pos, "#foreach(%s needs in and what to go through", item.raw)
	}
	p.pos += 2
	in, err := p.parameter()
	if err != nil {
		return nil, err
	}
	if err := p.close(w); err != nil {
		return nil, err
	}
	body, end, err := p.block()
	if err != nil {
		return nil, err
	}
	if end.name != "end" {
		return nil, p.errorf(w.off, "#foreach without #end")
	}
	return &foreachNode{name: item.name, in: in, body: body, off: p.base + w.off}, nil
}

func (p *parser) open(w word) error {
	p.skipSpace()
	if p.peek() != '(' {
		return p.errorf(p.pos, "#%s needs (", w.name)
	}
	p.pos++
	return nil
}

func (p *parser) close(w word) error {
	p.skipSpace()
	if p.peek() != ')' {
		return p.errorf(p.pos, "#%s: expected ) but found %s", w.name, p.found())
	}
	p.pos++
	p.skipLineEnd()
	return nil
}
