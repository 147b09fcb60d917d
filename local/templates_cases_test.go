package local

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pixline/pixline/local/gateway"
	"github.com/pixline/pixline/pkg/contract"
)

// hardKeys are keys of objects that break what is not escaped, or escaped twice.
var hardKeys = []string{
	"photos/cat.jpg", `it's.jpg`, `say "hi".jpg`, `back\slash.jpg`, `\u0041.jpg`, `a+b.jpg`, `a%20b.jpg`, `a b.jpg`, `café.jpg`, `😀 photo.jpg`,
	"line\nbreak.jpg", "tab\t.jpg", `$input.path('$')`, `#set($x = 1)`, `</script>&amp;`, "\u2028.jpg", `'";\`,
}

// idempotencyKeys are values of the header and the name that the execution
// gets; without one, Step Functions makes it.
var idempotencyKeys = []struct {
	header map[string]string
	name   string
}{
	{nil, ""},
	{header("order-42_A"), "order-42_A"},
	{header(strings.Repeat("k", 64)), strings.Repeat("k", 64)},
	// No name of an execution: Step Functions refuses it, and the API says 400.
	{header(""), "?"},
	{header(strings.Repeat("k", 65)), "?"},
	{header(`a b`), "?"},
	{header(`","name":"x`), "?"},
	{header(`$context.requestId`), "?"},
}

const (
	machineARN = "arn:aws:states:eu-west-1:000000000000:stateMachine:"
	startDate  = 1795445459.0
	stopDate   = 1795445460.0
)

// renderings are the cases of every template.
func renderings(t *testing.T, api gateway.API) []rendering {
	t.Helper()
	var cases []rendering
	for _, r := range api.Routes {
		if r.Method == http.MethodOptions {
			cases = append(cases, preflights(r)...)
			continue
		}
		switch r.Path {
		case contract.PathProcess:
			cases = append(cases, startRequests(t, r)...)
			cases = append(cases, startAnswers(t, r)...)
		case contract.PathExecution:
			cases = append(cases, describeRequests(t, r)...)
			cases = append(cases, describeAnswers(t, r)...)
		default:
			t.Errorf("no cases for %s %s", r.Method, r.Path)
		}
	}
	return cases
}

// preflights are what a browser asks, from a page that may call, from another,
// and from none; what differs is in the headers.
func preflights(r gateway.Route) []rendering {
	ask := r.Integration.RequestTemplates["application/json"]
	cases := []rendering{{name: "preflight " + r.Path, template: ask, want: map[string]any{"statusCode": 200.0}}}
	for _, header := range []map[string]string{{"Origin": "https://a.example"}, {"origin": "https://c.example"}, nil} {
		cases = append(cases, rendering{
			name: fmt.Sprint("preflight ", r.Path, header), template: r.Integration.Responses[0].ResponseTemplates["application/json"],
			header: header, want: map[string]any{},
		})
	}
	return cases
}

func startRequests(t *testing.T, r gateway.Route) []rendering {
	var cases []rendering
	for _, key := range hardKeys {
		for _, idempotency := range idempotencyKeys {
			for _, request := range []contract.Request{{}, {VersionID: "v.1_x"}, {Renditions: []string{"large", "square-2"}}} {
				request.Bucket, request.Key = "input", key
				body := encode(t, request)
				c := rendering{name: fmt.Sprintf("start %s %v", body, idempotency.header), template: r.Integration.RequestTemplates["application/json"], body: body, header: idempotency.header}
				want := map[string]any{"stateMachineArn": stateMachine(t, c.template), "input": decoded(t, body)}
				if idempotency.name != "" {
					want["name"] = idempotency.name
				}
				c.want = want
				cases = append(cases, c)
			}
		}
	}
	return cases
}

func startAnswers(t *testing.T, r gateway.Route) []rendering {
	arn := strings.Replace(machineARN, ":stateMachine:", ":execution:", 1) + "pixline:order-42_A"
	cases := []rendering{answerCase(t, r, http.StatusOK, map[string]any{"executionArn": arn, "startDate": startDate}, 0, map[string]any{
		"executionId": "order-42_A", "executionArn": arn, "startDate": startDate, "statusUrl": "/executions/order-42_A",
	})}
	for _, prefix := range []string{"", "com.amazonaws.swf.service.v2.model#"} { // Step Functions sends either
		exists := errorCase(t, r, http.StatusBadRequest, prefix+"ExecutionAlreadyExists", http.StatusConflict, contract.CodeExecutionExists,
			"This Idempotency-Key names an execution that has ended or has another input.")
		exists.header = header("order-42_A")
		exists.want["executionId"], exists.want["statusUrl"] = "order-42_A", "/executions/order-42_A"
		cases = append(cases, exists,
			errorCase(t, r, http.StatusBadRequest, prefix+"InvalidName", 0, contract.CodeInvalidRequest, "The header Idempotency-Key must match [A-Za-z0-9_-]{1,64}."),
			errorCase(t, r, http.StatusBadRequest, prefix+"InvalidExecutionInput", 0, contract.CodeInvalidRequest, "The body cannot be the input of an execution."),
			errorCase(t, r, http.StatusBadRequest, prefix+"ThrottlingException", http.StatusTooManyRequests, "throttled", "Too many executions. Try again later."),
			errorCase(t, r, http.StatusBadRequest, prefix+"ExecutionLimitExceeded", http.StatusTooManyRequests, "throttled", "Too many executions. Try again later."),
			errorCase(t, r, http.StatusBadRequest, prefix+"AccessDeniedException", http.StatusInternalServerError, "internal", "The execution could not be started. Request "+requestID+"."),
			errorCase(t, r, http.StatusBadRequest, prefix+"StateMachineDoesNotExist", http.StatusInternalServerError, "internal", "The execution could not be started. Request "+requestID+"."),
			errorCase(t, r, http.StatusServiceUnavailable, prefix+"ServiceUnavailable", 0, "internal", "Step Functions did not answer. Request "+requestID+"."),
		)
	}
	return append(cases, errorCase(t, r, http.StatusForbidden, "", http.StatusInternalServerError, "internal", "The execution could not be started. Request "+requestID+"."))
}

func describeRequests(t *testing.T, r gateway.Route) []rendering {
	var cases []rendering
	for _, id := range append([]string{"order-42_A", requestID}, hardKeys...) {
		c := rendering{name: "describe " + id, template: r.Integration.RequestTemplates["application/json"], body: "", path: map[string]string{"executionId": id}}
		prefix, _, _ := strings.Cut(strings.TrimPrefix(c.template, `{"executionArn": "`), "$util")
		if !strings.Contains(prefix, ":execution:pixline-dev-workflow-") {
			t.Errorf("%q is no prefix of an execution's ARN", prefix)
		}
		c.want = map[string]any{"executionArn": prefix + id}
		cases = append(cases, c)
	}
	return cases
}

