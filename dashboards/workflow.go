package dashboards

// StageWorkflow is the state machine's.
const StageWorkflow = "workflow"

// states is a metric that Step Functions publishes of the state machine. Source:
// Step Functions Developer Guide, "Metrics in Step Functions". There are none of the single states: those
// of Lambda functions (LambdaFunctionsFailed and the like) are of the integration by the function's
// ARN alone, not of arn:aws:states:::lambda:invoke.
func (s Stack) states(name, statistic string, unit Unit, label, color string) Metric {
	return Metric{
		Namespace: "AWS/States", Name: name, Dimensions: map[string]string{"StateMachineArn": s.Workflow.ARN},
		Statistic: statistic, Period: minute, Unit: unit, Label: label, Color: color,
	}
}

func (s Stack) started() Metric {
	return s.states("ExecutionsStarted", "Sum", Count, "started", colorCalls)
}

// ended well: rejected images are among them.
func (s Stack) ended() Metric {
	return s.states("ExecutionsSucceeded", "Sum", Count, "succeeded", colorSucceeded)
}

func (s Stack) failed() Metric {
	return s.states("ExecutionsFailed", "Sum", Count, "failed", colorFailed)
}

func (s Stack) timedOut() Metric {
	return s.states("ExecutionsTimedOut", "Sum", Count, "timed out", colorTimedOut)
}

func (s Stack) aborted() Metric {
	return s.states("ExecutionsAborted", "Sum", Count, "aborted", colorAborted)
}

func (s Stack) throttled() Metric {
	return s.states("ExecutionThrottled", "Sum", Count, "throttled", colorThrottled)
}

func (s Stack) executionTime(statistic, color string) Metric {
	return s.states("ExecutionTime", statistic, Milliseconds, statistic, color)
}

// failureRate is 0 in a minute in which nothing starts: failures then are
// counted by the alarm on failed executions.
func (s Stack) failureRate() Metric {
	return Metric{
		Expression: "IF(started>0,100*failed/started,0)",
		Operands:   map[string]Metric{"failed": s.failed(), "started": s.started()},
		Unit:       Percent, Label: "failed", Color: colorFailed,
	}
}

func workflowRows(s Stack) []row {
	single := func(signal string, metric Metric, wrong, todo string) row {
		return row{signal: signal, metric: metric, comparison: Above, threshold: 0, m: 1, n: 1, wrong: wrong, todo: todo}
	}
	return []row{
		single("executions-failed", s.failed(), "%s executions failed in a minute.",
			"Find the stage that failed in the messages of the queue failed-executions; process the images again when the cause is gone."),
		single("executions-timed-out", s.timedOut(), "%s executions timed out in a minute.",
			"See which stage was slow or was tried again and again."),
		single("executions-throttled", s.throttled(), "Step Functions held executions back %s times in a minute.",
			"Compare with the account's quota of state transitions; ask for more, or start fewer."),
		single("executions-aborted", s.aborted(), "%s executions were stopped in a minute.",
			"Ask who stopped them: CloudTrail has StopExecution."),
		{
			signal: "failure-rate", metric: s.failureRate(), comparison: Above, threshold: 5, m: 2, n: 3,
			wrong: "%s of the executions fail.",
			todo:  "It is no single image: look for what the failures have in common, and at the alarms of the stages.",
		},
		{
			signal: "execution-time", metric: s.executionTime("p99", colorP99), comparison: Above,
			threshold: rounded(timeoutShare * float64(s.Workflow.TimeoutSeconds) * 1000), m: 3, n: 3,
			wrong: "The slowest executions take %s, close to the timeout of the workflow.",
			todo:  "See which stage is slow, or is tried again and again.",
		},
	}
}
