package insights

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// expression gives the value that it has for a row.
type expression func(*row) value

func field(name string) expression { return func(r *row) value { return r.get(name) } }

func constant(v value) expression { return func(*row) value { return v } }

// maxDepth bounds how deep expressions are nested.
const maxDepth = 100

// keywords are no names of fields, unless in ` marks.
var keywords = []string{"and", "or", "not", "in", "like", "as", "by", "asc", "desc"}

// expression reads from the weakest operator to the strongest: or, and, not,
// comparisons, + -, * / %, -a, ^.
func (p *parser) expression() expression {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.next.begin, "the expression is nested more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	left := p.conjunction()
	for p.keyword("or") {
		a, b := left, p.conjunction()
		left = func(r *row) value { return boolValue(a(r).truth() || b(r).truth()) }
	}
	return left
}

func (p *parser) conjunction() expression {
	left := p.negation()
	for p.keyword("and") {
		a, b := left, p.negation()
		left = func(r *row) value { return boolValue(a(r).truth() && b(r).truth()) }
	}
	return left
}

func (p *parser) negation() expression {
	negated := false
	for p.keyword("not") {
		negated = !negated
	}
	e := p.comparison()
	if !negated {
		return e
	}
	return not(e)
}

func not(e expression) expression {
	return func(r *row) value { return boolValue(!e(r).truth()) }
}

var comparisons = map[string]func(a, b value) bool{
	"=":  value.equal,
	"!=": func(a, b value) bool { return !a.equal(b) },
	"<":  func(a, b value) bool { return a.compare(b) < 0 },
	"<=": func(a, b value) bool { return a.compare(b) <= 0 },
	">":  func(a, b value) bool { return a.compare(b) > 0 },
	">=": func(a, b value) bool { return a.compare(b) >= 0 },
}

func (p *parser) comparison() expression {
	first := p.next
	left := p.sum()
	alone := p.ended == first.end && (first.kind == word || first.kind == quoted)
	t := p.next
	if holds := comparisons[t.text]; t.kind == symbol && holds != nil {
		p.advance()
		second := p.next
		right := p.sum()
		if alone && t.text == "=" && second.kind == literal && p.ended == second.end && occursAsIs(second.text) {
			return func(r *row) value {
				return boolValue(r.mayHave(first.text, second.text) && left(r).equal(textValue(second.text)))
			}
		}
		return func(r *row) value {
			a, b := left(r), right(r)
			return boolValue(a.present() && b.present() && holds(a, b))
		}
	}
	negated := p.keyword("not")
	var e expression
	switch {
	case !negated && p.accept("=~"):
		e = p.like(left, true)
	case p.keyword("like"):
		e = p.like(left, false)
	case p.keyword("in"):
		e = p.in(left)
	case negated:
		p.fail(p.next.begin, "like or in is expected after not, not %s", describe(p.next))
	default:
		return left
	}
	if negated {
		return not(e)
	}
	return e
}

// like reads a regular expression in slashes, or a string: part of the value, or
// behind =~ a regular expression too.
func (p *parser) like(left expression, regex bool) expression {
	var pattern *regexp.Regexp
	switch t := p.next; {
	case t.kind == symbol && t.text == "/":
		pattern = p.compile(p.regex())
	case t.kind == literal && regex:
		p.advance()
		pattern = p.compile(t)
	case t.kind == literal:
		p.advance()
		return func(r *row) value { return boolValue(strings.Contains(left(r).String(), t.text)) }
	default:
		p.fail(t.begin, "a string or a regular expression is expected, not %s", describe(t))
	}
	return func(r *row) value {
		v := left(r)
		return boolValue(v.present() && pattern.MatchString(v.String()))
	}
}

func (p *parser) compile(t token) *regexp.Regexp {
	pattern, err := regexp.Compile(t.text)
	if err != nil {
		p.fail(t.begin, "%v", err)
	}
	return pattern
}