func describeAnswers(t *testing.T, r gateway.Route) []rendering {
	base := func(status string, more map[string]any) map[string]any {
		d := map[string]any{"executionArn": "arn:x", "stateMachineArn": machineARN + "pixline", "name": "order-42_A", "status": status, "startDate": startDate, "input": "{}", "redriveCount": 0}
		for key, value := range more {
			d[key] = value
		}
		return d
	}
	want := func(status string, more map[string]any) map[string]any {
		d := map[string]any{"executionId": "order-42_A", "status": status, "startDate": startDate}
		if status != "RUNNING" {
			d["stopDate"] = stopDate
		}
		for key, value := range more {
			d[key] = value
		}
		return d
	}
	stopped := map[string]any{"stopDate": stopDate}
	cases := []rendering{
		answerCase(t, r, http.StatusOK, base("RUNNING", nil), 0, want("RUNNING", nil)),
		javaNumbers(answerCase(t, r, http.StatusOK, base("RUNNING", map[string]any{"startDate": 1795445459.572}), 0, want("RUNNING", map[string]any{"startDate": 1795445459.572}))),
		answerCase(t, r, http.StatusOK, base("TIMED_OUT", stopped), 0, want("TIMED_OUT", nil)),
		answerCase(t, r, http.StatusOK, base("ABORTED", stopped), 0, want("ABORTED", nil)),
		// Step Functions leaves out what an execution failed without.
		answerCase(t, r, http.StatusOK, base("FAILED", stopped), 0, want("FAILED", map[string]any{"error": "", "cause": ""})),
	}
	for _, key := range hardKeys {
		outcome := map[string]any{"status": "succeeded", "source": map[string]any{"key": key}, "renditions": []any{}}
		cases = append(cases,
			answerCase(t, r, http.StatusOK, base("SUCCEEDED", map[string]any{"stopDate": stopDate, "output": encode(t, outcome)}), 0, want("SUCCEEDED", map[string]any{"outcome": outcome})),
			answerCase(t, r, http.StatusOK, base("FAILED", map[string]any{"stopDate": stopDate, "error": "Permanent", "cause": encode(t, map[string]any{"errorMessage": key})}), 0,
				want("FAILED", map[string]any{"error": "Permanent", "cause": encode(t, map[string]any{"errorMessage": key})})),
		)
	}
	for _, e := range []struct {
		kind    string
		status  int
		code    string
		message string
	}{
		{"ExecutionDoesNotExist", http.StatusNotFound, contract.CodeExecutionNotFound, "There is no such execution."},
		{"InvalidArn", http.StatusNotFound, contract.CodeExecutionNotFound, "There is no such execution."},
		{"ValidationException", http.StatusNotFound, contract.CodeExecutionNotFound, "There is no such execution."}, // an ARN that is too long
		{"ThrottlingException", http.StatusTooManyRequests, "throttled", "Too many requests. Try again later."},
		{"AccessDeniedException", http.StatusInternalServerError, "internal", "The execution could not be read. Request " + requestID + "."},
	} {
		for _, prefix := range []string{"", "com.amazonaws.swf.service.v2.model#"} {
			cases = append(cases, errorCase(t, r, http.StatusBadRequest, prefix+e.kind, e.status, e.code, e.message))
		}
	}
	return append(cases, errorCase(t, r, http.StatusInternalServerError, "InternalFailure", 0, "internal", "Step Functions did not answer. Request "+requestID+"."))
}

