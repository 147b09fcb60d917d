package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/runtime"
)

const (
	arnPrefix = "arn:aws:lambda:us-east-1:000000000000:function:"
	role      = "arn:aws:iam::000000000000:role/validate"
)

// sink keeps logs in memory, and refuses what deny names.
type sink struct {
	mu      sync.Mutex
	streams []string
	events  map[string][]runtime.LogEvent
	deny    string
}

func (s *sink) CreateStream(_ context.Context, roleARN, group, stream string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deny == "logs:CreateLogStream" {
		return awsapi.Errorf(403, "AccessDeniedException", "%s is not authorized to perform: %s on %s", roleARN, s.deny, group)
	}
	s.streams = append(s.streams, stream)
	return nil
}

func (s *sink) Write(_ context.Context, roleARN, group, stream string, events []runtime.LogEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deny == "logs:PutLogEvents" {
		return awsapi.Errorf(403, "AccessDeniedException", "%s is not authorized to perform: %s on %s", roleARN, s.deny, group)
	}
	if s.events == nil {
		s.events = map[string][]runtime.LogEvent{}
	}
	s.events[stream] = append(s.events[stream], events...)
	return nil
}

func (s *sink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, stream := range s.streams {
		for _, e := range s.events[stream] {
			b.WriteString(e.Message + "\n")
		}
	}
	return b.String()
}

func function(t testing.TB, name string) runtime.Function {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return runtime.Function{
		Name: name, ARN: arnPrefix + name, Binary: binary, Handler: "bootstrap", Env: map[string]string{},
		Timeout: 30 * time.Second, MemoryMB: 256, Concurrency: -1, LogGroup: "/aws/lambda/" + name, RoleARN: role,
	}
}

func behaving(t testing.TB, name, behaviour string) runtime.Function {
	f := function(t, name)
	f.Env["BEHAVIOUR"] = behaviour
	return f
}

func start(t testing.TB, s *sink, change func(*runtime.Options), functions ...runtime.Function) *runtime.Runner {
	t.Helper()
	o := runtime.Options{
		Functions: functions, Region: "us-east-1", Endpoint: "http://127.0.0.1:4566", Logs: s,
		Credentials: func(role string) (string, string, string, error) { return "AKID", "secret", "token-of-" + role, nil },
	}
	if change != nil {
		change(&o)
	}
	r, err := runtime.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			if undelivered := (*runtime.UndeliveredError)(nil); !errors.As(err, &undelivered) {
				t.Error(err)
			}
		}
	})
	return r
}

func invoke(t testing.TB, r *runtime.Runner, name string, payload any) runtime.Result {
	t.Helper()
	text, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.Invoke(t.Context(), name, text)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// document decodes an error document.
func document(t testing.TB, res runtime.Result) (kind, message string) {
	t.Helper()
	if res.FunctionError != "Unhandled" {
		t.Fatalf("function error %q, payload %s", res.FunctionError, res.Payload)
	}
	var d struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	if err := json.Unmarshal(res.Payload, &d); err != nil {
		t.Fatalf("%s: %v", res.Payload, err)
	}
	return d.Type, d.Message
}

func number(t testing.TB, res runtime.Result) int {
	t.Helper()
	var n int
	if err := json.Unmarshal(res.Payload, &n); err != nil {
		t.Fatalf("%s: %v", res.Payload, err)
	}
	return n
}

// eventually waits for a condition that another process brings about.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for range 3000 {
		if condition() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("never happened: " + what)
}

// gone answers whether a process has ended; a zombie, which waits for its
// parent, has.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return true
	}
	stat, err := os.ReadFile("/proc/" + itoa(pid) + "/stat")
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
