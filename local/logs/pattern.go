package logs

import (
	"net/http"
	"strings"

	"github.com/pixline/pixline/local/awsapi"
)

// pattern is a filter pattern of unstructured text: terms that must all occur
// (case counts), "quoted phrases", -terms that must not occur, and ?terms of
// which one must occur. Source: CloudWatch Logs user guide, "Filter pattern syntax".
type pattern struct{ all, none, some []string }

// parsePattern refuses what it would otherwise match wrongly: JSON and
// space-delimited patterns, and regular expressions.
func parsePattern(text string) (pattern, error) {
	var p pattern
	rest := strings.TrimSpace(text)
	if rest != "" && strings.ContainsRune("{[%", rune(rest[0])) {
		return p, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "the filter pattern %q is a JSON, space-delimited or regular-expression pattern; the local runner knows terms, \"phrases\", -terms and ?terms", text)
	}
	for ; rest != ""; rest = strings.TrimSpace(rest) {
		into := &p.all
		switch rest[0] {
		case '-':
			into, rest = &p.none, rest[1:]
		case '?':
			into, rest = &p.some, rest[1:]
		}
		var term string
		if strings.HasPrefix(rest, `"`) {
			var closed bool
			if term, rest, closed = strings.Cut(rest[1:], `"`); !closed {
				return p, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", "the filter pattern %q has an unclosed quotation mark", text)
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
	return p, nil
}

func (p pattern) match(message string) bool {
	for _, term := range p.all {
		if !strings.Contains(message, term) {
			return false
		}
	}
	for _, term := range p.none {
		if strings.Contains(message, term) {
			return false
		}
	}
	for _, term := range p.some {
		if strings.Contains(message, term) {
			return true
		}
	}
	return len(p.some) == 0
}
