package pipeline_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	apiMethod   = "aws:apigateway/method:Method"
	apiResponse = "aws:apigateway/response:Response"
	apiPolicy   = "aws:apigateway/restApiPolicy:RestApiPolicy"
)

// deployAPI runs the program with a value of the key api.
func deployAPI(t *testing.T, api string) (*recorder, pulumi.Map) {
	t.Helper()
	r := &recorder{api: api, change: func(kind, name string, state resource.PropertyMap) {
		if kind == "aws:apigateway/restApi:RestApi" {
			state["executionArn"] = resource.NewStringProperty("arn:api")
		}
	}}
	return r, deploy(t, r)
}

// of gives the resources of a kind by their names.
func (r *recorder) of(kind string) map[string]resource.PropertyMap {
	found := map[string]resource.PropertyMap{}
	for _, d := range r.resources {
		if d.kind == kind {
			found[d.name] = d.inputs
		}
	}
	return found
}

// policyLines reads a policy: effect, actions, resources and condition of each.
func policyLines(t *testing.T, policy resource.PropertyValue) []string {
	t.Helper()
	var document struct {
		Statement []struct {
			Effect, Sid      string
			Principal        any
			Action, Resource any
			Condition        map[string]any
		}
	}
	if err := json.Unmarshal([]byte(policy.StringValue()), &document); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, s := range document.Statement {
		line := fmt.Sprint(s.Effect, " ", s.Principal, " ", s.Action, " ", s.Resource)
		if s.Condition != nil {
			line += fmt.Sprint(" ", s.Condition)
		}
		list = append(list, line)
	}
	return list
}

// TestAuth: each way to know the callers is on every method, and the outputs say
// what a caller needs.
func TestAuth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		auth, authorization string
		key                 bool
		outputs             []string // beside those of every stack
	}{
		{"none", "NONE", false, nil},
		{"iam", "AWS_IAM", false, []string{"invokePolicyArn"}},
		{"apiKey", "NONE", true, []string{"apiKey"}},
	} {
		r, outputs := deployAPI(t, `{"auth": "`+c.auth+`", "corsOrigins": ["https://a.example"], "quotaPerDay": `+map[bool]string{true: "1000", false: "0"}[c.key]+`}`)
		methods := r.of(apiMethod)
		for name, m := range methods {
			authorization, key := c.authorization, c.key
			if strings.HasSuffix(name, "-preflight") { // a browser sends it without credentials
				authorization, key = "NONE", false
			}
			required := m["apiKeyRequired"]
			if m["authorization"].StringValue() != authorization || (required.IsBool() && required.BoolValue()) != key {
				t.Errorf("%s: %s has authorization %v and key %v", c.auth, name, m["authorization"], required)
			}
		}
		if len(methods) != 4 {
			t.Errorf("%s: %d methods, want two and their preflights", c.auth, len(methods))
		}
		var names []string
		for name := range outputs {
			if slices.Contains([]string{"apiKey", "invokePolicyArn"}, name) {
				names = append(names, name)
			}
		}
		if !slices.Equal(names, c.outputs) {
			t.Errorf("%s: the outputs for callers are %v, want %v", c.auth, names, c.outputs)
		}
		keys, plans, members, policies := r.of("aws:apigateway/apiKey:ApiKey"), r.of("aws:apigateway/usagePlan:UsagePlan"), r.of("aws:apigateway/usagePlanKey:UsagePlanKey"), r.of("aws:iam/policy:Policy")
		if has := len(keys) == 1 && len(plans) == 1 && len(members) == 1; has != c.key {
			t.Errorf("%s: keys %v, plans %v, keys in plans %v", c.auth, keys, plans, members)
		}
		switch c.auth {
		case "iam":
			want := []string{"Allow <nil> [execute-api:Invoke] [arn:api/v1/POST/process arn:api/v1/GET/executions/*]"}
			if diff := cmp.Diff(want, policyLines(t, policies["api-invoke"]["policy"])); diff != "" {
				t.Errorf("the policy for callers (-want +got)\n%s", diff)
			}
		case "apiKey":
			if output, ok := outputs["apiKey"].(pulumi.Output); !ok || !pulumi.IsSecret(output) {
				t.Error("the output apiKey is no secret: it would stand in the state in clear text")
			}
			if _, given := keys["api"]["value"]; given {
				t.Error("the program gives the key's value, which AWS is to make up")
			}
			want := `map[apiStages:[map[apiId:api-id stage:v1]] quotaSettings:map[limit:1000 period:DAY] throttleSettings:map[burstLimit:200 rateLimit:100]]`
			plan := plans["api"].Mappable()
			delete(plan, "tags")
			if got := fmt.Sprint(plan); got != want {
				t.Errorf("the usage plan is %s, want %s", got, want)
			}
		}
	}
}