func (p *parser) in(left expression) expression {
	p.expect("[")
	var list []expression
	for !p.accept("]") {
		if len(list) > 0 {
			p.expect(",")
		}
		list = append(list, p.sum())
	}
	return func(r *row) value {
		v := left(r)
		return boolValue(v.present() && slices.ContainsFunc(list, func(e expression) bool {
			o := e(r)
			return o.present() && v.equal(o)
		}))
	}
}

var operators = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b },
	"-": func(a, b float64) float64 { return a - b },
	"*": func(a, b float64) float64 { return a * b },
	"/": func(a, b float64) float64 { return a / b },
	"%": math.Mod,
	"^": math.Pow,
}

// arithmetic of what is no number gives nothing.
func arithmetic(operator string, left, right expression) expression {
	apply := operators[operator]
	return func(r *row) value {
		a, okA := left(r).asNumber()
		b, okB := right(r).asNumber()
		if !okA || !okB {
			return value{}
		}
		return numberValue(apply(a, b))
	}
}

func (p *parser) sum() expression {
	left := p.product()
	for t := p.next; t.kind == symbol && (t.text == "+" || t.text == "-"); t = p.next {
		p.advance()
		left = arithmetic(t.text, left, p.product())
	}
	return left
}

func (p *parser) product() expression {
	left := p.signed()
	for t := p.next; t.kind == symbol && (t.text == "*" || t.text == "/" || t.text == "%"); t = p.next {
		p.advance()
		left = arithmetic(t.text, left, p.signed())
	}
	return left
}

func (p *parser) signed() expression {
	negative := false
	for p.accept("-") {
		negative = !negative
	}
	e := p.primary()
	if p.accept("^") {
		if p.depth++; p.depth > maxDepth {
			p.fail(p.next.begin, "the expression is nested more than %d deep", maxDepth)
		}
		e = arithmetic("^", e, p.signed())
		p.depth--
	}
	if negative {
		return arithmetic("-", constant(numberValue(0)), e)
	}
	return e
}

func (p *parser) primary() expression {
	t := p.advance()
	switch {
	case t.kind == literal:
		return constant(textValue(t.text))
	case t.kind == digits:
		if unit := p.next; unit.kind == word && unit.begin == t.end {
			p.advance()
			if _, err := readPeriod(t.text + unit.text); err != nil {
				p.fail(t.begin, "%v", err)
			}
			return constant(textValue(t.text + unit.text))
		}
		n, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			p.fail(t.begin, "%s is no number", t.text)
		}
		return constant(value{kind: number, number: n, text: t.text})
	case t.kind == quoted:
		return field(t.text)
	case t.kind == word && p.next.kind == symbol && p.next.text == "(":
		return p.call(t)
	case t.kind == word && !slices.Contains(keywords, strings.ToLower(t.text)):
		return field(t.text)
	case t.kind == symbol && t.text == "(":
		e := p.expression()
		p.expect(")")
		return e
	}
	p.fail(t.begin, "a field, a value or a function is expected, not %s", describe(t))
	return nil
}

// accept takes a symbol if it is next.
func (p *parser) accept(text string) bool {
	if p.next.kind != symbol || p.next.text != text {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(text string) {
	if !p.accept(text) {
		p.fail(p.next.begin, "%q is expected, not %s", text, describe(p.next))
	}
}

// keyword takes a word if it is next.
func (p *parser) keyword(text string) bool {
	if p.next.kind != word || !strings.EqualFold(p.next.text, text) {
		return false
	}
	p.advance()
	return true
}

// name reads a name that a value is given.
func (p *parser) name() string {
	t := p.advance()
	if t.kind != quoted && (t.kind != word || slices.Contains(keywords, strings.ToLower(t.text))) {
		p.fail(t.begin, "a name is expected, not %s", describe(t))
	}
	return t.text
}

// number reads a number of rows.
func (p *parser) number() int {
	t := p.advance()
	n, err := strconv.Atoi(t.text)
	if t.kind != digits || err != nil || n < 1 || n > MaxRows {
		p.fail(t.begin, "a number from 1 to %d is expected, not %s", MaxRows, describe(t))
	}
	return n
}

func describe(t token) string {
	if t.kind == nothing {
		return "the end of the query"
	}
	return strconv.Quote(t.text)
}
