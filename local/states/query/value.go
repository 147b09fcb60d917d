package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/recolabs/gnata"
)

// Decode makes the value of a JSON text that a Scope hands to expressions.
func Decode(raw json.RawMessage) (any, error) {
	v, err := gnata.DecodeJSON(raw)
	if err != nil {
		return nil, fmt.Errorf("decode a JSON value: %w", err)
	}
	return v, nil
}

// encode writes a value that an expression yielded. gnata's own marshalling
// would write a lambda as an object with its syntax tree, so the walk is ours.
func encode(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	if err := write(&buf, v); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// keyed is gnata's ordered object, whose type is internal to it.
type keyed interface {
	Keys() []string
	Get(key string) (any, bool)
}

func write(buf *bytes.Buffer, v any) error {
	if v == nil || gnata.IsNull(v) {
		buf.WriteString("null")
		return nil
	}
	switch v := v.(type) {
	case bool, float64, string, json.Number:
		return writeScalar(buf, v)
	case []any:
		buf.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				buf.WriteByte(',')
			}
			if err := write(buf, item); err != nil {
				return err
			}
		}
		buf.WriteByte(']')
		return nil
	case keyed:
		return writeObject(buf, v.Keys(), v.Get)
	case map[string]any:
		return writeObject(buf, slices.Sorted(maps.Keys(v)), func(key string) (any, bool) { value, ok := v[key]; return value, ok })
	}
	// What is left is a sequence, which normalizes to a plain value, or a
	// function, which stays what it is.
	switch n := gnata.NormalizeValue(v).(type) {
	case nil, bool, float64, string, json.Number, []any, map[string]any:
		return write(buf, n)
	}
	return fmt.Errorf("it holds a function")
}

func writeObject(buf *bytes.Buffer, keys []string, get func(string) (any, bool)) error {
	buf.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			buf.WriteByte(',')
		}
		if err := writeScalar(buf, key); err != nil {
			return err
		}
		buf.WriteByte(':')
		value, _ := get(key)
		if err := write(buf, value); err != nil {
			return err
		}
	}
	buf.WriteByte('}')
	return nil
}

// writeScalar leaves <, > and & alone: they are data, not HTML.
func writeScalar(buf *bytes.Buffer, v any) error {
	if f, ok := v.(float64); ok && f == 0 {
		v = 0 // JSON from JavaScript has no negative zero
	}
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("write %v: %w", v, err)
	}
	buf.Truncate(buf.Len() - 1) // the encoder's newline
	return nil
}
