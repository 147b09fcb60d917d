package local

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/gateway"
	"github.com/pixline/pixline/local/gateway/vtl"
	"github.com/pixline/pixline/local/gateway/vtl/oracle"
	"github.com/pixline/pixline/local/graph"
)

const requestID = "0c8e1f0a-6f0f-4a3a-9d3c-1d2e3f405162"

// rendering is a mapping template of the API, what it is given, and what it
// must say.
type rendering struct {
	name     string
	template string
	body     string
	header   map[string]string
	path     map[string]string

	want       map[string]any // the JSON document
	wantStatus int            // that the template sets; 0: it sets none

	javaNumbers bool // its text is not velocityjs's, only its meaning
}

// TestTemplates renders every mapping template of the API as it is deployed.
func TestTemplates(t *testing.T) {
	t.Parallel()
	for name, api := range servedAPIs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkTemplates(t, api)
		})
	}
}

// servedAPIs are that of the dev stack, and the same for pages of other sites,
// whose templates do more.
func servedAPIs(t *testing.T) map[string]gateway.API {
	t.Helper()
	apis := map[string]gateway.API{}
	for name, configuration := range map[string]string{
		"dev": "", "pages of two sites": `{"corsOrigins": ["https://a.example", "https://b.example"]}`, "pages of all sites": `{"corsOrigins": ["*"]}`,
	} {
		o := graph.Options{Root: root, Stack: "dev", APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"}
		if configuration != "" {
			o.Configuration = map[string]string{"pixline:api": configuration}
		}
		g, err := graph.Evaluate(o)
		if err != nil {
			t.Fatal(err)
		}
		if apis[name], err = restAPI(g); err != nil {
			t.Fatal(err)
		}
	}
	return apis
}

func checkTemplates(t *testing.T, api gateway.API) {
	cases := renderings(t, api)
	t.Run("meaning", func(t *testing.T) {
		t.Parallel()
		for _, c := range cases {
			text, status := c.render(t)
			var got map[string]any
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Errorf("%s: %v in\n%s", c.name, err, text)
				continue
			}
			if input, ok := got["input"].(string); ok { // JSON in JSON
				got["input"] = decoded(t, input)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got)\n%s", c.name, diff)
			}
			if status != c.wantStatus {
				t.Errorf("%s: the template sets the status %d, want %d", c.name, status, c.wantStatus)
			}
		}
	})
	t.Run("complete", func(t *testing.T) {
		t.Parallel()
		rendered := map[string]bool{}
		for _, c := range cases {
			rendered[c.template] = true
		}
		for where, template := range mappingTemplates(api) {
			if !rendered[template] {
				t.Errorf("%s: no case renders the template", where)
			}
		}
	})
	t.Run("oracle", func(t *testing.T) {
		t.Parallel()
		oracle.Need(t)
		agreed := slices.DeleteFunc(slices.Clone(cases), func(c rendering) bool { return c.javaNumbers })
		var asked []oracle.Case
		for _, c := range agreed {
			asked = append(asked, oracle.Case{
				Template: c.template, Body: c.body, Params: oracle.Params{Header: c.header, Path: c.path},
				Context: map[string]any{"requestId": requestID, "responseOverride": map[string]any{"header": map[string]any{}}},
			})
		}
		want, err := oracle.Render(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range agreed {
			text, _ := c.render(t)
			if diff := cmp.Diff(want[i], text); diff != "" {
				t.Errorf("%s: velocityjs and the local gateway differ (-velocityjs +local)\n%s", c.name, diff)
			}
		}
	})
}

func (c rendering) render(t *testing.T) (text string, status int) {
	t.Helper()
	template, err := vtl.Parse(c.template)
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	override := vtl.NewMap().Set("header", vtl.NewMap())
	text, err = template.Render(vtl.Data{
		Body: c.body, Header: c.header, Path: c.path,
		Context: vtl.NewMap().Set("requestId", requestID).Set("responseOverride", override).Freeze(),
	})
	if err != nil {
		t.Fatalf("%s: %v", c.name, err)
	}
	if set, ok := override.Get("status").(int64); ok {
		status = int(set)
	}
	return text, status
}

func decoded(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%v in %s", err, text)
	}
	return v
}

// mappingTemplates are all of the API's, by where they are.
func mappingTemplates(api gateway.API) map[string]string {
	all := map[string]string{}
	for _, r := range api.Routes {
		for kind, template := range r.Integration.RequestTemplates {
			all[r.Method+" "+r.Path+" request "+kind] = template
		}
		for _, answer := range r.Integration.Responses {
			for kind, template := range answer.ResponseTemplates {
				all[r.Method+" "+r.Path+" "+answer.StatusCode+" "+kind] = template
			}
		}
	}
	return all
}

