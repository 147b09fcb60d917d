package store

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/pixline/pixline/local/states/history"
)

// Create records a new execution that is about to enter checkpoint.State. When
// one with its ARN exists, nothing is written and the existing one is
// returned, with its input. created runs once the execution is on disk, before
// Create returns and before any later write's result.
func (s *Store) Create(r Record, input json.RawMessage, definition []byte, started history.Event, c Checkpoint, created func(Record)) (Record, json.RawMessage, error) {
	var existing *Record
	var existingInput json.RawMessage
	r.Definition = definitionHash(definition)
	event, err := json.Marshal(started)
	if err != nil {
		return Record{}, nil, fmt.Errorf("encode an event: %w", err)
	}
	err = s.durable(func(tx *bbolt.Tx) (err error) {
		existing, err = record(tx, r.ARN)
		if err != nil {
			return err
		}
		if existing != nil {
			existingInput = clone(tx.Bucket(bucketData).Get(dataKey(existing.Seq, dataInput)))
			return nil
		}
		if r.Seq, err = tx.Bucket(bucketRecords).NextSequence(); err != nil {
			return err
		}
		definitions := tx.Bucket(bucketDefinitions)
		if definitions.Get([]byte(r.Definition)) == nil {
			if err := definitions.Put([]byte(r.Definition), definition); err != nil {
				return err
			}
		}
		if err := putRecord(tx, r); err != nil {
			return err
		}
		if err := tx.Bucket(bucketData).Put(dataKey(r.Seq, dataInput), input); err != nil {
			return err
		}
		if err := tx.Bucket(bucketHistory).Put(eventKey(r.Seq, started.ID), event); err != nil {
			return err
		}
		return putJSON(tx.Bucket(bucketCheckpoints), seqKey(r.Seq), pending{r.ARN, c})
	}, func() {
		if existing == nil {
			created(r)
		}
	})
	if err != nil {
		return Record{}, nil, err
	}
	if existing != nil {
		return *existing, existingInput, nil
	}
	return r, input, nil
}

// Append records an event and, when c is not nil, the checkpoint that it
// makes. It is write-behind, and blocks while too much is waiting.
func (s *Store) Append(r Record, e history.Event, c *Checkpoint) error {
	if err := s.failure(); err != nil {
		return err
	}
	event, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	var checkpoint []byte
	if c != nil {
		if checkpoint, err = json.Marshal(pending{r.ARN, *c}); err != nil {
			return fmt.Errorf("encode a checkpoint: %w", err)
		}
	}
	return s.submit(operation{write: func(tx *bbolt.Tx) error {
		if checkpoint != nil {
			if err := tx.Bucket(bucketCheckpoints).Put(seqKey(r.Seq), checkpoint); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketHistory).Put(eventKey(r.Seq, e.ID), event)
	}})
}

// Finish records the end of an execution; output is nil unless it succeeded.
func (s *Store) Finish(r Record, output json.RawMessage, e history.Event) error {
	event, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode an event: %w", err)
	}
	return s.durable(func(tx *bbolt.Tx) error {
		if err := putRecord(tx, r); err != nil {
			return err
		}
		if output != nil {
			if err := tx.Bucket(bucketData).Put(dataKey(r.Seq, dataOutput), output); err != nil {
				return err
			}
		}
		if err := tx.Bucket(bucketHistory).Put(eventKey(r.Seq, e.ID), event); err != nil {
			return err
		}
		return tx.Bucket(bucketCheckpoints).Delete(seqKey(r.Seq))
	}, nil)
}
