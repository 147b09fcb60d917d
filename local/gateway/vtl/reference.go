package vtl

import "strings"

// functions that $input and $util have, so that a wrong one is refused when the
// template is parsed.
var functions = map[string]string{
	"input": " json params path ",
	"util":  " base64Decode base64Encode escapeJavaScript parseJson urlDecode urlEncode ",
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// identifier consumes a Velocity name: a letter or _, then also digits and -.
func (p *parser) identifier() string {
	start := p.pos
	for !p.eof() && (isLetter(p.src[p.pos]) || p.pos > start && (isDigit(p.src[p.pos]) || p.src[p.pos] == '-')) {
		p.pos++
	}
	return p.src[start:p.pos]
}

// operandReference reads a reference where only one may stand.
func (p *parser) operandReference(message string) (*reference, error) {
	p.skipSpace()
	if p.peek() == '$' {
		ref, err := p.reference()
		if ref != nil || err != nil {
			return ref, err
		}
	}
	return nil, p.errorf(p.pos, "%s, but found %s", message, p.found())
}

// reference reads a reference at $, or gives nil, with nothing consumed, where
// the $ is only text.
func (p *parser) reference() (*reference, error) {
	start := p.pos
	ref := &reference{off: p.base + start}
	p.pos++
	if p.peek() == '!' {
		ref.quiet = true
		p.pos++
	}
	formal := p.peek() == '{'
	if formal {
		p.pos++
	}
	if ref.name = p.identifier(); ref.name == "" {
		p.pos = start
		return nil, nil
	}
	if err := p.enter(start); err != nil {
		return nil, err
	}
	defer p.leave()
	for {
		seg, ok, err := p.segment()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		ref.path = append(ref.path, seg)
	}
	if formal {
		if p.peek() != '}' {
			return nil, p.errorf(p.pos, "${%s needs } but found %s", ref.name, p.found())
		}
		p.pos++
	}
	ref.raw = p.src[start:p.pos]
	if known := functions[ref.name]; known != "" && len(ref.path) > 0 && ref.path[0].call && !strings.Contains(known, " "+ref.path[0].name+" ") {
		return nil, p.errorf(start, "$%s has no function %s; it has %s", ref.name, ref.path[0].name, strings.TrimSpace(known))
	}
	return ref, nil
}

// segment reads .name, .name(…) or […]; ok is false where the reference ends.
func (p *parser) segment() (seg segment, ok bool, err error) {
	start := p.pos
	switch {
	case p.peek() == '[':
		p.pos++
		p.skipSpace()
		if seg.index, err = p.parameter(); err != nil {
			return seg, false, err
		}
		p.skipSpace()
		if p.peek() != ']' {
			return seg, false, p.errorf(p.pos, "an index needs ] but found %s", p.found())
		}
		p.pos++
	case p.peek() == '.' && p.pos+1 < len(p.src) && isLetter(p.src[p.pos+1]):
		p.pos++
		seg.name = p.identifier()
		if p.peek() == '(' {
			p.pos++
			seg.call = true
			if seg.args, err = p.parameters(')'); err != nil {
				return seg, false, err
			}
		}
	default:
		return seg, false, nil
	}
	seg.source = p.src[start:p.pos]
	return seg, true, nil
}

// parameters reads values with commas between them, up to and with closing.
func (p *parser) parameters(closing byte) ([]expr, error) {
	var list []expr
	for {
		p.skipSpace()
		if p.peek() == closing && len(list) == 0 {
			p.pos++
			return list, nil
		}
		e, err := p.parameter()
		if err != nil {
			return nil, err
		}
		list = append(list, e)
		p.skipSpace()
		switch p.peek() {
		case ',':
			p.pos++
		case closing:
			p.pos++
			return list, nil
		default:
			return nil, p.errorf(p.pos, "expected , or %c but found %s (Velocity takes no operators here: #set the value first)", closing, p.found())
		}
	}
}
