package insights

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is a piece of a query.
type token struct {
	kind  tokenKind
	text  string // of a string or a `name`, without its quotation marks
	begin int    // offsets in bytes
	end   int
}

type tokenKind int

const (
	nothing tokenKind = iota
	word              // a name, a command, a keyword
	quoted            // `a name`
	literal
	digits
	symbol
)

// scanner reads tokens. Its errors are panics with a *SyntaxError, which Parse
// recovers: a parser of this size is plainest without an error at each step.
type scanner struct {
	query string
	at    int // of what follows next
	next  token
	ended int // where the token before next ends
}

// fail gives up at an offset.
func (s *scanner) fail(offset int, format string, args ...any) {
	before := s.query[:offset]
	panic(&SyntaxError{
		Offset: utf8.RuneCountInString(before), Line: 1 + strings.Count(before, "\n"),
		Column:  1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]),
		Message: fmt.Sprintf(format, args...),
	})
}

// space passes over white space and comments.
func (s *scanner) space() {
	for s.at < len(s.query) {
		r, size := utf8.DecodeRuneInString(s.query[s.at:])
		switch {
		case unicode.IsSpace(r):
			s.at += size
		case r == '#':
			end := strings.IndexByte(s.query[s.at:], '\n')
			if end < 0 {
				end = len(s.query) - s.at
			}
			s.at += end
		default:
			return
		}
	}
}

// advance reads the next token and returns the one before.
func (s *scanner) advance() token {
	last := s.next
	s.ended = last.end
	s.space()
	t := token{begin: s.at}
	rest := s.query[s.at:]
	switch r, _ := utf8.DecodeRuneInString(rest); {
	case rest == "":
		t.end = s.at
	case r == '"' || r == '\'':
		t.kind = literal
		t.text, t.end = s.string(byte(r))
	case r == '`':
		end := strings.IndexByte(rest[1:], '`')
		if end < 0 {
			s.fail(s.at, "the name has no closing `")
		}
		t.kind, t.text, t.end = quoted, rest[1:1+end], s.at+end+2
	case isDigit(r) || r == '.' && len(rest) > 1 && isDigit(rune(rest[1])):
		t.kind, t.end = digits, s.at+numberLength(rest)
		t.text = s.query[t.begin:t.end]
	case isLetter(r):
		end := strings.IndexFunc(rest, func(r rune) bool { return !isLetter(r) && !isDigit(r) && r != '.' })
		if end < 0 {
			end = len(rest)
		}
		t.kind, t.text, t.end = word, rest[:end], s.at+end
	default:
		t.kind, t.text = symbol, string(r)
		for _, long := range []string{"!=", "<=", ">=", "=~"} {
			if strings.HasPrefix(rest, long) {
				t.text = long
			}
		}
		t.end = s.at + len(t.text)
		if !strings.ContainsRune("|,()[]+-*/%^=<>!", rune(t.text[0])) || t.text == "!" {
			s.fail(s.at, "%q is nothing that a query has", t.text)
		}
	}
	s.at, s.next = t.end, t
	return last
}

// string reads a string, in which \" \' \\ \n \t are one character, and any other
// backslash is itself.
func (s *scanner) string(mark byte) (string, int) {
	var b strings.Builder
	for i := s.at + 1; i < len(s.query); i++ {
		switch c := s.query[i]; {
		case c == mark:
			return b.String(), i + 1
		case c == '\\' && i+1 < len(s.query) && strings.IndexByte(`"'\nt`, s.query[i+1]) >= 0:
			i++
			b.WriteString(map[byte]string{'n': "\n", 't': "\t"}[s.query[i]])
			if s.query[i] != 'n' && s.query[i] != 't' {
				b.WriteByte(s.query[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	s.fail(s.at, "the string has no closing %c", mark)
	return "", 0
}

// regex reads /a regular expression/ in place of the next token, which is the
// slash that begins it.
func (s *scanner) regex() token {
	t := token{kind: literal, begin: s.next.begin}
	var b strings.Builder
	for i := t.begin + 1; i < len(s.query); i++ {
		switch c := s.query[i]; {
		case c == '/':
			t.text, s.at = b.String(), i+1
			t.end = s.at
			s.advance()
			s.ended = t.end
			return t
		case c == '\\' && i+1 < len(s.query):
			i++
			if s.query[i] != '/' {
				b.WriteByte(c)
			}
			b.WriteByte(s.query[i])
		default:
			b.WriteByte(c)
		}
	}
	s.fail(t.begin, "the regular expression has no closing /")
	return token{}
}

func numberLength(s string) int {
	end := strings.IndexFunc(s, func(r rune) bool { return !isDigit(r) && r != '.' })
	if end < 0 {
		end = len(s)
	}
	// 1e6 is a number, 5e is not.
	if rest := s[end:]; len(rest) > 1 && (rest[0] == 'e' || rest[0] == 'E') {
		exponent := strings.TrimLeft(rest[1:], "+-")
		if n := len(exponent) - len(strings.TrimLeft(exponent, "0123456789")); n > 0 && len(rest)-1-len(exponent) <= 1 {
			end += len(rest) - len(exponent) + n
		}
	}
	return end
}

func isDigit(r rune) bool  { return r >= '0' && r <= '9' }
func isLetter(r rune) bool { return r == '@' || r == '_' || r == '$' || unicode.IsLetter(r) }
