// Package asl reads and checks state machine definitions in the Amazon States
// Language with JSONata as the query language.
//
// Guarantee: a definition that Parse accepts can be executed. Whatever is
// unknown, misspelt, unreachable, unsupported or does not compile is refused at
// load, all problems at once, each with the place of the offending field.
//
// Source: the Amazon States Language specification (states-language.net) and
// the AWS Step Functions Developer Guide.
package asl

import (
	"github.com/pixline/pixline/local/states/query"
)

// Type is the type of a state.
type Type string

// The types of states.
const (
	Task     Type = "Task"
	Choice   Type = "Choice"
	Pass     Type = "Pass"
	Wait     Type = "Wait"
	Succeed  Type = "Succeed"
	Fail     Type = "Fail"
	Parallel Type = "Parallel"
	Map      Type = "Map"
)

// The tasks that can be performed.
const (
	LambdaInvoke = "arn:aws:states:::lambda:invoke"
	SNSPublish   = "arn:aws:states:::sns:publish"
)

// The reserved error names.
const (
	ErrorAll             = "States.ALL"
	ErrorTimeout         = "States.Timeout"
	ErrorHeartbeat       = "States.HeartbeatTimeout"
	ErrorTaskFailed      = "States.TaskFailed"
	ErrorDataLimit       = "States.DataLimitExceeded"
	ErrorRuntime         = "States.Runtime"
	ErrorQueryEvaluation = "States.QueryEvaluationError"
	ErrorBranchFailed    = "States.BranchFailed"
	ErrorNoChoiceMatched = "States.NoChoiceMatched"
)

// Definition is a checked state machine.
type Definition struct {
	Comment        string
	TimeoutSeconds int64 // of an execution; 0: none
	Flow
}

// Flow is a set of states that lead to each other: a machine, a branch of a
// Parallel state, the item processor of a Map state.
type Flow struct {
	StartAt string
	States  map[string]*State
}

// State is one state. Which fields are set depends on its type; a template
// that is nil was not given.
type State struct {
	Name    string
	Type    Type
	Comment string
	Next    string // empty: the state ends its flow, unless it is a Choice
	Output  *query.Template
	Assign  Assign

	// Task, Parallel, Map
	Arguments *query.Template
	Retry     []Retrier
	Catch     []Catcher

	// Task
	Resource         string
	TimeoutSeconds   *query.Scalar[int64]
	HeartbeatSeconds *query.Scalar[int64]

	// Choice
	Choices []Rule
	Default string

	// Wait: one of the two
	Seconds   *query.Scalar[int64]
	Timestamp *query.Scalar[string]

	// Fail
	Error *query.Scalar[string]
	Cause *query.Scalar[string]

	// Parallel
	Branches []*Flow

	// Map
	Items          *query.Template
	ItemSelector   *query.Template
	MaxConcurrency *query.Scalar[int64]
	ItemProcessor  *Flow
}

// Assign gives variables new values, in the document's order.
type Assign []Variable

// Variable is one variable of an Assign.
type Variable struct {
	Name  string
	Value *query.Template
}

// Retrier is one entry of Retry, with the defaults filled in.
type Retrier struct {
	ErrorEquals     []string
	IntervalSeconds int64
	BackoffRate     float64
	MaxAttempts     int64
	MaxDelaySeconds int64 // 0: no limit
	FullJitter      bool
}

// Catcher is one entry of Catch.
type Catcher struct {
	ErrorEquals []string
	Next        string
	Output      *query.Template
	Assign      Assign
}

// Rule is one entry of Choices.
type Rule struct {
	Condition *query.Scalar[bool]
	Next      string
	Output    *query.Template
	Assign    Assign
}

// Targets returns the states that s can lead to, in the document's order.
func (s *State) Targets() []string {
	var targets []string
	add := func(name string) {
		if name != "" {
			targets = append(targets, name)
		}
	}
	add(s.Next)
	for _, r := range s.Choices {
		add(r.Next)
	}
	add(s.Default)
	for _, c := range s.Catch {
		add(c.Next)
	}
	return targets
}
