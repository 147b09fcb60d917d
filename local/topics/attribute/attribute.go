// Package attribute holds the message attributes that SNS and SQS share: their
// validation, size and digest.
package attribute

import (
	"crypto/md5" // what SQS's clients compare with, not a protection
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pixline/pixline/local/topics/query"
)

// Value is one attribute. Exactly one of StringValue and BinaryValue is set,
// as DataType (String, Number, Binary, String.Array, or one of them with a
// label: Number.bytes) demands.
type Value struct {
	DataType    string
	StringValue *string `json:",omitempty"`
	BinaryValue []byte  `json:",omitempty"`
}

// String makes a value of type String.
func String(text string) Value { return Value{DataType: "String", StringValue: &text} }

var name = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,256}$`)

// Validate tells what is wrong with the first wrong attribute, in AWS's words.
func Validate(attributes map[string]Value) error {
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		v := attributes[key]
		kind, _, _ := strings.Cut(v.DataType, ".")
		lower := strings.ToLower(key)
		switch {
		case !name.MatchString(key) || strings.HasPrefix(key, ".") || strings.HasSuffix(key, ".") || strings.Contains(key, ".."):
			return fmt.Errorf("The message attribute name '%s' is invalid.", key)
		case strings.HasPrefix(lower, "aws.") || strings.HasPrefix(lower, "amazon."):
			return fmt.Errorf("The message attribute name '%s' is invalid: it has a reserved prefix.", key)
		case v.DataType == "":
			return fmt.Errorf("The message attribute '%s' must contain a non-empty message attribute type.", key)
		case kind == "Binary" && len(v.BinaryValue) > 0 && v.StringValue == nil:
		case (kind == "String" || kind == "Number") && v.StringValue != nil && *v.StringValue != "" && v.BinaryValue == nil:
			if _, err := strconv.ParseFloat(*v.StringValue, 64); kind == "Number" && err != nil {
				return fmt.Errorf("Could not cast message attribute '%s' value to number.", key)
			}
		case kind != "Binary" && kind != "String" && kind != "Number":
			return fmt.Errorf("The type of message attribute '%s' is invalid. You must use only the following supported type prefixes: Binary, Number, String.", key)
		default:
			return fmt.Errorf("The message attribute '%s' must contain a non-empty value of type '%s'.", key, v.DataType)
		}
	}
	return nil
}

// Size counts what the attributes add to a message, in bytes: names, types
// and values.
func Size(attributes map[string]Value) int {
	size := 0
	for key, v := range attributes {
		size += len(key) + len(v.DataType) + len(v.BinaryValue)
		if v.StringValue != nil {
			size += len(*v.StringValue)
		}
	}
	return size
}

// MD5 is the digest that SQS returns, in hexadecimal; empty without
// attributes. Source: SQS Developer Guide, "Calculating the MD5 message digest
// for message attributes".
func MD5(attributes map[string]Value) string {
	if len(attributes) == 0 {
		return ""
	}
	h := md5.New()
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		v := attributes[key]
		writeSized(h, []byte(key))
		writeSized(h, []byte(v.DataType))
		if v.StringValue != nil {
			h.Write([]byte{1})
			writeSized(h, []byte(*v.StringValue))
		} else {
			h.Write([]byte{2})
			writeSized(h, v.BinaryValue)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func writeSized(h hash.Hash, b []byte) {
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(b))))
	h.Write(b)
}

// FromForm reads a map of attributes from a query-protocol form: entries with
// Name, Value.DataType, Value.StringValue and Value.BinaryValue (base64).
func FromForm(f query.Form, prefix string) (map[string]Value, error) {
	attributes := map[string]Value{}
	for _, entry := range f.Structures(prefix) {
		v := Value{DataType: entry.Get("Value.DataType")}
		if text, ok := entry["Value.StringValue"]; ok {
			v.StringValue = &text[0]
		}
		if text := entry.Get("Value.BinaryValue"); text != "" {
			b, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				return nil, fmt.Errorf("The message attribute '%s' is not base64: %w", entry.Get("Name"), err)
			}
			v.BinaryValue = b
		}
		attributes[entry.Get("Name")] = v
	}
	return attributes, nil
}
