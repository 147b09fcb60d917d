package vtl

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// patternMethod has the methods of java.lang.String that take a regular
// expression.
func patternMethod(s string, a *arguments) (result any, known bool) {
	types := []string{"string"}
	switch a.method {
	case "replaceAll", "replaceFirst":
		types = append(types, "string")
	case "split":
		if len(a.values) == 2 {
			types = append(types, "int")
		}
	case "matches":
	default:
		return nil, false
	}
	if !a.ok(types...) {
		return nil, true
	}
	re, err := compileJava(a.text(0))
	if err != nil {
		a.err = fmt.Errorf("%s: %w", a.method, err)
		return nil, true
	}
	switch a.method {
	case "matches":
		// compileJava made it from the same pattern: only the anchors are new.
		anchored, err := regexp.Compile(`\A(?:` + re.String() + `)\z`)
		if err != nil {
			a.err = fmt.Errorf("matches: %w", err)
			return nil, true
		}
		return anchored.MatchString(s), true
	case "split":
		limit := 0
		if len(types) == 2 {
			limit = a.int(1)
		}
		return split(re, s, limit), true
	}
	limit := -1
	if a.method == "replaceFirst" {
		limit = 1
	}
	replaced, err := replace(re, s, a.text(1), limit)
	if err != nil {
		a.err = fmt.Errorf("%s: %w", a.method, err)
		return nil, true
	}
	return replaced, true
}

// posix are Java's ASCII classes, which RE2 spells differently.
var posix = map[string]string{
	"Lower": "a-z", "Upper": "A-Z", "ASCII": `\x00-\x7F`, "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
	"Punct": `!-/:-@\[-` + "`" + `{-~`, "Graph": "!-~", "Print": " -~", "Blank": ` \t`, "Cntrl": `\x00-\x1F\x7F`,
	"XDigit": "0-9a-fA-F", "Space": `\t\n\x0B\f\r `,
}

// compileJava translates a java.util.regex pattern to RE2. What RE2 cannot do
// is an error. One difference stays: $ does not match before a final line end.
func compileJava(pattern string) (*regexp.Regexp, error) {
	var b strings.Builder
	dotAll := strings.Contains(pattern, "(?s")
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			n := escape(&b, pattern[i+1:], inClass)
			i += n
		case c == '[' && inClass, c == '&' && inClass && strings.HasPrefix(pattern[i:], "&&"):
			return nil, fmt.Errorf("the pattern %q has a class within a class, which is not supported", pattern)
		case c == '[':
			inClass = true
			b.WriteByte(c)
			// ] is an ordinary character neither in Java nor, escaped, here.
			if strings.HasPrefix(pattern[i+1:], "^") {
				b.WriteByte('^')
				i++
			}
		case c == ']':
			if !inClass {
				b.WriteByte('\\')
			}
			inClass = false
			b.WriteByte(c)
		case c == '.' && !inClass && !dotAll:
			b.WriteString(`[^\n\r\x{85}\x{2028}\x{2029}]`)
		default:
			b.WriteByte(c)
		}
	}
	re, err := regexp.Compile(b.String())
	if err != nil {
		return nil, fmt.Errorf("the pattern %q is not supported: %w", pattern, err)
	}
	return re, nil
}

// escape writes the escape whose text after the backslash starts rest, and
// gives how many bytes of rest it took.
func escape(b *strings.Builder, rest string, inClass bool) int {
	set := func(members string, n int) int {
		if inClass {
			b.WriteString(members)
		} else {
			b.WriteString("[" + members + "]")
		}
		return n
	}
	switch c := rest[0]; {
	case c == 's':
		return set(posix["Space"], 1)
	case c == 'h':
		return set(` \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}`, 1)
	case c == 'S' && !inClass:
		b.WriteString("[^" + posix["Space"] + "]")
		return 1
	case c == 'e':
		b.WriteString(`\x1B`)
		return 1
	case c == 'u' && len(rest) >= 5:
		b.WriteString(`\x{` + rest[1:5] + `}`)
		return 5
	case c == 'p' && strings.HasPrefix(rest, "p{"):
		if end := strings.IndexByte(rest, '}'); end > 0 && posix[rest[2:end]] != "" {
			return set(posix[rest[2:end]], end+1)
		}
	}
	b.WriteString(`\` + rest[:1])
	return 1
}

// replace replaces with a Java replacement string: $1 and ${name} are groups,
// and a backslash makes the next character literal.
func replace(re *regexp.Regexp, s, replacement string, limit int) (string, error) {
	var out output
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(s, limit) {
		if err := out.add(s[last:m[0]]); err != nil {
			return "", err
		}
		if err := expand(&out, re, s, m, replacement); err != nil {
			return "", err
		}
		last = m[1]
	}
	err := out.add(s[last:])
	return out.String(), err
}

func expand(out *output, re *regexp.Regexp, s string, m []int, replacement string) error {
	for i := 0; i < len(replacement); i++ {
		switch c := replacement[i]; {
		case c == '\\':
			if i++; i == len(replacement) {
				return errors.New("the replacement ends with a backslash")
			}
			out.WriteByte(replacement[i])
		case c == '$':
			group, n, err := groupReference(re, replacement[i+1:])
			if err != nil {
				return err
			}
			i += n
			if from, to := m[2*group], m[2*group+1]; from >= 0 {
				if err := out.add(s[from:to]); err != nil {
					return err
				}
			}
		default:
			if err := out.add(replacement[i : i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// groupReference reads 1 or {name} after a $; n is how many bytes it takes. Of
// digits, as many count as name a group there is.
func groupReference(re *regexp.Regexp, rest string) (group, n int, err error) {
	if strings.HasPrefix(rest, "{") {
		end := strings.IndexByte(rest, '}')
		if end < 0 || re.SubexpIndex(rest[1:max(end, 1)]) < 0 {
			return 0, 0, errors.New("the replacement names a group that the pattern does not have")
		}
		return re.SubexpIndex(rest[1:end]), end + 1, nil
	}
	if rest == "" || !isDigit(rest[0]) {
		return 0, 0, errors.New("illegal group reference: write \\$ for a dollar sign")
	}
	group, n = int(rest[0]-'0'), 1
	if group > re.NumSubexp() {
		return 0, 0, fmt.Errorf("the pattern has no group %d", group)
	}
	for n < len(rest) && isDigit(rest[n]) && group*10+int(rest[n]-'0') <= re.NumSubexp() {
		group = group*10 + int(rest[n]-'0')
		n++
	}
	return group, n, nil
}

// split is String.split: with limit 0 trailing empty strings are dropped, and
// an empty match at the start makes no empty string.
func split(re *regexp.Regexp, s string, limit int) *List {
	var parts []any
	last := 0
	for _, m := range re.FindAllStringIndex(s, -1) {
		if limit > 0 && len(parts) == limit-1 {
			break
		}
		if m[1] == 0 || m[0] == m[1] && m[0] == len(s) {
			continue
		}
		parts = append(parts, s[last:m[0]])
		last = m[1]
	}
	parts = append(parts, s[last:])
	if limit == 0 {
		for len(parts) > 1 && parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
	}
	return &List{items: parts}
}
