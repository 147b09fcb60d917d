package runtime_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/runtime"
)

func TestInitFailures(t *testing.T) {
	t.Parallel()
	missing := function(t, "missing")
	missing.Binary = filepath.Join(t.TempDir(), "bootstrap")
	text := function(t, "text")
	text.Binary = filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(text.Binary, []byte("not a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	slow := behaving(t, "slow", "init-slow")
	slow.Timeout = time.Second
	once := behaving(t, "once", "init-slow-once")
	once.Env["MARKER"] = filepath.Join(t.TempDir(), "marker")
	s := &sink{}
	r := start(t, s, func(o *runtime.Options) { o.InitTimeout = time.Second },
		missing, text, slow, once, behaving(t, "panic", "init-panic"), behaving(t, "posted", "init-error"))
	for name, want := range map[string][3]string{
		"missing": {"Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [" + missing.Binary + "]", "Status: error\tError Type: Runtime.InvalidEntrypoint"},
		"text":    {"Runtime.InvalidEntrypoint", "exec format error", "Status: error"},
		"slow":    {"Sandbox.Timedout", "Task timed out after 1.00 seconds", "Status: timeout"},
		"panic":   {"Runtime.ExitError", "exit status 2", "Phase: invoke\tStatus: error\tError Type: Runtime.ExitError"},
		"posted":  {"Runtime.ConfigInvalid", "RENDITIONS is not JSON", "Status: error"},
	} {
		res := invoke(t, r, name, event{})
		kind, message := document(t, res)
		if kind != want[0] || !strings.Contains(message, want[1]) || !strings.Contains(res.LogTail, want[2]) || !strings.Contains(res.LogTail, "INIT_REPORT ") {
			t.Errorf("%s: %s\n%s", name, res.Payload, res.LogTail)
		}
	}
	if !strings.Contains(s.text(), "panic: no configuration") {
		t.Error("the panic is not in the log")
	}
	// An init phase that fails is tried once more within the invocation.
	if res := invoke(t, r, "once", event{Text: "hello"}); res.FunctionError != "" || !strings.Contains(s.text(), "Phase: init\tStatus: timeout") {
		t.Errorf("%+v", res)
	}
}

// A runtime that polls no more meets the deadline all the same.
func TestLostPoll(t *testing.T) {
	t.Parallel()
	lost := behaving(t, "lost", "gives-up")
	lost.Timeout = time.Second
	r := start(t, &sink{}, nil, lost)
	if res := invoke(t, r, "lost", event{}); string(res.Payload) != "1" {
		t.Fatalf("the first invocation answers %s", res.Payload)
	}
	// Most likely the poll is lost by then; before, the outcome is the same.
	time.Sleep(100 * time.Millisecond)
	res := invoke(t, r, "lost", event{})
	if kind, _ := document(t, res); kind != "Sandbox.Timedout" {
		t.Errorf("the next one answers %s", res.Payload)
	}
}

func TestThrottling(t *testing.T) {
	t.Parallel()
	reserved, off := function(t, "reserved"), function(t, "off")
	reserved.Concurrency, off.Concurrency = 1, 0
	var mu sync.Mutex
	throttles := map[string]int{}
	s := &sink{}
	r := start(t, s, func(o *runtime.Options) {
		o.AccountConcurrency = 3
		o.Observer = func(o runtime.Observation) {
			mu.Lock()
			defer mu.Unlock()
			if o.Kind == runtime.Throttled {
				throttles[o.Function]++
			}
		}
	}, reserved, off, function(t, "a"), function(t, "b"))
	release := filepath.Join(t.TempDir(), "release")
	var busy sync.WaitGroup
	for _, name := range []string{"reserved", "a", "b"} {
		busy.Go(func() { invoke(t, r, name, event{Do: "hold", Text: release}) })
	}
	eventually(t, "all three run", func() bool { return len(streams(s)) == 3 })
	for name, reason := range map[string]string{
		"reserved": "ReservedFunctionConcurrentInvocationLimitExceeded", "off": "ReservedFunctionConcurrentInvocationLimitExceeded",
		"a": "ConcurrentInvocationLimitExceeded", "b": "ConcurrentInvocationLimitExceeded",
	} {
		_, err := r.Invoke(t.Context(), name, nil)
		if e := awsapi.As(err); e.Status != 429 || e.Code != "TooManyRequestsException" || !strings.Contains(e.Message, "(Reason: "+reason+")") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(release, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	busy.Wait()
	invoke(t, r, "a", event{})
	mu.Lock()
	defer mu.Unlock()
	if throttles["off"] != 1 || throttles["b"] != 1 {
		t.Errorf("throttles seen: %v", throttles)
	}
}

func streams(s *sink) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams
}

func TestManyInvocations(t *testing.T) {
	t.Parallel()
	const workers, total = 16, 1000
	s := &sink{}
	r := start(t, s, func(o *runtime.Options) { o.AccountConcurrency = workers }, function(t, "f"))
	jobs := make(chan int, total)
	for i := range total {
		jobs <- i
	}
	close(jobs)
	began := time.Now()
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for i := range jobs {
				want := fmt.Sprintf(`{"do":"","text":"n%d"}`, i)
				res, err := r.Invoke(t.Context(), "f", []byte(want))
				if err != nil || string(res.Payload) != want {
					t.Errorf("%d: %s %v", i, res.Payload, err)
				}
			}
		})
	}
	wait.Wait()
	t.Logf("%d invocations, %d at a time: %s", total, workers, time.Since(began))
	if n := len(streams(s)); n > workers {
		t.Errorf("%d environments for %d executions at a time", n, workers)
	}
	if n := strings.Count(s.text(), "REPORT RequestId"); n != total {
		t.Errorf("%d reports", n)
	}
}

