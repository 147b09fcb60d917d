package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/gateway"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	startTemplate = `{"name":"#if($input.params('Idempotency-Key') != '')$input.params('Idempotency-Key')#else$context.requestId#end","input":"$util.escapeJavaScript($input.json('$')).replaceAll("\\'","'")"}`
	okTemplate    = `#set($r = $input.path('$')){"executionArn":"$r.executionArn","statusUrl":"/executions/$r.executionArn.split(':')[7]"}`
	getTemplate   = `{"executionArn":"arn:$stageVariables.machine:$input.params('executionId')"}`
	foundTemplate = `#if($input.path('$.status') == 'GONE')#set($context.responseOverride.status = 410)#set($context.responseOverride.header.X-Gone = "yes")#end{"status":$input.json('$.status'),"path":"$context.path"}`
	badTemplate   = `{"error":{"code":"invalid_request","message":$context.error.messageString,"detail":"$context.error.validationErrorString"},"id":"$context.requestId","type":"$context.error.responseType","stage":"${context.stage}"}`
	model         = `{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","additionalProperties":false,"required":["bucket","key"],"properties":{"bucket":{"type":"string"},"key":{"type":"string","minLength":1}}}`
)

// api is like the pipeline's own API.
func api() gateway.API {
	return gateway.API{
		ID: "abc123", Name: "pixline", StageName: "dev", StageVariables: map[string]string{"machine": "m"},
		UsagePlans:      []gateway.UsagePlan{{Keys: []string{"sesame"}}},
		Models:          map[string]json.RawMessage{"ProcessRequest": json.RawMessage(model)},
		AccessLogFormat: `{"id":"$context.requestId","status":"$context.status","path":"$context.resourcePath","ip":"$context.identity.sourceIp","backend":"$context.integration.status","error":"$context.error.responseType","bytes":"$context.responseLength","who":"$context.authorizer.principalId"}`,
		Routes: []gateway.Route{
			{
				Method: "POST", Path: "/process", Authorization: "NONE", ValidateBody: true, ValidateParameters: true,
				RequestModels:     map[string]string{"application/json": "ProcessRequest"},
				RequestParameters: map[string]bool{"method.request.header.Idempotency-Key": false, "method.request.querystring.source": true},
				Responses: map[string]gateway.MethodResponse{
					"202": {StatusCode: "202", Parameters: map[string]bool{"method.response.header.X-Backend": true, "method.response.header.Cache-Control": true, "method.response.header.X-Arn": true}},
					"409": {StatusCode: "409"}, "502": {StatusCode: "502"},
				},
				Integration: gateway.Integration{
					Type: "AWS", URI: "arn:aws:apigateway:eu-west-1:states:action/StartExecution", HTTPMethod: "POST",
					CredentialsARN: "arn:aws:iam::000000000000:role/api", PassthroughBehavior: "NEVER", Timeout: time.Second,
					RequestTemplates:  map[string]string{"application/json": startTemplate},
					RequestParameters: map[string]string{"integration.request.header.X-Key": "method.request.header.Idempotency-Key", "integration.request.header.X-Bucket": "method.request.body.bucket", "integration.request.header.X-Stage": "context.stage"},
					Responses: []gateway.IntegrationResponse{
						{StatusCode: "202", ResponseTemplates: map[string]string{"application/json": okTemplate, "text/plain": "ok"}, ResponseParameters: map[string]string{
							"method.response.header.X-Backend": "integration.response.header.X-Id", "method.response.header.Cache-Control": "'no-store'", "method.response.header.X-Arn": "integration.response.body.executionArn",
						}},
						{StatusCode: "409", SelectionPattern: "400", ResponseTemplates: map[string]string{"application/json": `{"error":"$input.path('$.__type')"}`}},
						{StatusCode: "502", SelectionPattern: `5\d{2}`},
					},
				},
			},
			{
				Method: "GET", Path: "/executions/{executionId}", Authorization: "NONE",
				Responses: map[string]gateway.MethodResponse{"200": {StatusCode: "200"}},
				Integration: gateway.Integration{
					Type: "AWS", URI: "arn:aws:apigateway:eu-west-1:states:action/DescribeExecution", HTTPMethod: "POST", CredentialsARN: "arn:aws:iam::000000000000:role/api",
					RequestTemplates: map[string]string{"application/json": getTemplate},
					Responses:        []gateway.IntegrationResponse{{StatusCode: "200", SelectionPattern: "2..", ResponseTemplates: map[string]string{"application/json": foundTemplate}}},
				},
			},
			mock("OPTIONS", "/process", `{"statusCode": 200}`),
			mock("GET", "/executions/latest", `{"statusCode": 200}`),
			mock("ANY", "/any/{proxy+}", `{"statusCode": 200}`),
			mock("GET", "/broken", `{"status": 200}`),
			signed(mock("GET", "/signed/{id}", `{"statusCode": 200}`)),
			keyed(mock("GET", "/keyed", `{"statusCode": 200}`)),
		},
		GatewayResponses: map[string]gateway.GatewayResponse{
			"BAD_REQUEST_BODY":  {StatusCode: "422", ResponseTemplates: map[string]string{"application/json": badTemplate}, ResponseParameters: map[string]string{"gatewayresponse.header.X-Source": "method.request.querystring.source", "gatewayresponse.header.X-Static": "'s'"}},
			"REQUEST_TOO_LARGE": {StatusCode: "400"},
			"DEFAULT_5XX":       {ResponseTemplates: map[string]string{"application/json": `{"oops":$context.error.messageString}`}},
		},
	}
}

