package vtl

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"
)

// input is $input.
type input struct {
	body                string
	path, query, header *Map
	decoded             any
	ready               bool
}

func (*input) String() string { return "$input" }

// text is the body; API Gateway takes an absent one for {}.
func (in *input) text() string {
	if in.body == "" {
		return "{}"
	}
	return in.body
}

func (in *input) method(a *arguments) (result any, known bool) {
	switch a.method {
	case "params":
		if len(a.values) == 0 {
			return NewMap().Set("path", in.path).Set("querystring", in.query).Set("header", in.header).Freeze(), true
		}
		if a.ok("string") {
			for _, m := range []*Map{in.path, in.query, in.header} {
				if m.Has(a.text(0)) {
					return m.Get(a.text(0)), true
				}
			}
			return "", true
		}
	case "path", "json":
		if !a.ok("string") {
			return nil, true
		}
		v, found, err := in.find(a.text(0))
		switch {
		case err != nil:
			a.err = fmt.Errorf("%s: %w", a.method, err)
			return nil, true
		case !found:
			v = "" // both functions answer an empty string for what is absent
		}
		if a.method == "path" {
			return v, true
		}
		var b strings.Builder
		writeJSON(&b, v, 0)
		return b.String(), true
	default:
		return nil, false
	}
	return nil, true
}

func (in *input) find(path string) (v any, found bool, err error) {
	steps, err := parsePath(path)
	if err != nil {
		return nil, false, err
	}
	if !in.ready {
		if in.decoded, err = decodeJSON(in.text()); err != nil {
			return nil, false, fmt.Errorf("the body is %w", err)
		}
		in.ready = true
	}
	v, found = followPath(in.decoded, steps)
	return v, found, nil
}

// util is $util.
type util struct{}

func (util) String() string { return "$util" }

func (util) method(a *arguments) (result any, known bool) {
	if !a.ok("any") {
		return nil, true
	}
	if a.values[0] == nil {
		return nil, true
	}
	s := Text(a.values[0])
	var err error
	switch a.method {
	case "escapeJavaScript":
		result = escapeJavaScript(s)
	case "parseJson":
		result, err = decodeJSON(s)
	case "urlEncode":
		result = urlEncode(s)
	case "urlDecode":
		result, err = url.QueryUnescape(s)
	case "base64Encode":
		result = base64.StdEncoding.EncodeToString([]byte(s))
	case "base64Decode":
		var b []byte
		b, err = base64.StdEncoding.DecodeString(s)
		result = string(b)
	default:
		return nil, false
	}
	if err != nil {
		a.err = fmt.Errorf("%s: %w", a.method, err)
	}
	return result, true
}

// escapeJavaScript is StringEscapeUtils.escapeJavaScript of Apache Commons Lang
// 2: beside control characters, \ and ", it escapes ' as \' (which JSON does
// not know) and / as \/, and everything beyond ASCII as \uXXXX, in surrogate
// pairs where needed.
func escapeJavaScript(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune(`'"\/`, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\f':
			b.WriteString(`\f`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ' || r > 0x7f:
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04X`, u)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// urlEncode is java.net.URLEncoder.encode: as url.QueryEscape, but * stays and
// ~ does not.
func urlEncode(s string) string {
	return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(url.QueryEscape(s))
}
