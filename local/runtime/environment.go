package runtime

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"syscall"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// environment is one execution environment: a log stream, credentials, and the
// process that runs in it.
type environment struct {
	runner    *Runner
	fn        *function
	journal   *journal
	creds     credentials
	proc      *process // nil until its first start
	idleSince time.Time
}

// newEnvironment prepares an environment without a process. Its error is either
// an *awsapi.Error, to be answered as such, or a streamError.
func (r *Runner) newEnvironment(fn *function) (*environment, error) {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	now := r.options.Now()
	stream := now.UTC().Format("2006/01/02/") + "[" + latestVersion + "]" + hex.EncodeToString(id[:])
	// The stream is created before the role's credentials are used, as the role
	// itself creates it on AWS.
	if err := r.options.Logs.CreateStream(context.Background(), fn.RoleARN, fn.LogGroup, stream); err != nil {
		return nil, streamError{fmt.Errorf("create the log stream of function %s: %w", fn.Name, err)}
	}
	key, secret, token, err := r.options.Credentials(fn.RoleARN)
	if err != nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda. (%s: %v)", fn.RoleARN, err)
	}
	if err := r.options.Variables(fn.Function); err != nil {
		return nil, err
	}
	return &environment{
		runner: r, fn: fn, creds: credentials{key, secret, token},
		journal: &journal{sink: r.options.Logs, role: fn.RoleARN, group: fn.LogGroup, stream: stream, now: r.options.Now},
	}, nil
}

// streamError is a log stream that could not be created.
type streamError struct{ error }

// init starts the process and waits until it polls for an event. It answers how
// the phase failed, or nil. requestID and limit are those of the report.
func (e *environment) init(requestID string, wait, limit time.Duration) *outcome {
	proc, err := e.runner.startProcess(&e.fn.Function, func(api string) []string {
		return variables(&e.fn.Function, &e.runner.options, e.creds, e.journal.stream, api)
	}, e.journal)
	if err != nil {
		message := err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			message = fmt.Sprintf("Couldn't find valid bootstrap(s): [%s]", e.fn.Binary)
		}
		failure := platformFailure(errorEntrypoint, requestID, message)
		return &failure
	}
	e.proc = proc
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-proc.api.ready:
		proc.pump.drain() // what it printed so far comes before START
		return nil
	case <-proc.exited:
	case <-timer.C:
		proc.samplePeak()
		proc.kill()
		failure := timeoutFailure(requestID, limit, e.runner.options.Now())
		return &failure
	}
	failure := exitFailure(requestID, proc.state)
	if posted := proc.api.postedInitError(); posted != nil {
		failure.payload = posted
	}
	return &failure
}

// run delivers inv and waits for its end. delivered is false when the process
// had ended before it took the event: another environment may take it.
func (e *environment) run(inv *invocation) (result outcome, delivered bool) {
	p := e.proc
	ctx, cancel := context.WithDeadline(context.Background(), inv.deadline)
	defer cancel()
	if injected := e.delay(ctx, inv); injected != nil {
		return *injected, true
	}
	if inv.injected.Hang {
		p.signal(syscall.SIGSTOP)
	}
	if !p.api.deliver(ctx, inv, p.exited) {
		return outcome{}, false
	}
	if inv.injected.Panic {
		p.signal(syscall.SIGABRT)
	}
	var failure outcome
	select {
	case <-inv.done:
		p.samplePeak()
		p.pump.drain()
		return inv.result, true
	case <-p.exited:
		failure = exitFailure(inv.id, p.state)
	case <-ctx.Done():
		p.samplePeak()
		p.kill()
		failure = timeoutFailure(inv.id, e.fn.Timeout, e.runner.options.Now())
	}
	// A response that was posted stands, though the runtime failed afterwards
	// (aws-lambda-go exits after it has reported a panic): the report says so.
	if result, responded := p.api.response(inv); responded {
		result.status, result.errorType, result.line = failure.status, failure.errorType, failure.line
		return result, true
	}
	return failure, true
}

func (e *environment) alive() bool { return e.proc != nil && e.proc.alive() }

// maxMemoryMB is the peak memory of its process, in MB, or 0 when unknown.
func (e *environment) maxMemoryMB() int {
	if e.proc == nil {
		return 0
	}
	return int((e.proc.peak.Load() + 1<<20 - 1) >> 20)
}

// shutDown ends the process and writes what it still had to say.
func (e *environment) shutDown(hurry <-chan struct{}) {
	if e.proc != nil {
		e.proc.terminate(e.runner.options.ShutdownGrace, hurry)
	}
	if _, err := e.journal.flush(); err != nil {
		e.runner.options.Logger.Error("logs of a function that was shut down are lost", "function", e.fn.Name, "error", err)
	}
}
