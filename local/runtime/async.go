package runtime

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

// Delays of Lambda's asynchronous queue. Source: Lambda developer guide, "How
// Lambda handles errors and retries with asynchronous invocation".
const (
	firstRetryDelay  = time.Minute // after a function error; doubled for the second retry
	minThrottleDelay = time.Second // after a throttle or a service error; doubled each time
	maxThrottleDelay = 5 * time.Minute
	// maxQueued is ours: Lambda documents no length. It bounds the memory that a
	// flood of events takes to 10,000 payloads.
	maxQueued = 10_000
	// maxMessageBytes is what a dead letter carries of the error message.
	maxMessageBytes = 1024
)

// Event is an asynchronous event in the queue.
type Event struct {
	Function   string
	RequestID  string // the same for every attempt
	Payload    []byte
	ReceivedAt time.Time
	Attempts   int // that reached the function
}

// DeadLetter is an asynchronous event that failed for good. Lambda sends Payload
// as the message's body, with RequestID (String), ErrorCode (Number) and
// ErrorMessage (String) as its attributes, in the name of the function's role.
type DeadLetter struct {
	Target       string // ARN of the queue or topic
	FunctionARN  string
	RoleARN      string
	Payload      []byte
	RequestID    string
	ErrorCode    int    // HTTP status of the last attempt: 200 for a function error
	ErrorMessage string // at most its first 1 KB
}

// queue holds the asynchronous events; each is driven by a goroutine of its own.
type queue struct {
	mu     sync.Mutex
	events map[*Event]struct{}
}

func (q *queue) add(e *Event) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) >= maxQueued {
		return false
	}
	q.events[e] = struct{}{}
	return true
}

func (q *queue) remove(e *Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.events, e)
}

// undelivered answers an *UndeliveredError, or nil when nothing is left.
func (q *queue) undelivered() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) == 0 {
		return nil
	}
	var left []Event
	for e := range q.events {
		left = append(left, *e)
	}
	slices.SortFunc(left, func(a, b Event) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
	return &UndeliveredError{Events: left}
}

// InvokeAsync queues an event (at most 1 MB) and answers its request ID at once.
// A function error is retried MaximumRetryAttempts times, after one and two
// minutes; a throttle until the event is too old. What fails for good becomes a
// DeadLetter, or is dropped. The queue is in memory: see Close for its rest.
func (r *Runner) InvokeAsync(_ context.Context, function string, payload []byte) (requestID string, err error) {
	fn, err := r.find(function)
	if err != nil {
		return "", err
	}
	payload, err = checkPayload(payload, maxEventBytes)
	if err != nil {
		return "", err
	}
	if err := r.begin(); err != nil {
		return "", err
	}
	e := &Event{Function: fn.Name, RequestID: uuid.NewString(), Payload: slices.Clone(payload), ReceivedAt: r.options.Now()}
	if !r.queue.add(e) {
		r.work.Done()
		return "", awsapi.Errorf(http.StatusTooManyRequests, "TooManyRequestsException", "the queue of asynchronous events is full (%d events)", maxQueued)
	}
	r.observe(Observation{Kind: EventReceived, Function: fn.Name})
	go func() {
		defer r.work.Done()
		if r.drive(fn, e) {
			r.queue.remove(e)
		}
	}()
	return e.RequestID, nil
}

// failure is why an attempt did not succeed.
type failure struct {
	code    int
	message string
	retry   bool // it was the function's failure, which counts as an attempt
}

// drive attempts e until it succeeds, fails for good (both answer true) or the
// runner closes.
func (r *Runner) drive(fn *function, e *Event) bool {
	retries, age := fn.MaximumRetryAttempts, fn.MaximumEventAge
	if retries < 0 {
		retries = defaultRetries
	}
	if age == 0 {
		age = maxEventAge
	}
	throttled := minThrottleDelay
	for {
		last := r.attempt(fn, e)
		if last == nil {
			return true
		}
		if r.ctx.Err() != nil {
			return false // interrupted: its failure says nothing about the event
		}
		delay := throttled
		if last.retry {
			delay = firstRetryDelay << (e.Attempts - 1)
			throttled = minThrottleDelay
		} else {
			throttled = min(2*throttled, maxThrottleDelay)
		}
		tooOld := r.options.Now().Add(delay).Sub(e.ReceivedAt) > age
		// Reserved concurrency 0 is how a function is switched off: its events go
		// straight to the dead letters.
		if e.Attempts > retries || tooOld || fn.Concurrency == 0 {
			return r.bury(fn, e, *last)
		}
		if !r.sleep(time.Duration(float64(delay) * r.options.AsyncDelayScale)) {
			return false
		}
	}
}

func (r *Runner) attempt(fn *function, e *Event) *failure {
	res, err := r.execute(fn, e.RequestID, e.Payload)
	if err != nil {
		api := awsapi.As(err)
		return &failure{code: api.Status, message: api.Message}
	}
	e.Attempts++
	if res.FunctionError == "" {
		return nil
	}
	var doc struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(res.Payload, &doc) != nil || doc.Message == "" {
		doc.Message = string(res.Payload) // a custom runtime may post anything
	}
	return &failure{code: res.StatusCode, message: doc.Message, retry: true}
}

// bury hands e to the dead letters, if its function has any. It answers false
// when the runner closed meanwhile.
func (r *Runner) bury(fn *function, e *Event, last failure) bool {
	r.observe(Observation{Kind: EventDropped, Function: fn.Name})
	if fn.DeadLetterARN == "" {
		r.options.Logger.Warn("an asynchronous event failed for good, and its function has no dead letter target",
			"function", fn.Name, "request", e.RequestID, "error", last.message)
		return true
	}
	err := r.options.DeadLetters(r.ctx, DeadLetter{
		Target: fn.DeadLetterARN, FunctionARN: fn.ARN, RoleARN: fn.RoleARN, Payload: e.Payload,
		RequestID: e.RequestID, ErrorCode: last.code,
		// A character that the cut splits is left out.
		ErrorMessage: strings.ToValidUTF8(last.message[:min(len(last.message), maxMessageBytes)], ""),
	})
	if err == nil {
		return true
	}
	if r.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return false
	}
	// Lambda, too, gives the event up here, and counts it.
	r.observe(Observation{Kind: DeadLetterFailed, Function: fn.Name, Err: err})
	r.options.Logger.Error("an asynchronous event is lost: its dead letter could not be sent",
		"function", fn.Name, "request", e.RequestID, "target", fn.DeadLetterARN, "error", err)
	return true
}

// sleep answers false when the runner closed meanwhile.
func (r *Runner) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.ctx.Done():
		return false
	}
}
