package query

import (
	"crypto/md5"  //nolint:gosec // $hash offers MD5; what it is used for is the author's choice
	"crypto/sha1" //nolint:gosec // $hash offers SHA-1
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"sync"

	"github.com/google/uuid"
	"github.com/recolabs/gnata"
)

// maxRange is how many elements $range may make (States.ArrayRange's limit).
const maxRange = 1000

// functions returns what differs from gnata's library, by name: the functions
// that Step Functions adds, the ones of gnata's that behave unlike
// jsonata-js's, and, as nil, the ones that Step Functions does not have.
//
// Source: "Transforming data with JSONata in Step Functions", AWS Step
// Functions Developer Guide; jsonata-js 2.x.
var functions = sync.OnceValue(func() map[string]any {
	env := gnata.NewCustomEnv(map[string]gnata.CustomFunc{
		"partition": partition,
		"range":     numberRange,
		"hash":      hash,
		"random":    random,
		"uuid":      newUUID,
		"parse":     parse,
	})
	all := map[string]any{"eval": nil, "flatten": nil, "values": nil}
	for _, name := range []string{"partition", "range", "hash", "random", "uuid", "parse"} {
		all[name], _ = env.LookupDirect(name)
	}
	filter, _ := env.LookupDirect("filter")
	all["filter"] = adapt(filter, unwrapSingle)
	match, _ := env.LookupDirect("match")
	all["match"] = adapt(match, renameStart)
	return all
})

// adapt returns a function of the same (internal) type as fn whose result goes
// through change. All of gnata's functions return (any, error).
func adapt(fn any, change func(any) any) any {
	v := reflect.ValueOf(fn)
	return reflect.MakeFunc(v.Type(), func(args []reflect.Value) []reflect.Value {
		out := v.Call(args)
		if !out[1].IsNil() {
			return out
		}
		result := change(out[0].Interface())
		out[0] = reflect.New(out[0].Type()).Elem()
		if result != nil {
			out[0].Set(reflect.ValueOf(result))
		}
		return out
	}).Interface()
}

// unwrapSingle: jsonata-js's $filter yields a sequence, so one match is the
// value and not an array of it.
func unwrapSingle(v any) any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		return list[0]
	}
	return v
}

// renameStart: a match of jsonata-js has index where gnata's has start and end.
func renameStart(v any) any {
	switch v := gnata.NormalizeValue(v).(type) { // unwraps gnata's sequence
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = renameStart(item)
		}
		return out
	case map[string]any:
		if start, ok := v["start"]; ok {
			return map[string]any{"match": v["match"], "index": start, "groups": v["groups"]}
		}
	}
	return v
}

// partition splits an array into arrays of size elements; the last may be
// shorter.
func partition(args []any, _ any) (any, error) {
	if len(args) != 2 {
		return nil, errors.New("$partition takes an array and a size")
	}
	if args[0] == nil {
		return nil, nil
	}
	list, ok := args[0].([]any)
	if !ok {
		list = []any{args[0]} // a sequence of one, unwrapped on its way here
	}
	size, ok := integer(args[1])
	if !ok || size < 1 {
		return nil, errors.New("$partition: the size must be a positive integer")
	}
	out := []any{}
	for len(list) > 0 {
		n := min(int(size), len(list))
		out = append(out, restoreNulls(list[:n]))
		list = list[n:]
	}
	return out, nil
}

// numberRange is $range(first, last, step), both ends included.
func numberRange(args []any, _ any) (any, error) {
	if len(args) != 3 {
		return nil, errors.New("$range takes a first value, a last value and a step")
	}
	var n [3]float64
	for i, arg := range args {
		v, ok := integer(arg)
		if !ok {
			return nil, errors.New("$range: the arguments must be numbers")
		}
		n[i] = v
	}
	first, last, step := n[0], n[1], n[2]
	if step == 0 {
		return nil, errors.New("$range: the step must not be 0")
	}
	count := math.Floor((last-first)/step) + 1
	if count > maxRange {
		return nil, fmt.Errorf("$range: at most %d elements, not %.0f", maxRange, count)
	}
	out := []any{}
	for i := 0.0; i < count; i++ {
		out = append(out, first+i*step)
	}
	return out, nil
}

func hash(args []any, _ any) (any, error) {
	if len(args) != 2 {
		return nil, errors.New("$hash takes the content and an algorithm")
	}
	content, ok := args[0].(string)
	if !ok {
		return nil, errors.New("$hash: the content must be a string")
	}
	data := []byte(content)
	switch args[1] {
	case "MD5":
		sum := md5.Sum(data) //nolint:gosec // see the import
		return hex.EncodeToString(sum[:]), nil
	case "SHA-1":
		sum := sha1.Sum(data) //nolint:gosec // see the import
		return hex.EncodeToString(sum[:]), nil
	case "SHA-256":
		sum := sha256.Sum256(data)
		return hex.EncodeToString(sum[:]), nil
	case "SHA-384":
		sum := sha512.Sum384(data)
		return hex.EncodeToString(sum[:]), nil
	case "SHA-512":
		sum := sha512.Sum512(data)
		return hex.EncodeToString(sum[:]), nil
	}
	return nil, errors.New("$hash: the algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512")
}

// random yields 0 <= n < 1. The same seed gives the same number, though not
// the number that AWS gives for it.
func random(args []any, _ any) (any, error) {
	if len(args) == 0 {
		return rand.Float64(), nil //nolint:gosec // not for secrets, as on AWS
	}
	seed, ok := integer(args[0])
	if !ok {
		return nil, errors.New("$random: the seed must be a number")
	}
	return rand.New(rand.NewPCG(uint64(int64(seed)), 0)).Float64(), nil //nolint:gosec // as above
}

func newUUID([]any, any) (any, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return nil, fmt.Errorf("$uuid: %w", err)
	}
	return id.String(), nil
}

func parse(args []any, _ any) (any, error) {
	if len(args) != 1 {
		return nil, errors.New("$parse takes a string")
	}
	if args[0] == nil {
		return nil, nil
	}
	text, ok := args[0].(string)
	if !ok {
		return nil, errors.New("$parse: the argument must be a string")
	}
	if !json.Valid([]byte(text)) {
		return nil, errors.New("$parse: the string is not JSON")
	}
	return Decode(json.RawMessage(text))
}

// integer rounds a number as AWS's intrinsic functions do.
func integer(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return math.Round(n), true
	case json.Number:
		f, err := n.Float64()
		return math.Round(f), err == nil
	}
	return 0, false
}

// restoreNulls undoes what gnata does to the arguments of custom functions: a
// nil inside a container was null, and would now count as undefined.
func restoreNulls(v any) any {
	switch v := v.(type) {
	case nil:
		null, _ := gnata.DecodeJSON(json.RawMessage("null")) // cannot fail
		return null
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = restoreNulls(item)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = restoreNulls(item)
		}
		return out
	}
	return v
}
