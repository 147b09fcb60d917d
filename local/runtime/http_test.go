package runtime_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/runtime"
)

func TestHTTP(t *testing.T) {
	t.Parallel()
	off := function(t, "off")
	off.Concurrency = 0
	s := &sink{}
	r := start(t, s, nil, function(t, "f"), off)
	server := httptest.NewServer(r.Handler(func(_ context.Context, action, resource string) error {
		if strings.HasSuffix(resource, "secret") {
			return awsapi.Errorf(403, "AccessDeniedException", "not authorized to perform: %s on %s", action, resource)
		}
		return nil
	}))
	defer server.Close()
	do := func(method, path, body string, headers ...string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/2015-03-31/functions"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(text)
	}

	res, body := do("POST", "/"+url.PathEscape(arnPrefix+"f")+"/invocations", `{"text":"hi","do":""}`, "X-Amz-Log-Type", "Tail")
	tail, err := base64.StdEncoding.DecodeString(res.Header.Get("X-Amz-Log-Result"))
	if res.StatusCode != 200 || body != `{"text":"hi","do":""}` || res.Header.Get("X-Amz-Executed-Version") != "$LATEST" || err != nil || !strings.Contains(string(tail), "REPORT") {
		t.Errorf("%v %s %s", res, body, tail)
	}
	if res, body := do("POST", "/f/invocations", `{"do":"error","text":"x"}`); res.StatusCode != 200 || res.Header.Get("X-Amz-Function-Error") != "Unhandled" || !strings.Contains(body, "bad x") {
		t.Errorf("%v %s", res, body)
	}
	if res, body := do("POST", "/f/invocations", `{}`, "X-Amz-Invocation-Type", "Event"); res.StatusCode != 202 || body != "" {
		t.Errorf("%v %s", res, body)
	} else {
		id := res.Header.Get("X-Amzn-RequestId")
		eventually(t, "the event is processed", func() bool { return strings.Contains(s.text(), "REPORT RequestId: "+id) })
	}
	if res, body := do("POST", "/f/invocations", `{}`, "X-Amz-Invocation-Type", "DryRun"); res.StatusCode != 204 || body != "" {
		t.Errorf("%v %s", res, body)
	}
	for _, c := range []struct {
		method, path, body, code, text string
		status                         int
	}{
		{"POST", "/absent/invocations", "{}", "ResourceNotFoundException", `"Message":"Function not found: ` + arnPrefix + `absent"`, 404},
		{"POST", "/f/invocations?Qualifier=7", "{}", "ResourceNotFoundException", `"Type":"User"`, 404},
		{"POST", "/secret/invocations", "{}", "AccessDeniedException", "lambda:InvokeFunction on " + arnPrefix + "secret", 403},
		{"POST", "/f/invocations", "{", "InvalidRequestContentException", "Could not parse", 400},
		{"POST", "/off/invocations", "{}", "TooManyRequestsException", `"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"`, 429},
		{"POST", "/f/invocations", `"` + strings.Repeat("x", 7<<20) + `"`, "RequestTooLargeException", "6291456", 413},
		{"DELETE", "/f", "", "UnknownOperationException", "DELETE", 404},
	} {
		if res, body := do(c.method, c.path, c.body); res.StatusCode != c.status || res.Header.Get("X-Amzn-ErrorType") != c.code || !strings.Contains(body, c.text) {
			t.Errorf("%s: %d %s %s", c.path, res.StatusCode, res.Header.Get("X-Amzn-ErrorType"), body)
		}
	}
	for path, want := range map[string]string{
		"/": `"FunctionName":"off"`, "/f": `"Configuration":{`, "/off": `"ReservedConcurrentExecutions":0`, "/f/configuration": `"MemorySize":256`,
	} {
		if res, body := do("GET", path, ""); res.StatusCode != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %s", path, body)
		}
	}
	awsCLI(t, server.URL)
}

