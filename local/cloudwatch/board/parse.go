package board

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

const maxWidgets = 500 // CloudWatch's limit

// object reads a JSON object's fields, and knows which nobody asked for.
type object struct {
	fields   map[string]json.RawMessage
	path     string
	problems *[]string
}

// read gives the fields of an object.
func read(raw json.RawMessage, path string, problems *[]string) object {
	o := object{path: path, problems: problems}
	if err := json.Unmarshal(raw, &o.fields); err != nil {
		*problems = append(*problems, path+" is not an object")
	}
	return o
}

// take reads a field, if it is there and of the type that into has.
func (o object) take(name string, into any) bool {
	raw, ok := o.fields[name]
	if !ok {
		return false
	}
	delete(o.fields, name)
	if err := json.Unmarshal(raw, into); err != nil {
		o.problem(name, "cannot be read: %v", err)
		return false
	}
	return string(raw) != "null"
}

// choose reads a field that is one of a few words, of which the first is the default.
func (o object) choose(name string, words ...string) string {
	word := words[0]
	if o.take(name, &word) && !slices.Contains(words, word) {
		o.problem(name, "is %q, which is none of %s", word, strings.Join(words, ", "))
		return words[0]
	}
	return word
}

// object reads a field that is an object.
func (o object) object(name string) object {
	raw, ok := o.fields[name]
	delete(o.fields, name)
	inner := object{path: o.at(name), problems: o.problems}
	if ok {
		inner = read(raw, o.at(name), o.problems)
	}
	return inner
}

func (o object) at(name string) string {
	if o.path == "" {
		return name
	}
	return o.path + "." + name
}

func (o object) problem(name, format string, args ...any) {
	*o.problems = append(*o.problems, o.at(name)+" "+fmt.Sprintf(format, args...))
}

// bounded reports a number outside of its range, and moves it there.
func (o object) bounded(name string, value *int, low, high int) {
	if value != nil && (*value < low || *value > high) {
		o.problem(name, "is %d, not from %d to %d", *value, low, high)
		*value = min(max(*value, low), high)
	}
}

// done reports the fields that are left.
func (o object) done() {
	for _, name := range slices.Sorted(maps.Keys(o.fields)) {
		o.problem(name, "is not known")
	}
}

// ignore takes fields that say nothing about what is drawn here: there is one
// account and one region.
func (o object) ignore(names ...string) {
	for _, name := range names {
		delete(o.fields, name)
	}
}

// moment reads a time.
func (o object) moment(name string) *moment {
	var s string
	if !o.take(name, &s) {
		return nil
	}
	m, err := parseMoment(s)
	if err != nil {
		o.problem(name, "%v", err)
		return nil
	}
	return &m
}

// Parse reads a dashboard's body. An error says what in the body itself is
// wrong; what is wrong in a widget is shown when it is drawn.
func Parse(text string) (Board, error) {
	var problems []string
	body := read(json.RawMessage(text), "", &problems)
	if problems != nil {
		return Board{}, errors.New("the dashboard's body is not a JSON object")
	}
	b := Board{start: moment{before: 3 * time.Hour}}
	if m := body.moment("start"); m != nil {
		b.start = *m
	}
	if m := body.moment("end"); m != nil {
		b.end = *m
	}
	b.inherit = body.choose("periodOverride", "auto", "inherit") == "inherit"
	var widgets []json.RawMessage
	if !body.take("widgets", &widgets) {
		problems = append(problems, "widgets, an array, is missing")
	}
	if len(widgets) > maxWidgets {
		problems = append(problems, fmt.Sprintf("widgets has %d entries; at most %d are allowed", len(widgets), maxWidgets))
	}
	body.done()
	if problems != nil {
		return Board{}, fmt.Errorf("the dashboard's body: %s", strings.Join(problems, "; "))
	}
	var l layout
	for _, raw := range widgets {
		b.widgets = append(b.widgets, parseWidget(raw, &l))
	}
	return b, nil
}

func parseWidget(raw json.RawMessage, l *layout) widget {
	var w widget
	o := read(raw, "", &w.problems)
	o.take("type", &w.kind)
	var x, y *int
	w.box = box{width: 6, height: 6}
	o.take("x", &x)
	o.take("y", &y)
	o.take("width", &w.width)
	o.take("height", &w.height)
	o.bounded("width", &w.width, 1, gridColumns)
	o.bounded("height", &w.height, 1, 1000)
	o.bounded("x", x, 0, gridColumns-w.width)
	o.bounded("y", y, 0, 100_000)
	w.box = l.place(w.box, x, y)
	properties := o.object("properties")
	o.done()
	properties.take("title", &w.title)
	switch w.kind {
	case "metric":
		w.start, w.end = properties.moment("start"), properties.moment("end")
		w.content = parseMetric(properties)
	case "text":
		w.content = parseText(properties)
	case "alarm":
		w.content = parseAlarms(properties)
	case "log":
		w.start, w.end = properties.moment("start"), properties.moment("end")
		w.content = parseLog(properties)
	default:
		w.problems = append(w.problems, fmt.Sprintf("widgets of type %q", w.kind))
		return w
	}
	properties.done()
	return w
}
