package vtl_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/gateway/vtl"
	"github.com/pixline/pixline/local/gateway/vtl/oracle"
)

const startExecution = `{"stateMachineArn":"arn:aws:states:eu-west-1:000000000000:stateMachine:m","name":"#if($input.params('Idempotency-Key') != '')$input.params('Idempotency-Key')#else$context.requestId#end","input":"$util.escapeJavaScript($input.json('$')).replaceAll("\\'","'")"}`

// corpus holds templates on which Velocity 1.7 and velocityjs agree; where they
// differ, TestVelocity holds the engine to Velocity.
var corpus = []string{
	`plain text, 5$, 100%, a#b, #fff, user@example.com`,
	`$nope ${nope} $!nope $!{nope}|`,
	`$input.body`,
	`$input.json('$') $input.json('$.n') $input.json('$.list') $input.json('$.obj') $input.json('$.list[1]') $input.json("$['a-b']") $input.json('$.absent')`,
	`$input.path('$.s') $input.path('$.n') $input.path('$.b') $input.path('$.obj.k') $input.path('$.list').size() $input.path('$.absent')|`,
	`$input.params('id') $input.params('q') $input.params('x-h') [$input.params('none')]`,
	`$input.params().path.id $input.params().querystring.q $input.params().header.get('X-H')`,
	`#foreach($k in $input.params().path.keySet())$k=$input.params().path.get($k)#if($foreach.hasNext),#end#end`,
	`$context.requestId $context.identity.sourceIp $stageVariables.env ${stageVariables.env}x`,
	`#set($r = $input.path('$')){"s":"$r.s","k":"$r.obj.k"}`,
	`#set($r = $input.path('$'))[#foreach($e in $r.list)"$e"#if($foreach.hasNext),#end#end]`,
	`#foreach($i in [1..4])$foreach.index/$foreach.count #end`,
	`#foreach($i in [1..5])$i#if($i == 3)#break#end#end|`,
	`#if($input.path('$.b'))yes#{else}no#end`,
	`#if($input.params('q') == 'v' && $input.params('none') == '')both#end`,
	`#if($input.path('$.n') > 2 || false)gt#end#if(!$nope)no#end`,
	`#if($input.path('$.n') == 1)one#elseif($input.path('$.n') == 3)three#{else}other#end`,
	`#set($a = 1 + 2 * 3)#set($b = (1 + 2) * 3)#set($c = 7 % 4)$a $b $c`,
	`#set($x = "v=$input.params('q') ${context.requestId}")$x`,
	`#set($x = 'no $interpolation')$x`,
	`#set($m = {"a": 1, "b": "two"})$m.a $m.b $m.get('a') $m.containsKey('b') $m.size()`,
	`#set($l = ["x", "y"])$l[0] $l.get(1) $l.size() $l.contains('x') $l`,
	"a\n#set($x = 1)\nb\n#if($x == 1)\n  c\n#else\n  d\n#end\ne\n",
	"x ## comment\ny #* block\ncomment *#z",
	`#set($s = $input.path('$.s'))$s.length() $s.substring(1) $s.substring(0,2) $s.indexOf('l') $s.lastIndexOf('l') $s.toUpperCase() $s.contains('ell') $s.startsWith('h') $s.endsWith('o') $s.replace('l','L') $s.trim() $s.isEmpty() $s.equals('hello') $s.equalsIgnoreCase('HELLO') $s.concat('!')`,
	`#set($s = $input.path('$.s'))$s.replaceAll('l+', 'L') $s.replaceAll('(h)(e)', '$2$1') $s.replaceFirst('l', 'L') $s.matches('h.*o') $s.matches('ell')`,
	`#set($s = 'a,b,c')#foreach($p in $s.split(','))[$p]#end $s.split(',').size()`,
	`$util.escapeJavaScript($input.path('$.quotes')) $util.base64Encode('hé') $util.base64Decode('aMOp') $util.urlEncode('a b&c=é*~') $util.urlDecode('a+b%26')`,
	`#set($p = $util.parseJson('{"a":{"b":[1,2]}}'))$p.a.b[1] $p.a.b.size()`,
	`#set($context.responseOverride.status = 418)$context.responseOverride.status`,
	startExecution,
}

var keys = []string{`it's`, `say "hi"`, `back\slash`, `a+b`, `a%20b`, `a b`, `café`, `😀 photo`, "line\nbreak", `/slash/`, `'";\` + "\t"}

func TestOracle(t *testing.T) {
	t.Parallel()
	oracle.Need(t)
	body := `{"s":"hello","n":3,"b":true,"nil":null,"list":["a","b"],"obj":{"k":"v","z":1},"a-b":"dash","quotes":"it's \"q\" \\ / é 😀\n"}`
	params := oracle.Params{
		Path:        map[string]string{"id": "42"},
		QueryString: map[string]string{"q": "v"},
		Header:      map[string]string{"X-H": "head", "Idempotency-Key": "key-1"},
	}
	var cases []oracle.Case
	add := func(template, body string, params oracle.Params) {
		cases = append(cases, oracle.Case{Template: template, Body: body, Params: params, StageVariables: map[string]string{"env": "dev"}, Context: map[string]any{
			"requestId": "r-1", "identity": map[string]any{"sourceIp": "127.0.0.1"}, "responseOverride": map[string]any{},
		}})
	}
	for _, template := range corpus {
		add(template, body, params)
	}
	for _, key := range keys {
		b, err := json.Marshal(map[string]string{"bucket": "b", "key": key})
		if err != nil {
			t.Fatal(err)
		}
		add(startExecution, string(b), oracle.Params{})
	}
	want, err := oracle.Render(t.Context(), cases)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range cases {
		got := render(t, c.Template, dataOf(c))
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("template %q, body %s: velocityjs and vtl differ (-velocityjs +vtl)\n%s", c.Template, c.Body, diff)
		}
	}
}

func dataOf(c oracle.Case) vtl.Data {
	return vtl.Data{
		Body: c.Body, Path: c.Params.Path, Query: c.Params.QueryString, Header: c.Params.Header, StageVariables: c.StageVariables,
		Context: vtl.NewMap().Set("requestId", "r-1").Set("identity", vtl.NewMap().Set("sourceIp", "127.0.0.1").Freeze()).
			Set("responseOverride", vtl.NewMap()).Freeze(),
	}
}

// TestStartExecutionInput holds the template to what it is for: the input that
// Step Functions reads is the request's body.
func TestStartExecutionInput(t *testing.T) {
	t.Parallel()
	for _, key := range keys {
		body, err := json.Marshal(map[string]string{"bucket": "b", "key": key})
		if err != nil {
			t.Fatal(err)
		}
		text := render(t, startExecution, vtl.Data{Body: string(body), Context: vtl.NewMap().Set("requestId", "r-1").Freeze()})
		var start struct{ Name, Input string }
		if err := json.Unmarshal([]byte(text), &start); err != nil {
			t.Errorf("key %q: %v in %s", key, err, text)
			continue
		}
		var input struct{ Bucket, Key string }
		if err := json.Unmarshal([]byte(start.Input), &input); err != nil || input.Key != key || start.Name != "r-1" {
			t.Errorf("key %q: input %s, name %q, error %v", key, start.Input, start.Name, err)
		}
	}
}

func render(t *testing.T, source string, data vtl.Data) string {
	t.Helper()
	template, err := vtl.Parse(source)
	if err != nil {
		t.Fatalf("%q: %v", source, err)
	}
	text, err := template.Render(data)
	if err != nil {
		t.Fatalf("%q: %v", source, err)
	}
	return text
}
