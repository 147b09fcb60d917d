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
	Concurrency int    // Invoked: executions of the function in progress, this one included
	Result      Result // Invoked
	Err         error  // DeadLetterFailed
}

func (r *Runner) observe(o Observation) {
	o.Time = r.options.Now()
	r.options.Observer(o)
}