func mock(method, path, template string) gateway.Route {
	return gateway.Route{
		Method: method, Path: path, Authorization: "NONE",
		Responses: map[string]gateway.MethodResponse{"200": {StatusCode: "200"}},
		Integration: gateway.Integration{
			Type: "MOCK", RequestTemplates: map[string]string{"application/json": template},
			Responses: []gateway.IntegrationResponse{{StatusCode: "200", ResponseTemplates: map[string]string{"application/json": `$context.resourcePath $input.params().path $input.params('q')`}}},
		},
	}
}

func signed(r gateway.Route) gateway.Route { r.Authorization = "AWS_IAM"; return r }
func keyed(r gateway.Route) gateway.Route  { r.APIKeyRequired = true; return r }

// backend answers as told and keeps what it was called with.
type backend struct {
	status  int
	header  http.Header
	body    string
	err     error
	hang    bool
	mu      sync.Mutex
	call    string
	sent    string
	headers http.Header
}

func (b *backend) Do(ctx context.Context, credentialsARN, service, action string, header http.Header, body []byte) (int, http.Header, []byte, error) {
	b.mu.Lock()
	b.call, b.sent, b.headers = strings.Join([]string{credentialsARN, service, action}, " "), string(body), header.Clone()
	b.mu.Unlock()
	if b.hang {
		<-ctx.Done()
		return 0, nil, nil, ctx.Err()
	}
	return b.status, b.header, []byte(b.body), b.err
}

type answer struct {
	status  int
	header  http.Header
	body    string
	log     string
	seen    gateway.Observation
	entries int
}

