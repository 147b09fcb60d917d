package insights

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Parse reads a query. Its error is a *SyntaxError.
func Parse(query string) (_ *Query, err error) {
	defer func() {
		switch e := recover().(type) {
		case nil:
		case *SyntaxError:
			err = e
		default:
			panic(e)
		}
	}()
	p := &parser{scanner: scanner{query: query}, query: &Query{}}
	if utf8.RuneCountInString(query) > maxQuery {
		p.fail(0, "the query has more than %d characters", maxQuery)
	}
	if !utf8.ValidString(query) {
		p.fail(0, "the query is not UTF-8")
	}
	p.advance()
	for {
		p.command()
		if p.next.kind == nothing {
			break
		}
		p.expect("|")
	}
	q := p.query
	if q.columns = p.shown; len(q.columns) == 0 {
		q.columns = []string{"@timestamp", "@message"}
	}
	if !p.fixed {
		for _, name := range p.parsed {
			if !slices.Contains(q.columns, name) {
				q.columns = append(q.columns, name)
			}
		}
	}
	return q, nil
}

type parser struct {
	scanner
	query  *Query
	shown  []string // by fields, display or stats
	parsed []string // by parse, since the last stats
	fixed  bool     // shown is all that is shown
	// aggregates are those of the stats that is being read; nil elsewhere.
	aggregates *[]aggregate
	depth      int
}

// commandNames are what a query can begin a step with.
var commandNames = []string{"SOURCE", "dedup", "display", "fields", "filter", "limit", "parse", "sort", "stats"}

func (p *parser) command() {
	t := p.next
	if t.kind != word {
		p.fail(t.begin, "a command is expected, not %s; the commands are %s", describe(t), strings.Join(commandNames, ", "))
	}
	p.advance()
	switch name := strings.ToLower(t.text); name {
	case "source":
		p.source(t)
	case "fields":
		for _, item := range p.items() {
			p.show(item.name)
			if item.aliased {
				p.add(command{each: func(r *row) bool { r.set(item.name, item.value(r)); return true }})
			}
		}
	case "display":
		p.shown, p.fixed = nil, false
		for _, item := range p.items() {
			p.show(item.name)
			if item.aliased {
				p.add(command{each: func(r *row) bool { r.set(item.name, item.value(r)); return true }})
			}
		}
		p.fixed = true
	case "filter":
		condition := p.expression()
		p.add(command{each: func(r *row) bool { return condition(r).truth() }})
	case "parse":
		p.parse()
	case "stats":
		p.stats()
	case "sort":
		p.sort()
	case "limit":
		n := p.number()
		p.query.limited = true
		p.add(command{all: func(rows []*row) []*row { return rows[:min(n, len(rows))] }})
	case "dedup":
		p.dedup()
	default:
		p.fail(t.begin, "%s is not a command that is known here; the commands are %s", t.text, strings.Join(commandNames, ", "))
	}
}

func (p *parser) add(c command) { p.query.commands = append(p.query.commands, c) }

func (p *parser) show(name string) {
	if !p.fixed && !slices.Contains(p.shown, name) {
		p.shown = append(p.shown, name)
	}
}

// source reads the names of log groups.
func (p *parser) source(command token) {
	if len(p.query.commands) > 0 {
		p.fail(command.begin, "SOURCE comes before all other commands")
	}
	for {
		t := p.advance()
		if t.kind != literal {
			p.fail(t.begin, "SOURCE has names of log groups in quotation marks here, not %s", describe(t))
		}
		p.query.groups = append(p.query.groups, t.text)
		if !p.accept(",") {
			return
		}
	}
}

// item is an expression with the name that it has in the result: its own, or
// what it is, as it is written.
type item struct {
	name    string
	value   expression
	aliased bool // the name is not that of a field that is there anyway
}

func (p *parser) items() []item {
	var list []item
	for {
		list = append(list, p.item())
		if !p.accept(",") {
			return list
		}
	}
}

func (p *parser) item() item {
	first := p.next
	value := p.expression()
	last := strings.Join(strings.Fields(p.scanner.query[first.begin:p.ended]), " ")
	one := item{name: last, value: value, aliased: true}
	if p.keyword("as") {
		one.name = p.name()
	} else if (first.kind == word || first.kind == quoted) && strings.Trim(last, "`") == first.text {
		one.name, one.aliased = first.text, false
	}
	return one
}

// parse reads [field] "a * pattern" as names, or [field] /a (?<named>group)/.
func (p *parser) parse() {
	from := field("@message")
	if p.next.kind == word || p.next.kind == quoted {
		from = p.primary()
	}
	t := p.next
	var pattern *regexp.Regexp
	var names []string
	if t.kind == symbol && t.text == "/" {
		pattern = p.compile(p.regex())
		names = pattern.SubexpNames()[1:]
		if !slices.ContainsFunc(names, func(name string) bool { return name != "" }) {
			p.fail(t.begin, "the regular expression names no group: (?<name>…)")
		}
	} else {
		if p.advance(); t.kind != literal {
			p.fail(t.begin, "parse has a pattern in quotation marks or slashes here, not %s", describe(t))
		}
		pattern = glob(t.text)
		if !p.keyword("as") {
			p.fail(p.next.begin, "the names of the pattern's * follow with as, not %s", describe(p.next))
		}
		names = append(names, p.name())
		for p.accept(",") {
			names = append(names, p.name())
		}
		if stars := strings.Count(t.text, "*"); stars != len(names) {
			p.fail(t.begin, "the pattern has %d *, and there are %d names", stars, len(names))
		}
	}
	for _, name := range names {
		if name != "" {
			p.parsed = append(p.parsed, name)
		}
	}
	p.add(command{each: func(r *row) bool {
		if found := pattern.FindStringSubmatch(from(r).String()); found != nil {
			for i, name := range names {
				if name != "" {
					r.set(name, textValue(found[i+1]))
				}
			}
		}
		return true
	}})
}

// glob is a pattern whose * stand for as little as fits, or at its end for the
// rest.
func glob(pattern string) *regexp.Regexp {
	parts := strings.Split(pattern, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	last := len(parts) - 1
	text := strings.Join(parts[:last], "(.*?)")
	if last > 0 && parts[last] == "" {
		text += "(.*)"
	} else if last > 0 {
		text += "(.*?)" + parts[last]
	} else {
		text = parts[0]
	}
	return regexp.MustCompile("(?s)" + text)
}

func (p *parser) sort() {
	type key struct {
		value expression
		sign  int
	}
	var keys []key
	for {
		k := key{p.expression(), 1}
		if p.keyword("desc") {
			k.sign = -1
		} else {
			p.keyword("asc")
		}
		if keys = append(keys, k); !p.accept(",") {
			break
		}
	}
	p.add(command{all: func(rows []*row) []*row {
		slices.SortStableFunc(rows, func(a, b *row) int {
			for _, k := range keys {
				if c := k.value(a).order(k.value(b)); c != 0 {
					return k.sign * c
				}
			}
			return 0
		})
		return rows
	}})
}

func (p *parser) dedup() {
	keys := p.items()
	p.add(command{all: func(rows []*row) []*row {
		seen := map[string]bool{}
		return slices.DeleteFunc(rows, func(r *row) bool {
			id := ""
			for _, k := range keys {
				v := k.value(r)
				if !v.present() {
					return false // nothing is no duplicate of nothing
				}
				id += strconv.Quote(v.String())
			}
			again := seen[id]
			seen[id] = true
			return again
		})
	}})
}
