package asl

import (
	"encoding/json"
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/pixline/pixline/local/states/query"
)

// stage is which fields of $states an expression may read besides input and
// context.
type stage string

const (
	inputOnly   stage = ""
	withResult  stage = "result"
	withFailure stage = "errorOutput"
)

const maxNameLength = 80 // of states and of variables, in characters

// expression reads a field that must be a {% %} string.
func (o *object) expression(name string, raw json.RawMessage, s stage) *query.Expression {
	at := o.at.field(name)
	t := o.c.template(at, raw, s)
	expr, ok := t.Expression()
	if !ok && !o.c.has(at) {
		o.c.add(at, "must be a {%% %%} string if it is a string")
	}
	return expr
}

// has reports whether a problem was noted at the place.
func (c *checker) has(at place) bool {
	return slices.ContainsFunc(c.problems, func(p *Problem) bool { return p.Path == at.path })
}

// template reads any JSON value with {% %} strings in it.
func (c *checker) template(at place, raw json.RawMessage, s stage) *query.Template {
	t := query.ParseTemplate(raw, func(path string, err error) { c.add(at.below(path), "%v", err) })
	t.Expressions(func(path string, e *query.Expression) {
		for _, field := range []stage{withResult, withFailure} {
			if field != s && e.Reads(string(field)) {
				c.add(at.below(path), "$states.%s is not available here", field)
			}
		}
	})
	return t
}

// optionalTemplate is template for a field that may be absent: nil.
func (o *object) optionalTemplate(name string, s stage) *query.Template {
	raw, ok := o.take(name)
	if !ok {
		return nil
	}
	return o.c.template(o.at.field(name), raw, s)
}

// assign reads an Assign field and notes its variables in vars.
func (o *object) assign(s stage, vars *variables) Assign {
	raw, ok := o.take("Assign")
	if !ok {
		return nil
	}
	at := o.at.field("Assign")
	members, err := query.Members(raw)
	if err != nil {
		o.c.add(at, "%v", err)
		return nil
	}
	var out Assign
	for _, m := range members {
		here := at.field(m.Name)
		switch {
		case m.Name == "states":
			o.c.add(here, "states is a reserved variable")
		case !isVariableName(m.Name):
			o.c.add(here, "a variable's name is a letter followed by letters, digits and underscores, %d characters at most", maxNameLength)
		default:
			vars.note(m.Name, here)
		}
		out = append(out, Variable{Name: m.Name, Value: o.c.template(here, m.Value, s)})
	}
	return out
}

// isVariableName follows Unicode Standard Annex 31, as the States Language asks.
func isVariableName(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > maxNameLength {
		return false
	}
	for i, r := range name {
		start := unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		if !start && (i == 0 || !unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc)) {
			return false
		}
	}
	return true
}

// variables is what a flow assigns, and the flow around it.
type variables struct {
	outer *variables
	names map[string]bool
	inner []assigned
}

type assigned struct {
	name string
	at   place
}

func newVariables(outer *variables) *variables {
	return &variables{outer: outer, names: map[string]bool{}}
}

// note records an assignment here and for every scope around, which may assign
// the same name only after this point of the document.
func (v *variables) note(name string, at place) {
	v.names[name] = true
	for o := v.outer; o != nil; o = o.outer {
		o.inner = append(o.inner, assigned{name, at})
	}
}

// check notes the variables of inner scopes that shadow one of this scope.
func (v *variables) check(c *checker) {
	for _, a := range v.inner {
		if v.names[a.name] {
			c.add(a.at, "the variable %s belongs to the scope around this flow, where it can be read but not assigned", a.name)
		}
	}
}
