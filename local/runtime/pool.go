package runtime

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// Reasons of a TooManyRequestsException, as Lambda's API names them.
const (
	reasonReserved = "ReservedFunctionConcurrentInvocationLimitExceeded"
	reasonAccount  = "ConcurrentInvocationLimitExceeded"
)

// throttle is a TooManyRequestsException with its reason.
type throttle struct{ reason string }

func (t *throttle) Error() string { return t.Unwrap().Error() }

// Unwrap makes it an *awsapi.Error for callers.
func (t *throttle) Unwrap() error {
	return awsapi.Errorf(http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded. (Reason: %s)", t.reason)
}

// function is a configured function and its environments.
type function struct {
	Function
	busy int            // executions in progress
	idle []*environment // the most recently used is last
}

// throttled is the refusal for want of concurrency.
func (f *function) throttled() error {
	if f.Concurrency >= 0 {
		return &throttle{reasonReserved}
	}
	return &throttle{reasonAccount}
}

// pool counts executions and keeps idle environments.
type pool struct {
	mu         sync.Mutex
	unreserved int // limit of the executions that share the account's quota
	shared     int // those in progress
	total      int // all executions in progress
	functions  map[string]*function
}

// acquire counts an execution of fn in and answers how many run now, or says why not.
func (p *pool) acquire(fn *function) (Concurrency, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fn.Concurrency >= 0 {
		if fn.busy >= fn.Concurrency {
			return Concurrency{}, fn.throttled()
		}
	} else {
		if p.shared >= p.unreserved {
			return Concurrency{}, fn.throttled()
		}
		p.shared++
	}
	fn.busy++
	p.total++
	return Concurrency{Function: fn.busy, Account: p.total, Unreserved: p.shared}, nil
}

// release counts an execution out.
func (p *pool) release(fn *function) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fn.busy--
	p.total--
	if fn.Concurrency < 0 {
		p.shared--
	}
}

// take answers the most recently used idle environment, or nil.
func (p *pool) take(fn *function) *environment {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(fn.idle)
	if n == 0 {
		return nil
	}
	env := fn.idle[n-1]
	fn.idle[n-1] = nil
	fn.idle = fn.idle[:n-1]
	return env
}

func (p *pool) put(env *environment, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	env.idleSince = now
	env.fn.idle = append(env.fn.idle, env)
}

// expired takes out the environments that are idle since before limit, or have died.
func (p *pool) expired(limit time.Time) []*environment {
	p.mu.Lock()
	defer p.mu.Unlock()
	var gone []*environment
	for _, fn := range p.functions {
		fn.idle = slices.DeleteFunc(fn.idle, func(env *environment) bool {
			old := env.idleSince.Before(limit) || !env.alive()
			if old {
				gone = append(gone, env)
			}
			return old
		})
	}
	return gone
}
