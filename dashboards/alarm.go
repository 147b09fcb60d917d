package dashboards

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
)

// Comparison is how a value and the threshold are compared.
type Comparison string

// The comparisons in use, as PutMetricAlarm calls them.
const (
	Above   Comparison = "GreaterThanThreshold"
	AtLeast Comparison = "GreaterThanOrEqualToThreshold"
	Below   Comparison = "LessThanThreshold"
)

// Missing is what a period without data counts as.
type Missing string

// The treatments in use, as PutMetricAlarm calls them.
const (
	NotBreaching Missing = "notBreaching"
	Breaching    Missing = "breaching"
)

// Alarm is a row of the alarm table for one resource.
type Alarm struct {
	Stage    string
	Resource string // which of the stage's resources, where it has several
	Signal   string // what is watched

	Name        string // the physical one
	Description string
	Runbook     string // file name in docs/runbooks

	Metric     Metric // what is watched; its period is the alarm's
	Comparison Comparison
	Threshold  float64
	Datapoints int // how many of the periods have to breach it
	Periods    int
	Missing    Missing
}

// Key is the alarm within its stack: stage, resource and signal.
func (a Alarm) Key() string { return joined(a.Stage, a.Resource, a.Signal) }

// Queries is what the alarm evaluates where it watches an expression: the
// watched one is the only one that is not hidden. It has one entry without an ID where
// the alarm watches a metric.
func (a Alarm) Queries() []Query { return flatten(a.Metric) }

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "-")
}

// row is an alarm as the table has it: what is left out follows from the rules.
type row struct {
	resource, signal string
	metric           Metric
	comparison       Comparison
	threshold        float64
	m, n             int
	missing          Missing // "": notBreaching
	runbook          string  // "": <stage>-<signal>.md
	wrong            string  // what is wrong, with %s for the threshold and its comparison
	todo             string  // what to do first
}

// Alarms is the alarm table for a stack. Only Metric depends on the names of the
// resources. An unknown key of the thresholds is an error that lists the known.
func Alarms(s Stack, settings Settings) ([]Alarm, error) {
	if err := checkThresholds(settings.Thresholds); err != nil {
		return nil, err
	}
	list := table(s, settings)
	return list, checkAlarms(list)
}

func table(s Stack, settings Settings) []Alarm {
	var list []Alarm
	add := func(stage string, rows []row) {
		for _, r := range rows {
			list = append(list, s.alarm(stage, r, settings))
		}
	}
	for _, stage := range s.stages() {
		add(stage, slices.Concat(functionRows(s, stage, settings), ownRows(s, stage)))
	}
	add(StageWorkflow, workflowRows(s))
	add(StageAPI, apiRows(s, settings))
	add(StageStorage, storageRows(s))
	add(StageDeadLetters, deadLetterRows(s))
	add(StageTopic, topicRows(s))
	return list
}

func (s Stack) alarm(stage string, r row, settings Settings) Alarm {
	a := Alarm{
		Stage: stage, Resource: r.resource, Signal: r.signal,
		Metric: r.metric, Comparison: r.comparison, Threshold: r.threshold,
		Datapoints: r.m, Periods: r.n, Missing: r.missing, Runbook: r.runbook,
	}
	for _, key := range keys(a) {
		if value, ok := settings.Thresholds[key]; ok {
			a.Threshold = value
		}
	}
	if a.Missing == "" {
		a.Missing = NotBreaching
	}
	if a.Runbook == "" {
		a.Runbook = joined(stage, r.signal) + ".md"
	}
	a.Name = s.name(a.Key())
	a.Description = describe(fmt.Sprintf(r.wrong, a.bound()), r.todo, settings, a.Runbook)
	return a
}

// keys are those of the thresholds that mean the alarm, the more specific last.
func keys(a Alarm) []string {
	return []string{a.Signal, joined(a.Stage, a.Signal)}
}

// describe is an alarm's description: what is wrong, what to do, the runbook.
func describe(wrong, todo string, settings Settings, runbook string) string {
	return fmt.Sprintf("%s %s Runbook: %s%s", strings.ToUpper(wrong[:1])+wrong[1:], todo, settings.runbooks(), runbook)
}

// bound says in words beyond what the alarm goes off.
func (a Alarm) bound() string {
	value, unit := a.Threshold, ""
	switch a.Metric.Unit {
	case Percent:
		unit = " %"
	case Fraction:
		value, unit = value*100, " %"
	case Milliseconds:
		value, unit = value/1000, " s"
	case Count:
		if a.Comparison == Above && value == 0 {
			return "1 or more"
		}
	}
	text := number(value) + unit
	switch a.Comparison {
	case Above:
		return "more than " + text
	case AtLeast:
		return text + " or more"
	}
	return "fewer than " + text
}

// number writes a threshold as a person would: 7 for 0.07*100, which is a little more.
func number(v float64) string { return strconv.FormatFloat(rounded(v), 'f', -1, 64) }

// rounded is without what binary fractions add: 2400 for 0.8*3*1000.
func rounded(v float64) float64 { return math.Round(v*1e6) / 1e6 }

// checkThresholds refuses keys that mean no alarm, and values that none can have.
func checkThresholds(thresholds map[string]float64) error {
	known := Signals()
	var problems []error
	for _, key := range slices.Sorted(maps.Keys(thresholds)) {
		switch value := thresholds[key]; {
		case !slices.Contains(known, key):
			problems = append(problems, fmt.Errorf("there is no alarm %s; the alarms are %s", key, strings.Join(known, ", ")))
		case math.IsNaN(value) || math.IsInf(value, 0) || value < 0:
			problems = append(problems, fmt.Errorf("the threshold of %s is %v; it must be 0 or more", key, value))
		}
	}
	return errors.Join(problems...)
}

// Signals are the keys that Settings.Thresholds can have: those of every alarm
// of the table, whether a stack has it or not, but for the one on traffic: its
// threshold is Settings.Baseline.
func Signals() []string {
	known := map[string]bool{}
	for _, a := range table(everything()) {
		for _, key := range keys(a) {
			known[key] = true
		}
	}
	return slices.Sorted(maps.Keys(known))
}

// everything is a stack that has one of each resource.
func everything() (Stack, Settings) {
	function := Function{TimeoutSeconds: 1, ReservedConcurrency: 1}
	return Stack{
		Functions:   map[string]Function{contract.StageValidate: function, contract.StageResize: function, contract.StageNotify: function},
		Buckets:     []Bucket{{}},
		DeadLetters: []Queue{{}},
	}, Settings{LowTraffic: true}
}
