package meter

import (
	"time"

	"github.com/pixline/pixline/local/runtime"
)

const lambdaNamespace = "AWS/Lambda"

// Lambda measures what the functions' runtime observes: by FunctionName, by
// FunctionName and Resource (which for a function without versions is its name
// again), and over all functions. As on AWS, the time is that of the invocation's
// beginning. Source: Lambda Developer Guide, "Types of metrics for Lambda functions".
func (m *Meter) Lambda(o runtime.Observation) {
	var lasted time.Duration
	var values []value
	switch o.Kind {
	case runtime.Invoked:
		lasted = duration(o)
		values = []value{
			{"Invocations", unitCount, 1}, occurred("Errors", o.Result.FunctionError != ""), {"Throttles", unitCount, 0}, took("Duration", o.Result.Duration),
		}
		m.concurrency(o)
	case runtime.Throttled:
		values = []value{{"Throttles", unitCount, 1}}
	case runtime.EventReceived:
		values = []value{{"AsyncEventsReceived", unitCount, 1}}
	case runtime.EventDropped:
		values = []value{{"AsyncEventsDropped", unitCount, 1}}
	case runtime.DeadLetterFailed:
		values = []value{{"DeadLetterErrors", unitCount, 1}}
	}
	m.putBegun(o.Time, lasted, lambdaNamespace, []dimensions{{{Name: "FunctionName", Value: o.Function}}, resource(o.Function), nil}, values...)
}

// concurrency is of the function where it has the function's name, and of the
// account where it has none.
func (m *Meter) concurrency(o runtime.Observation) {
	const name = "ConcurrentExecutions"
	lasted := duration(o)
	m.putBegun(o.Time, lasted, lambdaNamespace, []dimensions{{{Name: "FunctionName", Value: o.Function}}, resource(o.Function)}, value{name, unitCount, float64(o.Concurrency.Function)})
	m.putBegun(o.Time, lasted, lambdaNamespace, []dimensions{nil}, value{name, unitCount, float64(o.Concurrency.Account)},
		value{"UnreservedConcurrentExecutions", unitCount, float64(o.Concurrency.Unreserved)})
}

// duration is how long ago an invocation that ends began.
func duration(o runtime.Observation) time.Duration { return o.Result.Duration + o.Result.InitDuration }

func resource(function string) dimensions {
	return dimensions{{Name: "FunctionName", Value: function}, {Name: "Resource", Value: function}}
}
