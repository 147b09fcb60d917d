package local

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/pixline/pixline/local/events"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
)

// startEvents starts EventBridge, which delivers into SQS and SNS.
func (r *Runner) startEvents() error {
	rules, err := rulesOf(r.Graph)
	if err != nil {
		return err
	}
	r.events, err = events.Open(events.Options{
		Account: graph.AccountID, Region: r.Graph.Region, Rules: rules, Queues: r.queues, Topics: r.topics,
		OnFailed: func(f events.Failure) {
			r.log.Warn("event not delivered", "rule", f.RuleARN, "target", f.TargetARN, "reason", f.Reason, "deadLettered", f.DeadLettered)
		},
	})
	return err
}

// rulesOf are the graph's rules with their targets.
func rulesOf(g *graph.Graph) ([]events.Rule, error) {
	var rules []events.Rule
	for _, r := range g.Of("aws:cloudwatch/eventRule:EventRule") {
		if err := only(r, "name", "arn", "description", "eventPattern", "tags"); err != nil {
			return nil, err
		}
		rule := events.Rule{Name: r.String("name"), ARN: r.String("arn"), Pattern: r.String("eventPattern")}
		for _, t := range g.Of("aws:cloudwatch/eventTarget:EventTarget") {
			var target struct {
				Rule        string `json:"rule"`
				ARN         string `json:"arn"`
				DeadLetters struct {
					ARN string `json:"arn"`
				} `json:"deadLetterConfig"`
				Transformer *struct {
					Paths    map[string]string `json:"inputPaths"`
					Template string            `json:"inputTemplate"`
				} `json:"inputTransformer"`
			}
			if err := errors.Join(only(t, "rule", "arn", "targetId", "deadLetterConfig", "inputTransformer"), t.Decode(&target)); err != nil {
				return nil, err
			}
			if target.Rule != rule.Name {
				continue
			}
			read := events.Target{ARN: target.ARN, DeadLetterARN: target.DeadLetters.ARN}
			if target.Transformer != nil {
				read.Transformer = &events.Transformer{Paths: target.Transformer.Paths, Template: target.Transformer.Template}
			}
			rule.Targets = append(rule.Targets, read)
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

// only refuses properties that change what a resource does and that the runner
// does not know.
func only(r graph.Resource, known ...string) error {
	for property := range r.Inputs {
		if !slices.Contains(known, property) {
			return fmt.Errorf("%s %s: the local runner does not know the property %s", r.Type, r.Name, property)
		}
	}
	return nil
}

// statusChanges gives EventBridge an event for every status of an execution.
type statusChanges struct {
	bus *events.Service
	log *slog.Logger
}

// ExecutionStarted implements states.Observer. A resumed execution is told of
// again: EventBridge delivers at least once.
func (s *statusChanges) ExecutionStarted(x states.Execution) { s.put(x) }

// ExecutionEnded implements states.Observer.
func (s *statusChanges) ExecutionEnded(x states.Execution) { s.put(x) }

// Event implements states.Observer: EventBridge is told of statuses alone.
func (s *statusChanges) Event(string, history.Event) {}

// put sends the event in Step Functions' shape. Source: Step Functions Developer
// Guide, "Automating Step Functions event delivery with EventBridge".
func (s *statusChanges) put(x states.Execution) {
	at, included := x.StartDate, map[string]bool{"included": true}
	detail := map[string]any{
		"executionArn": x.ARN, "stateMachineArn": x.MachineARN, "name": x.Name, "status": x.Status,
		"startDate": x.StartDate.UnixMilli(), "stopDate": nil,
		"input": string(x.Input), "inputDetails": included, "output": nil, "outputDetails": nil,
		"error": nil, "cause": nil,
	}
	if !x.StopDate.IsZero() {
		at, detail["stopDate"] = x.StopDate, x.StopDate.UnixMilli()
	}
	for name, text := range map[string]string{"output": string(x.Output), "error": x.Error, "cause": x.Cause} {
		if text != "" {
			detail[name] = text
		}
	}
	if detail["output"] != nil {
		detail["outputDetails"] = included
	}
	err := s.bus.Put(events.Event{
		Source: "aws.states", DetailType: "Step Functions Execution Status Change", Time: at, Resources: []string{x.ARN}, Detail: detail,
	})
	if err != nil {
		s.log.Error("the event of an execution is lost", "execution", x.ARN, "error", err)
	}
}

// observers tell each of them, in turn.
type observers []states.Observer

// ExecutionStarted implements states.Observer.
func (o observers) ExecutionStarted(x states.Execution) {
	for _, one := range o {
		one.ExecutionStarted(x)
	}
}

// ExecutionEnded implements states.Observer.
func (o observers) ExecutionEnded(x states.Execution) {
	for _, one := range o {
		one.ExecutionEnded(x)
	}
}

// Event implements states.Observer.
func (o observers) Event(executionARN string, e history.Event) {
	for _, one := range o {
		one.Event(executionARN, e)
	}
}
