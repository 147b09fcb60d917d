package query

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// references is what an expression names: its variables and functions without
// the dollar sign ("$" stands for $$), and the fields it reads of $states.
type references struct {
	names  []string
	states []string
}

// statesFields are the fields of $states; an expression that takes $states as
// a whole reads all of them.
var statesFields = []string{"input", "result", "errorOutput", "context"}

// scan finds the references in source that compiles. It skips strings, quoted
// names, comments and regular expressions, in which a $ is plain text.
func scan(source string) references {
	var refs references
	operand := false // whether the last token ends an operand: then / divides
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRuneInString(source[i:])
		switch {
		case unicode.IsSpace(r):
			i += size
			continue
		case strings.HasPrefix(source[i:], "/*"):
			i = after(source, i+2, "*/")
			continue
		case r == '\'' || r == '"' || r == '`':
			i = skipQuoted(source, i+1, byte(r))
			operand = true
		case r == '/' && !operand:
			i = skipQuoted(source, i+1, '/')
			operand = true
		case r == '$':
			name := identifier(source[i+1:])
			if strings.HasPrefix(source[i+1:], "$") {
				name = "$"
			}
			i += 1 + len(name)
			operand = true
			refs.add(name, source[i:])
		case isIdentifier(r):
			name := identifier(source[i:])
			i += len(name)
			operand = name != "and" && name != "or" && name != "in"
		default:
			i += size
			operand = r == ')' || r == ']' || r == '}'
		}
	}
	return refs
}

func (r *references) add(name, rest string) {
	if name != "" && !slices.Contains(r.names, name) {
		r.names = append(r.names, name)
	}
	if name != "states" {
		return
	}
	fields := statesFields
	if tail, ok := strings.CutPrefix(strings.TrimSpace(rest), "."); ok {
		if field := identifier(strings.TrimSpace(tail)); field != "" {
			fields = []string{field}
		}
	}
	for _, field := range fields {
		if !slices.Contains(r.states, field) {
			r.states = append(r.states, field)
		}
	}
}

func identifier(s string) string {
	for i, r := range s {
		if !isIdentifier(r) {
			return s[:i]
		}
	}
	return s
}

func isIdentifier(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r)
}

// skipQuoted returns the index after the closing quote; a backslash escapes.
func skipQuoted(s string, i int, quote byte) int {
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if quote != '`' {
				i++
			}
		case quote:
			return i + 1
		}
	}
	return len(s)
}

func after(s string, i int, end string) int {
	if n := strings.Index(s[i:], end); n >= 0 {
		return i + n + len(end)
	}
	return len(s)
}
