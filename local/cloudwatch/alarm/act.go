package alarm

import (
	"context"
	"errors"
	"time"
)

// act performs the actions of changes. One that fails is told in the history and
// the log: it is no error of the evaluation. What is in the history as changed has
// its actions performed, even while the runner stops.
func (s *Service) act(ctx context.Context, now time.Time, changes []*change) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	var updates []update
	for _, c := range changes {
		if !c.entry.record.ActionsEnabled {
			continue
		}
		actions := c.entry.actions(c.now.Value)
		if len(actions) == 0 {
			continue
		}
		subject, message, err := c.notification()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		var items []HistoryItem
		for _, action := range actions {
			failed := s.options.Publish(ctx, c.entry.ARN, action, subject, message)
			if failed != nil {
				s.options.Log.Error("an alarm's action failed", "alarm", c.entry.Name, "action", action, "error", failed)
			}
			item, err := actionTaken(now, c.now, action, message, failed)
			errs = append(errs, err)
			items = append(items, item)
		}
		s.mu.Lock()
		updates = append(updates, c.entry.append(items...))
		s.mu.Unlock()
	}
	return errors.Join(append(errs, s.store.save(updates))...)
}

const (
	// settleTime is how long after a minute its data may still arrive: of the clock.
	settleTime = 2 * time.Second
	// glance is how often a jump of the clock is looked for: of the machine.
	glance = 200 * time.Millisecond
	// maxMissed is how many minutes are made up for after a jump: three hours.
	maxMissed = 180
)

// Run evaluates the alarms at once, and then after each minute of the clock, until
// ctx ends. After a jump of the clock it evaluates every minute that passed, the
// last 180 at most, so that the history has each change at its minute.
func (s *Service) Run(ctx context.Context) {
	s.evaluateLogged(ctx, s.options.Clock.Now())
	next := floor(s.options.Clock.Now(), time.Minute).Add(time.Minute)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		timer.Reset(min(max(s.options.Clock.Wait(next.Add(settleTime)), 0), glance))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		due := s.options.Clock.Now().Add(-settleTime)
		next = later(next, floor(due, time.Minute).Add(-(maxMissed-1)*time.Minute))
		for ; !next.After(due) && ctx.Err() == nil; next = next.Add(time.Minute) {
			s.evaluateLogged(ctx, next)
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (s *Service) evaluateLogged(ctx context.Context, now time.Time) {
	if err := s.Evaluate(ctx, now); err != nil && ctx.Err() == nil {
		s.options.Log.Error("alarms cannot be evaluated", "error", err)
	}
}