// TestAddressPolicy: other addresses are denied, and no one is let in that
// would not be without the policy.
func TestAddressPolicy(t *testing.T) {
	t.Parallel()
	const (
		deny      = "Deny * [execute-api:Invoke] arn:api/* map[NotIpAddress:map[aws:SourceIp:[203.0.113.0/24 2001:db8::/32]]]"
		nobody    = "Deny * [execute-api:Invoke] arn:api/* map[IpAddress:map[aws:SourceIp:[255.255.255.255/32]]]"
		everyone  = "Allow * [execute-api:Invoke] arn:api/*"
		preflight = "Allow * [execute-api:Invoke] arn:api/*/OPTIONS/*"
	)
	const cidrs = `"allowedCidrs": ["203.0.113.0/24", "2001:db8::/32"]`
	for api, want := range map[string][]string{
		`{"auth": "none"}`:                  {nobody, everyone},
		`{"auth": "iam"}`:                   {nobody},
		`{"auth": "none", ` + cidrs + `}`:   {deny, everyone},
		`{"auth": "apiKey", ` + cidrs + `}`: {deny, everyone},
		`{"auth": "iam", ` + cidrs + `}`:    {deny},
		`{"auth": "iam", "corsOrigins": ["https://a.example"], ` + cidrs + `}`:     {deny, preflight},
		`{"auth": "apiKey", "corsOrigins": ["https://a.example"],  ` + cidrs + `}`: {deny, everyone},
	} {
		r, _ := deployAPI(t, api)
		var got []string
		for _, p := range r.of(apiPolicy) {
			got = append(got, policyLines(t, p["policy"])...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", api, diff)
		}
	}
}

// responseTypes are all that API Gateway may answer with by itself.
// Source: API Gateway API Reference, "GatewayResponse".
var responseTypes = map[string]string{
	"ACCESS_DENIED": "4", "API_CONFIGURATION_ERROR": "5", "AUTHORIZER_CONFIGURATION_ERROR": "5", "AUTHORIZER_FAILURE": "5",
	"BAD_REQUEST_BODY": "4", "BAD_REQUEST_PARAMETERS": "4", "EXPIRED_TOKEN": "4", "INTEGRATION_FAILURE": "5", "INTEGRATION_TIMEOUT": "5",
	"INVALID_API_KEY": "4", "INVALID_SIGNATURE": "4", "MISSING_AUTHENTICATION_TOKEN": "4", "QUOTA_EXCEEDED": "4", "REQUEST_TOO_LARGE": "4",
	"RESOURCE_NOT_FOUND": "4", "THROTTLED": "4", "UNAUTHORIZED": "4", "UNSUPPORTED_MEDIA_TYPE": "4", "WAF_FILTERED": "4",
}

var contextVariable = regexp.MustCompile(`\$context\.error\.(\w+)`)

// TestEveryRefusalIsJSON: whatever API Gateway answers by itself has the API's
// form of an error, and a page of a configured site can read it.
func TestEveryRefusalIsJSON(t *testing.T) {
	t.Parallel()
	for api, origin := range map[string]string{
		`{}`:                                        "",
		`{"auth": "iam", "corsOrigins": ["*"]}`:     "'*'",
		`{"corsOrigins": ["https://a.example"]}`:    "'https://a.example'",
		`{"corsOrigins": ["http://a", "http://b"]}`: "'*'",
	} {
		r, _ := deployAPI(t, api)
		responses := map[string]resource.PropertyMap{}
		for _, p := range r.of(apiResponse) {
			responses[p["responseType"].StringValue()] = p
		}
		for kind, family := range responseTypes {
			p, own := responses[kind]
			if !own {
				p = responses["DEFAULT_"+family+"XX"]
			}
			if own && !strings.HasPrefix(p["statusCode"].StringValue(), family) {
				t.Errorf("%s: %s has the status %v", api, kind, p["statusCode"])
			}
			text := contextVariable.ReplaceAllStringFunc(p["responseTemplates"].ObjectValue()["application/json"].StringValue(), func(v string) string {
				if strings.HasSuffix(v, ".messageString") { // with its quotes
					return `"why"`
				}
				return "why"
			})
			var document struct {
				Error struct{ Code, Message string }
			}
			if err := json.Unmarshal([]byte(text), &document); err != nil || document.Error.Code == "" || document.Error.Message == "" {
				t.Errorf("%s: %s answers %s: %v", api, kind, text, err)
			}
			got := ""
			if parameters := p["responseParameters"]; parameters.IsObject() {
				got = parameters.ObjectValue()["gatewayresponse.header.Access-Control-Allow-Origin"].StringValue()
			}
			if got != origin {
				t.Errorf("%s: %s allows the origin %q, want %q", api, kind, got, origin)
			}
		}
		for kind := range responses {
			if responseTypes[kind] == "" && !strings.HasPrefix(kind, "DEFAULT_") {
				t.Errorf("API Gateway has no response %s", kind)
			}
		}
	}
}
