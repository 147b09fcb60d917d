package wire

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"
)

// encode makes the node of v. What says nothing is left out, as AWS does: nil,
// the empty string, the zero time. Numbers and booleans always say something:
// optional ones are pointers.
func encode(v reflect.Value) (node, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return encode(v.Elem())
	case reflect.String:
		if v.Len() == 0 {
			return nil, nil
		}
		return v.String(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Float64:
		return v.Float(), nil
	case reflect.Slice:
		return encodeSlice(v)
	case reflect.Map:
		return encodeMap(v)
	case reflect.Struct:
		if v.Type() == timeType {
			if t := v.Interface().(time.Time); !t.IsZero() {
				return t, nil
			}
			return nil, nil
		}
		made := object{}
		for _, s := range shapesOf(v.Type()) {
			n, err := encode(v.FieldByIndex(s.index))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			if n != nil {
				made = append(made, member{s.name, n})
			}
		}
		return made, nil
	}
	return nil, fmt.Errorf("%s has no form on the wire", v.Type())
}

func encodeSlice(v reflect.Value) (node, error) {
	if v.IsNil() {
		return nil, nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return v.Bytes(), nil
	}
	made := make(list, v.Len())
	for i := range made {
		n, err := encode(v.Index(i))
		if err != nil {
			return nil, err
		}
		if n == nil {
			n = ""
		}
		made[i] = n
	}
	return made, nil
}

func encodeMap(v reflect.Value) (node, error) {
	entries, ok := v.Interface().(map[string]float64)
	if !ok {
		return nil, fmt.Errorf("%s has no form on the wire", v.Type())
	}
	if entries == nil {
		return nil, nil
	}
	made := dict{}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		made = append(made, member{key, entries[key]})
	}
	return made, nil
}
