package policy

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A pattern is a policy's string with its wildcards and variables told apart,
// so that a variable's value never acts as a wildcard.
type pattern struct {
	source string
	tokens []token
}

type token struct {
	kind     kind
	char     rune   // literal
	variable string // lower-cased context key
	fallback *string
}

type kind int

const (
	literal kind = iota
	star
	question
	starInSegment     // stops at a colon
	questionInSegment // stops at a colon
	variable
)

type syntax struct {
	wildcards bool
	variables bool // the document's Version is 2012-10-17
}

func compile(source string, how syntax) (pattern, error) {
	p := pattern{source: source}
	for rest := source; rest != ""; {
		if how.variables && strings.HasPrefix(rest, "${") {
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return pattern{}, fmt.Errorf("the variable in %q has no closing brace", source)
			}
			t, err := parseVariable(rest[2:end])
			if err != nil {
				return pattern{}, fmt.Errorf("in %q: %w", source, err)
			}
			p.tokens = append(p.tokens, t)
			rest = rest[end+1:]
			continue
		}
		char, size := utf8.DecodeRuneInString(rest)
		t := token{kind: literal, char: char}
		if how.wildcards && char == '*' {
			t = token{kind: star}
		} else if how.wildcards && char == '?' {
			t = token{kind: question}
		}
		p.tokens = append(p.tokens, t)
		rest = rest[size:]
	}
	return p, nil
}

// parseVariable reads what is between ${ and }: a context key, one of the
// three escapes, or a key with a default in single quotes.
func parseVariable(text string) (token, error) {
	if text == "*" || text == "?" || text == "$" {
		return token{kind: literal, char: rune(text[0])}, nil
	}
	key, fallback, hasFallback := strings.Cut(text, ",")
	key = strings.ToLower(strings.TrimSpace(key))
	if key == "" || strings.ContainsAny(key, " ${'") {
		return token{}, fmt.Errorf("${%s} is not a policy variable", text)
	}
	t := token{kind: variable, variable: key}
	if hasFallback {
		fallback = strings.TrimSpace(fallback)
		if len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
			return token{}, fmt.Errorf("the default of ${%s} must be in single quotes", text)
		}
		value := fallback[1 : len(fallback)-1]
		t.fallback = &value
	}
	return t, nil
}

// variablesOf lists the context keys that a string reads, which compiles.
func variablesOf(source string, variables bool) []string {
	p, err := compile(source, syntax{variables: variables})
	if err != nil {
		return nil // a value of an operator without variables
	}
	return p.variables()
}

func (p pattern) variables() []string {
	var keys []string
	for _, t := range p.tokens {
		if t.kind == variable {
			keys = append(keys, t.variable)
		}
	}
	return keys
}

// expand puts the request's values in place of the variables. It reports false
// when one has no single value and no default, with a wildcard in its place:
// what does not match even so surely differs, and the rest cannot be told.
func (p pattern) expand(context map[string][]string) ([]token, bool) {
	expanded, complete := make([]token, 0, len(p.tokens)), true
	for _, t := range p.tokens {
		if t.kind != variable {
			expanded = append(expanded, t)
			continue
		}
		var value string
		switch values := context[t.variable]; {
		case len(values) == 1:
			value = values[0]
		case len(values) == 0 && t.fallback != nil:
			value = *t.fallback
		default:
			complete = false
			expanded = append(expanded, token{kind: star})
			continue
		}
		for _, char := range value {
			expanded = append(expanded, token{kind: literal, char: char})
		}
	}
	return expanded, complete
}

// withinSegments applies the Resource element's rule: a wildcard stays within
// its colon-separated segment of an ARN, except that a * which ends a segment
// may go beyond it. The sixth segment, the resource itself, may hold colons.
func withinSegments(tokens []token) []token {
	colons := 0
	out := make([]token, len(tokens))
	for i, t := range tokens {
		out[i] = t
		if t.kind == literal && t.char == ':' {
			colons++
		}
		if colons >= 5 {
			continue
		}
		endsSegment := i+1 == len(tokens) || (tokens[i+1].kind == literal && tokens[i+1].char == ':')
		switch {
		case t.kind == star && !endsSegment:
			out[i].kind = starInSegment
		case t.kind == question:
			out[i].kind = questionInSegment
		}
	}
	return out
}

// compare judges value by the pattern, with the comparison that how makes.
func (p pattern) compare(context map[string][]string, value string, how func([]token, string) bool) verdict {
	tokens, complete := p.expand(context)
	switch {
	case !how(tokens, value):
		return differs
	case !complete:
		return unresolved
	}
	return matches
}

// match compares the whole of value with the tokens, character by character.
// reached[i] tells whether the tokens so far can consume value[:i].
func match(tokens []token, value string) bool {
	chars := []rune(value)
	reached := make([]bool, len(chars)+1)
	next := make([]bool, len(chars)+1)
	reached[0] = true
	for _, t := range tokens {
		clear(next)
		for i := range next {
			switch t.kind {
			case star, starInSegment:
				next[i] = reached[i] || (i > 0 && next[i-1] && (t.kind == star || chars[i-1] != ':'))
			default:
				next[i] = i > 0 && reached[i-1] && t.accepts(chars[i-1])
			}
		}
		reached, next = next, reached
	}
	return reached[len(chars)]
}

func (t token) accepts(char rune) bool {
	switch t.kind {
	case literal:
		return t.char == char
	case question:
		return true
	case questionInSegment:
		return char != ':'
	}
	return false
}

// matchResource compares by the rule of the Resource element.
func matchResource(tokens []token, value string) bool { return match(withinSegments(tokens), value) }

func lower(tokens []token) []token {
	lowered := make([]token, len(tokens))
	for i, t := range tokens {
		t.char = unicode.ToLower(t.char)
		lowered[i] = t
	}
	return lowered
}

// matchARN compares two ARNs component by component: the five colons that
// separate the six components are never matched by a wildcard.
func matchARN(tokens []token, value string) bool {
	var components [][]token
	current := []token{}
	for _, t := range tokens {
		if t.kind == literal && t.char == ':' && len(components) < 5 {
			components = append(components, current)
			current = []token{}
			continue
		}
		current = append(current, t)
	}
	components = append(components, current)
	values := strings.SplitN(value, ":", 6)
	if len(components) != 6 || len(values) != 6 {
		return false
	}
	for i := range components {
		if !match(components[i], values[i]) {
			return false
		}
	}
	return true
}
