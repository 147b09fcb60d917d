package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Limits of Lambda, from its quotas page.
const (
	maxRequestBytes  = 6 * 1024 * 1024        // synchronous request payload
	maxResponseBytes = 6*1024*1024 + 100      // response payload: 6,291,556 bytes, as Lambda's own message says
	maxEventBytes    = 1024 * 1024            // asynchronous request payload
	maxTimeout       = 900 * time.Second      // function timeout
	maxEventAge      = 6 * time.Hour          // asynchronous event, also the default
	defaultRetries   = 2                      // asynchronous event
	newAccountLimit  = 10                     // concurrent executions of a new AWS account
	initLimit        = 10 * time.Second       // init phase
	shutdownGrace    = 500 * time.Millisecond // SIGTERM to SIGKILL, of a runtime with an internal extension
	idleLimit        = 5 * time.Minute        // ours: Lambda does not document its own
	latestVersion    = "$LATEST"
)

// Function is one function's configuration.
type Function struct {
	Name    string
	ARN     string
	Binary  string            // path of the executable for this machine; see Build
	Handler string            // given as _HANDLER
	Env     map[string]string // the function's own variables; reserved names are refused
	Timeout time.Duration     // of one invocation; up to 900 s
	// MemoryMB is given to the function and reported; it is not enforced.
	MemoryMB    int
	Concurrency int // reserved concurrency; 0 throttles everything, < 0 is unreserved
	LogGroup    string
	RoleARN     string
	// DeadLetterARN is the queue or topic for asynchronous events that failed; may be empty.
	DeadLetterARN        string
	MaximumRetryAttempts int           // of an asynchronous event: 0 to 2; < 0 is Lambda's default, 2
	MaximumEventAge      time.Duration // of an asynchronous event; 0 is Lambda's default, 6 h
}

// Options configures New. Functions, Credentials, Region and Logs are required.
type Options struct {
	Functions []Function
	// AccountConcurrency is the account's quota of concurrent executions, out of
	// which reserved concurrency is taken. 0 leaves 10 unreserved executions (the
	// quota of a new AWS account, and a sensible number of processes for a laptop).
	AccountConcurrency int
	// Credentials answers a role's temporary credentials.
	Credentials func(roleARN string) (accessKey, secret, sessionToken string, err error)
	// Variables tells whether a function's role may decrypt the function's
	// variables; its refusal is an *awsapi.Error. nil: it may.
	Variables func(Function) error
	Endpoint  string // AWS_ENDPOINT_URL of the functions; "" sets none
	Region    string
	Logs      LogSink
	// DeadLetters receives asynchronous events that failed for good, of functions
	// that name a DeadLetterARN; required when one does.
	DeadLetters func(context.Context, DeadLetter) error
	Observer    func(Observation) // sees every invocation and throttle; must be quick; may be nil
	// Inject is asked before every attempt to invoke a function what is to go wrong
	// with it; it must be quick. nil: nothing.
	Inject func(function string) Injection
	Logger *slog.Logger // the runner's own problems; nil discards them

	IdleTimeout     time.Duration // an environment idle for longer is shut down; 0 is 5 min
	InitTimeout     time.Duration // 0 is Lambda's 10 s
	ShutdownGrace   time.Duration // from SIGTERM to SIGKILL; 0 is Lambda's 500 ms
	AsyncDelayScale float64       // multiplies the delays between asynchronous attempts; 0 is 1
	Now             func() time.Time
}

func (o *Options) setDefaults() {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = func(Observation) {}
	}
	if o.Inject == nil {
		o.Inject = func(string) Injection { return Injection{} }
	}
	if o.Variables == nil {
		o.Variables = func(Function) error { return nil }
	}
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = idleLimit
	}
	if o.InitTimeout <= 0 {
		o.InitTimeout = initLimit
	}
	if o.ShutdownGrace <= 0 {
		o.ShutdownGrace = shutdownGrace
	}
	if o.AsyncDelayScale <= 0 {
		o.AsyncDelayScale = 1
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// unreserved answers how many executions the functions without reserved
// concurrency share.
func (o *Options) unreserved() (int, error) {
	reserved, shared := 0, false
	for _, f := range o.Functions {
		if f.Concurrency > 0 {
			reserved += f.Concurrency
		}
		shared = shared || f.Concurrency < 0
	}
	if o.AccountConcurrency == 0 {
		return newAccountLimit, nil
	}
	left := o.AccountConcurrency - reserved
	if left < 0 || (shared && left == 0) {
		return 0, fmt.Errorf("the functions reserve %d of the account's %d concurrent executions, which leaves none for the others: raise AccountConcurrency", reserved, o.AccountConcurrency)
	}
	return left, nil
}

func (o *Options) validate() error {
	var errs []error
	if o.Credentials == nil || o.Logs == nil || o.Region == "" {
		errs = append(errs, errors.New("runtime: Credentials, Logs and Region are required"))
	}
	names := map[string]bool{}
	for _, f := range o.Functions {
		if names[f.Name] {
			errs = append(errs, fmt.Errorf("function %s: declared twice", f.Name))
		}
		names[f.Name] = true
		if err := f.validate(); err != nil {
			errs = append(errs, err)
		}
		if f.DeadLetterARN != "" && o.DeadLetters == nil {
			errs = append(errs, fmt.Errorf("function %s: has a dead letter target, but Options.DeadLetters is nil", f.Name))
		}
	}
	return errors.Join(errs...)
}

func (f *Function) validate() error {
	var errs []error
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("function %s: "+format, append([]any{f.Name}, args...)...))
	}
	if f.Name == "" || f.ARN == "" || f.Binary == "" || f.LogGroup == "" || f.RoleARN == "" {
		fail("Name, ARN, Binary, LogGroup and RoleARN are required")
	}
	if f.Timeout < time.Second || f.Timeout > maxTimeout {
		fail("Timeout %s is not between 1 s and %s", f.Timeout, maxTimeout)
	}
	if f.MemoryMB < 128 || f.MemoryMB > 10240 {
		fail("MemoryMB %d is not between 128 and 10240", f.MemoryMB)
	}
	if f.MaximumRetryAttempts > defaultRetries {
		fail("MaximumRetryAttempts %d is above 2", f.MaximumRetryAttempts)
	}
	if f.MaximumEventAge != 0 && (f.MaximumEventAge < time.Minute || f.MaximumEventAge > maxEventAge) {
		fail("MaximumEventAge %s is not between 60 s and 6 h", f.MaximumEventAge)
	}
	if err := checkVariables(f.Env); err != nil {
		fail("%w", err)
	}
	return errors.Join(errs...)
}