// send serves one request by a gateway of its own, over HTTP.
func send(t *testing.T, description gateway.API, b gateway.Backend, method, path, body string, header map[string]string) answer {
	t.Helper()
	var a answer
	done := make(chan struct{}, 1)
	g, err := gateway.New(description, b, gateway.Options{
		AccountID: "000000000000", Region: "eu-west-1",
		AuthorizeRequest: func(_ *http.Request, _ []byte, arn string) error {
			switch arn {
			case "arn:aws:execute-api:eu-west-1:000000000000:abc123/dev/GET/signed/ok":
				return nil
			case "arn:aws:execute-api:eu-west-1:000000000000:abc123/dev/GET/signed/forged":
				return awsapi.Errorf(http.StatusForbidden, "InvalidSignatureException", "the signature does not match")
			}
			return awsapi.Errorf(http.StatusForbidden, "AccessDeniedException", "not authorized to perform execute-api:Invoke on %s", arn)
		},
		AccessLog: func(line string) { a.log = line; a.entries++ },
		Observe:   func(o gateway.Observation) { a.seen = o; done <- struct{}{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(g)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	client := server.Client()
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	a.status, a.header, a.body = response.StatusCode, response.Header, string(text)
	return a
}

const valid = `{"bucket":"b","key":"it's"}`

func TestAnswers(t *testing.T) {
	t.Parallel()
	started := backend{status: 200, header: http.Header{"X-Id": {"b-1"}}, body: `{"executionArn":"arn:aws:states:eu-west-1:0:execution:m:e-1"}`}
	for _, test := range []struct {
		name, method, path, body string
		header                   map[string]string
		backend                  *backend
		status                   int
		want                     string            // the whole body
		part                     string            // or a part of it
		headers                  map[string]string // of the answer
		cause                    string            // part of Observation.Err
	}{
		{
			name: "started", method: "POST", path: "/process?source=s", body: valid, status: 202,
			want:    `{"executionArn":"arn:aws:states:eu-west-1:0:execution:m:e-1","statusUrl":"/executions/e-1"}`,
			headers: map[string]string{"X-Backend": "b-1", "Cache-Control": "no-store", "X-Arn": "arn:aws:states:eu-west-1:0:execution:m:e-1", "Content-Type": "application/json", "X-Amzn-Errortype": ""},
		},
		{name: "template by Accept", method: "POST", path: "/process?source=s", body: valid, header: map[string]string{"Accept": "text/plain"}, status: 202, want: "ok", headers: map[string]string{"Content-Type": "text/plain"}},
		{name: "Accept without template", method: "POST", path: "/process?source=s", body: valid, header: map[string]string{"Accept": "*/*"}, status: 202, part: "statusUrl"},
		{name: "content type with charset", method: "POST", path: "/process?source=s", body: valid, header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, status: 202, part: "e-1"},
		{name: "selected by the backend's status", method: "POST", path: "/process?source=s", body: valid, backend: &backend{status: 400, body: `{"__type":"ExecutionAlreadyExists"}`}, status: 409, want: `{"error":"ExecutionAlreadyExists"}`},
		{name: "the pattern matches the whole status", method: "POST", path: "/process?source=s", body: valid, backend: &backend{status: 503, body: `busy`}, status: 502, want: `busy`},
		{name: "required parameter", method: "POST", path: "/process", body: valid, status: 400, want: `{"message":"Missing required request parameters: [source]"}`, headers: map[string]string{"X-Amzn-Errortype": "BadRequestException"}, cause: "BAD_REQUEST_PARAMETERS"},
		{name: "blank parameter", method: "POST", path: "/process?source=+", body: valid, status: 400, part: "[source]", cause: "BAD_REQUEST_PARAMETERS"},
		{
			name: "invalid body", method: "POST", path: "/process?source=s", body: `{"bucket":1}`, status: 422,
			part:    `{"error":{"code":"invalid_request","message":"Invalid request body","detail":"[object has missing required properties ([\"key\"]), instance type (number) does not match any allowed primitive type (allowed: [\"string\"])]"},"id":"`,
			headers: map[string]string{"X-Source": "s", "X-Static": "s"}, cause: "BAD_REQUEST_BODY",
		},
		{name: "additional property", method: "POST", path: "/process?source=s", body: `{"bucket":"b","key":"k","x":1}`, status: 422, part: `not allowed by the schema: [\"x\"]`, cause: "additional"},
		{name: "malformed JSON", method: "POST", path: "/process?source=s", body: `{"bucket`, status: 422, part: `"type":"BAD_REQUEST_BODY","stage":"dev"}`, cause: "EOF"},
		{name: "empty body", method: "POST", path: "/process?source=s", status: 422, part: `[\"bucket\",\"key\"]`, cause: "BAD_REQUEST_BODY"},
		{name: "no model and no template for the type", method: "POST", path: "/process?source=s", body: `x`, header: map[string]string{"Content-Type": "text/xml"}, status: 415, want: `{"message":"Unsupported Media Type"}`, cause: "text/xml"},
		{name: "too large, its status configured", method: "POST", path: "/process?source=s", body: strings.Repeat(" ", 10<<20+1), status: 400, want: `{"message":"Request Too Long"}`, cause: "REQUEST_TOO_LARGE"},
		{name: "of exactly the limit", method: "POST", path: "/process?source=s", body: valid + strings.Repeat(" ", 10<<20-len(valid)), status: 202, part: "e-1"},
		{name: "unknown route", method: "GET", path: "/nope", status: 403, want: `{"message":"Missing Authentication Token"}`, headers: map[string]string{"X-Amzn-Errortype": "MissingAuthenticationTokenException", "Content-Type": "application/json"}, cause: "there is no GET /nope"},
		{name: "unknown method", method: "DELETE", path: "/process", status: 403, want: `{"message":"Missing Authentication Token"}`, cause: "DELETE /process"},
		{name: "HEAD is not GET", method: "HEAD", path: "/executions/e-1", status: 403, cause: "HEAD"},
		{name: "timeout", method: "POST", path: "/process?source=s", body: valid, backend: &backend{hang: true}, status: 504, want: `{"oops":"Endpoint request timed out"}`, headers: map[string]string{"X-Amzn-Errortype": "InternalServerErrorException"}, cause: "states:StartExecution did not answer within 1s"},
		{name: "backend out of reach", method: "POST", path: "/process?source=s", body: valid, backend: &backend{err: errors.New("refused")}, status: 504, want: `{"oops":"Network error communicating with endpoint"}`, cause: "refused"},
		{name: "no response for the status", method: "GET", path: "/executions/e-1", backend: &backend{status: 400, body: `{"__type":"X"}`}, status: 500, want: `{"oops":"Internal server error"}`, cause: `status code 400`},
		{name: "path parameter", method: "GET", path: "/executions/a%20b%2Fc", backend: &backend{status: 200, body: `{"status":"RUNNING"}`}, status: 200, want: `{"status":"RUNNING","path":"/dev/executions/a%20b%2Fc"}`},
		{name: "override", method: "GET", path: "/executions/e-1", backend: &backend{status: 200, body: `{"status":"GONE"}`}, status: 410, part: `GONE`, headers: map[string]string{"X-Gone": "yes"}},
		{name: "the backend's body is not JSON", method: "GET", path: "/executions/e-1", backend: &backend{status: 200, body: `<html>`}, status: 500, part: "Internal server error", cause: "not valid JSON"},
		{name: "OPTIONS by mock", method: "OPTIONS", path: "/process/?q=1&q=2", status: 200, want: "/process {} 2"},
		{name: "literal before parameter", method: "GET", path: "/executions/latest", status: 200, want: "/executions/latest {} "},
		{name: "ANY and the rest of the path", method: "PUT", path: "/any/a/b%2Bc", status: 200, want: "/any/{proxy+} {proxy=a/b+c} "},
		{name: "no ANY for what is no method of API Gateway", method: "TRACE", path: "/any/a", status: 403, cause: "TRACE"},
		{name: "mock without status", method: "GET", path: "/broken", status: 500, part: "Internal server error", cause: "statusCode"},
		{name: "unsigned", method: "GET", path: "/signed/ok", status: 403, want: `{"message":"Missing Authentication Token"}`, cause: "not signed"},
		{name: "signed", method: "GET", path: "/signed/ok", header: map[string]string{"Authorization": "AWS4-HMAC-SHA256 …"}, status: 200, part: "id=ok"},
		{name: "denied", method: "GET", path: "/signed/other", header: map[string]string{"Authorization": "x"}, status: 403, want: `{"message":"not authorized to perform execute-api:Invoke on arn:aws:execute-api:eu-west-1:000000000000:abc123/dev/GET/signed/other"}`, headers: map[string]string{"X-Amzn-Errortype": "AccessDeniedException"}, cause: "ACCESS_DENIED"},
		{name: "forged", method: "GET", path: "/signed/forged", header: map[string]string{"Authorization": "x"}, status: 403, part: "does not match", headers: map[string]string{"X-Amzn-Errortype": "InvalidSignatureException"}, cause: "INVALID_SIGNATURE"},
		{name: "no API key", method: "GET", path: "/keyed", status: 403, want: `{"message":"Forbidden"}`, headers: map[string]string{"X-Amzn-Errortype": "ForbiddenException"}, cause: "INVALID_API_KEY"},
		{name: "API key", method: "GET", path: "/keyed", header: map[string]string{"x-api-key": "sesame"}, status: 200, part: "/keyed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := test.backend
			if b == nil {
				b = &backend{status: started.status, header: started.header, body: started.body}
			}
			a := send(t, api(), b, test.method, test.path, test.body, test.header)
			if a.status != test.status || test.want != "" && a.body != test.want || !strings.Contains(a.body, test.part) {
				t.Errorf("got %d %s\nwant %d %s%s", a.status, a.body, test.status, test.want, test.part)
			}
			for name, want := range test.headers {
				if got := a.header.Get(name); got != want {
					t.Errorf("header %s: got %q, want %q", name, got, want)
				}
			}
			if id := a.header.Get("X-Amzn-Requestid"); len(id) != 36 || a.seen.RequestID != id || !strings.HasSuffix(a.header.Get("X-Amz-Apigw-Id"), "=") || !strings.Contains(a.log, id) {
				t.Errorf("request id %q, observed %q, logged %s", id, a.seen.RequestID, a.log)
			}
			if a.entries != 1 || a.seen.Status != test.status || a.seen.Method != test.method {
				t.Errorf("%d log lines, observed %+v", a.entries, a.seen)
			}
			if (a.seen.Err == nil) != (test.cause == "") || a.seen.Err != nil && !strings.Contains(a.seen.Err.Error(), test.cause) {
				t.Errorf("observed error %v, want …%s…", a.seen.Err, test.cause)
			}
		})
	}
}

func TestIntegrationRequest(t *testing.T) {
	t.Parallel()
	b := &backend{status: 200, body: `{"executionArn":"arn:aws:states:eu-west-1:0:execution:m:e-1"}`}
	a := send(t, api(), b, "POST", "/process?source=s", valid, map[string]string{"Idempotency-Key": "k-1"})
	if want := "arn:aws:iam::000000000000:role/api states StartExecution"; b.call != want {
		t.Errorf("called %q, want %q", b.call, want)
	}
	if want := `{"name":"k-1","input":"{\"bucket\":\"b\",\"key\":\"it's\"}"}`; b.sent != want {
		t.Errorf("sent %s, want %s", b.sent, want)
	}
	for name, want := range map[string]string{"X-Key": "k-1", "X-Bucket": "b", "X-Stage": "dev", "Content-Type": "application/json", "Accept": "application/json"} {
		if got := b.headers.Get(name); got != want {
			t.Errorf("header %s: %q, want %q", name, got, want)
		}
	}
	var line map[string]string
	if err := json.Unmarshal([]byte(a.log), &line); err != nil {
		t.Fatalf("%v: %s", err, a.log)
	}
	for name, want := range map[string]string{"status": "202", "path": "/process", "ip": "127.0.0.1", "backend": "200", "error": "-", "who": "-", "bytes": "91"} {
		if line[name] != want {
			t.Errorf("access log, %s: %q, want %q", name, line[name], want)
		}
	}
}

func TestPassthrough(t *testing.T) {
	t.Parallel()
	for behavior, want := range map[string]int{"WHEN_NO_MATCH": 202, "WHEN_NO_TEMPLATES": 415, "NEVER": 415, "": 202} {
		description := api()
		description.Routes[0].Integration.PassthroughBehavior = behavior
		b := &backend{status: 200, body: `{"executionArn":"a:b:c:d:e:f:g:h"}`}
		delete(description.Routes[0].Integration.RequestParameters, "integration.request.header.X-Bucket")
		a := send(t, description, b, "POST", "/process?source=s", "<xml/>", map[string]string{"Content-Type": "text/xml"})
		if a.status != want || want == 202 && b.sent != "<xml/>" {
			t.Errorf("%q: %d, sent %q; want %d", behavior, a.status, b.sent, want)
		}
	}
}
