package dashboards

// api shows the REST API.
func (b *board) api() {
	s := b.stack
	b.statesOf(StageAPI)
	b.graph(half, graph{title: "Requests", series: []Metric{
		s.requests(), s.apiErrors("4", "Sum", Count, "4xx", colorRejected), s.apiErrors("5", "Sum", Count, "5xx", colorFailed),
	}})
	b.graph(half, graph{title: "Errors (share of the requests)", series: []Metric{s.clientErrorRate(), s.serverErrorRate()}})
	b.graph(half, graph{title: "Latency (ms)", series: []Metric{
		s.latency("p50", colorP50), s.latency("p90", colorP90), s.latency("p99", colorP99),
	}})
	behind := func(statistic, color string) Metric {
		return s.gateway("IntegrationLatency", statistic, Milliseconds, statistic, color)
	}
	b.graph(half, graph{title: "Latency of Step Functions behind it (ms)", series: []Metric{
		behind("p50", colorP50), behind("p90", colorP90), behind("p99", colorP99),
	}})
}
