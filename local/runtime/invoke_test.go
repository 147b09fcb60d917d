package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/runtime"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestInvoke(t *testing.T) {
	t.Parallel()
	s := &sink{}
	r := start(t, s, nil, function(t, "validate"))
	payload := `{"key":"photos/é'\"+%20.jpg","n":1.50}`
	res, err := r.Invoke(t.Context(), "validate", []byte(payload))
	if err != nil || string(res.Payload) != payload || res.FunctionError != "" || res.StatusCode != 200 || res.ExecutedVersion != "$LATEST" {
		t.Fatalf("%+v %v", res, err)
	}
	if !res.ColdStart || res.InitDuration <= 0 || res.Duration <= 0 {
		t.Errorf("not a cold start: %+v", res)
	}
	stream := `^` + time.Now().UTC().Format("2006/01/02") + `/\[\$LATEST\][0-9a-f]{32}$`
	if len(s.streams) != 1 || !regexp.MustCompile(stream).MatchString(s.streams[0]) {
		t.Errorf("streams %q", s.streams)
	}
	lines := strings.Split(strings.TrimSpace(s.text()), "\n")
	id := regexp.QuoteMeta(res.RequestID)
	memory := `\tMax Memory Used: \d+ MB`
	for i, want := range []string{
		`^init $`, `^START RequestId: ` + id + ` Version: \$LATEST$`, `^END RequestId: ` + id + `$`,
		`^REPORT RequestId: ` + id + `\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB(` + memory + `)?\tInit Duration: \d+\.\d\d ms$`,
	} {
		if i >= len(lines) || !regexp.MustCompile(want).MatchString(lines[i]) {
			t.Fatalf("line %d does not match %s:\n%s", i, want, s.text())
		}
	}
	if !strings.HasPrefix(res.LogTail, "START ") || !strings.Contains(res.LogTail, "REPORT ") {
		t.Errorf("log tail %q", res.LogTail)
	}
	// Warm, by every name that Lambda accepts; the runner's deadline and ARN arrive.
	for _, name := range []string{"validate", "validate:$LATEST", arnPrefix + "validate", arnPrefix + "validate:$LATEST", "000000000000:function:validate"} {
		res := invoke(t, r, name, event{Do: "context"})
		var got struct {
			RequestID, ARN, Trace string
			Left                  float64
		}
		if err := json.Unmarshal(res.Payload, &got); err != nil {
			t.Fatal(err)
		}
		if res.ColdStart || got.RequestID != res.RequestID || got.ARN != arnPrefix+"validate" || got.Left <= 0 || got.Left > 30 || !strings.HasPrefix(got.Trace, "Root=1-") {
			t.Errorf("%s: %s, cold %t", name, res.Payload, res.ColdStart)
		}
	}
}

