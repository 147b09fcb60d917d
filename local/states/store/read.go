package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/pixline/pixline/local/states/history"
)

// maxPage bounds the bytes of events that History returns at once.
const maxPage = 4 << 20

// clone copies bytes that bbolt owns until the transaction ends.
func clone(b []byte) []byte { return slices.Clone(b) }

// Execution returns an execution with its input and output, and false when
// there is none.
func (s *Store) Execution(arn string) (r Record, input, output json.RawMessage, found bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		existing, err := record(tx, arn)
		if err != nil || existing == nil {
			return err
		}
		r, found = *existing, true
		input = clone(tx.Bucket(bucketData).Get(dataKey(r.Seq, dataInput)))
		output = clone(tx.Bucket(bucketData).Get(dataKey(r.Seq, dataOutput)))
		return nil
	})
	if err != nil {
		return Record{}, nil, nil, false, fmt.Errorf("read execution %s: %w", arn, err)
	}
	return r, input, output, found, nil
}

// Definition returns the definition that an execution runs.
func (s *Store) Definition(r Record) ([]byte, error) {
	var definition []byte
	err := s.db.View(func(tx *bbolt.Tx) error {
		definition = clone(tx.Bucket(bucketDefinitions).Get([]byte(r.Definition)))
		return nil
	})
	if err == nil && definition == nil {
		err = errDamaged
	}
	if err != nil {
		return nil, fmt.Errorf("read the definition of %s: %w", r.ARN, err)
	}
	return definition, nil
}

// List returns a machine's executions, newest first: at most limit, older than
// before (0: from the newest), and of the status if one is given. more is the
// before of the next page, 0 at the end.
func (s *Store) List(machine string, status Status, before uint64, limit int) (list []Record, more uint64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		prefix := machinePrefix(machine)
		c := tx.Bucket(bucketMachines).Cursor()
		if before == 0 {
			before = ^uint64(0)
		}
		key, line := c.Seek(machineKey(machine, before))
		if key == nil {
			key, line = c.Last()
		}
		// Seek stops at or behind the key, and only what lies before it counts.
		for ; key != nil; key, line = c.Prev() {
			cmp := bytes.Compare(key, prefix)
			if cmp < 0 {
				return nil
			}
			if !bytes.HasPrefix(key, prefix) {
				continue
			}
			seq := binary.BigEndian.Uint64(key[len(prefix):])
			arn, state, _ := bytes.Cut(line, []byte{0})
			if seq >= before || status != "" && string(state) != string(status) {
				continue
			}
			if len(list) == limit {
				more = list[limit-1].Seq
				return nil
			}
			r, err := record(tx, string(arn))
			if err != nil {
				return err
			}
			if r == nil {
				return fmt.Errorf("%w: execution %s is missing", errDamaged, arn)
			}
			list = append(list, *r)
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list the executions of %s: %w", machine, err)
	}
	return list, more, nil
}

// History returns events of an execution: at most limit, those behind the
// event id after (0: from the start; in reverse, from the end). more is the
// after of the next page, 0 at the end.
func (s *Store) History(seq uint64, after int64, limit int, reverse bool) (events []history.Event, more int64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		prefix := seqKey(seq)
		c := tx.Bucket(bucketHistory).Cursor()
		key, raw := first(c, seq, after, reverse)
		for size := 0; bytes.HasPrefix(key, prefix); {
			if len(events) == limit || size > maxPage {
				more = events[len(events)-1].ID
				return nil
			}
			var e history.Event
			if err := json.Unmarshal(raw, &e); err != nil {
				return fmt.Errorf("%w: event %x: %w", errDamaged, key, err)
			}
			events = append(events, e)
			size += len(raw)
			if reverse {
				key, raw = c.Prev()
			} else {
				key, raw = c.Next()
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the history of execution %d: %w", seq, err)
	}
	return events, more, nil
}

// first puts the cursor on the first event of a page.
func first(c *bbolt.Cursor, seq uint64, after int64, reverse bool) ([]byte, []byte) {
	if !reverse {
		return c.Seek(eventKey(seq, after+1))
	}
	from := eventKey(seq, after)
	if after == 0 {
		from = seqKey(seq + 1)
	}
	if key, _ := c.Seek(from); key == nil {
		return c.Last()
	}
	return c.Prev()
}

// Unfinished returns the executions that have not ended, oldest first.
func (s *Store) Unfinished() (list []Unfinished, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketCheckpoints).ForEach(func(key, raw []byte) error {
			var p pending
			if err := json.Unmarshal(raw, &p); err != nil {
				return fmt.Errorf("%w: checkpoint %x: %w", errDamaged, key, err)
			}
			r, err := record(tx, p.ARN)
			if err != nil {
				return err
			}
			definition := []byte(nil)
			if r != nil {
				definition = clone(tx.Bucket(bucketDefinitions).Get([]byte(r.Definition)))
			}
			last, _ := first(tx.Bucket(bucketHistory).Cursor(), binary.BigEndian.Uint64(key), 0, true)
			if definition == nil || !bytes.HasPrefix(last, key) {
				return fmt.Errorf("%w: execution %s is incomplete", errDamaged, p.ARN)
			}
			list = append(list, Unfinished{
				Record:     *r,
				Input:      clone(tx.Bucket(bucketData).Get(dataKey(r.Seq, dataInput))),
				Definition: definition,
				Checkpoint: p.Checkpoint,
				LastEvent:  int64(binary.BigEndian.Uint64(last[len(key):])),
			})
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the unfinished executions: %w", err)
	}
	return list, nil
}
