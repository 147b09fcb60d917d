package vtl

import (
	"fmt"
	"strings"
	"unicode/utf16"
)

// javaTrimmed is what String.trim drops: every character up to the space.
func javaTrimmed(r rune) bool { return r <= ' ' }

// stringMethod has the methods of java.lang.String. Indices count UTF-16 units.
func stringMethod(s string, a *arguments) (result any, known bool) {
	switch a.method {
	case "length":
		return int64(units(s)), a.take()
	case "isEmpty":
		return s == "", a.take()
	case "toLowerCase":
		return strings.ToLower(s), a.take()
	case "toUpperCase":
		return strings.ToUpper(s), a.take()
	case "trim":
		return strings.TrimFunc(s, javaTrimmed), a.take()
	case "charAt":
		if a.ok("int") {
			return substring(s, a, a.int(0), a.int(0)+1), true
		}
	case "substring":
		return stringSubstring(s, a), true
	case "indexOf", "lastIndexOf":
		return find(s, a), true
	}
	if result, known = stringPairMethod(s, a); known {
		return result, true
	}
	return patternMethod(s, a)
}

// stringPairMethod has the methods that take one string, or two.
func stringPairMethod(s string, a *arguments) (result any, known bool) {
	types := []string{"string"}
	var do func() any
	switch a.method {
	case "concat":
		do = func() any { return a.bounded(s + a.text(0)) }
	case "contains":
		do = func() any { return strings.Contains(s, a.text(0)) }
	case "startsWith":
		do = func() any { return strings.HasPrefix(s, a.text(0)) }
	case "endsWith":
		do = func() any { return strings.HasSuffix(s, a.text(0)) }
	case "equalsIgnoreCase":
		do = func() any { return strings.EqualFold(s, a.text(0)) }
	case "compareTo":
		do = func() any { return compare(s, a.text(0)) }
	case "replace":
		types = append(types, "string")
		do = func() any { return a.bounded(strings.ReplaceAll(s, a.text(0), a.text(1))) }
	default:
		return nil, false
	}
	if !a.ok(types...) {
		return nil, true
	}
	return do(), true
}

// bounded refuses a text that only a runaway template makes.
func (a *arguments) bounded(s string) any {
	if len(s) > MaxOutput {
		a.err = fmt.Errorf("%s: %w", a.method, errTooLong)
		return nil
	}
	return s
}

// units counts UTF-16 units.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

func stringSubstring(s string, a *arguments) any {
	if len(a.values) == 1 && a.ok("int") {
		return substring(s, a, a.int(0), units(s))
	}
	if a.err == nil && a.ok("int", "int") {
		return substring(s, a, a.int(0), a.int(1))
	}
	return nil
}

// substring cuts [from, to) in UTF-16 units. A surrogate that loses its other
// half prints as U+FFFD.
func substring(s string, a *arguments, from, to int) any {
	u := utf16.Encode([]rune(s))
	if from < 0 || to > len(u) || from > to {
		a.err = fmt.Errorf("%s: begin %d, end %d, length %d", a.method, from, to, len(u))
		return nil
	}
	return string(utf16.Decode(u[from:to]))
}

// find is indexOf and lastIndexOf, indexOf also with the place to start.
func find(s string, a *arguments) any {
	types := []string{"string"}
	if len(a.values) == 2 && a.method == "indexOf" {
		types = append(types, "int")
	}
	if !a.ok(types...) {
		return nil
	}
	u := utf16.Encode([]rune(s))
	sought := utf16.Encode([]rune(a.text(0)))
	matches := func(i int) bool {
		for j := range sought {
			if u[i+j] != sought[j] {
				return false
			}
		}
		return true
	}
	if a.method == "lastIndexOf" {
		for i := len(u) - len(sought); i >= 0; i-- {
			if matches(i) {
				return int64(i)
			}
		}
		return int64(-1)
	}
	start := 0
	if len(types) == 2 {
		start = max(a.int(1), 0)
	}
	for i := start; i <= len(u)-len(sought); i++ {
		if matches(i) {
			return int64(i)
		}
	}
	return int64(-1)
}

// compare is String.compareTo: the difference of the first units that differ,
// otherwise of the lengths.
func compare(s, t string) int64 {
	a, b := utf16.Encode([]rune(s)), utf16.Encode([]rune(t))
	for i := 0; i < len(a) && i < len(b); i++ {
		if a[i] != b[i] {
			return int64(a[i]) - int64(b[i])
		}
	}
	return int64(len(a) - len(b))
}
