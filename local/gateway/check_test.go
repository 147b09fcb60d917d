package gateway_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/gateway"
)

// TestNewRefuses breaks the description in one place at a time and expects the
// problem with the path to it.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	integration := func(change func(*gateway.Integration)) func(*gateway.API) {
		return func(a *gateway.API) { change(&a.Routes[0].Integration) }
	}
	const at = "route POST /process"
	for _, test := range []struct {
		change func(*gateway.API)
		want   []string
	}{
		{func(a *gateway.API) { a.StageName = "" }, []string{"StageName: it is empty"}},
		{func(a *gateway.API) { a.Routes[0].Method = "FETCH" }, []string{"route FETCH /process", "ANY"}},
		{func(a *gateway.API) { a.Routes[0].Path = "process" }, []string{"not a resource path"}},
		{func(a *gateway.API) { a.Routes[1].Path = "/x/{a+}/b" }, []string{"not a resource path"}},
		{func(a *gateway.API) {
			a.Routes = append(a.Routes, a.Routes[1])
			a.Routes[len(a.Routes)-1].Path = "/executions/{other}"
		}, []string{"the same requests as GET /executions/{executionId}"}},
		{func(a *gateway.API) { a.Routes[0].Authorization = "CUSTOM" }, []string{at + ": Authorization", `"CUSTOM" is not supported`}},
		{func(a *gateway.API) { a.Routes[0].Authorization = "AWS_IAM" }, []string{"needs Options.AuthorizeRequest"}},
		{func(a *gateway.API) { a.Routes[0].APIKeyRequired, a.UsagePlans = true, nil }, []string{at + ": APIKeyRequired"}},
		{func(a *gateway.API) { a.Routes[0].RequestParameters["method.request.cookie.x"] = true }, []string{"method.request.cookie.x"}},
		{func(a *gateway.API) { a.Routes[0].RequestModels["application/json"] = "Absent" }, []string{`there is no model "Absent"`}},
		{func(a *gateway.API) { a.Models["ProcessRequest"] = json.RawMessage(`{"type":"objekt"}`) }, []string{"model ProcessRequest"}},
		{func(a *gateway.API) { a.Models["ProcessRequest"] = json.RawMessage(`{`) }, []string{"model ProcessRequest", "not JSON"}},
		{func(a *gateway.API) {
			a.Models["ProcessRequest"] = json.RawMessage(`{"$schema":"https://json-schema.org/draft/2020-12/schema"}`)
		}, []string{"draft 4"}},
		{func(a *gateway.API) {
			a.Models["ProcessRequest"] = json.RawMessage(`{"$ref":"file:///etc/passwd"}`)
		}, []string{"is not a model of this API"}},
		{func(a *gateway.API) { delete(a.Routes[0].Responses, "409") }, []string{"Responses[1].StatusCode: 409 is not declared"}},
		{func(a *gateway.API) { a.GatewayResponses["NOPE"] = gateway.GatewayResponse{} }, []string{"GatewayResponses[NOPE]"}},
		{func(a *gateway.API) {
			a.GatewayResponses["THROTTLED"] = gateway.GatewayResponse{StatusCode: "9", ResponseTemplates: map[string]string{"application/json": "$util.escapeJavaScript($context.nope)"}, ResponseParameters: map[string]string{"gatewayresponse.header.X": "method.request.body"}}
		}, []string{`"9" is not a status code`, "not VTL: $util", "no variable $context.nope", "cannot map the body"}},
		{func(a *gateway.API) { a.AccessLogFormat = "$context.status $context.nope" }, []string{"$context.nope", "requires $context.requestId"}},
		{integration(func(i *gateway.Integration) { i.Type = "HTTP_PROXY" }), []string{at + ": Integration.Type", "HTTP_PROXY"}},
		{integration(func(i *gateway.Integration) { i.URI = "arn:aws:apigateway:eu-west-1:s3:path/b" }), []string{"Integration.URI"}},
		{integration(func(i *gateway.Integration) { i.HTTPMethod = "GET" }), []string{"Integration.HTTPMethod"}},
		{integration(func(i *gateway.Integration) { i.CredentialsARN = "" }), []string{"Integration.CredentialsARN"}},
		{integration(func(i *gateway.Integration) { i.PassthroughBehavior = "ALWAYS" }), []string{"Integration.PassthroughBehavior"}},
		{integration(func(i *gateway.Integration) { i.Timeout = 30 * time.Second }), []string{"Integration.Timeout", "29s"}},
		{integration(func(i *gateway.Integration) { i.RequestTemplates["application/json"] = "a\n#if($x)" }), []string{"RequestTemplates[application/json]", "line 2, column 1: #if without #end"}},
		{integration(func(i *gateway.Integration) { i.RequestParameters["integration.request.querystring.x"] = "'y'" }), []string{"only integration.request.header.x"}},
		{integration(func(i *gateway.Integration) {
			i.RequestParameters["integration.request.header.Authorization"] = "'y'"
		}), []string{"does not let this header be mapped"}},
		{integration(func(i *gateway.Integration) {
			i.RequestParameters["integration.request.header.X"] = "method.request.header.Undeclared"
		}), []string{"Undeclared is not declared"}},
		{integration(func(i *gateway.Integration) { i.RequestParameters["integration.request.header.X"] = "plain" }), []string{`"plain" is not a mapping expression`}},
		{integration(func(i *gateway.Integration) { i.Responses = nil }), []string{"Integration.Responses: there is none"}},
		{integration(func(i *gateway.Integration) { i.Responses[1].SelectionPattern = "" }), []string{"only one can be the default"}},
		{integration(func(i *gateway.Integration) { i.Responses[1].SelectionPattern = "(" }), []string{"Responses[1].SelectionPattern"}},
		{integration(func(i *gateway.Integration) { i.Responses[0].ResponseTemplates["text/plain"] = "#set(" }), []string{"Responses[0].ResponseTemplates[text/plain]"}},
		{integration(func(i *gateway.Integration) {
			i.Responses[0].ResponseParameters["method.response.header.Undeclared"] = "'x'"
		}), []string{"not declared in the method response 202"}},
		{func(a *gateway.API) {
			a.Routes[0].Integration.Type = "HTTP"
			a.Routes[1].Authorization = ""
		}, []string{"Integration.Type", "route GET /executions/{executionId}: Authorization"}},
	} {
		description := api()
		// Leave out what needs options.
		description.Routes = description.Routes[:len(description.Routes)-2]
		if _, err := gateway.New(description, &backend{}, gateway.Options{}); err != nil {
			t.Fatalf("the description is not right to begin with: %v", err)
		}
		test.change(&description)
		_, err := gateway.New(description, &backend{}, gateway.Options{})
		if err == nil {
			t.Errorf("accepted; want %q", test.want)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %v\nwant …%s…", err, want)
			}
		}
	}
}

func TestModelsReferToEachOther(t *testing.T) {
	t.Parallel()
	description := api()
	description.Models["Key"] = json.RawMessage(`{"type":"string","maxLength":3}`)
	description.Models["ProcessRequest"] = json.RawMessage(`{"properties":{"key":{"$ref":"https://apigateway.amazonaws.com/restapis/abc123/models/Key"}}}`)
	a := send(t, description, &backend{}, "POST", "/process?source=s", `{"key":"long"}`, nil)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "too long (length: 4, maximum allowed: 3)") {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

// TestErrorsJoined holds that a caller can walk all problems.
func TestErrorsJoined(t *testing.T) {
	t.Parallel()
	_, err := gateway.New(gateway.API{}, nil, gateway.Options{})
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) || len(joined.Unwrap()) != 2 {
		t.Errorf("got %v", err)
	}
}
