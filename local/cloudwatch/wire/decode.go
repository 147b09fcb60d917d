package wire

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// decode puts n into v. Members that no field takes are ignored, as AWS does
// with those of a newer client.
func decode(n node, v reflect.Value) error {
	if n == nil {
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return decode(n, v.Elem())
	case reflect.Slice:
		return decodeSlice(n, v)
	case reflect.Struct:
		if v.Type() == timeType {
			return decodeTime(n, v)
		}
		return decodeStruct(n, v)
	}
	return decodeScalar(n, v)
}

func decodeStruct(n node, v reflect.Value) error {
	from, ok := n.(object)
	if !ok {
		return errors.New("is not a structure")
	}
	for _, s := range shapesOf(v.Type()) {
		n := from.get(s.name)
		if n == nil && s.required {
			return errMissing(s.name)
		}
		if err := decode(n, v.FieldByIndex(s.index)); err != nil {
			var missing errMissing
			if errors.As(err, &missing) {
				return errMissing(s.name + "." + string(missing))
			}
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func decodeSlice(n node, v reflect.Value) error {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return decodeBytes(n, v)
	}
	from, ok := n.(list)
	if n == text("") { // how a form writes an empty list
		ok = true
	}
	if !ok {
		return errors.New("is not a list")
	}
	v.Set(reflect.MakeSlice(v.Type(), len(from), len(from)))
	for i, n := range from {
		if err := decode(n, v.Index(i)); err != nil {
			var missing errMissing
			if errors.As(err, &missing) {
				return errMissing(fmt.Sprintf("member.%d.%s", i+1, string(missing)))
			}
			return fmt.Errorf("member %d: %w", i+1, err)
		}
	}
	return nil
}

func decodeBytes(n node, v reflect.Value) error {
	var encoded string
	switch n := n.(type) {
	case []byte:
		v.SetBytes(n)
		return nil
	case string:
		encoded = n
	case text:
		encoded = string(n)
	default:
		return errors.New("is not binary data")
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return errors.New("is not binary data in base64")
	}
	v.SetBytes(data)
	return nil
}

// decodeTime reads a time or seconds since 1970; of a form, ISO 8601, which
// without a zone is UTC.
func decodeTime(n node, v reflect.Value) error {
	var t time.Time
	switch n := n.(type) {
	case time.Time:
		t = n
	case int64:
		t = time.Unix(n, 0)
	case float64:
		t = unixTime(n)
	case text:
		var err error
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", time.DateOnly} {
			if t, err = time.Parse(layout, string(n)); err == nil {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("%q is not a timestamp", string(n))
		}
	default:
		return errors.New("is not a timestamp")
	}
	v.Set(reflect.ValueOf(t.UTC()))
	return nil
}

// unixTime is exact to the millisecond, which is all that CloudWatch keeps.
func unixTime(seconds float64) time.Time {
	return time.UnixMilli(int64(math.Round(seconds * 1000)))
}

func decodeScalar(n node, v reflect.Value) error {
	if t, ok := n.(text); ok && v.Kind() != reflect.String {
		var err error
		if n, err = readText(string(t), v.Kind()); err != nil {
			return err
		}
	}
	switch v.Kind() {
	case reflect.String:
		switch n := n.(type) {
		case string:
			v.SetString(n)
			return nil
		case text:
			v.SetString(string(n))
			return nil
		}
	case reflect.Bool:
		if b, ok := n.(bool); ok {
			v.SetBool(b)
			return nil
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		f, fraction := n.(float64)
		i, ok := n.(int64)
		if fraction && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			i, ok = int64(f), true
		}
		if ok && !v.OverflowInt(i) {
			v.SetInt(i)
			return nil
		}
	case reflect.Float64:
		switch n := n.(type) {
		case int64:
			v.SetFloat(float64(n))
			return nil
		case float64:
			v.SetFloat(n)
			return nil
		}
	}
	return fmt.Errorf("is not of type %s", v.Type())
}

// readText reads a form's value as its target is.
func readText(t string, kind reflect.Kind) (n node, err error) {
	switch kind {
	case reflect.Bool:
		n, err = strconv.ParseBool(t)
	case reflect.Int, reflect.Int32, reflect.Int64:
		n, err = strconv.ParseInt(t, 10, 64)
	case reflect.Float64:
		n, err = strconv.ParseFloat(t, 64)
	}
	if err != nil {
		return nil, fmt.Errorf("%q is not of type %s", t, kind)
	}
	return n, nil
}
