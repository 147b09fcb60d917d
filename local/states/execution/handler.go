package execution

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/pixline/pixline/local/states/asl"
)

// handled performs a state that may have Retry and Catch. attempt yields the
// state's result.
func (v *visit) handled(ctx context.Context, attempt func(context.Context) (json.RawMessage, error)) (string, json.RawMessage, error) {
	s := v.state
	visits := make([]int64, len(s.Retry)) // each retrier counts its own retries
	for n := 0; ; n++ {
		v.scope.setAttempt(n)
		output, assigned, err := v.attempt(ctx, attempt)
		if err == nil {
			v.exit(output, assigned)
			return s.Next, output, nil
		}
		var f *Failure
		if !errors.As(err, &f) {
			return "", nil, err
		}
		delay, again := v.retry(f, visits)
		if !again {
			return v.catch(ctx, f)
		}
		if err := sleep(ctx, time.Now().Add(delay)); err != nil {
			return "", nil, err
		}
	}
}

// attempt gets a result and evaluates the state's way out with it: a failed
// evaluation is the state's error too, which Retry and Catch handle.
func (v *visit) attempt(ctx context.Context, attempt func(context.Context) (json.RawMessage, error)) (json.RawMessage, map[string]json.RawMessage, error) {
	result, err := attempt(ctx)
	if err != nil {
		return nil, nil, err
	}
	v.scope.setResult(result)
	return v.evaluate(ctx, exit{output: v.state.Output, assign: v.state.Assign, fallback: result})
}

// retry tells whether, and after what delay, to try again. The first retrier
// that names the error decides.
func (v *visit) retry(f *Failure, visits []int64) (time.Duration, bool) {
	for i, r := range v.state.Retry {
		if !matches(r.ErrorEquals, f) {
			continue
		}
		if visits[i] >= r.MaxAttempts {
			return 0, false
		}
		seconds := float64(r.IntervalSeconds) * math.Pow(r.BackoffRate, float64(visits[i]))
		visits[i]++
		if r.MaxDelaySeconds > 0 {
			seconds = min(seconds, float64(r.MaxDelaySeconds))
		}
		seconds = min(seconds, time.Duration(math.MaxInt64).Seconds()/2)
		if r.FullJitter {
			seconds *= rand.Float64() //nolint:gosec // spreads load, hides nothing
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	return 0, false
}

// catch takes the way out of the first catcher that names the error; without
// one the failure is the flow's.
func (v *visit) catch(ctx context.Context, f *Failure) (string, json.RawMessage, error) {
	for i, c := range v.state.Catch {
		if !matches(c.ErrorEquals, f) {
			continue
		}
		output, err := json.Marshal(struct{ Error, Cause string }{f.Name, f.Cause})
		if err != nil {
			return "", nil, fmt.Errorf("encode the error output: %w", err)
		}
		v.scope.setFailure(output)
		return v.leave(ctx, exit{next: c.Next, output: c.Output, assign: c.Assign, prefix: fmt.Sprintf("Catch[%d]/", i), fallback: output})
	}
	return "", nil, f
}

// matches tells whether an ErrorEquals names the failure. States.Runtime is
// never handled; States.DataLimitExceeded only under its own name.
//
// Source: "Handling errors in Step Functions workflows", AWS Step Functions
// Developer Guide.
func matches(names []string, f *Failure) bool {
	if f.Name == asl.ErrorRuntime {
		return false
	}
	timeout := f.Name == asl.ErrorTimeout || f.Name == asl.ErrorHeartbeat
	for _, name := range names {
		switch name {
		case f.Name:
			return true
		case asl.ErrorAll:
			if f.Name != asl.ErrorDataLimit {
				return true
			}
		case asl.ErrorTaskFailed:
			if f.Name != asl.ErrorDataLimit && !timeout {
				return true
			}
		case asl.ErrorTimeout:
			if timeout {
				return true
			}
		case asl.ErrorBranchFailed:
			if f.branch {
				return true
			}
		}
	}
	return false
}
