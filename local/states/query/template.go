package query

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Template is a JSON value in which {% %} strings are replaced by what they
// evaluate to: an Output, an Arguments, one value of an Assign.
type Template struct {
	constant json.RawMessage // when no expression is inside
	expr     *Expression
	keys     []string // with items: an object
	items    []*Template
}

// Member is one member of a JSON object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// Members decodes a JSON object in its own order. A name that appears twice is
// an error, since one of the two would be lost silently.
func Members(raw json.RawMessage) ([]Member, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if tok, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("read an object: %w", err)
	} else if tok != json.Delim('{') {
		return nil, errors.New("must be an object")
	}
	var members []Member
	seen := map[string]bool{}
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("read a name: %w", err)
		}
		name, _ := tok.(string) // the decoder allows nothing else here
		if seen[name] {
			return nil, fmt.Errorf("has the field %q twice", name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("read the field %q: %w", name, err)
		}
		members = append(members, Member{Name: name, Value: value})
	}
	return members, nil
}

// Report receives a problem inside a template, with its place below it, such
// as .renditions[0].
type Report func(path string, err error)

// ParseTemplate compiles every expression of raw. Problems go to report.
func ParseTemplate(raw json.RawMessage, report Report) *Template {
	return parseTemplate(bytes.TrimSpace(raw), "", report)
}

func parseTemplate(raw json.RawMessage, path string, report Report) *Template {
	t := &Template{}
	switch raw[0] {
	case '"':
		t.expr = parseString(raw, path, report)
	case '{':
		members, err := Members(raw)
		if err != nil {
			report(path, err)
		}
		for _, m := range members {
			t.keys = append(t.keys, m.Name)
			t.items = append(t.items, parseTemplate(m.Value, path+"."+m.Name, report))
		}
	case '[':
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			report(path, fmt.Errorf("read an array: %w", err))
		}
		for i, item := range items {
			t.items = append(t.items, parseTemplate(item, path+"["+strconv.Itoa(i)+"]", report))
		}
	}
	if t.expr == nil && t.fixed() {
		return &Template{constant: raw}
	}
	return t
}

func parseString(raw json.RawMessage, path string, report Report) *Expression {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		report(path, fmt.Errorf("read a string: %w", err))
		return nil
	}
	source, ok := Enclosed(s)
	if !ok {
		return nil
	}
	expr, err := Compile(source)
	if err != nil {
		report(path, err)
	}
	return expr
}

func (t *Template) fixed() bool {
	for _, item := range t.items {
		if item.constant == nil {
			return false
		}
	}
	return true
}

// Constant returns the value of a template without expressions.
func (t *Template) Constant() (json.RawMessage, bool) { return t.constant, t.constant != nil }

// Expression returns the expression, when the template is one as a whole.
func (t *Template) Expression() (*Expression, bool) { return t.expr, t.expr != nil }

// Expressions calls visit for every expression inside, with its place.
func (t *Template) Expressions(visit func(path string, e *Expression)) { t.expressions("", visit) }

func (t *Template) expressions(path string, visit func(string, *Expression)) {
	if t.expr != nil {
		visit(path, t.expr)
	}
	for i, item := range t.items {
		if t.keys != nil {
			item.expressions(path+"."+t.keys[i], visit)
		} else {
			item.expressions(path+"["+strconv.Itoa(i)+"]", visit)
		}
	}
}

// Eval evaluates the template; field is its name, for errors.
func (t *Template) Eval(ctx context.Context, scope Scope, field string) (json.RawMessage, error) {
	if t.constant != nil {
		return t.constant, nil
	}
	if t.expr != nil {
		return t.expr.Eval(ctx, scope, field)
	}
	var buf bytes.Buffer
	open, end := byte('['), byte(']')
	if t.keys != nil {
		open, end = '{', '}'
	}
	buf.WriteByte(open)
	for i, item := range t.items {
		if i > 0 {
			buf.WriteByte(',')
		}
		place := field + "[" + strconv.Itoa(i) + "]"
		if t.keys != nil {
			place = field + "/" + t.keys[i]
			if err := writeScalar(&buf, t.keys[i]); err != nil {
				return nil, err
			}
			buf.WriteByte(':')
		}
		value, err := item.Eval(ctx, scope, place)
		if err != nil {
			return nil, err
		}
		buf.Write(value)
	}
	buf.WriteByte(end)
	return buf.Bytes(), nil
}
