package config

import (
	"slices"
	"strings"

	"github.com/pixline/pixline/dashboards"
	"github.com/pixline/pixline/pkg/contract"
)

// The names in the program of what a stack has several of, which are also those
// in alarms and dashboards. A function's queue of dead letters is its stage's.
const (
	BucketInput      = "input"
	BucketOutput     = "output"
	QueueExecutions  = "failed-executions"
	QueueUndelivered = "undelivered"
)

// RequestMetrics is the id of the metrics configuration that every bucket has, of
// all its requests: the dimension FilterId of their metrics.
const RequestMetrics = "EntireBucket"

// MetricsNamespace is that of the functions' own metrics.
func MetricsNamespace(stack string) string { return contract.DefaultMetricsNamespace + "/" + stack }

// Watched is what CloudWatch watches of the stack, as far as it is known before
// AWS has named anything. It decides which alarms there are, and their thresholds.
func (c Config) Watched(stack string) dashboards.Stack {
	s := dashboards.Stack{
		Project: Project, Name: stack, Partition: "aws", Region: c.Region, Namespace: MetricsNamespace(stack),
		Functions: map[string]dashboards.Function{},
		Workflow:  dashboards.Workflow{TimeoutSeconds: c.WorkflowTimeoutSeconds},
		Buckets:   []dashboards.Bucket{{Label: BucketInput, FilterID: RequestMetrics}, {Label: BucketOutput, FilterID: RequestMetrics}},
	}
	for _, f := range []struct {
		stage string
		Function
	}{{contract.StageValidate, c.Validate}, {contract.StageResize, c.Resize}, {contract.StageNotify, c.Notify}} {
		s.Functions[f.stage] = dashboards.Function{TimeoutSeconds: f.TimeoutSeconds, MemoryMB: f.MemoryMB, ReservedConcurrency: f.ReservedConcurrency}
		s.DeadLetters = append(s.DeadLetters, dashboards.Queue{Label: f.stage})
	}
	s.DeadLetters = append(s.DeadLetters, dashboards.Queue{Label: QueueExecutions}, dashboards.Queue{Label: QueueUndelivered})
	return s
}

// Watching is how the environment wants it watched.
func (c Config) Watching() dashboards.Settings {
	return dashboards.Settings{
		Dashboards: c.Dashboards,
		Thresholds: c.Alarms.Thresholds,
		LowTraffic: c.Alarms.LowTraffic,
		Baseline:   c.Alarms.ExpectedRequests,
		RunbookURL: c.Alarms.Runbooks,
	}
}

// checkWatching adds every problem of the keys dashboards and alarms.
func (c Config) checkWatching(stack string, problem func(key, format string, args ...any)) {
	for i, name := range c.Dashboards {
		switch {
		case !slices.Contains(dashboards.Names(), name):
			problem("dashboards", "there is no %q; the dashboards are %s", name, strings.Join(dashboards.Names(), ", "))
		case slices.Contains(c.Dashboards[:i], name):
			problem("dashboards", "%q stands there twice", name)
		}
	}
	c.Alarms.check(c.Region, problem)
	if _, err := dashboards.Alarms(c.Watched(stack), c.Watching()); err != nil {
		for line := range strings.Lines(err.Error()) { // one for each that is joined
			problem("alarms", "%s", strings.TrimSuffix(line, "\n"))
		}
	}
}
