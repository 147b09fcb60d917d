package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"mime"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

const defaultType = "application/json"

// mediaType is the request's content type without its parameters; without one
// it is application/json.
func (x *exchange) mediaType() string {
	value := x.header("Content-Type")
	if value == "" {
		return defaultType
	}
	if parsed, _, err := mime.ParseMediaType(value); err == nil {
		return parsed
	}
	return value
}

// validate is the request validator: required parameters first, then the body.
func (x *exchange) validate() *fault {
	r := x.route
	if r.ValidateParameters {
		var missing []string
		for _, name := range r.required {
			from := source{}
			from.kind, from.name, _ = strings.Cut(strings.TrimPrefix(name, fromRequest), ".")
			// Sources of these three kinds do not fail.
			if value, _, _ := x.mapped(from, message{header: x.header}); strings.TrimSpace(value) == "" {
				missing = append(missing, from.name)
			}
		}
		if len(missing) > 0 {
			text := fmt.Sprintf("Missing required request parameters: [%s]", strings.Join(missing, ", "))
			return &fault{kind: badRequestParameters, message: text, validation: text}
		}
	}
	if !r.ValidateBody {
		return nil
	}
	// Without a model for the content type the body is not validated; $default
	// is the model for all that have none.
	model := r.models[x.mediaType()]
	if model == nil {
		model = r.models["$default"]
	}
	if model == nil {
		return nil
	}
	body := x.body
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return &fault{kind: badRequestBody, validation: "[instance failed to match: the body is not JSON]", cause: err}
	}
	if err := model.Validate(value); err != nil {
		return &fault{kind: badRequestBody, validation: describe(err), cause: err}
	}
	return nil
}

// describe lists what is wrong in the form of $context.error.validationErrorString:
// [object has missing required properties (["key"])].
func describe(err error) string {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return "[" + err.Error() + "]"
	}
	var problems []string
	collect(invalid, &problems)
	return "[" + strings.Join(problems, ", ") + "]"
}

func collect(e *jsonschema.ValidationError, to *[]string) {
	for _, cause := range e.Causes {
		collect(cause, to)
	}
	if len(e.Causes) == 0 {
		*to = append(*to, sentence(e))
	}
}

// sentence words a problem as the validator of API Gateway does.
func sentence(e *jsonschema.ValidationError) string {
	list := func(names []string) string { return literal(slices.Sorted(slices.Values(names))) }
	number := func(r *big.Rat) string {
		if r.IsInt() {
			return r.Num().String()
		}
		return r.FloatString(6)
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return "object has missing required properties (" + list(k.Missing) + ")"
	case *kind.AdditionalProperties:
		return "object instance has properties which are not allowed by the schema: " + list(k.Properties)
	case *kind.Type:
		return fmt.Sprintf("instance type (%s) does not match any allowed primitive type (allowed: %s)", k.Got, list(k.Want))
	case *kind.MinLength:
		return fmt.Sprintf("string is too short (length: %d, required minimum: %d)", k.Got, k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("string is too long (length: %d, maximum allowed: %d)", k.Got, k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("array is too short: must have at least %d elements but instance has %d elements", k.Want, k.Got)
	case *kind.UniqueItems:
		return "array must not contain duplicate elements"
	case *kind.Enum:
		return fmt.Sprintf("instance value (%s) not found in enum (possible values: %s)", literal(k.Got), literal(k.Want))
	case *kind.Pattern:
		return fmt.Sprintf("ECMA 262 regex %q does not match input string %q", k.Want, k.Got)
	case *kind.Minimum:
		return fmt.Sprintf("numeric instance is lower than the required minimum (minimum: %s, found: %s)", number(k.Want), number(k.Got))
	case *kind.Maximum:
		return fmt.Sprintf("numeric instance is greater than the required maximum (maximum: %s, found: %s)", number(k.Want), number(k.Got))
	}
	return strings.ReplaceAll(e.Error(), "\n", " ")
}

// literal is a value as JSON.
func literal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v) // what JSON was read into has no way to fail
	}
	return string(b)
}
