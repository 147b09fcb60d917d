package wire

import (
	"fmt"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// epochTag marks seconds since 1970 (RFC 8949, 3.4.2).
const epochTag = 1

// readCBOR reads the body of Smithy's RPC v2; an empty one has no members.
func readCBOR(body []byte) (node, error) {
	if len(body) == 0 {
		return object{}, nil
	}
	v, err := cbor.Decode(body)
	if err != nil {
		return nil, err
	}
	return fromCBOR(v)
}

func fromCBOR(v cbor.Value) (node, error) {
	switch v := v.(type) {
	case *cbor.Nil, *cbor.Undefined:
		return nil, nil
	case cbor.Bool:
		return bool(v), nil
	case cbor.String:
		return string(v), nil
	case cbor.Slice:
		return []byte(v), nil
	case cbor.Float32:
		return float64(v), nil
	case cbor.Float64:
		return float64(v), nil
	case cbor.Uint, cbor.NegInt:
		return cbor.AsInt64(v)
	case *cbor.Tag:
		return fromTag(v)
	case cbor.List:
		made := make(list, len(v))
		for i := range v {
			var err error
			if made[i], err = fromCBOR(v[i]); err != nil {
				return nil, err
			}
		}
		return made, nil
	case cbor.Map:
		made := object{}
		for name, value := range v {
			n, err := fromCBOR(value)
			if err != nil {
				return nil, err
			}
			made = append(made, member{name, n})
		}
		return made, nil
	}
	return nil, fmt.Errorf("%T is not a value of the protocol", v)
}

func fromTag(v *cbor.Tag) (node, error) {
	if v.ID != epochTag {
		return nil, fmt.Errorf("the tag %d is not one of the protocol", v.ID)
	}
	n, err := fromCBOR(v.Value)
	if err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case int64:
		return time.Unix(n, 0), nil
	case float64:
		return unixTime(n), nil
	}
	return nil, fmt.Errorf("a tagged time is not a number")
}

// toCBOR makes the value of n; times are tagged seconds since 1970.
func toCBOR(n node) (cbor.Value, error) {
	switch n := n.(type) {
	case bool:
		return cbor.Bool(n), nil
	case string:
		return cbor.String(n), nil
	case []byte:
		return cbor.Slice(n), nil
	case float64:
		return cbor.Float64(n), nil
	case int64:
		if n < 0 {
			return cbor.NegInt(-uint64(n)), nil
		}
		return cbor.Uint(n), nil
	case time.Time:
		return &cbor.Tag{ID: epochTag, Value: cbor.Float64(seconds(n))}, nil
	case list:
		made := make(cbor.List, len(n))
		for i := range n {
			var err error
			if made[i], err = toCBOR(n[i]); err != nil {
				return nil, err
			}
		}
		return made, nil
	case object:
		return membersToCBOR(n)
	case dict:
		return membersToCBOR(n)
	}
	return nil, fmt.Errorf("%T is not a value of the protocol", n)
}

func membersToCBOR(members []member) (cbor.Value, error) {
	made := make(cbor.Map, len(members))
	for _, m := range members {
		v, err := toCBOR(m.value)
		if err != nil {
			return nil, err
		}
		made[m.name] = v
	}
	return made, nil
}
