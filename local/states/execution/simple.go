package execution

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pixline/pixline/local/states/asl"
)

// choose performs a Choice state.
func (v *visit) choose(ctx context.Context) (string, json.RawMessage, error) {
	s := v.state
	for i, rule := range s.Choices {
		prefix := fmt.Sprintf("Choices[%d]/", i)
		matched, err := rule.Condition.Eval(ctx, &v.scope, prefix+"Condition")
		if err != nil {
			return "", nil, v.evaluation(err)
		}
		if matched {
			return v.leave(ctx, exit{next: rule.Next, output: rule.Output, assign: rule.Assign, prefix: prefix, fallback: v.input})
		}
	}
	if s.Default == "" {
		return "", nil, &Failure{
			Name:  asl.ErrorNoChoiceMatched,
			Cause: fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). No choice rule matched and the state has no Default.", s.Name, v.event),
		}
	}
	return v.leave(ctx, exit{next: s.Default, output: s.Output, assign: s.Assign, fallback: v.input})
}

// wait performs a Wait state up to its exit. The end counts from the entry, so
// that an execution that goes on does not wait again for what has passed.
func (v *visit) wait(ctx context.Context) error {
	if s := v.state.Seconds; s != nil {
		seconds, err := s.Eval(ctx, &v.scope, "Seconds")
		if err != nil {
			return v.evaluation(err)
		}
		return sleep(ctx, v.entered.Add(time.Duration(seconds)*time.Second))
	}
	text, err := v.state.Timestamp.Eval(ctx, &v.scope, "Timestamp")
	if err != nil {
		return v.evaluation(err)
	}
	until, err := asl.ParseTimestamp(text)
	if err != nil {
		// Both a fixed and a computed timestamp were checked before.
		return &Failure{Name: asl.ErrorRuntime, Cause: "Timestamp " + err.Error()}
	}
	return sleep(ctx, until)
}

// fail performs a Fail state.
func (v *visit) fail(ctx context.Context) error {
	f := &Failure{}
	if s := v.state.Error; s != nil {
		name, err := s.Eval(ctx, &v.scope, "Error")
		if err != nil {
			return v.evaluation(err)
		}
		f.Name = name
	}
	if s := v.state.Cause; s != nil {
		cause, err := s.Eval(ctx, &v.scope, "Cause")
		if err != nil {
			return v.evaluation(err)
		}
		f.Cause = cause
	}
	return f
}
