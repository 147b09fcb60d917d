package dashboards

import (
	"time"

	"github.com/pixline/pixline/pkg/contract"
)

// workflow shows the state machine.
func (b *board) workflow() {
	s := b.stack
	b.statesOf(StageWorkflow)
	b.graph(half, graph{title: "Started and succeeded", series: []Metric{s.started(), s.ended()}})
	b.graph(half, graph{title: "Failed, aborted, throttled, timed out", series: []Metric{s.failed(), s.aborted(), s.throttled(), s.timedOut()}})
	b.graph(half, graph{
		title:  "Duration (ms)",
		series: []Metric{s.executionTime("p50", colorP50), s.executionTime("p90", colorP90), s.executionTime("p99", colorP99)},
		lines:  []line{{Label: "timeout", Value: float64(s.Workflow.TimeoutSeconds) * 1000, Color: colorTimedOut}},
	})
	b.graph(quarter, graph{title: "Failures (%)", series: []Metric{s.failureRate()}})
	b.graph(quarter, graph{title: "Retries (estimated)", stacked: true, series: s.retries()})
	b.table("Recent failures", []string{s.Workflow.LogGroup}, recentFailures)
}

// retryPeriod is long enough for most executions to lie within one period.
const retryPeriod = 5 * time.Minute

// retries are the invocations of each function beyond those that the executions
// need. Step Functions has no metric of retries, so this is an estimate: an
// execution that begins in one period and goes on in the next shifts it, which
// cannot make it less than 0.
func (s Stack) retries() []Metric {
	needed := map[string]struct {
		expression string
		operands   map[string]Metric
	}{
		contract.StageValidate: {"FILL(started,0)", map[string]Metric{"started": s.started()}},
		contract.StageResize:   {"FILL(validated,0)", map[string]Metric{"validated": s.function(contract.StageValidate).passed()}},
		// Whatever the outcome, notify tells of it; of those cut off, it cannot.
		contract.StageNotify: {"FILL(succeeded,0)+FILL(failed,0)", map[string]Metric{"succeeded": s.ended(), "failed": s.failed()}},
	}
	var series []Metric
	for _, stage := range s.stages() {
		n := needed[stage]
		for name, m := range n.operands {
			n.operands[name] = m.every(retryPeriod)
		}
		series = append(series, Metric{
			Expression: "IF(FILL(calls,0)>needed,calls-needed,0)",
			Operands: map[string]Metric{
				"calls":  s.function(stage).invocations().every(retryPeriod),
				"needed": {Expression: n.expression, Operands: n.operands},
			},
			Unit: Count, Label: stage, Color: stageColor(stage),
		})
	}
	return series
}
