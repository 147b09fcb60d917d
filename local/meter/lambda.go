package meter

import (
	"github.com/pixline/pixline/local/runtime"
)

const lambdaNamespace = "AWS/Lambda"

// Lambda measures what the functions' runtime observes: by FunctionName, by
// FunctionName and Resource (which for a function without versions is its name
// again), and over all functions. As on AWS, the time is that of the invocation's
// beginning. Source: Lambda Developer Guide, "Types of metrics for Lambda functions".
func (m *Meter) Lambda(o runtime.Observation) {
	at := o.Time
	var values []value
	switch o.Kind {
	case runtime.Invoked:
		at = at.Add(-o.Result.Duration - o.Result.InitDuration)
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
	m.put(at, lambdaNamespace, []dimensions{{{Name: "FunctionName", Value: o.Function}}, resource(o.Function), nil}, values...)
}

// concurrency is of the function where it has the function's name, and of the
// account where it has none.
func (m *Meter) concurrency(o runtime.Observation) {
	const name = "ConcurrentExecutions"
	at := o.Time.Add(-o.Result.Duration - o.Result.InitDuration)
	m.put(at, lambdaNamespace, []dimensions{{{Name: "FunctionName", Value: o.Function}}, resource(o.Function)}, value{name, unitCount, float64(o.Concurrency.Function)})
	m.put(at, lambdaNamespace, []dimensions{nil}, value{name, unitCount, float64(o.Concurrency.Account)},
		value{"UnreservedConcurrentExecutions", unitCount, float64(o.Concurrency.Unreserved)})
}

func resource(function string) dimensions {
	return dimensions{{Name: "FunctionName", Value: function}, {Name: "Resource", Value: function}}
}