func TestIdleEnvironmentsEnd(t *testing.T) {
	t.Parallel()
	s := &sink{}
	r := start(t, s, func(o *runtime.Options) { o.IdleTimeout = 50 * time.Millisecond }, behaving(t, "f", "sigterm"))
	pid := number(t, invoke(t, r, "f", event{Do: "pid"}))
	eventually(t, "the idle process ends", func() bool { return gone(pid) })
	eventually(t, "its SIGTERM handler's line is logged", func() bool { return strings.Contains(s.text(), "terminating") })
	if res := invoke(t, r, "f", event{Do: "pid"}); !res.ColdStart {
		t.Error("not a cold start")
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := &sink{}
	r := start(t, s, func(o *runtime.Options) { o.ShutdownGrace = 100 * time.Millisecond },
		behaving(t, "gentle", "sigterm"), behaving(t, "stubborn", "stubborn"), function(t, "busy"), function(t, "parent"))
	pids := []int{
		number(t, invoke(t, r, "gentle", event{Do: "pid"})),
		number(t, invoke(t, r, "stubborn", event{Do: "pid"})),
		number(t, invoke(t, r, "busy", event{Do: "pid"})),
		number(t, invoke(t, r, "parent", event{Do: "orphan"})),
	}
	begun := filepath.Join(t.TempDir(), "begun")
	var wait sync.WaitGroup
	wait.Go(func() {
		if kind, _ := document(t, invoke(t, r, "busy", event{Do: "sleep", Count: 600_000, Text: begun})); kind != "Runtime.ExitError" {
			t.Error(kind)
		}
	})
	eventually(t, "the invocation has begun", func() bool { return exists(begun) })
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	wait.Wait()
	for _, pid := range pids {
		// A grandchild is reaped by init, in its own time.
		eventually(t, fmt.Sprintf("process %d ends", pid), func() bool { return gone(pid) })
	}
	if !strings.Contains(s.text(), "terminating") {
		t.Error("no SIGTERM before SIGKILL")
	}
	if _, err := r.Invoke(t.Context(), "gentle", nil); awsapi.As(err).Code != "ServiceException" {
		t.Errorf("after Close: %v", err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// serveRunner is a runner in a process of its own, to be killed.
func serveRunner() {
	binary, _ := os.Executable()
	f := runtime.Function{
		Name: "f", ARN: arnPrefix + "f", Binary: binary, Timeout: time.Minute, MemoryMB: 128, Concurrency: -1,
		LogGroup: "/f", RoleARN: role, Env: map[string]string{"BEHAVIOUR": "stubborn"},
	}
	r, err := runtime.New(runtime.Options{
		Functions: []runtime.Function{f}, Region: "us-east-1", Logs: &sink{},
		Credentials: func(string) (string, string, string, error) { return "a", "b", "c", nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := r.Invoke(context.Background(), "f", []byte(`{"do":"pid"}`))
	fmt.Println(string(res.Payload), err)
	select {}
}

func TestRunnerKilled(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "RUNNER_CHILD=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if err := json.Unmarshal([]byte(strings.Fields(line)[0]), &pid); err != nil || gone(pid) {
		t.Fatalf("%q %v", line, err)
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	eventually(t, "the function ends with its runner", func() bool { return gone(pid) })
}

// TestFunctionEndsWithoutRuntimeAPI is what protects systems without a
// parent-death signal: when the Runtime API is gone, aws-lambda-go exits.
func TestFunctionEndsWithoutRuntimeAPI(t *testing.T) {
	t.Parallel()
	polled := make(chan struct{}, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		polled <- struct{}{}
		<-r.Context().Done()
	}))
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(server.URL, "http://")}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-polled
	server.CloseClientConnections()
	server.Close()
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("it ended with %v", err)
	}
}

func BenchmarkWarmInvoke(b *testing.B) {
	r := start(b, &sink{}, nil, function(b, "f"))
	invoke(b, r, "f", event{})
	for b.Loop() {
		invoke(b, r, "f", event{})
	}
}