// What a template may use: Velocity 1.7's directives, the functions of "Mapping
// template reference" in the API Gateway Developer Guide, and methods of
// java.lang.String that every Java has. $input.params().header is a map.
var (
	directives = []string{"set", "if", "elseif", "else", "end", "foreach"}
	accessors  = []string{"input.path", "input.json", "input.params", "util.escapeJavaScript"}
	variables  = []string{
		"context.requestId", "context.responseOverride.status",
		"context.responseOverride.header.Access-Control-Allow-Origin", "context.responseOverride.header.Vary",
	}
	methods = []string{"endsWith", "equalsIgnoreCase", "header.get", "header.keySet", "lastIndexOf", "matches", "replaceAll", "substring"}

	directive = regexp.MustCompile(`#\{?([a-z]+)`)
	reference = regexp.MustCompile(`\$!?\{?([A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z][A-Za-z-]*)*)(\(?)`)
	assigned  = regexp.MustCompile(`#(?:set|foreach)\(\$([a-z]+) (?:=|in)`)
	chained   = regexp.MustCompile(`\)\.([A-Za-z.]+)`)
	literal   = regexp.MustCompile(`'[^']*'`) // '$.status' is a path, no reference
)

// TestTemplatesAreVelocity17 holds the templates to what API Gateway has.
func TestTemplatesAreVelocity17(t *testing.T) {
	t.Parallel()
	for _, api := range servedAPIs(t) {
		for where, template := range mappingTemplates(api) {
			for _, problem := range beyondVelocity17(template) {
				t.Errorf("%s: %s\n%s", where, problem, template)
			}
		}
	}
	for template, want := range map[string]string{
		`#evaluate('$x')`:                        "#evaluate",
		`$util.toJson($input.path('$'))`:         "util.toJson",
		`$input.body`:                            "input.body",
		`#set($s = $input.path('$'))$s.strip()`:  "strip",
		`$nope`:                                  "nope",
		`$util.escapeJavaScript('').formatted()`: "formatted",
	} {
		if problems := beyondVelocity17(template); len(problems) == 0 || !strings.Contains(problems[0], want) {
			t.Errorf("%s: %v, want %s", template, problems, want)
		}
	}
}

// beyondVelocity17 lists what a template uses that is in none of the lists.
func beyondVelocity17(template string) []string {
	var problems []string
	template = literal.ReplaceAllString(template, "''")
	for _, m := range directive.FindAllStringSubmatch(template, -1) {
		if !slices.Contains(directives, m[1]) {
			problems = append(problems, "the directive #"+m[1])
		}
	}
	var local []string
	for _, m := range assigned.FindAllStringSubmatch(template, -1) {
		local = append(local, m[1])
	}
	for _, m := range reference.FindAllStringSubmatch(template, -1) {
		name, call := m[1], m[2] != ""
		root, method, _ := strings.Cut(name, ".")
		switch {
		case slices.Contains(local, root) && (method == "" || call && slices.Contains(methods, method)):
		case call && slices.Contains(accessors, name), slices.Contains(variables, name):
		default:
			problems = append(problems, "the reference $"+name)
		}
	}
	for _, m := range chained.FindAllStringSubmatch(template, -1) {
		if !slices.Contains(methods, m[1]) {
			problems = append(problems, "the method "+m[1])
		}
	}
	return problems
}

// TestGatewayResponseTemplates fills in what API Gateway fills in, with texts
// that are as bad as they get.
func TestGatewayResponseTemplates(t *testing.T) {
	t.Parallel()
	api, err := restAPI(devGraph(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(api.GatewayResponses) == 0 {
		t.Fatal("the API declares no gateway responses")
	}
	const bad = `a "quoted" \ text`
	fill := strings.NewReplacer(
		"$context.error.messageString", strconv.Quote(bad),
		// Escaped, without the quotes around it.
		"$context.error.validationErrorString", strings.Trim(strconv.Quote(bad), `"`),
	)
	for kind, r := range api.GatewayResponses {
		for _, template := range r.ResponseTemplates {
			text := fill.Replace(template)
			var got struct {
				Error struct{ Code, Message string }
			}
			if err := json.Unmarshal([]byte(text), &got); err != nil || got.Error.Code == "" || got.Error.Message == "" || strings.Contains(text, "$context") {
				t.Errorf("%s: %s is not the error document: %v", kind, text, err)
			}
		}
	}
	// What has no value is logged as a bare "-".
	line := regexp.MustCompile(`\$context(\.[A-Za-z]+)+`).ReplaceAllString(api.AccessLogFormat, "-")
	if !json.Valid([]byte(line)) {
		t.Errorf("a line of the access log is not JSON where variables have no value: %s", line)
	}
}

func devGraph(t *testing.T) *graph.Graph {
	t.Helper()
	g, err := graph.Evaluate(graph.Options{Root: root, Stack: "dev", APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}
