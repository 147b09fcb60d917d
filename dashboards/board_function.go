package dashboards

import "github.com/pixline/pixline/pkg/contract"

// function shows one stage's function: what all have in common, and what is its own.
func (b *board) function(stage string) {
	f := b.stack.function(stage)
	b.statesOf(stage)
	b.graph(third, graph{title: "Invocations and errors", series: []Metric{f.invocations(), f.errors()}})
	b.graph(third, graph{title: "Errors (%)", series: []Metric{f.errorRate()}})
	concurrency := graph{title: "Throttles and concurrency", series: []Metric{f.throttles(), f.concurrency()}}
	if f.ReservedConcurrency > 0 {
		concurrency.lines = []line{{Label: "reserved", Value: float64(f.ReservedConcurrency), Color: colorAborted}}
	}
	b.graph(third, concurrency)

	b.graph(half, graph{title: "Duration (ms)", series: []Metric{
		f.duration("p50", colorP50), f.duration("p90", colorP90), f.duration("p99", colorP99), f.duration("Maximum", colorMax).with("max", colorMax),
	}, lines: []line{{Label: "timeout", Value: float64(f.TimeoutSeconds) * 1000, Color: colorTimedOut}}})
	b.graph(quarter, graph{title: "Cold starts", series: []Metric{
		f.own(contract.MetricColdStart, "Sum", Count, "cold starts", colorColdStart),
	}})
	b.graph(quarter, graph{title: "Init time (ms)", series: []Metric{
		f.own(contract.MetricInitTime, "p50", Milliseconds, "p50", colorP50), f.own(contract.MetricInitTime, "Maximum", Milliseconds, "max", colorMax),
	}})
	switch stage {
	case contract.StageValidate:
		b.validate(f)
	case contract.StageResize:
		b.resize(f)
	case contract.StageNotify:
		b.notify(f)
	}
	b.table("Recent errors", []string{f.LogGroup}, recentErrors)
}

func (b *board) validate(f function) {
	var byCode []Metric
	for i, code := range contract.RejectionCodes() {
		byCode = append(byCode, f.rejectedFor(code, shade(i)))
	}
	b.graph(half, graph{title: "Rejections by code", stacked: true, series: byCode})
	b.graph(half, graph{title: "Rejected (%)", series: []Metric{f.rejectedShare()}})
}

func (b *board) resize(f function) {
	b.graph(third, graph{title: "Megapixels of the sources", series: []Metric{
		f.own(contract.MetricMegapixels, "Average", Count, "average", colorPixels), f.own(contract.MetricMegapixels, "Maximum", Count, "max", colorMax),
	}})
	b.graph(third, graph{title: "Bytes in and out", series: []Metric{
		f.own(contract.MetricBytesIn, "Sum", Bytes, "in", colorBytesIn), f.own(contract.MetricBytesOut, "Sum", Bytes, "out", colorBytesOut),
	}})
	b.graph(third, graph{title: "Rejections", series: []Metric{f.rejected()}})
	b.graph(half, graph{title: "Time in decode, resize and encode (average, ms)", stacked: true, series: []Metric{
		f.own(contract.MetricDecodeTime, "Average", Milliseconds, "decode", colorDecode),
		f.own(contract.MetricResizeTime, "Average", Milliseconds, "resize", colorResize),
		f.own(contract.MetricEncodeTime, "Average", Milliseconds, "encode", colorEncode),
	}})
	b.graph(quarter, graph{title: "Peak memory (%)", series: []Metric{f.memoryShare()}, max: 100})
	b.graph(quarter, graph{title: "Peak memory now (%)", view: viewGauge, series: []Metric{f.memoryShare()}, max: 100})
}

func (b *board) notify(f function) {
	b.graph(half, graph{title: "Published and failed", series: []Metric{f.published(), f.publishFailed()}})
	b.graph(half, graph{title: "Deliveries of the topic", series: b.stack.deliveries()})
}
