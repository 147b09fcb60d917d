package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
)

// readJSON reads the body of AWS JSON 1.0; an empty one has no members.
func readJSON(body []byte) (node, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return object{}, nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("the body goes on after its value")
	}
	return fromJSON(v)
}

func fromJSON(v any) (node, error) {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i, nil
		}
		return v.Float64()
	case []any:
		made := make(list, len(v))
		for i := range v {
			var err error
			if made[i], err = fromJSON(v[i]); err != nil {
				return nil, err
			}
		}
		return made, nil
	case map[string]any:
		made := object{}
		for name, value := range v {
			n, err := fromJSON(value)
			if err != nil {
				return nil, err
			}
			made = append(made, member{name, n})
		}
		return made, nil
	}
	return v, nil // nil, bool, string
}

// appendJSON writes n; times are seconds since 1970.
func appendJSON(b []byte, n node) ([]byte, error) {
	switch n := n.(type) {
	case int64:
		return strconv.AppendInt(b, n, 10), nil
	case float64:
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, fmt.Errorf("%v is not a number of JSON", n)
		}
		return strconv.AppendFloat(b, n, 'g', -1, 64), nil
	case time.Time:
		return strconv.AppendFloat(b, seconds(n), 'f', -1, 64), nil
	case []byte:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, n)
		return append(b, '"'), nil
	case list:
		b = append(b, '[')
		for i, item := range n {
			if i > 0 {
				b = append(b, ',')
			}
			var err error
			if b, err = appendJSON(b, item); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case object:
		return appendMembers(b, n)
	case dict:
		return appendMembers(b, n)
	}
	leaf, err := json.Marshal(n)
	return append(b, leaf...), err
}

func appendMembers(b []byte, members []member) ([]byte, error) {
	b = append(b, '{')
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		b = append(append(b, name...), ':')
		if b, err = appendJSON(b, m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// seconds since 1970, to the millisecond.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
