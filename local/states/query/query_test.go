package query

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// values is a Scope of fixed variables.
type values map[string]string

func (v values) Lookup(name string) (any, bool) {
	raw, ok := v[name]
	if !ok {
		return nil, false
	}
	value, err := Decode(json.RawMessage(raw))
	return value, err == nil
}

var scope = values{
	"states": `{"input":{"a":[1],"n":null,"e":[],"o":{},"big":12345678901234567890,"s":"<é😀>&",
		"l":[{"k":1,"v":[]},{"k":2}],"one":[{"k":1,"w":[5]}],"m":[{"t":["a"]},{"t":["b","c"]}]}}`,
	"x": `7`,
}

func eval(t *testing.T, source string) (string, error) {
	t.Helper()
	e, err := Compile(source)
	if err != nil {
		return "", err
	}
	out, err := e.Eval(t.Context(), scope, "Output")
	return string(out), err
}

// The results are jsonata-js 2.2.2's, except in the block at the end.
func TestExpressions(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`$states.input.a`:                      `[1]`,
		`$states.input.n`:                      `null`,
		`$states.input.e`:                      `[]`,
		`$states.input.o`:                      `{}`,
		`$states.input.big`:                    `12345678901234567890`,
		`$states.input.s`:                      `"<é😀>&"`,
		`$x + 1`:                               `8`,
		`0.1 + 0.2`:                            `0.30000000000000004`,
		`-0`:                                   `0`,
		`1e21`:                                 `1e+21`,
		`$states.input.l[k=1]`:                 `{"k":1,"v":[]}`,
		`[$states.input.l[k=1]]`:               `[{"k":1,"v":[]}]`,
		`[$states.input.l[k=3]]`:               `[]`,
		`$states.input.l.k`:                    `[1,2]`,
		`$states.input.one.k`:                  `1`,
		`$states.input.m.t`:                    `["a","b","c"]`,
		`[1..3].{'x': $}`:                      `[{"x":1},{"x":2},{"x":3}]`,
		`$map([1], function($v) {$v + 1})`:     `2`,
		`$filter([1,2], function($v){$v>1})`:   `2`,
		`$filter([1,2,3], function($v){$v>1})`: `[2,3]`,
		`$filter($states.input.l, function($v){$v.k=1})[]`:      `[{"k":1,"v":[]}]`,
		`[$filter($states.input.l, function($v){$v.k=1})]`:      `[{"k":1,"v":[]}]`,
		`$count($filter([1,2], function($v){$v>1}))`:            `1`,
		`$match('abc', /b/)`:                                    `{"groups":[],"index":1,"match":"b"}`,
		`$merge([$states.input.o, {'x': null, 'y': $nope}])`:    `{"x":null}`,
		`$partition([1,null,{'a':null}], 2)`:                    `[[1,null],[{"a":null}]]`,
		`$range(0, 10, 5)`:                                      `[0,5,10]`,
		`$range(3, 1, -1)`:                                      `[3,2,1]`,
		`$hash('input data', 'SHA-1')`:                          `"aaff4a450a104cd177d28d18d74485e8cae074b7"`,
		`$random(7) = $random(7) and $random() < 1`:             `true`,
		`$match($uuid(), /^[0-9a-f-]{36}$/).match ~> $length()`: `36`,
		`$parse('{"a": [null, 9007199254740993]}')`:             `{"a":[null,9007199254740993]}`,
		"$contains('$eval($$)', '$$') /* $eval */":              `true`,

		// gnata alone; the package comment names these.
		`$states.input.one.w`: `5`,
		`$distinct([1,1])`:    `1`,
	} {
		got, err := eval(t, source)
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", source, got, err, want)
		}
	}
}

func TestExpressionsThatFail(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`$states.input.absent`:                  "returned nothing (undefined)",
		`absent`:                                "returned nothing (undefined)",
		`$`:                                     "returned nothing (undefined)",
		`'a' + 1`:                               "threw an error",
		`$flatten([1])`:                         "threw an error", // gnata's own, unknown on AWS
		`function($v){$v}`:                      "not JSON",
		`{'f': $sum}`:                           "not JSON",
		`1/0`:                                   "not JSON",
		`$error('no')`:                          "threw an error",
		`$range(1, 5000, 1)`:                    "at most 1000",
		`$partition([1], 0)`:                    "positive integer",
		`$parse('{')`:                           "not JSON",
		`$hash('a', 'CRC')`:                     "algorithm",
		`($f := function($n){$f($n+1)}; $f(0))`: "threw an error",
	} {
		_, err := eval(t, source)
		var failed *Error
		if !errors.As(err, &failed) || failed.Field != "Output" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v; want an evaluation error with %q", source, err, want)
		}
	}
	for _, source := range []string{"", "1 +", "$eval('1')", "$$.a", "$x ~> $eval"} {
		if _, err := Compile(source); err == nil {
			t.Errorf("%q: compiles", source)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, err := Compile("1 + 1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Eval(ctx, scope, "Output"); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: got %v", err)
	}
}