func TestInvokeRefusals(t *testing.T) {
	t.Parallel()
	r := start(t, &sink{}, nil, function(t, "validate"))
	for _, c := range []struct {
		name, payload, code string
		status              int
	}{
		{"absent", "{}", "ResourceNotFoundException", 404},
		{"validate:7", "{}", "ResourceNotFoundException", 404},
		{"arn:aws:lambda:eu-west-1:000000000000:function:validate", "{}", "ResourceNotFoundException", 404},
		{"validate", "{not json", "InvalidRequestContentException", 400},
		{"validate", `"` + strings.Repeat("x", 6<<20) + `"`, "RequestTooLargeException", 413},
	} {
		_, err := r.Invoke(t.Context(), c.name, []byte(c.payload))
		if e := awsapi.As(err); e.Code != c.code || e.Status != c.status {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if res, err := r.Invoke(t.Context(), "validate", nil); err != nil || string(res.Payload) != "{}" {
		t.Errorf("empty payload: %s %v", res.Payload, err)
	}
}

func TestEnvironmentVariables(t *testing.T) {
	t.Setenv("LEAKED_FROM_RUNNER", "1")
	s := &sink{}
	f := function(t, "validate")
	f.Env["INPUT_BUCKET"], f.Env["LANG"] = "in", "C"
	r := start(t, s, nil, f)
	var env []string
	if err := json.Unmarshal(invoke(t, r, "validate", event{Do: "environ"}).Payload, &env); err != nil {
		t.Fatal(err)
	}
	env = slices.DeleteFunc(env, func(v string) bool {
		return strings.HasPrefix(v, "AWS_LAMBDA_RUNTIME_API=127.0.0.1:") || strings.HasPrefix(v, "_X_AMZN_TRACE_ID=")
	})
	slices.Sort(env)
	want := []string{
		"AWS_ACCESS_KEY_ID=AKID", "AWS_DEFAULT_REGION=us-east-1", "AWS_ENDPOINT_URL=http://127.0.0.1:4566",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_FUNCTION_NAME=validate", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/validate",
		"AWS_LAMBDA_LOG_STREAM_NAME=" + s.streams[0], "AWS_REGION=us-east-1", "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_SESSION_TOKEN=token-of-" + role, "INPUT_BUCKET=in", "LAMBDA_TASK_ROOT=" + filepath.Dir(f.Binary), "LANG=C",
		"PATH=/usr/local/bin:/usr/bin/:/bin:/opt/bin", "TZ=:UTC", "_HANDLER=bootstrap",
	}
	if diff := cmp.Diff(want, env); diff != "" {
		t.Error(diff)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	quick := function(t, "quick")
	quick.Timeout = time.Second
	s := &sink{}
	r := start(t, s, nil, function(t, "f"), quick)
	for _, c := range []struct {
		name     string
		do       event
		kind     string
		message  string // ID stands for the request's ID
		report   string
		survives bool
	}{
		{"error", event{Do: "error", Text: "key"}, "badInput", "bad key", "", true},
		{"panic", event{Do: "panic", Text: "index out of range"}, "string", "index out of range", "\tStatus: error\tError Type: Runtime.ExitError", false},
		{"exit 3", event{Do: "exit", Count: 3}, "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 3", "\tStatus: error\tError Type: Runtime.ExitError", false},
		{"exit 0", event{Do: "exit"}, "Runtime.ExitError", "RequestId: ID Error: Runtime exited without providing a reason", "\tStatus: error\tError Type: Runtime.ExitError", false},
		{"killed", event{Do: "kill"}, "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: signal: killed", "\tStatus: error\tError Type: Runtime.ExitError", false},
		{"too large", event{Do: "big", Count: 7 << 20}, "Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes).", "\tStatus: error\tError Type: Runtime.ExitError", false},
	} {
		before := number(t, invoke(t, r, "f", event{Do: "pid"}))
		res := invoke(t, r, "f", c.do)
		kind, message := document(t, res)
		if want := strings.ReplaceAll(c.message, "ID", res.RequestID); kind != c.kind || message != want {
			t.Errorf("%s: %s, want %s %q", c.name, res.Payload, c.kind, want)
		}
		if !strings.HasSuffix(strings.TrimSpace(res.LogTail), c.report) {
			t.Errorf("%s: report %q", c.name, res.LogTail)
		}
		after := invoke(t, r, "f", event{Do: "pid"})
		if same := number(t, after) == before; same != c.survives || after.ColdStart == c.survives {
			t.Errorf("%s: the environment survived: %t", c.name, same)
		}
		if !c.survives && !gone(before) {
			t.Errorf("%s: process %d is still there", c.name, before)
		}
	}
	if res := invoke(t, r, "f", event{Do: "panic", Text: "x"}); !strings.Contains(string(res.Payload), `"stackTrace":[{`) {
		t.Errorf("no stack trace: %s", res.Payload)
	} else if !strings.Contains(res.LogTail, "the process should exit") {
		t.Errorf("the last words of the runtime are missing: %s", res.LogTail)
	}

	pid := number(t, invoke(t, r, "quick", event{Do: "pid"}))
	res := invoke(t, r, "quick", event{Do: "sleep", Count: 60_000})
	kind, message := document(t, res)
	if kind != "Sandbox.Timedout" || message != "RequestId: "+res.RequestID+" Error: Task timed out after 1.00 seconds" {
		t.Errorf("timeout: %s", res.Payload)
	}
	if !gone(pid) || !strings.Contains(res.LogTail, "sleeping "+itoa(pid)+"\n") || !strings.Contains(res.LogTail, res.RequestID+" Task timed out after 1.00 seconds\n") || !strings.HasSuffix(res.LogTail, "\tStatus: timeout\n") {
		t.Errorf("timeout: gone %t, log %s", gone(pid), res.LogTail)
	}
}

func TestResponseAtTheLimit(t *testing.T) {
	t.Parallel()
	r := start(t, &sink{}, nil, function(t, "f"))
	const most = 6_291_556 // with both quotation marks
	if res := invoke(t, r, "f", event{Do: "big", Count: most - 2}); res.FunctionError != "" || len(res.Payload) != most {
		t.Errorf("%d bytes: %.100s", len(res.Payload), res.Payload)
	}
	if kind, _ := document(t, invoke(t, r, "f", event{Do: "big", Count: most - 1})); kind != "Function.ResponseSizeTooLarge" {
		t.Error(kind)
	}
	res := invoke(t, r, "f", event{Do: "broken-stream"})
	if kind, message := document(t, res); kind != "badInput" || message != "bad stream" {
		t.Errorf("a response that failed while it was streamed: %s", res.Payload)
	}
}

func TestKilledFromOutside(t *testing.T) {
	t.Parallel()
	s := &sink{}
	r := start(t, s, nil, function(t, "f"))
	pid := number(t, invoke(t, r, "f", event{Do: "pid"}))
	begun := filepath.Join(t.TempDir(), "begun")
	var wait sync.WaitGroup
	wait.Go(func() {
		kind, message := document(t, invoke(t, r, "f", event{Do: "sleep", Count: 60_000, Text: begun}))
		if kind != "Runtime.ExitError" || !strings.HasSuffix(message, "signal: killed") {
			t.Errorf("%s %s", kind, message)
		}
	})
	eventually(t, "the invocation has begun", func() bool { return exists(begun) })
	syscall.Kill(pid, syscall.SIGKILL)
	wait.Wait()
	// Killed while idle: the next invocation does not see it.
	pid = number(t, invoke(t, r, "f", event{Do: "pid"}))
	syscall.Kill(pid, syscall.SIGKILL)
	eventually(t, "the runner has seen the process end", func() bool { return r.Processes() == 0 })
	if res := invoke(t, r, "f", event{Do: "pid"}); res.FunctionError != "" || !res.ColdStart {
		t.Errorf("%s", res.Payload)
	}
}

func TestLogsRefused(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		r := start(t, &sink{deny: action}, nil, function(t, "f"))
		kind, message := document(t, invoke(t, r, "f", event{}))
		if kind != "AccessDenied" || !strings.Contains(message, action) || !strings.Contains(message, role) {
			t.Errorf("%s: %s %q", action, kind, message)
		}
	}
}

func TestRoleCannotBeAssumed(t *testing.T) {
	t.Parallel()
	r := start(t, &sink{}, func(o *runtime.Options) {
		o.Credentials = func(string) (string, string, string, error) { return "", "", "", errors.New("no such role") }
	}, function(t, "f"))
	_, err := r.Invoke(t.Context(), "f", nil)
	if e := awsapi.As(err); e.Code != "InvalidParameterValueException" || !strings.Contains(e.Message, "no such role") {
		t.Error(err)
	}
}

func TestLogLines(t *testing.T) {
	t.Parallel()
	s := &sink{}
	r := start(t, s, nil, function(t, "f"))
	const count = 3000
	invoke(t, r, "f", event{Do: "log", Count: count})
	text := s.text()
	if n := strings.Count(text, "\nout "); n != count {
		t.Errorf("%d lines of stdout", n)
	}
	if n := strings.Count(text, "\nerr "); n != count {
		t.Errorf("%d lines of stderr", n)
	}
	if !strings.Contains(text, "\nno newline\nEND ") {
		t.Error("the unfinished line is not before END")
	}
	invoke(t, r, "f", event{Do: "long-line", Count: 600_000})
	total := 0
	for _, e := range s.events[s.streams[0]] {
		if len(e.Message) > 256*1024 {
			t.Errorf("an event of %d bytes", len(e.Message))
		}
		if strings.Contains(e.Message, "é") {
			total += len(e.Message)
			if strings.Trim(e.Message, "é") != "" {
				t.Error("a character was split")
			}
		}
	}
	if total != 600_000 {
		t.Errorf("%d bytes of the long line", total)
	}
}

func TestCallerGone(t *testing.T) {
	t.Parallel()
	s := &sink{}
	r := start(t, s, nil, function(t, "f"))
	pid := number(t, invoke(t, r, "f", event{Do: "pid"}))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := r.Invoke(ctx, "f", []byte(`{"do":"sleep","count":300}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	eventually(t, "the function ends its work", func() bool { return strings.Count(s.text(), "REPORT") == 2 })
	if again := number(t, invoke(t, r, "f", event{Do: "pid"})); again != pid {
		t.Error("the environment was lost")
	}
}
