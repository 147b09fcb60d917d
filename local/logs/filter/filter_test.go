package filter

import (
	"strings"
	"testing"

	"github.com/pixline/pixline/local/awsapi"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const line = `{"status": "403", "n": 75.5, "ok": true, "gone": null, "path": "/v1/a b", "dash-ed": 1, "caller": {"id": "x\"y"}, "list": [{"k": "v"}, 2], "Odd Name": "*"}`
	for pattern, want := range map[string]bool{
		"": true, "403 path": true, "403 -path": false, `"a b"`: true, "?zzz ?caller": true, "?zzz ?yyy": false,

		`{ $.status = "403" }`: true, `{ $.status = "4*" }`: true, `{$.status="5*"}`: false, `{ $.status = 4* }`: true, `{ $.status != "5*" }`: true,
		`{ $.status = 403 }`: false, // a text is no number
		`{ $.n > 75 }`:       true, `{ $.n >= 75.5 && $.n <= 7.55e1 }`: true, `{ $.n < 75.5 }`: false, `{ $.n = 75.5 }`: true, `{ $.n != 75.5 }`: false, `{ $.n = 7* }`: true,
		`{ $.ok IS TRUE }`: true, `{ $.ok IS FALSE }`: false, `{ $.gone IS NULL }`: true, `{ $.gone NOT EXISTS }`: false, `{ $.none NOT EXISTS }`: true, `{ $.none IS NULL }`: false,
		`{ $.none != "x" }`: false, `{ $.caller = "*" }`: false, `{ $.caller != "x" }`: false,
		`{ $.caller.id = "x\"y" }`: true, `{ $.list[0].k = v }`: true, `{ $.list[1] = 2 }`: true, `{ $.list[2] = 2 }`: false, `{ $.list.k = v }`: false,
		`{ $.dash-ed = 1 }`: true, `{ $.['Odd Name'] = * }`: true, `{ $.path = %^/v[0-9]/% }`: true, `{ $.path = %^v% }`: false, `{ $.path = "/v1/a b" }`: true,
		`{ ($.status = "4*") && (($.n < 5) || ($.ok IS TRUE)) }`: true,
		// && binds closer.
		`{ $.ok IS TRUE || $.ok IS TRUE && $.n < 5 }`: true, `{ ($.ok IS TRUE || $.ok IS TRUE) && $.n < 5 }`: false,
	} {
		matches, err := Parse(pattern)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
		} else if matches(line) != want {
			t.Errorf("%s matches: %v", pattern, !want)
		}
	}
	if matches, err := Parse(`{ $.x NOT EXISTS }`); err != nil || matches("plain text") || matches("403 plain text") {
		t.Errorf("a pattern of JSON matches plain text, %v", err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		strings.Repeat("(", 1025): "may have 1024", `"open`: "not closed", `[ip, user]`: "space-delimited", `%a%`: "regular expressions on their own", `{ $.a = 1`: "does not end in }",
		`{ }`: "a selector such as $.status", `{ a = 1 }`: `not "a"`, `{ $.a }`: "after $.a follows", `{ $.a IS THERE }`: "after $.a follows", `{ $.a = }`: "a value is expected",
		`{ $.a > x }`: "compares numbers", `{ ($.a = 1 }`: "a bracket is not closed", `{ $.a = 1 $.b = 2 }`: "is too much", `{ $.a = %[% }`: "missing closing ]", `{ $.a = "x }`: "is not understood",
	} {
		_, err := Parse(pattern)
		if e := awsapi.As(err); err == nil || e.Code != "InvalidParameterException" || !strings.Contains(e.Message, want) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