// awsCLI checks the wire shapes with AWS's own client.
func awsCLI(t *testing.T, endpoint string) {
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Log("SKIPPED the check with the AWS command line: aws is not on PATH")
		return
	}
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), path, append([]string{"--endpoint-url", endpoint, "--region", "us-east-1", "--output", "json", "lambda"}, args...)...)
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_PAGER=")
		cmd.Stderr = t.Output()
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("aws lambda %v: %v", args, err)
		}
		return out
	}
	answer := filepath.Join(t.TempDir(), "answer")
	var got struct {
		FunctionError, LogResult string
		Functions                []struct{ FunctionArn string }
	}
	if err := json.Unmarshal(run("invoke", "--function-name", arnPrefix+"f", "--log-type", "Tail", "--payload", "fileb://"+write(t, `{"do":"error","text":"cli"}`), answer), &got); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(answer); err != nil || !strings.Contains(string(text), "bad cli") || got.FunctionError != "Unhandled" || got.LogResult == "" {
		t.Errorf("%s %v %+v", text, err, got)
	}
	if err := json.Unmarshal(run("list-functions"), &got); err != nil || len(got.Functions) != 2 || got.Functions[0].FunctionArn != arnPrefix+"f" {
		t.Errorf("%+v %v", got, err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "payload")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigurationRefused(t *testing.T) {
	t.Parallel()
	reserved, odd, large := function(t, "reserved"), function(t, "odd"), function(t, "large")
	reserved.Env = map[string]string{"AWS_REGION": "x", "_HANDLER": "y"}
	odd.Env = map[string]string{"A-B": "x"}
	large.Env = map[string]string{"LARGE": strings.Repeat("x", 4096)}
	slow := function(t, "slow")
	slow.Timeout = 0
	_, err := runtime.New(runtime.Options{Functions: []runtime.Function{reserved, odd, large, slow, slow}, Region: "us-east-1"})
	for _, want := range []string{
		"Credentials, Logs and Region are required", "Reserved keys used in this request: AWS_REGION, _HANDLER",
		`"A-B"`, "4 KB limit", "function slow: Timeout", "function slow: declared twice",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	greedy := function(t, "greedy")
	greedy.Concurrency = 5
	_, err = runtime.New(runtime.Options{
		Functions: []runtime.Function{greedy, function(t, "other")}, Region: "us-east-1", Logs: &sink{}, AccountConcurrency: 5,
		Credentials: func(string) (string, string, string, error) { return "", "", "", nil },
	})
	if err == nil || !strings.Contains(err.Error(), "raise AccountConcurrency") {
		t.Error(err)
	}
}

func TestBuild(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":                    "module example.test/app\n\ngo 1.26\n",
		"functions/one/main.go":     "package main\n\nfunc main() { println(\"one\") }\n",
		"functions/two/main.go":     "package main\n\nfunc main() { println(\"two\") }\n",
		"functions/broken/main.go":  "package main\n\nfunc main() { undefinedName() }\n",
		"functions/library/file.go": "package library\n",
		"other/one/main.go":         "package main\n\nfunc main() {}\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "bin")
	binaries, err := runtime.Build(t.Context(), root, map[string]string{"first": "functions/one", "second": "./functions/two"}, out)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"first": "one", "second": "two"} {
		if text, err := exec.CommandContext(t.Context(), binaries[name]).CombinedOutput(); err != nil || strings.TrimSpace(string(text)) != want {
			t.Errorf("%s: %s %v", name, text, err)
		}
	}
	for _, c := range []struct{ packages, want string }{
		{"functions/broken", "functions/broken/main.go:3:15: undefined: undefinedName"},
		{"functions/library", "made no binary"},
		{"functions/absent", "absent"},
		{"other/one", "both have a folder named one"},
	} {
		_, err := runtime.Build(t.Context(), root, map[string]string{"first": "functions/one", "x": c.packages}, out)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.packages, err)
		}
	}
}
