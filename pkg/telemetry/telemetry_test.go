package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
)

type input struct{}

func (input) ExecutionID() string { return "exec-1" }

// traced is a context as the Lambda runtime makes it.
type traced struct{ context.Context }

func (c traced) Value(key any) any {
	if key == "x-amzn-trace-id" {
		return "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	}
	return c.Context.Value(key)
}

func lambdaContext() context.Context {
	return traced{lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "req-1"})}
}

// invoke gives the lines of a new process. A panic of handle is one that Lambda sees.
func invoke(t *testing.T, handle func(context.Context, input) (string, error), times int) []map[string]any {
	t.Helper()
	var out bytes.Buffer
	wrapped := Wrap(New(Options{
		Stage: "resize", Namespace: "Pixline/dev", Out: &out, InitTime: 120 * time.Millisecond, MemoryMB: 1 << 20,
	}), handle)
	for range times {
		func() {
			defer func() { _ = recover() }()
			_, _ = wrapped(lambdaContext(), input{}) // what it answers is not what is tested here
		}()
	}
	var lines []map[string]any
	for d := json.NewDecoder(&out); d.More(); {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if len(lines) != times {
		t.Fatalf("%d lines, want %d", len(lines), times)
	}
	return lines
}

func expect(t *testing.T, line, want map[string]any) {
	t.Helper()
	for name, value := range want {
		if line[name] != value {
			t.Errorf("%s = %v, want %v", name, line[name], value)
		}
	}
}

// directives are the names of the metrics of each directive, by its dimensions.
func directives(line map[string]any) map[string]string {
	names := map[string]string{}
	for _, d := range line["_aws"].(map[string]any)["CloudWatchMetrics"].([]any) {
		var dimensions, metrics []string
		for _, name := range d.(map[string]any)["Dimensions"].([]any)[0].([]any) {
			dimensions = append(dimensions, name.(string))
		}
		for _, m := range d.(map[string]any)["Metrics"].([]any) {
			metrics = append(metrics, m.(map[string]any)["Name"].(string))
		}
		names[strings.Join(dimensions, ",")] = strings.Join(metrics, " ")
	}
	return names
}

func TestOneLineTellsTheInvocation(t *testing.T) {
	t.Parallel()
	lines := invoke(t, func(ctx context.Context, _ input) (string, error) {
		From(ctx).Add(contract.MetricBytesOut, Bytes, 40)
		From(ctx).Add(contract.MetricBytesOut, Bytes, 2)
		From(ctx).Add(contract.MetricMegapixels, Count, math.NaN())
		From(ctx).Count(contract.MetricRejected, true)
		From(ctx).Split(contract.MetricRejected, contract.DimensionCode, "corrupt")
		From(ctx).Set(contract.FieldKey, "cat.jpg")
		return "", nil
	}, 2)
	expect(t, lines[0], map[string]any{
		contract.FieldRequestID: "req-1", contract.FieldExecutionID: "exec-1", contract.FieldColdStart: true, contract.FieldKey: "cat.jpg",
		contract.FieldTraceID: "1-5759e988-bd862e3fe1be46a994272793", contract.DimensionStage: "resize", contract.DimensionCode: "corrupt",
		contract.MetricBytesOut: 42.0, contract.MetricColdStart: 1.0, contract.MetricInitTime: 120.0, contract.MetricFailed: 0.0, "level": "INFO",
	})
	expect(t, lines[1], map[string]any{contract.FieldColdStart: false, contract.MetricColdStart: 0.0, contract.MetricInitTime: nil})
	got := directives(lines[0])
	if want := "BytesOut ColdStart Failed InitTime MemoryShare Rejected"; strings.ReplaceAll(got["Stage"], " MemoryShare", "") != strings.ReplaceAll(want, " MemoryShare", "") ||
		got["Stage,Code"] != "Rejected" || len(got) != 2 {
		t.Errorf("%v, want %s", got, want)
	}
	if took, ok := lines[0][contract.FieldDurationMs].(float64); !ok || took < 0 {
		t.Errorf("durationMs is %v", lines[0][contract.FieldDurationMs])
	}
	if share, told := lines[0][contract.MetricMemoryShare].(float64); told != (peakMemory() > 0) || told && (share <= 0 || share > 100) {
		t.Errorf("MemoryShare is %v", lines[0][contract.MetricMemoryShare])
	}
}

func TestErrorIsOnTheLine(t *testing.T) {
	t.Parallel()
	for errorType, handle := range map[string]func(context.Context, input) (string, error){
		fault.NamePermanent:     func(context.Context, input) (string, error) { return "", errors.New("disk on fire") },
		fault.NameTimeout:       func(context.Context, input) (string, error) { return "", context.DeadlineExceeded },
		contract.ErrorTypePanic: func(context.Context, input) (string, error) { panic(errors.New("a defect")) },
	} {
		line := invoke(t, handle, 1)[0]
		expect(t, line, map[string]any{
			"level": "ERROR", contract.MetricFailed: 1.0, contract.FieldStatus: contract.StatusFailed, contract.FieldErrorType: errorType,
		})
		if text, _ := line[contract.FieldError].(string); text == "" {
			t.Errorf("%s: no error on the line", errorType)
		}
	}
}

// TestPanicGoesOn: Lambda must see it, to start a new process.
func TestPanicGoesOn(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p != "a defect" {
			t.Errorf("recovered %v", p)
		}
	}()
	_, _ = Wrap(New(Options{Out: io.Discard}), func(context.Context, input) (string, error) { panic("a defect") })(lambdaContext(), input{})
}

