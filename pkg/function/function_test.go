package function

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

type input struct{}

func (input) ExecutionID() string { return "" }

// TestRunReportsEveryProblem: a function that is told nonsense logs all of it
// and does not start, which the test would notice by never ending.
func TestRunReportsEveryProblem(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"LIMIT": "-3", "KIND": "c"}
	var log bytes.Buffer
	err := Run("resize", func(name string) string { return variables[name] }, &log,
		func(e *Environment, _ aws.Config) Handle[input, string] {
			e.Text("BUCKET")
			e.Positive("LIMIT")
			e.Flag("KEEP")
			e.OneOf("KIND", "a", "b")
			return func(context.Context, input) (string, error) { return "", nil }
		})
	for _, want := range []string{"resize cannot start", "BUCKET: is not set", `LIMIT: is "-3"; it must be a positive number`, `KEEP: is ""; it must be one of true, false`, `KIND: is "c"; it must be one of a, b`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	if !strings.Contains(log.String(), `"level":"ERROR"`) || !strings.Contains(log.String(), "BUCKET") {
		t.Errorf("the log says %s", &log)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	e := NewEnvironment(func(name string) string {
		return map[string]string{"A": "text", "N": "7", "T": "true", "F": "false"}[name]
	})
	if e.Text("A") != "text" || e.Positive("N") != 7 || !e.Flag("T") || e.Flag("F") || e.OneOf("A", "other", "text") != "text" || e.Err() != nil {
		t.Errorf("%v", e.Err())
	}
}

// TestProcessAge: this test runs within a minute of its process's start, and where
// the system tells, it is not after the libraries'.
func TestProcessAge(t *testing.T) {
	t.Parallel()
	if age, since := processAge(), time.Since(loaded); age != 0 && age < since.Truncate(time.Second/100)-time.Second/50 {
		t.Errorf("the process is %v old, and was loaded %v ago", age, since)
	}
}
