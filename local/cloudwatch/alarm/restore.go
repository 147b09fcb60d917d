package alarm

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// restore opens the file and takes up what it has. Alarms that are new start with
// insufficient data; those that were defined otherwise keep their state until the
// next evaluation. Source: API Reference, PutMetricAlarm and PutCompositeAlarm.
func (s *Service) restore() (err error) {
	known := map[string]bool{}
	s.store, err = openStore(s.options.Path, func(name string, r record, history []HistoryItem) bool {
		e := s.alarms[name]
		if e == nil {
			return false
		}
		e.record, e.history = r, history
		known[name] = true
		return true
	})
	if err != nil {
		return err
	}
	now := s.options.Clock.Now().UTC()
	var updates []update
	var errs []error
	for name, e := range s.alarms {
		fingerprint, err := e.fingerprint()
		if err != nil {
			errs = append(errs, fmt.Errorf("alarm %s: %w", name, err))
			continue
		}
		if e.record.Fingerprint == fingerprint {
			continue
		}
		if !known[name] {
			e.record.State = State{Value: InsufficientData, Reason: initialReason, Updated: now, Changed: now}
		}
		e.record.Fingerprint, e.record.ActionsEnabled, e.record.Configured, e.record.Held = fingerprint, e.ActionsEnabled, now, false
		item, err := e.configurationUpdate(!known[name])
		if err != nil {
			errs = append(errs, err)
		}
		updates = append(updates, e.append(item))
	}
	if err := errors.Join(append(errs, s.store.save(updates))...); err != nil {
		return errors.Join(err, s.store.close())
	}
	return nil
}

func (e *entry) fingerprint() (string, error) {
	definition, err := json.Marshal(e.Definition)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(definition)
	return hex.EncodeToString(sum[:]), nil
}

// append adds to the history in memory, and gives what is to be saved.
func (e *entry) append(items ...HistoryItem) update {
	e.history = append(e.history, items...)
	if more := len(e.history) - maxHistory; more > 0 {
		e.history = append([]HistoryItem(nil), e.history[more:]...)
	}
	return update{name: e.Name, record: e.record, history: items}
}
