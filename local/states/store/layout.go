package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// The buckets. A seq is 8 bytes, big endian, so that keys sort by creation.
var (
	bucketRecords     = []byte("records")     // execution ARN -> Record
	bucketMachines    = []byte("machines")    // machine ARN, 0, seq -> execution ARN, 0, status
	bucketData        = []byte("data")        // seq, 'i' or 'o' -> input or output
	bucketHistory     = []byte("history")     // seq, event id -> event
	bucketCheckpoints = []byte("checkpoints") // seq -> pending; running executions only
	bucketDefinitions = []byte("definitions") // hash -> definition
	buckets           = [][]byte{bucketRecords, bucketMachines, bucketData, bucketHistory, bucketCheckpoints, bucketDefinitions}
)

const (
	dataInput  = 'i'
	dataOutput = 'o'
)

// errDamaged is a reference in the file that leads nowhere.
var errDamaged = errors.New("the executions' file is damaged")

// pending is a stored checkpoint: it also leads back to its execution.
type pending struct {
	ARN string
	Checkpoint
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func dataKey(seq uint64, kind byte) []byte { return append(seqKey(seq), kind) }

func eventKey(seq uint64, id int64) []byte {
	return binary.BigEndian.AppendUint64(seqKey(seq), uint64(id))
}

func machinePrefix(machine string) []byte { return append([]byte(machine), 0) }

func machineKey(machine string, seq uint64) []byte {
	return append(machinePrefix(machine), seqKey(seq)...)
}

func definitionHash(definition []byte) string {
	sum := sha256.Sum256(definition)
	return hex.EncodeToString(sum[:])
}

func putJSON(b *bbolt.Bucket, key []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a record: %w", err)
	}
	return b.Put(key, raw)
}

// putRecord writes the record and its line in the machine's list.
func putRecord(tx *bbolt.Tx, r Record) error {
	if err := putJSON(tx.Bucket(bucketRecords), []byte(r.ARN), r); err != nil {
		return err
	}
	line := append(append([]byte(r.ARN), 0), r.Status...)
	return tx.Bucket(bucketMachines).Put(machineKey(r.Machine, r.Seq), line)
}

// record returns nil when there is no such execution.
func record(tx *bbolt.Tx, arn string) (*Record, error) {
	raw := tx.Bucket(bucketRecords).Get([]byte(arn))
	if raw == nil {
		return nil, nil
	}
	var r Record
	if err := json.Unmarshal(raw, &r); err != nil {
		return nil, fmt.Errorf("%w: execution %s: %w", errDamaged, arn, err)
	}
	return &r, nil
}