// TestTextIsBounded: whatever a caller calls an object, the line stays one event.
func TestTextIsBounded(t *testing.T) {
	t.Parallel()
	line := invoke(t, func(ctx context.Context, _ input) (string, error) {
		From(ctx).Set(contract.FieldKey, "k"+strings.Repeat("é", 1<<20))
		return "", errors.New(strings.Repeat("<script>\x00\xff", 1<<20))
	}, 1)[0]
	for _, field := range []string{contract.FieldKey, contract.FieldError} {
		// Six bytes of JSON for a byte at most: a line of these fields is far below 256 KB.
		if text := line[field].(string); len(text) < maxText/2 || len(text) > 3*maxText || !strings.HasSuffix(text, "…") {
			t.Errorf("%s has %d bytes", field, len(text))
		}
	}
	if key := line[contract.FieldKey].(string); strings.Contains(key, "\ufffd") {
		t.Errorf("a character is cut in two: %q", key[len(key)-10:])
	}
}

// TestCollision: a member that would be there twice costs the line, not the image.
func TestCollision(t *testing.T) {
	t.Parallel()
	line := invoke(t, func(ctx context.Context, _ input) (string, error) {
		From(ctx).Set(contract.DimensionStage, "another")
		return "", nil
	}, 1)[0]
	if line["_aws"] != nil || line["level"] != "ERROR" || line[contract.FieldExecutionID] != "exec-1" {
		t.Errorf("%v", line)
	}
}

// BenchmarkInvocation is all that telemetry does for one invocation of resize.
func BenchmarkInvocation(b *testing.B) {
	wrapped := Wrap(New(Options{Stage: "resize", Namespace: "Pixline/dev", Out: io.Discard, MemoryMB: 1024}),
		func(ctx context.Context, _ input) (string, error) {
			inv := From(ctx)
			for _, name := range []string{contract.MetricMegapixels, contract.MetricBytesIn, contract.MetricBytesOut, contract.MetricDecodeTime, contract.MetricResizeTime, contract.MetricEncodeTime} {
				inv.Add(name, Count, 12.5)
			}
			for _, name := range []string{contract.FieldBucket, contract.FieldKey, contract.FieldVersionID, contract.FieldFormat, contract.FieldStatus, contract.FieldCode, contract.FieldReason} {
				inv.Set(name, "photos/2026/a picture of a cat.jpg")
			}
			for _, name := range []string{contract.FieldWidth, contract.FieldHeight, contract.FieldBytes, contract.FieldRenditions} {
				inv.Set(name, 4000)
			}
			inv.Count(contract.MetricSucceeded, false)
			inv.Count(contract.MetricRejected, true)
			inv.Split(contract.MetricRejected, contract.DimensionCode, "corrupt")
			return "", nil
		})
	ctx := lambdaContext()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := wrapped(ctx, input{}); err != nil {
			b.Fatal(err)
		}
	}
}