func TestScan(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]references{
		`$a.$b & '$c' & "$d" & $e[$f > 1]`:              {names: []string{"a", "b", "e", "f"}},
		`$match($a, /$b'/) & $c`:                        {names: []string{"match", "a", "c"}},
		`$a / $b / $c`:                                  {names: []string{"a", "b", "c"}},
		"`$q`.x /* $r */ $s":                            {names: []string{"s"}},
		`$states . input.x & $states.errorOutput.Error`: {names: []string{"states"}, states: []string{"input", "errorOutput"}},
		`$string($states)`:                              {names: []string{"string", "states"}, states: statesFields},
		`($größe := 1; $größe)`:                         {names: []string{"größe"}},
		`$statesman.result`:                             {names: []string{"statesman"}},
	} {
		if diff := cmp.Diff(want, scan(source), cmp.AllowUnexported(references{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", source, diff)
		}
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	tpl := ParseTemplate(json.RawMessage(`{"a":"{% $x %}","b":["{% $x %} ", " {%$x%}", {"c":"{%$states.input.a%}"}], "<é>":{}}`),
		func(path string, err error) { t.Errorf("%s: %v", path, err) })
	got, err := tpl.Eval(t.Context(), scope, "Output")
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"a":7,"b":["{% $x %} "," {%$x%}",{"c":[1]}],"<é>":{}}`; compact(t, got) != want {
		t.Errorf("got %s, want %s", got, want)
	}

	var problems []string
	ParseTemplate(json.RawMessage(`{"a":[1,{"b":"{% 1 + %}"}],"c":{"d":1,"d":2}}`),
		func(path string, _ error) { problems = append(problems, path) })
	if diff := cmp.Diff([]string{".a[1].b", ".c"}, problems); diff != "" {
		t.Errorf("problems (-want +got)\n%s", diff)
	}

	bad := ParseTemplate(json.RawMessage(`{"a":[1,{"b":"{% $nope %}"}]}`), func(string, error) {})
	var failed *Error
	if _, err := bad.Eval(t.Context(), scope, "Output"); !errors.As(err, &failed) || failed.Field != "Output/a[1]/b" {
		t.Errorf("got %v", err)
	}
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return strings.ReplaceAll(string(raw), ", ", ",")
}

// Whatever JSON goes through an expression untouched comes out equal.
func TestValuesSurvive(t *testing.T) {
	t.Parallel()
	e, err := Compile("{'v': $v, 'l': [$v, null]}")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		want := document(3).Draw(rt, "v")
		raw, err := json.Marshal(want)
		if err != nil {
			rt.Fatal(err)
		}
		out, err := e.Eval(t.Context(), values{"v": string(raw)}, "Output")
		if err != nil {
			rt.Fatal(err)
		}
		var got struct {
			V any   `json:"v"`
			L []any `json:"l"`
		}
		dec := json.NewDecoder(strings.NewReader(string(out)))
		dec.UseNumber()
		if err := dec.Decode(&got); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want, got.V); diff != "" {
			rt.Fatalf("(-want +got)\n%s", diff)
		}
	})
}

// document draws a JSON value as encoding/json decodes it with UseNumber.
func document(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 5
		if depth > 0 {
			kinds = 7
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return rapid.Bool().Draw(t, "bool")
		case 2:
			return strings.ToValidUTF8(rapid.String().Draw(t, "string"), "")
		case 3:
			return json.Number(rapid.StringMatching(`-?[1-9][0-9]{0,25}`).Draw(t, "integer"))
		case 4:
			return json.Number(rapid.StringMatching(`-?(0|[1-9][0-9]{0,3})\.[0-9]{1,9}(e[+-]?[0-9]{1,2})?`).Draw(t, "number"))
		case 5:
			list := rapid.SliceOfN(document(depth-1), 0, 3).Draw(t, "list")
			if list == nil {
				list = []any{}
			}
			return list
		default:
			return rapid.MapOfN(rapid.String(), document(depth-1), 0, 3).Draw(t, "object")
		}
	})
}
