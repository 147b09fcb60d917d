// Package oracle checks log lines in the embedded metric format under node: with
// aws-embedded-metrics, which is AWS's own writer of them, and with the schema
// that AWS publishes. It is used from tests only.
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
	"strings"
	"testing"
)

// RequireVariable is the environment variable that, set to 1, makes a missing
// oracle a failure.
const RequireVariable = "PIXLINE_REQUIRE_ORACLES"

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

// locate gives the oracle's folder.
func locate() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return "", errors.New("the EMF oracle is not found: this binary does not know where its source is")
	}
	dir := filepath.Join(filepath.Dir(file), "..", "testdata", "oracle")
	for _, name := range []string{"ajv", "aws-embedded-metrics"} {
		if _, err := os.Stat(filepath.Join(dir, "node_modules", name)); err != nil {
			return "", fmt.Errorf("the EMF oracle is not installed; run `npm ci` in pkg/telemetry/testdata/oracle: %w", err)
		}
	}
	if _, err := exec.LookPath("node"); err != nil {
		return "", fmt.Errorf("the EMF oracle needs node: %w", err)
	}
	return dir, nil
}

// Lines gives the lines that a function wrote, as JSON objects, and has the
// oracle accept each of them, in a subtest.
func Lines(t *testing.T, written string) []map[string]any {
	t.Helper()
	texts := strings.Split(strings.TrimSuffix(written, "\n"), "\n")
	lines := make([]map[string]any, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal([]byte(text), &lines[i]); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
	}
	t.Run("oracle", func(t *testing.T) {
		Need(t)
		problems, err := Check(t.Context(), texts)
		if err != nil {
			t.Fatal(err)
		}
		for i, problem := range problems {
			if problem != "" {
				t.Errorf("%s\nin %s", problem, texts[i])
			}
		}
	})
	return lines
}

// Check tells for every line what is wrong with it, or "".
func Check(ctx context.Context, lines []string) ([]string, error) {
	dir, err := locate()
	if err != nil {
		return nil, err
	}
	in, err := json.Marshal(lines)
	if err != nil {
		return nil, fmt.Errorf("encode the lines for the EMF oracle: %w", err)
	}
	cmd := exec.CommandContext(ctx, "node", "check.mjs")
	cmd.Dir = dir
	cmd.Stdin = bytes.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run the EMF oracle: %w: %s", err, stderr.String())
	}
	var problems []string
	if err := json.Unmarshal(stdout.Bytes(), &problems); err != nil {
		return nil, fmt.Errorf("read the EMF oracle's answer: %w", err)
	}
	if len(problems) != len(lines) {
		return nil, fmt.Errorf("the EMF oracle answered %d of %d lines", len(problems), len(lines))
	}
	return problems, nil
}
