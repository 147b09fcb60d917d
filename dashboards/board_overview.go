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
	// The pipeline's is the last, and the first that one wants to see.
	names := []string{composites[len(composites)-1].Name}
	for _, c := range composites[:len(composites)-1] {
		names = append(names, c.Name)
	}
	b.states("Pipeline health", names)

	s := b.stack
	validate, resize, notify := s.function(contract.StageValidate), s.function(contract.StageResize), s.function(contract.StageNotify)
	b.number(half+quarter, numberHeight, "Images",
		s.started().with("accepted", colorCalls), s.succeeded(), s.rejected(), s.failed())
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

// rejected is how many images were rejected, by either stage that can.
func (s Stack) rejected() Metric {
	return Metric{
		Expression: "FILL(validate,0)+FILL(resize,0)",
		Operands: map[string]Metric{
			"validate": s.function(contract.StageValidate).rejected(),
			"resize":   s.function(contract.StageResize).rejected(),
		},
		Unit: Count, Label: "rejected", Color: colorRejected,
	}
}

// succeeded is how many images have their renditions: the execution of a rejected
// one succeeds, too.
func (s Stack) succeeded() Metric {
	return Metric{
		Expression: "FILL(ended,0)-rejected",
		Operands:   map[string]Metric{"ended": s.ended(), "rejected": s.rejected()},
		Unit:       Count, Label: "succeeded", Color: colorSucceeded,
	}
}
