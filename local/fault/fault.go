// Package fault injects faults into the local runner, so that a team can
// rehearse an incident and watch its alarms: a share of invocations that end
// with an error, a bucket that answers 503, a topic that delivers nothing.
//
// The effects are real, not reported: a process dies, a request waits, a client
// gets the answer that AWS gives. This package says what is injected where, and
// how often; the services do it.
package fault

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/pkg/contract"
)

// The stages beside the functions', which are named in pkg/contract.
const (
	StageAPI      = "api"
	StageWorkflow = "workflow"
	StageStorage  = "storage"
	StageTopic    = "topic"
)

// Kind is what goes wrong.
type Kind string

// The kinds. What one does depends on the stage: see Stages.
const (
	Error    Kind = "error"
	Panic    Kind = "panic"
	Timeout  Kind = "timeout"
	Slow     Kind = "slow"
	Throttle Kind = "throttle"
	S3Busy   Kind = "s3-503"
	S3Slow   Kind = "s3-slow"
	SNSFail  Kind = "sns-fail"
)

const (
	defaultDelay = time.Second
	maxDelay     = 15 * time.Minute // a function's longest timeout
	// defaultErrorType is in no Retry of the workflow: as an error that nobody has
	// classified, it is permanent (pkg/fault).
	defaultErrorType = "InjectedFault"
)

// Fault is one thing that goes wrong in a stage, in a share of all cases.
type Fault struct {
	Stage string
	Kind  Kind
	Rate  float64 // 0 to 1
	// Delay is how long the kinds that delay do it.
	Delay time.Duration
	// Type is the errorType of Error in a function: by it the workflow decides
	// whether to try again.
	Type string
}

// Effect is what a kind does in a stage.
type Effect struct {
	Kind Kind
	Does string
}

// Stage is a part of the pipeline with what can go wrong in it.
type Stage struct {
	Name    string
	Effects []Effect
}

// Stages are all stages and kinds.
func Stages() []Stage {
	function := []Effect{
		{Error, "the invocation ends with an error of the function; type=Transient is retried by the workflow"},
		{Panic, "the function's process dies in the middle of the invocation"},
		{Timeout, "the function's process hangs until its timeout"},
		{Slow, "the invocation takes longer, by delay=1s"},
		{Throttle, "Lambda refuses the invocation: TooManyRequestsException"},
	}
	reader := append(slices.Clip(function),
		Effect{S3Busy, "S3 answers the function 503 SlowDown"},
		Effect{S3Slow, "S3 answers the function later, by delay=1s"},
	)
	return []Stage{
		{contract.StageValidate, reader},
		{contract.StageResize, reader},
		{contract.StageNotify, append(slices.Clip(function), Effect{SNSFail, "SNS refuses the function's Publish: InternalError"})},
		{StageAPI, []Effect{
			{Error, "Step Functions fails the API's call: 500"},
			{Slow, "Step Functions answers the API later, by delay=1s"},
			{Throttle, "the API refuses the request: 429"},
		}},
		{StageWorkflow, []Effect{
			{Slow, "the transition to a state takes longer, by delay=1s"},
			{Throttle, "the transition to a state is throttled, and follows after delay=1s"},
			{Timeout, "the execution hangs until its timeout"},
		}},
		{StageStorage, []Effect{
			{S3Busy, "S3 answers anyone 503 SlowDown"},
			{S3Slow, "S3 answers anyone later, by delay=1s"},
		}},
		{StageTopic, []Effect{{SNSFail, "the outcome topic delivers to no subscription"}}},
	}
}

