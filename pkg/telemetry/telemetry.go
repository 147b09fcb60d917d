// Package telemetry wraps a Lambda handler so that each invocation writes one
// JSON line that tells its whole story: request, execution and cold start, the
// fields and the metrics that the handler recorded, and the error if there was
// one. The line is in CloudWatch's embedded metric format, so the metrics need
// no call and no permission.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
)

// Telemetry writes the lines of one function.
type Telemetry struct {
	stage     string
	namespace string
	out       io.Writer
	warm      atomic.Bool
}

// New returns the telemetry of a stage. Lambda reads out, its standard output.
func New(stage, namespace string, out io.Writer) *Telemetry {
	return &Telemetry{stage: stage, namespace: namespace, out: out}
}

// Invocation collects what one invocation did. Its methods may be called from
// several goroutines.
type Invocation struct {
	*slog.Logger

	mu      sync.Mutex
	metrics map[string]measurement
	fields  map[string]any
}

type contextKey struct{}

// From returns the invocation that ctx belongs to. Outside of one, what it
// collects goes nowhere.
func From(ctx context.Context) *Invocation {
	if inv, ok := ctx.Value(contextKey{}).(*Invocation); ok {
		return inv
	}
	return newInvocation(slog.New(slog.DiscardHandler))
}

func newInvocation(logger *slog.Logger) *Invocation {
	return &Invocation{Logger: logger, metrics: map[string]measurement{}, fields: map[string]any{}}
}

// Add adds value to a metric.
func (inv *Invocation) Add(metric string, unit Unit, value float64) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	m := inv.metrics[metric]
	inv.metrics[metric] = measurement{unit: unit, value: m.value + value}
}

// Took adds a time to a metric, in milliseconds.
func (inv *Invocation) Took(metric string, d time.Duration) {
	inv.Add(metric, Milliseconds, float64(d.Microseconds())/1000)
}

// Set records a field of the invocation's line: facts with many values, which
// must not become dimensions.
func (inv *Invocation) Set(field string, value any) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.fields[field] = value
}

// Wrap returns handle as a Lambda handler. Errors are given the type name by
// which the state machine decides on a retry.
func Wrap[In interface{ ExecutionID() string }, Out any](t *Telemetry, handle func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (Out, error) {
		inv := t.begin(ctx, in.ExecutionID())
		out, err := handle(context.WithValue(ctx, contextKey{}, inv), in)
		t.end(inv, err)
		return out, fault.ForLambda(err)
	}
}

func (t *Telemetry) begin(ctx context.Context, executionID string) *Invocation {
	requestID := ""
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		requestID = lc.AwsRequestID
	}
	cold := !t.warm.Swap(true)
	logger := slog.New(slog.NewJSONHandler(t.out, nil)).With(
		contract.FieldRequestID, requestID,
		contract.FieldExecutionID, executionID,
		contract.FieldColdStart, cold,
		contract.DimensionStage, t.stage,
	)
	inv := newInvocation(logger)
	inv.fields[contract.FieldRequestID] = requestID
	inv.fields[contract.FieldExecutionID] = executionID
	inv.fields[contract.FieldColdStart] = cold
	if cold {
		inv.Add(contract.MetricColdStart, Count, 1)
	}
	return inv
}

func (t *Telemetry) end(inv *Invocation, err error) {
	now := time.Now().UTC()
	inv.Set(slog.TimeKey, now.Format(time.RFC3339Nano))
	inv.Set(slog.LevelKey, slog.LevelInfo.String())
	inv.Set(slog.MessageKey, "invocation")
	if err != nil {
		inv.Add(contract.MetricFailed, Count, 1)
		inv.Set(slog.LevelKey, slog.LevelError.String())
		inv.Set("error", err.Error())
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if err := writeEMF(t.out, t.namespace, contract.DimensionStage, t.stage, now, inv.metrics, inv.fields); err != nil {
		// The image is done: losing its metrics must not undo that.
		inv.Error("metrics were not written", "cause", err)
	}
}
