package vtl

import (
	"fmt"
	"strings"
)

// maxDepth bounds nesting, of blocks, parentheses and strings in strings.
const maxDepth = 100

// parser reads src from pos. In a double-quoted string it reads the string's
// content; origin and base then place an error in the whole template.
type parser struct {
	src    string
	pos    int
	origin string
	base   int
	depth  int
}

// errorf makes a SyntaxError at an offset of src.
func (p *parser) errorf(off int, format string, args ...any) error {
	line, column := position(p.origin, p.base+off)
	return &SyntaxError{Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

func (p *parser) enter(off int) error {
	if p.depth++; p.depth > maxDepth {
		return p.errorf(off, "nested more than %d deep", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

func (p *parser) eof() bool { return p.pos >= len(p.src) }

func (p *parser) rest() string { return p.src[p.pos:] }

func (p *parser) skipSpace() {
	for !p.eof() && strings.IndexByte(" \t\r\n", p.src[p.pos]) >= 0 {
		p.pos++
	}
}

// skipLineEnd drops blanks up to and with the line end that follows a
// directive; blanks before anything else stay.
func (p *parser) skipLineEnd() {
	i := p.pos
	for i < len(p.src) && (p.src[i] == ' ' || p.src[i] == '\t') {
		i++
	}
	switch {
	case strings.HasPrefix(p.src[i:], "\r\n"):
		p.pos = i + 2
	case i < len(p.src) && (p.src[i] == '\n' || p.src[i] == '\r'):
		p.pos = i + 1
	}
}

func (p *parser) parseTemplate() ([]node, error) {
	nodes, stopped, err := p.block()
	if err != nil {
		return nil, err
	}
	if stopped.name != "" {
		return nil, p.errorf(stopped.off, "#%s without #if or #foreach", stopped.name)
	}
	return nodes, nil
}

// word is a directive as found: its name, and where it and its arguments are.
type word struct {
	name     string
	off, end int
}

// block reads nodes up to #elseif, #else, #end or the end of the template, and
// gives that word, without a name at the end of the template. The word itself
// is consumed.
func (p *parser) block() (nodes []node, end word, err error) {
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			nodes = append(nodes, textNode(text.String()))
			text.Reset()
		}
	}
	for !p.eof() {
		start := p.pos
		slashes := p.backslashes()
		switch c := p.peek(); c {
		case '$':
			ref, err := p.reference()
			if err != nil {
				return nil, word{}, err
			}
			if ref == nil {
				text.WriteString(p.src[start : p.pos+1])
				p.pos++
				continue
			}
			flush()
			ref.slashes = slashes
			nodes = append(nodes, ref)
		case '#':
			w, ok, err := p.hash(&text, start, slashes)
			if err != nil {
				return nil, word{}, err
			}
			if !ok {
				continue
			}
			if w.name == "set" {
				dropIndent(&text)
			}
			flush()
			n, end, err := p.directive(w)
			if err != nil || end {
				return nodes, w, err
			}
			nodes = append(nodes, n)
		default:
			if !p.eof() {
				p.pos++
			}
			for !p.eof() && strings.IndexByte(`$#\`, p.src[p.pos]) < 0 {
				p.pos++
			}
			text.WriteString(p.src[start:p.pos])
		}
	}
	flush()
	return nodes, word{}, nil
}

func (p *parser) peek() byte {
	if p.eof() {
		return 0
	}
	return p.src[p.pos]
}

// backslashes consumes backslashes, which matter only before $ and #.
func (p *parser) backslashes() int {
	start := p.pos
	for p.peek() == '\\' {
		p.pos++
	}
	return p.pos - start
}

// dropIndent drops the blanks before a #set that starts a line or follows a
// reference or directive: Velocity counts them to the #set.
func dropIndent(text *strings.Builder) {
	s := text.String()
	trimmed := strings.TrimRight(s, " \t")
	if len(trimmed) < len(s) && (trimmed == "" || strings.HasSuffix(trimmed, "\n")) {
		text.Reset()
		text.WriteString(trimmed)
	}
}
