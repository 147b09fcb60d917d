package dashboards

// StageAPI is the REST API's.
const StageAPI = "api"

// gateway is a metric that API Gateway publishes of the API's stage. Source: API
// Gateway Developer Guide, "Amazon API Gateway dimensions and metrics".
func (s Stack) gateway(name, statistic string, unit Unit, label, color string) Metric {
	return Metric{
		Namespace: "AWS/ApiGateway", Name: name, Dimensions: map[string]string{"ApiName": s.API.Name, "Stage": s.API.Stage},
		Statistic: statistic, Period: minute, Unit: unit, Label: label, Color: color,
	}
}

// requests: "The SampleCount statistic represents this metric."
func (s Stack) requests() Metric {
	return s.gateway("Count", "SampleCount", Count, "requests", colorCalls)
}

// posted is how many requests one method had. It exists where the stage has
// detailed metrics, as the program's has.
func (s Stack) posted(method, path string) Metric {
	m := s.requests().with(method, colorCalls)
	m.Dimensions = map[string]string{"ApiName": s.API.Name, "Stage": s.API.Stage, "Method": method, "Resource": path}
	return m
}

func (s Stack) apiErrors(class, statistic string, unit Unit, label, color string) Metric {
	return s.gateway(class+"XXError", statistic, unit, label, color)
}

// serverErrorRate and clientErrorRate are shares of the requests, 0 to 1.
func (s Stack) serverErrorRate() Metric {
	return s.apiErrors("5", "Average", Fraction, "5xx", colorFailed)
}

func (s Stack) clientErrorRate() Metric {
	return s.apiErrors("4", "Average", Fraction, "4xx", colorRejected)
}

func (s Stack) latency(statistic, color string) Metric {
	return s.gateway("Latency", statistic, Milliseconds, statistic, color)
}

func apiRows(s Stack, settings Settings) []row {
	rows := []row{{
		signal: "5xx", metric: s.serverErrorRate(), comparison: Above, threshold: 0.05, m: 3, n: 3,
		wrong: "%s of the API's requests fail with 5xx.",
		todo:  "Look at the access log: the role, a template or Step Functions itself.",
	}, {
		signal: "4xx", metric: s.clientErrorRate(), comparison: Above, threshold: 0.05, m: 5, n: 5,
		wrong: "%s of the API's requests are refused with 4xx.",
		todo:  "Look at the access log: which caller, and which status.",
	}, {
		signal: "latency", metric: s.latency("p90", colorP90), comparison: AtLeast, threshold: 2500, m: 5, n: 5,
		wrong: "One request in ten to the API takes %s.",
		todo:  "Compare with the integration's latency on the dashboard of the API.",
	}}
	if settings.Baseline > 0 {
		rows = append(rows, row{
			signal: "traffic", metric: s.requests(), comparison: Below, threshold: settings.Baseline, m: 10, n: 10, missing: Breaching,
			wrong: "The API has %s requests a minute.",
			todo:  "Ask the callers: something before the API is broken, or refuses them.",
		})
	}
	return rows
}
