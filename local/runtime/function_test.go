package runtime_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"go.uber.org/goleak"
)

// TestMain makes this binary its own Lambda functions: in an execution
// environment it runs the handler that BEHAVIOUR names.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv("AWS_LAMBDA_RUNTIME_API") != "":
		serveFunction(os.Getenv("BEHAVIOUR"))
	case os.Getenv("RUNNER_CHILD") != "":
		serveRunner()
	default:
		goleak.VerifyTestMain(m)
	}
}

type badInput struct{ field string }

func (e *badInput) Error() string { return "bad " + e.field }

func serveFunction(behaviour string) {
	switch behaviour {
	case "init-panic":
		panic("no configuration")
	case "init-slow":
		time.Sleep(time.Minute)
	case "init-slow-once":
		marker := os.Getenv("MARKER")
		if _, err := os.Stat(marker); err != nil {
			os.WriteFile(marker, nil, 0o600)
			time.Sleep(time.Minute)
		}
	case "init-error":
		url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/init/error"
		res, err := http.Post(url, "application/json", strings.NewReader(`{"errorType":"Runtime.ConfigInvalid","errorMessage":"RENDITIONS is not JSON"}`))
		if err == nil {
			res.Body.Close()
		}
		os.Exit(1)
	case "gives-up":
		giveUp(os.Getenv("AWS_LAMBDA_RUNTIME_API"))
	case "sigterm":
		lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() {
			fmt.Println("terminating")
			os.Exit(0)
		}))
	case "stubborn":
		lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() {}))
	}
	fmt.Println("init", behaviour)
	lambda.Start(handle)
}

// giveUp answers one invocation, drops its next poll, and lives on.
func giveUp(api string) {
	invocation := "http://" + api + "/2018-06-01/runtime/invocation/"
	next, err := http.Get(invocation + "next")
	if err != nil {
		panic(err)
	}
	next.Body.Close()
	answered, err := http.Post(invocation+next.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "application/json", strings.NewReader("1"))
	if err != nil {
		panic(err)
	}
	answered.Body.Close()
	poll, err := net.Dial("tcp", api)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(poll, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", api)
	poll.Close()
	time.Sleep(time.Minute)
}

type event struct {
	Do    string `json:"do"`
	Text  string `json:"text,omitempty"`
	Count int    `json:"count,omitempty"`
}

func handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return raw, nil
	}
	switch e.Do {
	case "environ":
		return os.Environ(), nil
	case "context":
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		return map[string]any{
			"requestId": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
			"left": time.Until(deadline).Seconds(), "trace": ctx.Value("x-amzn-trace-id"),
		}, nil
	case "pid":
		return os.Getpid(), nil
	case "error":
		return nil, &badInput{e.Text}
	case "plain-error":
		return nil, errors.New(e.Text)
	case "panic":
		panic(e.Text)
	case "exit":
		os.Exit(e.Count)
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "sleep":
		fmt.Println("sleeping", os.Getpid())
		if e.Text != "" { // a file that tells the test that it has begun
			if err := os.WriteFile(e.Text, nil, 0o600); err != nil {
				return nil, err
			}
		}
		time.Sleep(time.Duration(e.Count) * time.Millisecond)
		return "slept", nil
	case "hold": // until the test makes the file
		for _, err := os.Stat(e.Text); err != nil; _, err = os.Stat(e.Text) {
			time.Sleep(5 * time.Millisecond)
		}
		return nil, nil
	case "orphan": // leaves a grandchild behind
		cmd := exec.Command("/bin/sleep", "600")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		return cmd.Process.Pid, nil
	case "big":
		return strings.Repeat("x", e.Count), nil
	case "broken-stream":
		return &brokenReader{bytes.NewReader([]byte("partial"))}, nil
	case "log":
		for i := range e.Count {
			fmt.Fprintf(os.Stdout, "out %d\n", i)
			fmt.Fprintf(os.Stderr, "err %d\n", i)
		}
		fmt.Print("no newline")
		return nil, nil
	case "long-line":
		fmt.Println(strings.Repeat("é", e.Count/2))
		return nil, nil
	}
	return raw, nil
}

// brokenReader fails after its content, as a source that goes away does. It
// must not be JSON-serializable, or aws-lambda-go would encode it instead.
type brokenReader struct{ content *bytes.Reader }

func (b *brokenReader) MarshalJSON() ([]byte, error) { return nil, errors.New("not JSON") }

func (b *brokenReader) Read(p []byte) (int, error) {
	if n, err := b.content.Read(p); err == nil {
		return n, nil
	}
	return 0, &badInput{"stream"}
}
