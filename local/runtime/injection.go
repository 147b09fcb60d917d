package runtime

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pixline/pixline/pkg/contract"
)

// Injection is what is to go wrong with one invocation, so that it can be
// rehearsed. The zero value is nothing. All but a throttle is told in the
// function's log.
type Injection struct {
	Throttle bool          // it is refused as one beyond the concurrency
	Delay    time.Duration // passes before the function sees the event, within its timeout
	// ErrorType ends the invocation with a function error of this errorType, before
	// the function sees the event; "": none.
	ErrorType string
	// Panic ends the process while it has the event, as Go's runtime ends a process
	// that panics outside of the handler: stack traces, exit status 2. Hang stops
	// the process until its timeout. Neither leaves the function time to respond.
	Panic, Hang bool
	Stage       string // of the function, for the log; "" where it has none
}

const injectedMessage = "the local runner was told to inject this fault"

// delay begins what is injected into inv, and answers the outcome if that is
// all that happens.
func (e *environment) delay(ctx context.Context, inv *invocation) *outcome {
	if inv.injected == (Injection{}) {
		return nil
	}
	e.journal.add(injectedLine(inv, e.runner.options.Now()))
	if inv.injected.Delay > 0 {
		timer := time.NewTimer(inv.injected.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done(): // the timeout is met with the event undelivered
			return nil
		case <-e.proc.exited:
			return nil
		}
	}
	if inv.injected.ErrorType == "" {
		return nil
	}
	return &outcome{payload: document(inv.injected.ErrorType, injectedMessage), failed: true}
}

// injectedLine tells it in the shape of the functions' own lines: as an error
// where no line of the platform's will.
func injectedLine(inv *invocation, now time.Time) string {
	line := map[string]any{"time": now.UTC().Format(time.RFC3339Nano), "level": "WARN", "msg": injectedMessage, contract.FieldRequestID: inv.id}
	if inv.injected.Stage != "" {
		line[contract.DimensionStage] = inv.injected.Stage
	}
	// Whose event has an execution, its line has, too.
	var event struct {
		Execution contract.Execution `json:"execution"`
	}
	if err := json.Unmarshal(inv.payload, &event); err == nil && event.Execution.ID != "" {
		line[contract.FieldExecutionID] = event.Execution.ID
	}
	if d := inv.injected.Delay; d > 0 {
		line["delayMs"] = d.Milliseconds()
	}
	if kind := inv.injected.ErrorType; kind != "" {
		line["level"], line[contract.FieldErrorType], line[contract.FieldError] = "ERROR", kind, injectedMessage
	}
	text, _ := json.Marshal(line) // strings and numbers always encode
	return string(text)
}
