package dashboards

import "github.com/pixline/pixline/pkg/contract"

// Shares of a limit at which an alarm still leaves time to act.
const (
	timeoutShare     = 0.8 // AWS guidance; of a function's and of the workflow's timeout
	concurrencyShare = 0.8 // AWS's recommended alarms; of the reserved concurrency
)

// minimumImages is how many images a minute has to have for a share of them to
// mean something.
const minimumImages = 20

// function makes the metrics of one stage's function.
type function struct {
	Function
	stage     string
	namespace string
}

func (s Stack) function(stage string) function {
	return function{Function: s.Functions[stage], stage: stage, namespace: s.Namespace}
}

// lambda is a metric that Lambda publishes. Source: Lambda Developer Guide,
// "Types of metrics for Lambda functions".
func (f function) lambda(name, statistic string, unit Unit, label, color string) Metric {
	return Metric{
		Namespace: "AWS/Lambda", Name: name, Dimensions: map[string]string{"FunctionName": f.Name},
		Statistic: statistic, Period: minute, Unit: unit, Label: label, Color: color,
	}
}

// own is a metric of the function's log line.
func (f function) own(name, statistic string, unit Unit, label, color string) Metric {
	return Metric{
		Namespace: f.namespace, Name: name, Dimensions: map[string]string{contract.DimensionStage: f.stage},
		Statistic: statistic, Period: minute, Unit: unit, Label: label, Color: color,
	}
}

func (f function) invocations() Metric {
	return f.lambda("Invocations", "Sum", Count, "invocations", colorCalls)
}

func (f function) errors() Metric {
	return f.lambda("Errors", "Sum", Count, "errors", colorFailed)
}

func (f function) throttles() Metric {
	return f.lambda("Throttles", "Sum", Count, "throttles", colorThrottled)
}

func (f function) duration(statistic, color string) Metric {
	return f.lambda("Duration", statistic, Milliseconds, statistic, color)
}

func (f function) concurrency() Metric {
	return f.lambda("ConcurrentExecutions", "Maximum", Count, "concurrent", colorConcurrent)
}

// errorRate is 0 in a minute without invocations.
func (f function) errorRate() Metric {
	return Metric{
		Expression: "IF(invocations>0,100*errors/invocations,0)",
		Operands:   map[string]Metric{"errors": f.errors(), "invocations": f.invocations()},
		Unit:       Percent, Label: "errors", Color: colorFailed,
	}
}

// rejected is how many images the function rejected, for all reasons.
func (f function) rejected() Metric {
	return f.own(contract.MetricRejected, "Sum", Count, "rejected", colorRejected)
}

// rejectedFor is how many it rejected for one reason.
func (f function) rejectedFor(code, color string) Metric {
	m := f.rejected().with(code, color)
	m.Dimensions = map[string]string{contract.DimensionStage: f.stage, contract.DimensionCode: code}
	return m
}

// passed is how many images passed the function.
func (f function) passed() Metric {
	return f.own(contract.MetricSucceeded, "Sum", Count, "passed", colorSucceeded)
}

// rejectedShare is 0 in a minute of too few images. Each image that was decided on
// has both metrics, one of them 0.
func (f function) rejectedShare() Metric {
	return Metric{
		Expression: "IF(rejected+passed>=" + number(minimumImages) + ",100*rejected/(rejected+passed),0)",
		Operands:   map[string]Metric{"rejected": f.rejected(), "passed": f.passed()},
		Unit:       Percent, Label: "rejected", Color: colorRejected,
	}
}

func (f function) memoryShare() Metric {
	return f.own(contract.MetricMemoryShare, "Maximum", Percent, "peak memory", colorMemory)
}

func (f function) published() Metric {
	return f.own(contract.MetricPublished, "Sum", Count, "published", colorSucceeded)
}

// told is how many outcomes of one status were published.
func (f function) told(status string) Metric {
	m := f.published()
	m.Dimensions = map[string]string{contract.DimensionStage: f.stage, contract.DimensionOutcome: status}
	return m
}

func (f function) publishFailed() Metric {
	return f.own(contract.MetricPublishFailed, "Sum", Count, "not published", colorFailed)
}

// functionRows are the alarms that every function has. They share their runbooks.
func functionRows(s Stack, stage string, settings Settings) []row {
	f := s.function(stage)
	rows := []row{{
		signal: "error-rate", metric: f.errorRate(), comparison: Above, threshold: 5, m: 2, n: 3, runbook: "function-error-rate.md",
		wrong: "%s of the invocations of " + stage + " fail.",
		todo:  "Look at the recent errors on the dashboard of " + stage + ".",
	}, {
		signal: "throttles", metric: f.throttles(), comparison: AtLeast, threshold: 1, m: 2, n: 3, runbook: "function-throttles.md",
		wrong: "Lambda turns invocations of " + stage + " away: %s in a minute.",
		todo:  "Compare the concurrency in use with what is reserved, and with the account's quota.",
	}, {
		signal: "duration", metric: f.duration("p99", colorP99), comparison: Above, threshold: rounded(timeoutShare * float64(f.TimeoutSeconds) * 1000), m: 2, n: 3, runbook: "function-duration.md",
		wrong: "The slowest invocations of " + stage + " take %s, close to the timeout.",
		todo:  "Run the saved query of the slowest images; give the function more memory or time.",
	}}
	if settings.LowTraffic {
		rows = append(rows, row{
			signal: "errors", metric: f.errors(), comparison: Above, threshold: 0, m: 1, n: 1, runbook: "function-errors.md",
			wrong: "%s invocations of " + stage + " failed in a minute.",
			todo:  "Look at the recent errors on the dashboard of " + stage + ".",
		})
	}
	if f.ReservedConcurrency > 0 {
		rows = append(rows, row{
			signal: "concurrency", metric: f.concurrency(), comparison: Above, threshold: rounded(concurrencyShare * float64(f.ReservedConcurrency)), m: 10, n: 10, runbook: "function-concurrency.md",
			wrong: "%s invocations of " + stage + " run at once, close to what is reserved.",
			todo:  "Reserve more, or slow the callers down, before Lambda turns invocations away.",
		})
	}
	return rows
}

// ownRows are the alarms that one function alone has.
func ownRows(s Stack, stage string) []row {
	f := s.function(stage)
	switch stage {
	case contract.StageValidate:
		return []row{{
			signal: "rejected-share", metric: f.rejectedShare(), comparison: Above, threshold: 20, m: 3, n: 5,
			wrong: "%s of the images are rejected.",
			todo:  "Run the saved query of rejections by code: a sender has changed, or a limit is too low.",
		}}
	case contract.StageResize:
		return []row{{
			signal: "memory", metric: f.memoryShare(), comparison: Above, threshold: 90, m: 2, n: 3,
			wrong: "An image took %s of the memory of resize.",
			todo:  "Give resize more memory, or lower maxPixels, before Lambda ends it.",
		}}
	case contract.StageNotify:
		return []row{{
			signal: "publish-failures", metric: f.publishFailed(), comparison: Above, threshold: 0, m: 1, n: 1,
			wrong: "%s outcomes could not be published in a minute.",
			todo:  "Look at the recent errors on the dashboard of notify; check the topic, its policy and its key.",
		}}
	}
	return nil
}
