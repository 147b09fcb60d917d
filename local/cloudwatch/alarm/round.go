package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// CloudWatch's limits of what SetAlarmState takes: characters.
const (
	maxReason     = 1023
	maxReasonData = 4000
)

// change is an alarm whose value became another one.
type change struct {
	entry    *entry
	old, now State
	children []child // of a composite alarm: those that moved it
}

// Evaluate evaluates every alarm once, as of now: those on metrics, then the
// composite ones, then the actions of what changed. What goes wrong with one alarm
// leaves its state as it was and does not keep the others. As of a time before the
// last evaluation it does nothing: a state is never that of an older time.
func (s *Service) Evaluate(ctx context.Context, now time.Time) error {
	s.round.Lock()
	defer s.round.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	now = now.UTC()
	if now.Before(s.evaluated) {
		return nil
	}
	s.evaluated = now
	var changes []*change
	var errs []error
	for _, e := range s.metrics {
		c, err := s.evaluate(e, now)
		if err != nil {
			errs = append(errs, err)
		}
		if c != nil {
			changes = append(changes, c)
		}
	}
	return errors.Join(append(errs, s.settle(ctx, now, changes))...)
}

// evaluate finds how an alarm on metrics changes; nil when it does not.
func (s *Service) evaluate(e *entry, now time.Time) (*change, error) {
	v, err := e.Definition.evaluate(s.options.Source, now)
	if err != nil || v.value == "" || v.value == e.record.State.Value {
		return nil, err
	}
	data, err := v.data(now)
	if err != nil {
		return nil, err
	}
	return s.move(e, State{Value: v.value, Reason: v.reason(), ReasonData: data, Updated: now}), nil
}

// move sets a state and tells how it changed; nil where only the reason did.
func (s *Service) move(e *entry, now State) *change {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := e.record.State
	now.Changed = now.Updated
	if now.Value == old.Value {
		now.Changed = old.Changed
	}
	e.record.State = now
	if now.Value == old.Value {
		return nil
	}
	return &change{entry: e, old: old, now: now}
}

// settle carries changes over to the composite alarms, keeps them, and performs
// their actions.
func (s *Service) settle(ctx context.Context, now time.Time, changes []*change) error {
	var updates []update
	var errs []error
	moved := map[string]*change{}
	for _, c := range changes {
		moved[c.entry.Name] = c
	}
	// Each comes after those that it watches: one pass reaches the fixed point.
	for _, e := range s.composites {
		c, err := s.combine(e, now, moved)
		errs = append(errs, err)
		if c != nil {
			moved[e.Name], changes = c, append(changes, c)
		}
	}
	s.mu.Lock()
	for _, c := range changes {
		item, err := stateUpdate(c.old, c.now)
		errs = append(errs, err)
		updates = append(updates, c.entry.append(item))
	}
	s.mu.Unlock()
	errs = append(errs, s.store.save(updates))
	return errors.Join(append(errs, s.act(ctx, now, changes))...)
}

// combine finds how a composite alarm changes. One that was set by hand stays so
// until one of its children changes, as with CloudWatch.
func (s *Service) combine(e *entry, now time.Time, moved map[string]*change) (*change, error) {
	if moved[e.Name] != nil { // this very alarm was set by hand
		return nil, nil
	}
	var cause string
	var children, triggering []child
	for _, name := range e.rule.children {
		of := s.alarms[name]
		this := child{ARN: of.ARN, State: childState{Value: of.record.State.Value, Timestamp: stamp(of.record.State.Changed)}}
		children = append(children, this)
		if moved[name] == nil {
			continue
		}
		triggering = append(triggering, this)
		if cause == "" {
			cause = fmt.Sprintf("%s transitioned to %s at %s", of.ARN, this.State.Value, now.Format("Monday 02 January, 2006 15:04:05 UTC"))
		}
	}
	if e.record.Held && triggering == nil {
		return nil, nil
	}
	value := OK
	if e.rule.holds(func(name string) Value { return s.alarms[name].record.State.Value }) {
		value = InAlarm
	}
	s.mu.Lock()
	e.record.Held = false
	first := e.record.State.Reason == initialReason
	s.mu.Unlock()
	if value == e.record.State.Value {
		return nil, nil
	}
	if triggering == nil || first {
		triggering = children
		cause = fmt.Sprintf("%s was updated and its alarm rule evaluates to %s", e.ARN, value)
		if first {
			cause = fmt.Sprintf("%s was created and its alarm rule evaluates to %s", e.ARN, value)
		}
	}
	data, err := marshal(triggeringAlarms(triggering))
	if err != nil {
		return nil, err
	}
	c := s.move(e, State{Value: value, Reason: cause, ReasonData: data, Updated: now})
	c.children = triggering
	return c, nil
}

// triggeringAlarms is the reason of a composite alarm for programs.
func triggeringAlarms(children []child) any {
	type state struct {
		Value     Value `json:"value"`
		Timestamp stamp `json:"timestamp"`
	}
	type alarm struct {
		ARN   string `json:"arn"`
		State state  `json:"state"`
	}
	list := []alarm{}
	for _, c := range children {
		list = append(list, alarm{c.ARN, state(c.State)})
	}
	return map[string]any{"triggeringAlarms": list}
}

// Set gives an alarm a state by hand, and performs the actions of a change. It
// lasts until the next evaluation; with a composite alarm, until one of those
// that it watches changes. data is JSON or "".
func (s *Service) Set(ctx context.Context, name string, value Value, reason, data string) error {
	s.round.Lock()
	defer s.round.Unlock()
	e := s.alarms[name]
	switch {
	case e == nil:
		return awsapi.Errorf(http.StatusNotFound, "ResourceNotFound", "There is no alarm %q.", name)
	case value != OK && value != InAlarm && value != InsufficientData:
		return awsapi.Errorf(http.StatusBadRequest, "ValidationError", "%q is not a state of an alarm.", value)
	case len(reason) > maxReason || len(data) > maxReasonData:
		return awsapi.Errorf(http.StatusBadRequest, "ValidationError", "A reason has at most %d characters, its data %d.", maxReason, maxReasonData)
	case data != "" && !json.Valid([]byte(data)):
		return awsapi.Errorf(http.StatusBadRequest, "InvalidFormat", "The state's reason data are not JSON.")
	}
	now := s.options.Clock.Now().UTC()
	c := s.move(e, State{Value: value, Reason: reason, ReasonData: data, Updated: now})
	s.mu.Lock()
	e.record.Held = e.Composite()
	s.mu.Unlock()
	if c == nil {
		return s.store.save([]update{{name: name, record: e.record}})
	}
	return s.settle(ctx, now, []*change{c})
}

// EnableActions says whether changes of the alarms are to perform their actions.
// Names that no alarm has are ignored, as CloudWatch does.
func (s *Service) EnableActions(names []string, enabled bool) error {
	s.round.Lock()
	defer s.round.Unlock()
	var updates []update
	var errs []error
	s.mu.Lock()
	for _, name := range names {
		e := s.alarms[name]
		if e == nil || e.record.ActionsEnabled == enabled {
			continue
		}
		e.record.ActionsEnabled, e.record.Configured = enabled, s.options.Clock.Now().UTC()
		item, err := e.configurationUpdate(false)
		errs = append(errs, err)
		updates = append(updates, e.append(item))
	}
	s.mu.Unlock()
	return errors.Join(append(errs, s.store.save(updates))...)
}
