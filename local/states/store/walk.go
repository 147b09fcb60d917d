package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// Entry is an execution with its input and, once it has succeeded, its output.
type Entry struct {
	Record
	Input  json.RawMessage
	Output json.RawMessage
}

// Walk visits a machine's executions until visit answers false: those older
// than the one with the sequence number from, newest first, or the newer ones,
// oldest first. From 0 it begins at the end. Only executions of the statuses are
// read, where any are given: passing over others costs next to nothing.
func (s *Store) Walk(machine string, from uint64, newer bool, statuses []Status, visit func(Entry) bool) error {
	err := s.db.View(func(tx *bbolt.Tx) error {
		prefix := machinePrefix(machine)
		c := tx.Bucket(bucketMachines).Cursor()
		step := c.Prev
		if newer {
			step = c.Next
		}
		for key, line := begin(c, machine, from, newer); bytes.HasPrefix(key, prefix); key, line = step() {
			arn, status, _ := bytes.Cut(line, []byte{0})
			if len(statuses) > 0 && !slices.Contains(statuses, Status(status)) {
				continue
			}
			r, err := record(tx, string(arn))
			if err != nil {
				return err
			}
			if r == nil {
				return fmt.Errorf("%w: execution %s is missing", errDamaged, arn)
			}
			data := tx.Bucket(bucketData)
			if !visit(Entry{*r, clone(data.Get(dataKey(r.Seq, dataInput))), clone(data.Get(dataKey(r.Seq, dataOutput)))}) {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("walk the executions of %s: %w", machine, err)
	}
	return nil
}

// begin puts the cursor on the first line of a walk.
func begin(c *bbolt.Cursor, machine string, from uint64, newer bool) ([]byte, []byte) {
	if newer {
		return c.Seek(machineKey(machine, from+1))
	}
	if from == 0 {
		from = ^uint64(0)
	}
	// Seek stops at the key or behind it, and beyond the last one at none.
	if key, _ := c.Seek(machineKey(machine, from)); key == nil {
		return c.Last()
	}
	return c.Prev()
}
