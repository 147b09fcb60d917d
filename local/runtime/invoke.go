package runtime

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

// Result is the answer to a synchronous invocation.
type Result struct {
	StatusCode      int    // 200, also when the function failed
	FunctionError   string // "", or "Unhandled": the payload is an error document
	Payload         []byte
	ExecutedVersion string // $LATEST
	RequestID       string
	LogTail         string // the last 4 KB of the invocation's log
	Duration        time.Duration
	InitDuration    time.Duration // of a cold start; 0 otherwise
	ColdStart       bool
	MaxMemoryMB     int // peak so far of the environment's process; 0 where the system does not tell
}

// Invoke runs a function, named by its name or ARN, and waits for its answer; an
// empty payload stands for {}. When ctx ends, Invoke returns its error, while the
// function runs on, as on Lambda when the client hangs up.
//
// A function that fails is not an error: see Result.FunctionError. Errors are
// *awsapi.Error: ResourceNotFoundException (404), InvalidRequestContentException
// (400, not JSON), RequestTooLargeException (413, above 6 MB),
// TooManyRequestsException (429, the message ends with the reason),
// InvalidParameterValueException (400, the role cannot be assumed), and
// ServiceException (500, after Close).
func (r *Runner) Invoke(ctx context.Context, function string, payload []byte) (Result, error) {
	fn, err := r.find(function)
	if err != nil {
		return Result{}, err
	}
	payload, err = checkPayload(payload, maxRequestBytes)
	if err != nil {
		return Result{}, err
	}
	if err := r.begin(); err != nil {
		return Result{}, err
	}
	type answer struct {
		res Result
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		defer r.work.Done()
		res, err := r.execute(fn, uuid.NewString(), payload)
		answered <- answer{res, err}
	}()
	select {
	case a := <-answered:
		return a.res, a.err
	case <-ctx.Done():
		return Result{}, fmt.Errorf("wait for function %s: %w", fn.Name, ctx.Err())
	}
}

func checkPayload(payload []byte, limit int) ([]byte, error) {
	if len(payload) == 0 {
		return []byte("{}"), nil
	}
	if len(payload) > limit {
		return nil, awsapi.Errorf(http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request must be smaller than %d bytes for the InvokeFunction operation", limit)
	}
	if !json.Valid(payload) {
		return nil, awsapi.Errorf(http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json: Could not parse payload into json")
	}
	return payload, nil
}

// execute runs one invocation within the concurrency limits.
func (r *Runner) execute(fn *function, requestID string, payload []byte) (Result, error) {
	injected := r.options.Inject(fn.Name)
	if injected.Throttle {
		r.observe(Observation{Kind: Throttled, Function: fn.Name})
		return Result{}, fn.throttled()
	}
	running, err := r.pool.acquire(fn)
	if err != nil {
		r.observe(Observation{Kind: Throttled, Function: fn.Name})
		return Result{}, err
	}
	defer r.pool.release(fn)
	inv := &invocation{id: requestID, payload: payload, trace: newTrace(r.options.Now()), injected: injected, done: make(chan struct{})}
	res, err := r.executeIn(fn, inv)
	if err == nil {
		r.observe(Observation{Kind: Invoked, Function: fn.Name, Concurrency: running, Result: res})
	}
	return res, err
}

// executeIn finds an environment for inv and runs it there.
func (r *Runner) executeIn(fn *function, inv *invocation) (Result, error) {
	for env := r.pool.take(fn); env != nil; env = r.pool.take(fn) {
		if res, delivered := r.runWarm(env, inv); delivered {
			return res, nil
		}
		// It died while idle, before it saw the event.
		env.shutDown(r.hurry)
	}
	env, err := r.newEnvironment(fn)
	if stream := (streamError{}); errors.As(err, &stream) {
		o := logsFailure(stream.error)
		return Result{
			StatusCode: http.StatusOK, FunctionError: "Unhandled", Payload: o.payload,
			ExecutedVersion: latestVersion, RequestID: inv.id, ColdStart: true,
		}, nil
	} else if err != nil {
		return Result{}, err
	}
	return r.runCold(env, inv), nil
}

func (r *Runner) runWarm(env *environment, inv *invocation) (Result, bool) {
	started := time.Now()
	inv.deadline = started.Add(env.fn.Timeout)
	if !env.alive() {
		return Result{}, false
	}
	env.journal.begin()
	env.journal.add(startLine(inv))
	o, delivered := env.run(inv)
	if !delivered {
		return Result{}, false
	}
	return r.finish(env, inv, o, Result{Duration: time.Since(started)}), true
}

func startLine(inv *invocation) string {
	return "START RequestId: " + inv.id + " Version: " + latestVersion
}

// runCold starts env's process first. As on Lambda, an init phase that fails is
// tried once more within the invocation, then bounded by the function's timeout
// and counted in its duration.
func (r *Runner) runCold(env *environment, inv *invocation) Result {
	began := time.Now()
	failure := env.init(inv.id, r.options.InitTimeout, r.options.InitTimeout)
	res := Result{ColdStart: true, InitDuration: time.Since(began)}
	if failure != nil {
		env.journal.add(initReport(res.InitDuration, "init", *failure))
	}
	started := time.Now()
	inv.deadline = started.Add(env.fn.Timeout)
	env.journal.begin()
	env.journal.add(startLine(inv))
	if failure != nil {
		res.InitDuration = 0
		if failure = env.init(inv.id, env.fn.Timeout, env.fn.Timeout); failure != nil {
			env.journal.add(initReport(time.Since(started), "invoke", *failure))
		}
	}
	var o outcome
	if failure != nil {
		o = *failure
	} else if result, delivered := env.run(inv); delivered {
		o = result
	} else {
		o = exitFailure(inv.id, env.proc.state)
	}
	res.Duration = time.Since(started)
	return r.finish(env, inv, o, res)
}

// finish logs the end of inv, hands the environment back and completes res.
func (r *Runner) finish(env *environment, inv *invocation, o outcome, res Result) Result {
	res.StatusCode, res.ExecutedVersion, res.RequestID = http.StatusOK, latestVersion, inv.id
	res.MaxMemoryMB = env.maxMemoryMB()
	if o.line != "" {
		env.journal.add(o.line)
	}
	env.journal.add("END RequestId: " + inv.id)
	env.journal.add(report(&res, env.fn.MemoryMB, o))
	tail, err := env.journal.flush()
	res.LogTail = tail
	switch {
	case o.status != "" || !env.alive():
		// Lambda resets the environment after a failure of the runtime; here the
		// next invocation gets a new one. Nothing of its process is left.
		if env.proc != nil && env.proc.alive() {
			env.shutDown(r.hurry)
		}
	default:
		r.pool.put(env, time.Now())
	}
	if err != nil {
		o = logsFailure(err)
	}
	res.Payload = o.payload
	if o.failed {
		res.FunctionError = "Unhandled"
	}
	return res
}

// newTrace answers an X-Ray trace header that is not sampled.
func newTrace(now time.Time) string {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", now.Unix(), hex.EncodeToString(b[:12]), hex.EncodeToString(b[12:]))
}