// answerCase is what the API makes of Step Functions' answer. override is the
// status that the template must set, if any.
func answerCase(t *testing.T, r gateway.Route, status int, body any, override int, want map[string]any) rendering {
	t.Helper()
	c := rendering{name: r.Method + " " + strconv.Itoa(status) + " " + encode(t, body), body: encode(t, body), want: want, wantStatus: override}
	for _, answer := range r.Integration.Responses {
		if answer.SelectionPattern == "" && c.template == "" ||
			answer.SelectionPattern != "" && regexp.MustCompile("^(?:"+answer.SelectionPattern+")$").MatchString(strconv.Itoa(status)) {
			c.template = answer.ResponseTemplates["application/json"]
		}
	}
	return c
}

// javaNumbers marks a case with fractions, which API Gateway prints as Java
// does, 1.795445459572E9, and velocityjs as JavaScript.
func javaNumbers(c rendering) rendering {
	c.javaNumbers = true
	return c
}

func errorCase(t *testing.T, r gateway.Route, status int, kind string, override int, code, message string) rendering {
	t.Helper()
	body := map[string]any{"message": `Execution "it's" \ refused`}
	if kind != "" {
		body["__type"] = kind
	}
	return answerCase(t, r, status, body, override, map[string]any{"error": map[string]any{"code": code, "message": message}})
}

// stateMachine is the ARN in the template: one of the real machine.
func stateMachine(t *testing.T, template string) string {
	t.Helper()
	arn := regexp.MustCompile(regexp.QuoteMeta(machineARN) + `pixline-dev-workflow-[0-9a-f]{6}"`).FindString(template)
	if arn == "" {
		t.Fatalf("the template names no state machine:\n%s", template)
	}
	return strings.TrimSuffix(arn, `"`)
}

// header is one that a client sends: names of headers have no case.
func header(idempotencyKey string) map[string]string {
	return map[string]string{strings.ToLower(contract.HeaderIdempotencyKey): idempotencyKey, "Host": "example.com"}
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
