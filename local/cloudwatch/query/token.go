package query

import (
	"fmt"
	"strings"
)

// kind is what a token is.
type kind int

const (
	end    kind = iota
	number      // 12.5
	name        // an id, a function or a keyword
	text        // 'in quotes'
	symbol      // an operator, a bracket or a comma
)

type token struct {
	kind kind
	text string
	at   int // of its first byte
}

func (t token) String() string {
	switch t.kind {
	case end:
		return "the end"
	case text:
		return fmt.Sprintf("the text %q", t.text)
	}
	return fmt.Sprintf("%q", t.text)
}

// syntaxError is what is wrong with an expression, and where.
type syntaxError struct {
	at      int
	message string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("at character %d: %s", e.at+1, e.message) }

func errorAt(at int, format string, args ...any) error {
	return &syntaxError{at, fmt.Sprintf(format, args...)}
}

// symbols, longer ones first.
var symbols = []string{"==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "^", "%", "(", ")", "[", "]", ","}

// scan splits an expression into tokens; the last one is its end.
func scan(s string) ([]token, error) {
	var tokens []token
	for i := 0; ; {
		for i < len(s) && strings.IndexByte(" \t\r\n", s[i]) >= 0 {
			i++
		}
		if i == len(s) {
			return append(tokens, token{end, "", i}), nil
		}
		t, next, err := scanOne(s, i)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, t)
		i = next
	}
}

func scanOne(s string, i int) (t token, next int, err error) {
	switch c := s[i]; {
	case digit(c) || c == '.' && i+1 < len(s) && digit(s[i+1]):
		j := numberEnd(s, i)
		return token{number, s[i:j], i}, j, nil
	case letter(c):
		j := i
		for j < len(s) && (letter(s[j]) || digit(s[j]) || s[j] == '_') {
			j++
		}
		return token{name, s[i:j], i}, j, nil
	case c == '"' || c == '\'':
		n := strings.IndexByte(s[i+1:], c)
		if n < 0 {
			return token{}, 0, errorAt(i, "a text begins that does not end")
		}
		return token{text, s[i+1 : i+1+n], i}, i + n + 2, nil
	}
	for _, sym := range symbols {
		if strings.HasPrefix(s[i:], sym) {
			return token{symbol, sym, i}, i + len(sym), nil
		}
	}
	return token{}, 0, errorAt(i, "%q is not part of metric math", []rune(s[i:])[0])
}

// numberEnd is where the number that starts at i ends: digits, a point, an exponent.
func numberEnd(s string, i int) int {
	digits := func() {
		for i < len(s) && digit(s[i]) {
			i++
		}
	}
	digits()
	if i < len(s) && s[i] == '.' {
		i++
		digits()
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && digit(s[j]) {
			i = j
			digits()
		}
	}
	return i
}

func digit(c byte) bool  { return c >= '0' && c <= '9' }
func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
