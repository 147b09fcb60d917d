package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/pixline/pixline/pkg/contract"
)

type input struct{}

func (input) ExecutionID() string { return "exec-1" }

func invoke(t *testing.T, handle func(context.Context, input) (string, error), times int) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	wrapped := Wrap(New("resize", "Pixline/dev", &out), handle)
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "req-1"})
	for range times {
		_, _ = wrapped(ctx, input{}) // what it answers is not what is tested here
	}
	var lines []map[string]any
	for d := json.NewDecoder(&out); d.More(); {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

func TestOneLineTellsTheInvocation(t *testing.T) {
	t.Parallel()
	lines := invoke(t, func(ctx context.Context, _ input) (string, error) {
		From(ctx).Add(contract.MetricBytesOut, Bytes, 40)
		From(ctx).Add(contract.MetricBytesOut, Bytes, 2)
		From(ctx).Set("key", "cat.jpg")
		return "", nil
	}, 2)
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2", len(lines))
	}
	first := lines[0]
	for field, want := range map[string]any{
		contract.FieldRequestID: "req-1", contract.FieldExecutionID: "exec-1", contract.FieldColdStart: true,
		contract.DimensionStage: "resize", "key": "cat.jpg", contract.MetricBytesOut: 42.0, contract.MetricColdStart: 1.0,
	} {
		if first[field] != want {
			t.Errorf("%s = %v, want %v", field, first[field], want)
		}
	}
	directive := first["_aws"].(map[string]any)["CloudWatchMetrics"].([]any)[0].(map[string]any)
	if directive["Namespace"] != "Pixline/dev" || len(directive["Metrics"].([]any)) != 2 {
		t.Errorf("%v", directive)
	}
	if lines[1][contract.FieldColdStart] != false || lines[1][contract.MetricColdStart] != nil {
		t.Errorf("the second invocation is cold, too: %v", lines[1])
	}
}

// TestNoMetrics: the format wants a list, if need be an empty one.
func TestNoMetrics(t *testing.T) {
	t.Parallel()
	lines := invoke(t, func(context.Context, input) (string, error) { return "", nil }, 2)
	directive := lines[1]["_aws"].(map[string]any)["CloudWatchMetrics"].([]any)[0].(map[string]any)
	if metrics, ok := directive["Metrics"].([]any); !ok || len(metrics) != 0 {
		t.Errorf("%v", directive)
	}
}

func TestErrorIsOnTheLine(t *testing.T) {
	t.Parallel()
	line := invoke(t, func(context.Context, input) (string, error) { return "", errors.New("disk on fire") }, 1)[0]
	if line["error"] != "disk on fire" || line["level"] != "ERROR" || line[contract.MetricFailed] != 1.0 {
		t.Errorf("%v", line)
	}
}
