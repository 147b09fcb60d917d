// Package fault classifies errors once. A caller acts on the Kind, never on a
// message: rejected becomes an outcome, transient is retried by the state
// machine with bounded attempts, permanent fails the execution. What nothing
// classified is permanent: a retry of the unknown hides defects.
//
// It imports the standard library alone.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Kind is what happens next to an error.
type Kind int

// The kinds.
const (
	KindPermanent Kind = iota // the execution fails
	KindTransient             // the state machine tries again, several times
	KindTimeout               // the state machine tries once more: the next time is rarely faster
	KindRejected              // the input is at fault: a business outcome
)

// Names under which Lambda reports the kinds to the state machine; its Retry
// lists the first two. They are the names of the types below, since the Lambda
// runtime derives errorType from the Go type.
const (
	NameTransient = "Transient"
	NameTimeout   = "Timeout"
	NamePermanent = "Permanent"
)

// Rejected is an input that will never be processed, with the code that the
// outcome carries.
type Rejected struct {
	Code    string
	Message string
}

func (e *Rejected) Error() string { return e.Code + ": " + e.Message }

// Reject makes a Rejected.
func Reject(code, format string, args ...any) error {
	return &Rejected{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Transient is an error that may go away: throttling, a 5xx, a lost race.
type Transient struct{ Err error }

func (e *Transient) Error() string { return e.Err.Error() }
func (e *Transient) Unwrap() error { return e.Err }

// Timeout is an error of an invocation that ran out of time and noticed before
// Lambda ended it.
type Timeout struct{ Err error }

func (e *Timeout) Error() string { return e.Err.Error() }
func (e *Timeout) Unwrap() error { return e.Err }

// Permanent is an error that will not go away by itself.
type Permanent struct{ Err error }

func (e *Permanent) Error() string { return e.Err.Error() }
func (e *Permanent) Unwrap() error { return e.Err }

// KindOf classifies err.
func KindOf(err error) Kind {
	if _, ok := errors.AsType[*Rejected](err); ok {
		return KindRejected
	}
	if _, ok := errors.AsType[*Permanent](err); ok {
		return KindPermanent
	}
	// Before transient: what was cut short by the deadline looks like a lost connection.
	if errors.Is(err, context.DeadlineExceeded) {
		return KindTimeout
	}
	if _, ok := errors.AsType[*Transient](err); ok {
		return KindTransient
	}
	if isTemporary(err) {
		return KindTransient
	}
	return KindPermanent
}

// ForLambda gives err the dynamic type whose name the state machine retries
// on. It keeps nil.
func ForLambda(err error) error {
	if err == nil {
		return nil
	}
	switch KindOf(err) {
	case KindTransient:
		return &Transient{Err: err}
	case KindTimeout:
		return &Timeout{Err: err}
	}
	return &Permanent{Err: err}
}

// httpStatus is what HTTP clients' response errors answer, the AWS SDK's among
// them; declared here so that this package needs no SDK.
type httpStatus interface {
	error
	HTTPStatusCode() int
}

// apiError is what the AWS SDK answers when a service gave a reason.
type apiError interface {
	error
	ErrorCode() string
}

// transientCodes are reasons that services give with status 400 although they
// pass: throttling, and a request that took too long to arrive. Source: the AWS
// SDK for Go, aws/retry, DefaultThrottleErrorCodes and DefaultRetryableErrorCodes.
var transientCodes = map[string]bool{
	"Throttling": true, "ThrottlingException": true, "ThrottledException": true, "RequestThrottled": true,
	"RequestThrottledException": true, "TooManyRequestsException": true, "RequestLimitExceeded": true,
	"BandwidthLimitExceeded": true, "LimitExceededException": true, "PriorRequestNotComplete": true, "SlowDown": true,
	"RequestTimeout": true, "RequestTimeoutException": true,
}

// connectionError is what the AWS SDK answers when no response arrived.
type connectionError interface {
	error
	ConnectionError() bool
}

// timeout is what the standard library's network errors answer.
type timeout interface {
	error
	Timeout() bool
}

func isTemporary(err error) bool {
	if a, ok := errors.AsType[apiError](err); ok && transientCodes[a.ErrorCode()] {
		return true
	}
	if s, ok := errors.AsType[httpStatus](err); ok {
		switch code := s.HTTPStatusCode(); {
		case code == 409, code == 429, code >= 500:
			return true
		case code > 0:
			return false
		}
	}
	if c, ok := errors.AsType[connectionError](err); ok {
		return c.ConnectionError()
	}
	if t, ok := errors.AsType[timeout](err); ok {
		return t.Timeout()
	}
	return false
}
