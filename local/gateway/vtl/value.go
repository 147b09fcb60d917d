package vtl

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The values of a template are nil, bool, int64, float64, json.Number (an
// integer beyond 64 bits), string, *Map, *List, and the variables $input and
// $util.

// Map is a map in the order of its keys, such as $context. The zero Map is
// empty and can be written.
type Map struct {
	keys     []string
	values   map[string]any
	readOnly bool
	fold     bool // keys are found without regard to case
}

// NewMap makes a writable map.
func NewMap() *Map { return &Map{} }

// Set puts a value: nil, bool, int64, float64, string, *Map or *List. It gives
// the map, to chain.
func (m *Map) Set(key string, value any) *Map {
	if m.values == nil {
		m.values = map[string]any{}
	}
	key = m.find(key)
	if _, ok := m.values[key]; !ok {
		m.keys = append(m.keys, key)
	}
	m.values[key] = value
	return m
}

// Freeze makes #set and put refuse the map itself; maps in it stay as they are.
func (m *Map) Freeze() *Map {
	m.readOnly = true
	return m
}

// Get gives the value of key, nil when it has none.
func (m *Map) Get(key string) any { return m.values[m.find(key)] }

// Has says whether key is there.
func (m *Map) Has(key string) bool {
	_, ok := m.values[m.find(key)]
	return ok
}

// Keys gives the keys in order of insertion.
func (m *Map) Keys() []string { return append([]string(nil), m.keys...) }

func (m *Map) remove(key string) any {
	key = m.find(key)
	old := m.values[key]
	delete(m.values, key)
	for i, k := range m.keys {
		if k == key {
			m.keys = append(m.keys[:i], m.keys[i+1:]...)
			break
		}
	}
	return old
}

func (m *Map) find(key string) string {
	if _, ok := m.values[key]; !ok && m.fold {
		for _, k := range m.keys {
			if strings.EqualFold(k, key) {
				return k
			}
		}
	}
	return key
}

func stringMap(values map[string]string) *Map {
	m := NewMap()
	for _, k := range sortedKeys(values) {
		m.Set(k, values[k])
	}
	return m.Freeze()
}

// List is a list. One that came from JSON prints as JSON, any other as a Java
// list does.
type List struct {
	items    []any
	fromJSON bool
}

// Text gives what a value prints as: Java's toString. A null prints as null,
// as it does within a list.
func Text(v any) string {
	var b strings.Builder
	writeText(&b, v, 0)
	return b.String()
}

// tooMuch ends the text of a list or map that a template put into itself, or
// that would be longer than any output.
func tooMuch(b *strings.Builder, depth int) bool {
	return depth > maxJSONDepth || b.Len() > MaxOutput
}

func writeText(b *strings.Builder, v any, depth int) {
	if tooMuch(b, depth) {
		return
	}
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case string:
		b.WriteString(v)
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case float64:
		b.WriteString(javaDouble(v))
	case json.Number:
		b.WriteString(v.String())
	case *Map:
		b.WriteByte('{')
		for i, k := range v.keys {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(k + "=")
			writeText(b, v.values[k], depth+1)
		}
		b.WriteByte('}')
	case *List:
		if v.fromJSON {
			writeJSON(b, v, depth)
			return
		}
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteString(", ")
			}
			writeText(b, item, depth+1)
		}
		b.WriteByte(']')
	default:
		fmt.Fprintf(b, "%v", v)
	}
}

// javaDouble prints as Java's Double.toString: decimal between 1e-3 and 1e7,
// otherwise with an exponent, always with a digit after the point.
func javaDouble(f float64) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case a == 0 || a >= 1e-3 && a < 1e7:
		s := strconv.FormatFloat(f, 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		return s
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	sign := ""
	if exponent[0] == '-' {
		sign = "-"
	}
	return mantissa + "E" + sign + strings.TrimLeft(exponent[1:], "0")
}

// typeName names a value's Java type, for messages.
func typeName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "String"
	case bool:
		return "Boolean"
	case int64:
		return "Integer"
	case float64:
		return "Double"
	case json.Number:
		return "BigInteger"
	case *Map:
		return "Map"
	case *List:
		return "List"
	}
	return fmt.Sprint(v)
}

// equal is Velocity's ==: numbers by value, values of one type by content, and
// values of two types by their text.
func equal(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if x, ok := number(a); ok {
		if y, ok := number(b); ok {
			return x == y
		}
	}
	return Text(a) == Text(b)
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}