// errorType is what a Go type or an AWS error is called.
var errorType = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]{0,99}$`)

// Parse reads STAGE:KIND=RATE, where the rate is 0 to 1 or 0% to 100%, with the
// options delay=DURATION (of the kinds that delay) and type=NAME (of a
// function's error) behind commas: resize:slow=30%,delay=3s.
func Parse(text string) (Fault, error) {
	fail := func(format string, args ...any) (Fault, error) {
		return Fault{}, fmt.Errorf("%q: "+format, append([]any{text}, args...)...)
	}
	what, value, hasRate := strings.Cut(strings.TrimSpace(text), "=")
	stage, kind, hasKind := strings.Cut(what, ":")
	if !hasRate || !hasKind {
		return fail("a fault is STAGE:KIND=RATE, such as resize:error=0.3 or notify:sns-fail=100%%")
	}
	known, err := kinds(stage)
	if err != nil {
		return fail("%w", err)
	}
	f := Fault{Stage: stage, Kind: Kind(kind)}
	if !slices.Contains(known, kind) {
		return fail("%q is nothing that %s can have; its kinds are %s", kind, stage, strings.Join(known, ", "))
	}
	options := strings.Split(value, ",")
	if f.Rate, err = parseRate(options[0]); err != nil {
		return fail("%w", err)
	}
	if f.delays() {
		f.Delay = defaultDelay
	}
	if f.typed() {
		f.Type = defaultErrorType
	}
	for _, option := range options[1:] {
		name, value, _ := strings.Cut(option, "=")
		switch {
		case name == "delay" && f.delays():
			if f.Delay, err = time.ParseDuration(value); err != nil || f.Delay <= 0 || f.Delay > maxDelay {
				return fail("the delay %q is no duration above 0 and up to %s, such as 3s or 250ms", value, maxDelay)
			}
		case name == "type" && f.typed():
			if f.Type = value; !errorType.MatchString(value) {
				return fail("the type %q is no name of an error, such as Transient or Permanent", value)
			}
		default:
			return fail("%s of %s has no option %q; slow kinds have delay=DURATION, errors of functions have type=NAME", kind, stage, name)
		}
	}
	return f, nil
}

// kinds are the names of a stage's kinds.
func kinds(stage string) ([]string, error) {
	var stages, names []string
	for _, s := range Stages() {
		stages = append(stages, s.Name)
		if s.Name == stage {
			for _, e := range s.Effects {
				names = append(names, string(e.Kind))
			}
		}
	}
	if names == nil {
		return nil, fmt.Errorf("%q is no stage; the stages are %s", stage, strings.Join(stages, ", "))
	}
	return names, nil
}

func parseRate(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	rate, err := strconv.ParseFloat(number, 64)
	if percent {
		rate /= 100
	}
	if err != nil || math.IsNaN(rate) || rate < 0 || rate > 1 {
		return 0, fmt.Errorf("the rate %q is neither 0 to 1 nor 0%% to 100%%", text)
	}
	return rate, nil
}

// ParseAll reads faults, each for another stage or of another kind. Its error
// joins what is wrong with any.
func ParseAll(texts []string) ([]Fault, error) {
	var faults []Fault
	var problems []error
	for _, text := range texts {
		f, err := Parse(text)
		if err == nil && slices.ContainsFunc(faults, func(o Fault) bool { return o.Stage == f.Stage && o.Kind == f.Kind }) {
			err = fmt.Errorf("%q: %s:%s is there already", text, f.Stage, f.Kind)
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		faults = append(faults, f)
	}
	return faults, errors.Join(problems...)
}

// String is what Parse reads.
func (f Fault) String() string {
	text := fmt.Sprintf("%s:%s=%s", f.Stage, f.Kind, strconv.FormatFloat(f.Rate, 'g', -1, 64))
	if f.delays() && f.Delay != defaultDelay {
		text += ",delay=" + f.Delay.String()
	}
	if f.typed() && f.Type != defaultErrorType {
		text += ",type=" + f.Type
	}
	return text
}

// delays tells whether the fault takes time.
func (f Fault) delays() bool {
	return f.Kind == Slow || f.Kind == S3Slow || f.Kind == Throttle && f.Stage == StageWorkflow
}

// typed tells whether the fault has an errorType.
func (f Fault) typed() bool { return f.Kind == Error && f.Stage != StageAPI }
