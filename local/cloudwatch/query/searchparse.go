package query

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// word is a part of a search: a term, a property with =, a bracket, or an
// operator.
type word struct {
	text   string
	quoted bool
	plain  bool // a bracket, a comma or =
}

// searchWords splits a search; within quotes a backslash takes the next character
// as it is.
func searchWords(s string) ([]word, error) {
	var words []word
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case strings.IndexByte("{}(),=", c) >= 0:
			words = append(words, word{text: s[i : i+1], plain: true})
			i++
		case c == '"':
			var text strings.Builder
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				text.WriteByte(s[i])
			}
			if i == len(s) {
				return nil, errors.New("a \" has no other end")
			}
			i++
			words = append(words, word{text: text.String(), quoted: true})
		default:
			n := strings.IndexAny(s[i:], " \t\r\n{}(),=\"")
			if n < 0 {
				n = len(s) - i
			}
			words = append(words, word{text: s[i : i+n]})
			i += n
		}
	}
	return words, nil
}

// searchParser reads a search: terms, one beside the other or with AND, OR, NOT
// and brackets between them.
type searchParser struct {
	words []word
	depth int
}

// parseSearch reads '{Namespace,Dimension} term'.
func parseSearch(s string) (matcher, error) {
	words, err := searchWords(s)
	if err != nil {
		return nil, err
	}
	p := &searchParser{words: words}
	all := func(metric.ID) bool { return true }
	inSchema := matcher(all)
	if p.is("{") {
		if inSchema, err = p.schema(); err != nil {
			return nil, err
		}
		if p.is(",") { // the user guide writes it both ways
			p.words = p.words[1:]
		}
		if len(p.words) == 0 {
			return inSchema, nil
		}
	}
	terms, err := p.or()
	switch {
	case err != nil:
		return nil, err
	case len(p.words) > 0:
		return nil, fmt.Errorf("%q is unexpected in a search", p.words[0].text)
	}
	return func(id metric.ID) bool { return inSchema(id) && terms(id) }, nil
}

// is answers whether an operator or a bracket comes next.
func (p *searchParser) is(text string) bool {
	if len(p.words) == 0 || p.words[0].quoted || p.words[0].text != text {
		return false
	}
	return true
}

func (p *searchParser) schema() (matcher, error) {
	var names []string
	for {
		p.words = p.words[1:] // { or ,
		if len(p.words) == 0 || p.words[0].plain {
			return nil, errors.New("a name is missing between { and }")
		}
		names = append(names, p.words[0].text)
		p.words = p.words[1:]
		switch {
		case p.is("}"):
			p.words = p.words[1:]
			return schema(names), nil
		case !p.is(","):
			return nil, errors.New("the { of a search has no }")
		}
	}
}

func (p *searchParser) or() (matcher, error) {
	left, err := p.and()
	for err == nil && p.is("OR") {
		p.words = p.words[1:]
		a := left
		var b matcher
		b, err = p.and()
		left = func(id metric.ID) bool { return a(id) || b(id) }
	}
	return left, err
}

func (p *searchParser) and() (matcher, error) {
	left, err := p.not()
	for err == nil && len(p.words) > 0 && !p.is("OR") && !p.is(")") {
		if p.is("AND") {
			p.words = p.words[1:]
		}
		a := left
		var b matcher
		b, err = p.not()
		left = func(id metric.ID) bool { return a(id) && b(id) }
	}
	return left, err
}

func (p *searchParser) not() (matcher, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("the search is nested more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	switch {
	case p.is("NOT"):
		p.words = p.words[1:]
		m, err := p.not()
		return func(id metric.ID) bool { return !m(id) }, err
	case p.is("("):
		p.words = p.words[1:]
		m, err := p.or()
		if err == nil && !p.is(")") {
			err = errors.New("a ( of a search has no )")
		}
		if err != nil {
			return nil, err
		}
		p.words = p.words[1:]
		return m, nil
	}
	return p.term()
}

// term reads text, "text", Property=text or "Property"="text".
func (p *searchParser) term() (matcher, error) {
	take := func() (word, error) {
		if len(p.words) == 0 || p.words[0].plain {
			return word{}, errors.New("a search ends, or has a bracket or a sign, where a term belongs")
		}
		w := p.words[0]
		p.words = p.words[1:]
		return w, nil
	}
	w, err := take()
	if err != nil {
		return nil, err
	}
	if !p.is("=") {
		return term("", w.text, w.quoted), nil
	}
	p.words = p.words[1:]
	value, err := take()
	if err != nil {
		return nil, err
	}
	return term(w.text, value.text, value.quoted), nil
}
