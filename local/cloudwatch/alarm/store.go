package alarm

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/pixline/pixline/local/boltfile"
)

var (
	recordsBucket = []byte("alarms")  // name -> record
	historyBucket = []byte("history") // name -> number -> HistoryItem
)

// record is what is kept of an alarm.
type record struct {
	Fingerprint    string // of the definition
	ActionsEnabled bool
	Configured     time.Time
	State          State
	// Held keeps a composite alarm as it was set by hand until one of those that it
	// watches changes.
	Held bool `json:",omitempty"`
}

// update is what became of an alarm: its record, and what its history gains.
type update struct {
	name    string
	record  record
	history []HistoryItem
}

// store keeps records and histories in a file; without one it keeps nothing.
type store struct{ db *bbolt.DB }

// openStore calls found for each alarm of the file at path, and forgets those that
// it does not want.
func openStore(path string, found func(name string, r record, history []HistoryItem) (wanted bool)) (*store, error) {
	if path == "" {
		return &store{}, nil
	}
	db, err := boltfile.Open(path, func(tx *bbolt.Tx) error { return load(tx, found) }, recordsBucket, historyBucket)
	if err != nil {
		return nil, err
	}
	return &store{db: db}, nil
}

func (s *store) close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}

func load(tx *bbolt.Tx, found func(name string, r record, history []HistoryItem) (wanted bool)) error {
	var gone [][]byte
	err := tx.Bucket(recordsBucket).ForEach(func(name, value []byte) error {
		var r record
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("the record of %s: %w", name, err)
		}
		history, err := items(tx.Bucket(historyBucket).Bucket(name))
		if err != nil {
			return fmt.Errorf("the history of %s: %w", name, err)
		}
		if !found(string(name), r, history) {
			gone = append(gone, bytes.Clone(name))
		}
		return nil
	})
	for _, name := range gone {
		err = errors.Join(err, tx.Bucket(recordsBucket).Delete(name))
		if tx.Bucket(historyBucket).Bucket(name) != nil {
			err = errors.Join(err, tx.Bucket(historyBucket).DeleteBucket(name))
		}
	}
	return err
}

func items(b *bbolt.Bucket) ([]HistoryItem, error) {
	if b == nil {
		return nil, nil
	}
	var history []HistoryItem
	err := b.ForEach(func(_, value []byte) error {
		history = append(history, HistoryItem{})
		return json.Unmarshal(value, &history[len(history)-1])
	})
	return history, err
}

// save writes all updates or none.
func (s *store) save(updates []update) error {
	if s.db == nil || len(updates) == 0 {
		return nil
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, u := range updates {
			value, err := json.Marshal(u.record)
			if err == nil {
				err = tx.Bucket(recordsBucket).Put([]byte(u.name), value)
			}
			if err == nil && len(u.history) > 0 {
				err = appendItems(tx, u)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", u.name, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the alarms' states: %w", err)
	}
	return nil
}

// appendItems numbers the items on, and drops the oldest ones beyond the bound.
func appendItems(tx *bbolt.Tx, u update) error {
	b, err := tx.Bucket(historyBucket).CreateBucketIfNotExists([]byte(u.name))
	if err != nil {
		return err
	}
	for _, item := range u.history {
		number, err := b.NextSequence()
		if err != nil {
			return err
		}
		value, err := json.Marshal(item)
		if err != nil {
			return err
		}
		if err := b.Put(binary.BigEndian.AppendUint64(nil, number), value); err != nil {
			return err
		}
		if number > maxHistory {
			if err := b.Delete(binary.BigEndian.AppendUint64(nil, number-maxHistory)); err != nil {
				return err
			}
		}
	}
	return nil
}
