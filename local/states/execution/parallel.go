package execution

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/pixline/pixline/local/states/asl"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/query"
)

// parallel performs a Parallel state once.
func (v *visit) parallel(ctx context.Context) (json.RawMessage, error) {
	s := v.state
	input := v.input
	if s.Arguments != nil {
		var err error
		if input, err = s.Arguments.Eval(ctx, &v.scope, "Arguments"); err != nil {
			return nil, v.evaluation(err)
		}
		if len(input) > maxPayload {
			return nil, v.tooLarge(s.Name)
		}
	}
	v.frame.record(history.Event{Type: history.ParallelStateStarted})
	members := make([]member, len(s.Branches))
	for i, branch := range s.Branches {
		members[i] = member{flow: branch, input: input, item: v.frame.item, begin: func(*frame) {}, end: func(*frame, error) {}}
	}
	result, err := v.group(ctx, members, len(members))
	return v.grouped(result, err, history.ParallelStateSucceeded, history.ParallelStateFailed)
}

// grouped journals how a Parallel or Map state's flows ended.
func (v *visit) grouped(result json.RawMessage, err error, good, bad history.Type) (json.RawMessage, error) {
	if err == nil && len(result) > maxPayload {
		err = v.tooLarge(v.state.Name)
	}
	var f *Failure
	switch {
	case err == nil:
		v.frame.record(history.Event{Type: good})
		return result, nil
	case errors.As(err, &f):
		v.frame.record(history.Event{Type: bad})
		return nil, &Failure{Name: f.Name, Cause: f.Cause, branch: v.state.Type == asl.Parallel && f.Name != asl.ErrorDataLimit}
	}
	return nil, err
}

// iterate performs a Map state once.
func (v *visit) iterate(ctx context.Context) (json.RawMessage, error) {
	s := v.state
	items, err := v.items(ctx)
	if err != nil {
		return nil, err
	}
	limit := int64(0)
	if s.MaxConcurrency != nil {
		if limit, err = s.MaxConcurrency.Eval(ctx, &v.scope, "MaxConcurrency"); err != nil {
			return nil, v.evaluation(err)
		}
	}
	if limit == 0 || limit > maxConcurrency {
		limit = maxConcurrency
	}
	members := make([]member, len(items))
	for i, value := range items {
		it := &item{index: i, value: value}
		input, err := v.selected(ctx, it)
		if err != nil {
			return nil, err
		}
		members[i] = member{flow: s.ItemProcessor, input: input, item: it, begin: v.began(i), end: v.ended(i)}
	}
	v.frame.record(history.Event{Type: history.MapStateStarted, MapStateStarted: &history.MapDetails{Length: len(items)}})
	result, err := v.group(ctx, members, int(limit))
	return v.grouped(result, err, history.MapStateSucceeded, history.MapStateFailed)
}

// items evaluates Items; the default is the input.
func (v *visit) items(ctx context.Context) ([]json.RawMessage, error) {
	raw := v.input
	if t := v.state.Items; t != nil {
		var err error
		if raw, err = t.Eval(ctx, &v.scope, "Items"); err != nil {
			return nil, v.evaluation(err)
		}
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil || bytes.HasPrefix(bytes.TrimSpace(raw), []byte("n")) {
		reason := "The items of the Map state are not an array. A JSONata expression that selects one item yields the item itself; enclose it in [ ]."
		return nil, v.evaluation(&query.Error{Field: "Items", Reason: reason})
	}
	return items, nil
}

// selected is the input of an iteration.
func (v *visit) selected(ctx context.Context, it *item) (json.RawMessage, error) {
	if v.state.ItemSelector == nil {
		return it.value, nil
	}
	v.scope.setItem(it)
	defer v.scope.setItem(nil)
	input, err := v.state.ItemSelector.Eval(ctx, &v.scope, "ItemSelector")
	if err != nil {
		return nil, v.evaluation(err)
	}
	if len(input) > maxPayload {
		return nil, v.tooLarge(v.state.Name)
	}
	return input, nil
}

func (v *visit) began(index int) func(*frame) {
	d := &history.IterationDetails{Name: v.state.Name, Index: index}
	return func(f *frame) {
		f.record(history.Event{Type: history.MapIterationStarted, MapIterationStarted: d})
	}
}

func (v *visit) ended(index int) func(*frame, error) {
	d := &history.IterationDetails{Name: v.state.Name, Index: index}
	return func(f *frame, err error) {
		switch {
		case err == nil:
			f.record(history.Event{Type: history.MapIterationSucceeded, MapIterationSucceeded: d})
		case errors.Is(err, errSibling):
			f.record(history.Event{Type: history.MapIterationAborted, MapIterationAborted: d})
		default:
			f.record(history.Event{Type: history.MapIterationFailed, MapIterationFailed: d})
		}
	}
}
