package gateway

import (
	"fmt"
	"strings"

	"github.com/pixline/pixline/local/gateway/vtl"
)

// source is where a mapped parameter comes from.
type source struct {
	kind string // static, context, stageVariables, header, querystring, path, body
	name string // the text of a static value, the JSONPath of a body
}

// parseSource reads a mapping expression: 'text', context.x, stageVariables.x,
// or prefix followed by header.x, querystring.x, path.x, body or body.x.
func parseSource(expression, prefix string) (source, error) {
	if len(expression) >= 2 && strings.HasPrefix(expression, "'") && strings.HasSuffix(expression, "'") {
		return source{kind: "static", name: expression[1 : len(expression)-1]}, nil
	}
	for _, kind := range []string{"context", "stageVariables"} {
		if name, ok := strings.CutPrefix(expression, kind+"."); ok && name != "" {
			if kind == "context" && !knownVariable(name) {
				return source{}, fmt.Errorf("there is no variable context.%s", name)
			}
			return source{kind: kind, name: name}, nil
		}
	}
	rest, ok := strings.CutPrefix(expression, prefix)
	if !ok {
		return source{}, fmt.Errorf("%q is not a mapping expression; it may be 'text', context.x, stageVariables.x or %s…", expression, prefix)
	}
	if rest == "body" {
		return source{kind: "body", name: "$"}, nil
	}
	kind, name, _ := strings.Cut(rest, ".")
	if name != "" {
		switch {
		case kind == "header", prefix == fromRequest && (kind == "querystring" || kind == "path"):
			return source{kind: kind, name: name}, nil
		case kind == "body":
			_, _, err := vtl.Extract("{}", "$."+name)
			return source{kind: "body", name: "$." + name}, err
		}
	}
	return source{}, fmt.Errorf("the mapping expression %q is not supported", expression)
}

const (
	fromRequest  = "method.request."
	fromResponse = "integration.response."
)

// headerMapping sets a header from a source.
type headerMapping struct {
	header string
	from   source
}

// message is what a mapping reads: a method request or an integration response.
type message struct {
	header func(name string) string
	body   []byte
}

// mapped gives the value of s; ok is false where there is none.
func (x *exchange) mapped(s source, m message) (value string, ok bool, err error) {
	switch s.kind {
	case "static":
		return s.name, true, nil
	case "context", "stageVariables":
		value, ok = x.variable(s.kind + "." + s.name)
		return value, ok, nil
	case "header":
		value = m.header(s.name)
	case "querystring":
		value = x.query[s.name]
	case "path":
		value = x.path[s.name]
	case "body":
		if s.name == "$" {
			return string(m.body), len(m.body) > 0, nil
		}
		if value, _, err = vtl.Extract(string(m.body), s.name); err != nil {
			return "", false, fmt.Errorf("map %s of the body: %w", s.name, err)
		}
	}
	return value, value != "", nil
}
