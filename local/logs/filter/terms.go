package filter

import (
	"errors"
	"slices"
	"strings"
)

// terms reads a pattern of unstructured text: terms that must all occur (case
// counts), "quoted phrases", -terms that must not occur, and ?terms of which one
// must occur.
func terms(rest string) (Pattern, error) {
	var all, none, some []string
	for ; rest != ""; rest = strings.TrimSpace(rest) {
		into := &all
		switch rest[0] {
		case '-':
			into, rest = &none, rest[1:]
		case '?':
			into, rest = &some, rest[1:]
		}
		var term string
		if strings.HasPrefix(rest, `"`) {
			var closed bool
			if term, rest, closed = strings.Cut(rest[1:], `"`); !closed {
				return nil, errors.New("a quotation mark is not closed")
			}
		} else if end := strings.IndexByte(rest, ' '); end >= 0 {
			term, rest = rest[:end], rest[end:]
		} else {
			term, rest = rest, ""
		}
		if term != "" {
			*into = append(*into, term)
		}
	}
	return func(message string) bool {
		has := func(term string) bool { return strings.Contains(message, term) }
		lacks := func(term string) bool { return !has(term) }
		return !slices.ContainsFunc(all, lacks) && !slices.ContainsFunc(none, has) && (len(some) == 0 || slices.ContainsFunc(some, has))
	}, nil
}
