package vtl_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/pixline/pixline/local/gateway/vtl"
)

// TestVelocity renders every template of testdata/velocity17.txt and expects
// what Apache Velocity 1.7 rendered.
func TestVelocity(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/velocity17.txt")
	if err != nil {
		t.Fatal(err)
	}
	var prelude string
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSuffix(line, "\n")
		if p, ok := strings.CutPrefix(line, "prelude: "); ok {
			prelude = p
			continue
		}
		source, want, ok := strings.Cut(line, "   =>   ")
		if !ok {
			continue // the file's own comments
		}
		source = strings.NewReplacer(`\n`, "\n", `\t`, "\t").Replace(source)
		got := "[" + strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(render(t, prelude+source, vtl.Data{})) + "]"
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}

// TestInput holds what only API Gateway's variables do, beyond the oracle's
// corpus.
func TestInput(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, template, body, want string }{
		{"an empty body reads as {}", `$input.body $input.json('$')`, ``, `{} {}`},
		{"keys keep their order", `$input.json('$')`, `{"z":1, "a":[1, {"y":null,"b":false}]}`, `{"z":1,"a":[1,{"y":null,"b":false}]}`},
		{"strings are escaped only where JSON asks for it", `$input.json('$.s')`, `{"s":"<é&'😀\u2028\\u2028\n\u0001/>"}`, `"<é&'😀` + "\u2028" + `\\u2028\n\u0001/>"`},
		{"a list prints as JSON, a map as Java", `$input.path('$.l') $input.path('$.m')`, `{"l":[{"a":"b"}],"m":{"k":[1,"x"],"n":{"o":1}}}`, `[{"a":"b"}] {k=[1,"x"], n={o=1}}`},
		{"doubles print as in Java", `$input.path('$.a') $input.path('$.b') $input.path('$.c') $input.path('$.d')`, `{"a":1.50,"b":1e10,"c":0.0001,"d":12345678901234567890}`, `1.5 1.0E10 1.0E-4 12345678901234567890`},
		{"what is absent is an empty string", `[$input.path('$.x.y')] $input.json('$.x')`, `{}`, `[] ""`},
		{"a null has no value", `$input.path('$.x') [$!input.path('$.x')] $input.json('$.x')`, `{"x":null}`, `$input.path('$.x') [] null`},
		{"paths", `$input.json("$['a b'][0].c") $input.json('$..c') $input.json("$['a b'][*].c") $input.json("$['a b'][-1].c")`, `{"a b":[{"c":1},{"c":2}]}`, `1 [1,2] [1,2] 2`},
		{"escapeJavaScript as in Commons Lang", `$util.escapeJavaScript($input.path('$'))`, `"it's \"q\" \\ / é😀\u0001\b\f\r\n\t\u007f"`, `it\'s \"q\" \\ \/ \u00E9\uD83D\uDE00\u0001\b\f\r\n\t` + "\x7f"},
		{"headers without regard to case", `$input.params('idempotency-key') $input.params().header.get('IDEMPOTENCY-KEY')`, ``, `k k`},
		{"path before query before header", `$input.params('both')`, ``, `path`},
		{"an override is left in the context", `#set($context.responseOverride.header.X-Id = "a")$context.responseOverride.header.X-Id`, ``, `a`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := render(t, test.template, vtl.Data{
				Body: test.body, Path: map[string]string{"both": "path"}, Query: map[string]string{"both": "query"},
				Header:  map[string]string{"Idempotency-Key": "k", "both": "header"},
				Context: vtl.NewMap().Set("responseOverride", vtl.NewMap().Set("header", vtl.NewMap())).Freeze(),
			})
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		template     string
		line, column int
		message      string
	}{
		{"a\n  #if($x)", 2, 3, "#if without #end"},
		{"#if($x)\n#else\n", 2, 1, "#else without #end"},
		{"x\ny#end", 2, 2, "#end without #if"},
		{"#foreach($x of $y)#end", 1, 13, "needs in"},
		{"#set($x 1)", 1, 9, "needs ="},
		{"#set($x = )", 1, 11, "expected a value"},
		{"#set($x.y() = 1)", 1, 6, "result of a method"},
		{"#set($x = 1 -1)", 1, 13, "put a space after -"},
		{"#set($x = null)", 1, 11, "expected a value"},
		{"\n#set($x = \"a$y.b(\")", 2, 18, "expected a value"},
		{"#set($x = 'a)", 1, 11, "no closing '"},
		{"${x", 1, 4, "needs }"},
		{"$x.y($z + 1)", 1, 9, "#set the value first"},
		{"$x[1", 1, 5, "needs ]"},
		{"a #* b", 1, 3, "no *#"},
		{"a #macro(m)#end", 1, 3, "#macro is not supported"},
		{"a #foo(1)", 1, 3, "#foo is not supported"},
		{"$util.toJson($x)", 1, 1, "$util has no function toJson"},
		{"$input.param('x')", 1, 1, "$input has no function param"},
		{"#if" + strings.Repeat("(", 500), 1, 0, "nested more than"},
		{strings.Repeat("x", vtl.MaxSize+1), 1, 1, "API Gateway accepts"},
	} {
		_, err := vtl.Parse(test.template)
		var syntax *vtl.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(syntax.Message, test.message) || syntax.Line != test.line || test.column > 0 && syntax.Column != test.column {
			t.Errorf("%.40q: got %v, want line %d, column %d: …%s…", test.template, err, test.line, test.column, test.message)
		}
	}
}

func TestRenderErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		template, body string
		message        string
		is             error
	}{
		{template: `a $input.body.foo()`, message: "String has no method foo"},
		{template: `#set($l = [1])$l.sort()`, message: "List has no method sort"},
		{template: `#set($n = 1)$n.foo()`, message: "Integer has no method foo"},
		{template: `#set($l = [1])$l[1]`, message: "out of the list's 1 items"},
		{template: `#set($s = 'a')$s.substring(2)`, message: "begin 2, end 1, length 1"},
		{template: `#set($s = 'a')$s.replaceAll('a')`, message: "replaceAll takes [string string]"},
		{template: `#set($s = 'a')$s.replaceAll('(?=a)', '')`, message: "not supported"},
		{template: `#set($s = 'a')$s.replaceAll('a', '$1')`, message: "no group 1"},
		{template: `#set($s = 'a')$s.replaceAll('[a&&b]', '')`, message: "class within a class"},
		{template: `$input.json('$.a[?(@.b)]')`, message: "JSONPath"},
		{template: `$input.json('$')`, body: `{"a":`, message: "the body is not valid JSON", is: vtl.ErrInvalidJSON},
		{template: `$util.parseJson('x')`, message: "not valid JSON", is: vtl.ErrInvalidJSON},
		{template: `#set($context.requestId = 'x')`, message: "cannot be changed"},
		{template: `#set($context = 1)`, message: "API Gateway's own"},
		{template: `#set($absent.x = 1)`, message: "nothing can be set in it"},
		{template: `#foreach($i in [1..1001])$i#end`, message: "at most 1000 times"},
		{template: `#set($l = [1..900])#foreach($i in $l)#foreach($j in $l)$j#end#end`, message: "iterate too often"},
		{template: `#set($x = 'aaaaaaaaaa')#foreach($i in [1..30])#set($x = "$x$x")#end`, message: "longer than"},
		{template: `#set($x = 9223372036854775807 + 1)`, message: "64 bits"},
	} {
		template, err := vtl.Parse(test.template)
		if err != nil {
			t.Errorf("%q: %v", test.template, err)
			continue
		}
		_, err = template.Render(vtl.Data{Body: test.body, Context: vtl.NewMap().Set("requestId", "r").Freeze()})
		var placed *vtl.RenderError
		if !errors.As(err, &placed) || placed.Line != 1 || !strings.Contains(err.Error(), test.message) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%q: got %v, want …%s…", test.template, err, test.message)
		}
	}
}

// FuzzParse holds that no template and no body make the engine panic.
func FuzzParse(f *testing.F) {
	for _, template := range corpus {
		f.Add(template, `{"s":"a","list":[1,2.5,null]}`)
	}
	f.Add(`#set($m = {})#set($m.a = $m)$m`, ``)
	f.Add(`\\\$x \#if "$s.replaceAll("(a)","$1")" #[[ $x ]]# ${x.y[0]}`, `[[[`)
	f.Fuzz(func(t *testing.T, source, body string) {
		template, err := vtl.Parse(source)
		if err != nil {
			var syntax *vtl.SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 {
				t.Fatalf("%q: %v has no place", source, err)
			}
			return
		}
		if text, err := template.Render(vtl.Data{Body: body, Context: vtl.NewMap()}); err == nil && len(text) > vtl.MaxOutput {
			t.Fatalf("%q: %d bytes", source, len(text))
		}
	})
}
