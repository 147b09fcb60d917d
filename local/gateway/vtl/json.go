package vtl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// ErrInvalidJSON says that a body, or the argument of $util.parseJson, is not
// one JSON value.
var ErrInvalidJSON = errors.New("not valid JSON")

// maxJSONDepth bounds the nesting of a body, so that no body ends the process.
const maxJSONDepth = 1000

// decodeJSON reads one value, keeping the order of keys. Integers become int64
// (json.Number beyond 64 bits), other numbers float64, as in Java.
func decodeJSON(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err == nil {
		if _, end := d.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidJSON, err)
	}
	return v, nil
}

func decodeValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxJSONDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxJSONDepth)
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Number:
		if !strings.ContainsAny(t.String(), ".eE") {
			if n, err := strconv.ParseInt(t.String(), 10, 64); err == nil {
				return n, nil
			}
			return t, nil
		}
		return t.Float64()
	case json.Delim:
		if t == '[' {
			list := &List{fromJSON: true}
			for d.More() {
				v, err := decodeValue(d, depth+1)
				if err != nil {
					return nil, err
				}
				list.items = append(list.items, v)
			}
			_, err := d.Token()
			return list, err
		}
		m := NewMap()
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			name, _ := key.(string) // the decoder lets nothing else be a key
			m.Set(name, v)
		}
		_, err := d.Token()
		return m, err
	}
	return token, nil // string, bool or nil
}

// writeJSON writes a value as compact JSON, with keys in their order.
func writeJSON(b *strings.Builder, v any, depth int) {
	if tooMuch(b, depth) {
		return
	}
	switch v := v.(type) {
	case string:
		quoteJSON(b, v)
	case *Map:
		b.WriteByte('{')
		for i, k := range v.keys {
			if i > 0 {
				b.WriteByte(',')
			}
			quoteJSON(b, k)
			b.WriteByte(':')
			writeJSON(b, v.values[k], depth+1)
		}
		b.WriteByte('}')
	case *List:
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item, depth+1)
		}
		b.WriteByte(']')
	default: // numbers, true, false and null are JSON as they print
		writeText(b, v, depth)
	}
}

// quoteJSON escapes only what JSON requires: encoding/json would also escape
// <, > and &.
func quoteJSON(b *strings.Builder, s string) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		// Encode of a string into memory has no way to fail.
		b.WriteString(`""`)
		return
	}
	quoted := strings.TrimSuffix(buf.String(), "\n")
	// These two are legal in JSON; encoding/json escapes them for JavaScript.
	quoted = strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029").Replace(quoted)
	b.WriteString(quoted)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
