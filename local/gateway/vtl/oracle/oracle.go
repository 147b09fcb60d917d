// Package oracle renders mapping templates with velocityjs under node, to hold
// local/gateway/vtl against another implementation. It is used from tests only.
package oracle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// ErrMissing says that node or velocityjs is not there.
var ErrMissing = errors.New("the velocityjs oracle is not installed; run `npm ci` in local/gateway/vtl/testdata/oracle")

// RequireVariable is the environment variable that, set to 1, makes a missing
// oracle a failure.
const RequireVariable = "PIXLINE_REQUIRE_ORACLES"

// Case is a template and what it sees.
type Case struct {
	Template       string            `json:"template"`
	Body           string            `json:"body"`
	Params         Params            `json:"params"`
	Context        map[string]any    `json:"context"`
	StageVariables map[string]string `json:"stageVariables"`
}

// Params are the request's parameters.
type Params struct {
	Path        map[string]string `json:"path"`
	QueryString map[string]string `json:"querystring"`
	Header      map[string]string `json:"header"`
}

// Need skips the test where the oracle is missing, or fails it where
// RequireVariable says so.
func Need(t testing.TB) {
	t.Helper()
	if _, err := locate(); err != nil {
		if os.Getenv(RequireVariable) == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// locate gives the oracle's folder, or an error that wraps ErrMissing.
func locate() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", fmt.Errorf("%w: this binary does not know where its source is", ErrMissing)
	}
	dir := filepath.Join(filepath.Dir(file), "..", "testdata", "oracle")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "velocityjs")); err != nil {
		return "", fmt.Errorf("%w: %w", ErrMissing, err)
	}
	if _, err := exec.LookPath("node"); err != nil {
		return "", fmt.Errorf("%w: %w", ErrMissing, err)
	}
	return dir, nil
}

// Render gives the text of every case. It fails with ErrMissing where the
// oracle is not installed, and on the first case that velocityjs cannot render.
func Render(ctx context.Context, cases []Case) ([]string, error) {
	dir, err := locate()
	if err != nil {
		return nil, err
	}
	in, err := json.Marshal(cases)
	if err != nil {
		return nil, fmt.Errorf("encode the oracle's cases: %w", err)
	}
	cmd := exec.CommandContext(ctx, "node", "render.mjs")
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run the oracle: %w: %s", err, stderr.String())
	}
	var results []struct {
		Text  string `json:"text"`
		Error string `json:"error"`
	}
	if err := json.Unmarshal(stdout.Bytes(), &results); err != nil {
		return nil, fmt.Errorf("read the oracle's answer: %w", err)
	}
	if len(results) != len(cases) {
		return nil, fmt.Errorf("the oracle answered %d of %d cases", len(results), len(cases))
	}
	texts := make([]string, len(results))
	for i, r := range results {
		if r.Error != "" {
			return nil, fmt.Errorf("the oracle, case %d, template %q: %s", i, cases[i].Template, r.Error)
		}
		texts[i] = r.Text
	}
	return texts, nil
}
