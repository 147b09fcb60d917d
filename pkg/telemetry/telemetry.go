// Package telemetry wraps a Lambda handler so that each invocation writes one
// JSON line that tells its whole story: request, execution, trace and cold start,
// the fields and the metrics that the handler recorded, how long it took, and the
// error or panic if there was one. The line is in CloudWatch's embedded metric
// format, so the metrics need no call and no permission.
//
// The names of fields and metrics are in pkg/contract. A line costs some
// microseconds: BenchmarkInvocation.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
)

// Options say for what the lines are written, and where.
type Options struct {
	Stage     string
	Namespace string    // of the metrics
	Out       io.Writer // Lambda reads the process's standard output
	// InitTime is how long the process took until it was ready, for its first line.
	InitTime time.Duration
	MemoryMB int // of the function, for MemoryShare; 0 where it is not known
}

// Telemetry writes the lines of one function.
type Telemetry struct {
	options Options
	warm    atomic.Bool
}

// New returns the telemetry of a function.
func New(o Options) *Telemetry { return &Telemetry{options: o} }

// Wrap returns handle as a Lambda handler. Errors are given the type name by
// which the state machine decides on a retry.
func Wrap[In interface{ ExecutionID() string }, Out any](t *Telemetry, handle func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	return func(ctx context.Context, in In) (Out, error) {
		inv := t.begin(ctx, in.ExecutionID())
		defer func() {
			// Panics on once its line is written: Lambda reports it and starts a new process.
			if p := recover(); p != nil {
				t.end(inv, contract.ErrorTypePanic, fmt.Errorf("panic: %v", p))
				panic(p)
			}
		}()
		out, err := handle(context.WithValue(ctx, contextKey{}, inv), in)
		named := fault.ForLambda(err)
		t.end(inv, typeName(named), err)
		return out, named
	}
}

// typeName is what the Lambda runtime reports as the type of the error.
func typeName(named error) string {
	if named == nil {
		return ""
	}
	return reflect.TypeOf(named).Elem().Name()
}

func (t *Telemetry) begin(ctx context.Context, executionID string) *Invocation {
	inv := newInvocation()
	cold := !t.warm.Swap(true)
	inv.Set(contract.FieldExecutionID, executionID)
	inv.Set(contract.FieldColdStart, cold)
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		inv.Set(contract.FieldRequestID, lc.AwsRequestID)
	}
	if id := traceID(ctx); id != "" {
		inv.Set(contract.FieldTraceID, id)
	}
	inv.Count(contract.MetricColdStart, cold)
	if cold && t.options.InitTime > 0 {
		inv.Took(contract.MetricInitTime, t.options.InitTime)
	}
	return inv
}

// traceID is the root of the trace header that the Lambda runtime puts into the
// context, such as Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1.
func traceID(ctx context.Context) string {
	header, _ := ctx.Value("x-amzn-trace-id").(string)
	for part := range strings.SplitSeq(header, ";") {
		if root, found := strings.CutPrefix(strings.TrimSpace(part), "Root="); found {
			return root
		}
	}
	return ""
}

func (t *Telemetry) end(inv *Invocation, errorType string, err error) {
	now := time.Now().UTC()
	inv.Set(slog.TimeKey, now.Format(time.RFC3339Nano))
	inv.Set(slog.LevelKey, slog.LevelInfo.String())
	inv.Set(slog.MessageKey, "invocation")
	inv.Set(contract.FieldDurationMs, ms(now.Sub(inv.began)))
	inv.Count(contract.MetricFailed, err != nil)
	if err != nil {
		inv.Set(slog.LevelKey, slog.LevelError.String())
		inv.Set(contract.FieldStatus, contract.StatusFailed)
		inv.Set(contract.FieldErrorType, errorType)
		inv.Set(contract.FieldError, err.Error())
	}
	if memory := t.options.MemoryMB << 20; memory > 0 {
		if peak := peakMemory(); peak > 0 {
			inv.Add(contract.MetricMemoryShare, Percent, 100*float64(peak)/float64(memory))
		}
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	if err := writeEMF(t.options.Out, t.options.Namespace, t.options.Stage, now, inv); err != nil {
		// The image is done: losing its metrics must not undo that.
		slog.New(slog.NewJSONHandler(t.options.Out, nil)).Error("the invocation's line was not written",
			contract.FieldExecutionID, inv.fields[contract.FieldExecutionID], "cause", err.Error())
	}
}
