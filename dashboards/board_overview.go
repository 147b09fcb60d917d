package dashboards

import (
	"net/http"
	"time"

	"github.com/pixline/pixline/pkg/contract"
)

// overview shows the way of the images through the pipeline, and what it costs.
func (b *board) overview() error {
	composites, err := Composites(b.stack, b.settings)
	if err != nil {
		return err
	}
	var names []string
	for _, c := range composites {
		names = append(names, c.Name)
	}
	b.states("Pipeline health", names)

	s := b.stack
	validate, resize, notify := s.function(contract.StageValidate), s.function(contract.StageResize), s.function(contract.StageNotify)
	b.number(half+quarter, numberHeight, "Images",
		s.started().with("accepted", colorCalls),
		notify.told(contract.StatusSucceeded).with("succeeded", colorSucceeded),
		notify.told(contract.StatusRejected).with("rejected", colorRejected),
		s.lost())
	b.number(quarter, numberHeight, "End to end (ms)", s.executionTime("p99", colorP99))

	b.graph(half, graph{title: "From request to notification", view: viewBars, whole: true, series: []Metric{
		s.posted(http.MethodPost, contract.PathProcess),
		s.started(),
		validate.passed().with("validated", colorSucceeded),
		resize.passed().with("resized", colorSucceeded),
		notify.published().with("notified", colorSucceeded),
	}})
	b.graph(half, graph{title: "Executions", series: []Metric{s.started(), s.ended(), s.failed(), s.timedOut(), s.aborted()}})

	var rates, slowest []Metric
	for _, stage := range s.stages() {
		rates = append(rates, s.function(stage).errorRate().with(stage, stageColor(stage)))
		slowest = append(slowest, s.function(stage).duration("p99", colorP99).with(stage, stageColor(stage)))
	}
	b.graph(half, graph{title: "Errors of the functions (%)", series: rates})
	b.graph(half, graph{title: "Duration of the functions (p99, ms)", series: slowest})

	b.number(half, graphHeight, "Estimated cost (USD; no logs, transfer or free tier)", s.costPerDay(), s.costPerMillion())
	b.graph(half, graph{title: "Estimated cost by service (USD an hour)", stacked: true, series: s.costs(time.Hour)})
	b.table("Recent errors", s.functionLogs(), recentErrors)
	return nil
}

// lost is how many executions came to no outcome. With those that were told they are
// all that were accepted and are over: an image that was rejected, of which nobody could be
// told, has failed.
func (s Stack) lost() Metric {
	return Metric{
		Expression: "FILL(failed,0)+FILL(timedOut,0)+FILL(aborted,0)",
		Operands:   map[string]Metric{"failed": s.failed(), "timedOut": s.timedOut(), "aborted": s.aborted()},
		Unit:       Count, Label: "failed", Color: colorFailed,
	}
}
