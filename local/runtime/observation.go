package runtime

import "time"

// ObservationKind is what an Observation tells; the comments name the metrics of
// AWS/Lambda that it feeds.
type ObservationKind int

const (
	Invoked          ObservationKind = iota // Invocations, Errors, Duration, ConcurrentExecutions
	Throttled                               // Throttles
	EventReceived                           // AsyncEventsReceived
	EventDropped                            // AsyncEventsDropped
	DeadLetterFailed                        // DeadLetterErrors
)

// Observation is something that Lambda would count in CloudWatch.
type Observation struct {
	Kind        ObservationKind
	Function    string // its name
	Time        time.Time
	Concurrency Concurrency // Invoked
	Result      Result      // Invoked
	Err         error       // DeadLetterFailed
}

// Concurrency counts the executions in progress when one began, itself included.
type Concurrency struct {
	Function   int // of the same function
	Account    int // of all functions: ConcurrentExecutions without a dimension
	Unreserved int // of those without reserved concurrency: UnreservedConcurrentExecutions
}

func (r *Runner) observe(o Observation) {
	o.Time = r.options.Now()
	r.options.Observer(o)
}
