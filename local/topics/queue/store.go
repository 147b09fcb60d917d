package queue

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"github.com/pixline/pixline/local/boltfile"
)

var (
	queuesBucket   = []byte("queues")   // name -> record
	messagesBucket = []byte("messages") // name -> bucket of sequence -> message
)

// record is what is stored of a queue besides its messages.
type record struct {
	Declared   bool
	Created    time.Time
	Modified   time.Time
	Attributes map[string]string
}

type store struct{ db *bbolt.DB }

// openStore gives the queues that the file has, too.
func openStore(dir string) (*store, map[string]*mailbox, error) {
	queues := map[string]*mailbox{}
	db, err := boltfile.Open(filepath.Join(dir, "queues.db"), func(tx *bbolt.Tx) error { return read(tx, queues) })
	return &store{db}, queues, err
}

func (st *store) close() error {
	if err := st.db.Close(); err != nil {
		return fmt.Errorf("close the queues' data: %w", err)
	}
	return nil
}

func key(sequence uint64) []byte { return binary.BigEndian.AppendUint64(nil, sequence) }

func read(tx *bbolt.Tx, queues map[string]*mailbox) error {
	b := tx.Bucket(queuesBucket)
	if b == nil {
		return nil
	}
	return b.ForEach(func(name, text []byte) error {
		q := newMailbox(string(name))
		if err := json.Unmarshal(text, &q.record); err != nil {
			return fmt.Errorf("queue %s: %w", name, err)
		}
		q.created = q.record.Created
		queues[q.name] = q
		return tx.Bucket(messagesBucket).Bucket(name).ForEach(func(_, text []byte) error {
			m := &message{}
			if err := json.Unmarshal(text, m); err != nil {
				return fmt.Errorf("queue %s: a message: %w", name, err)
			}
			q.add(m)
			return nil
		})
	})
}

func (st *store) saveQueue(name string, r record) error {
	return st.update(func(tx *bbolt.Tx) error {
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		queues, err := tx.CreateBucketIfNotExists(queuesBucket)
		if err != nil {
			return err
		}
		messages, err := tx.CreateBucketIfNotExists(messagesBucket)
		if err != nil {
			return err
		}
		if _, err := messages.CreateBucketIfNotExists([]byte(name)); err != nil {
			return err
		}
		return queues.Put([]byte(name), text)
	})
}

func (st *store) deleteQueue(name string) error {
	return st.update(func(tx *bbolt.Tx) error {
		return errors.Join(tx.Bucket(queuesBucket).Delete([]byte(name)), tx.Bucket(messagesBucket).DeleteBucket([]byte(name)))
	})
}

// change is a message that is written, or a sequence number that is removed.
type change struct {
	queue  string
	put    *message
	remove uint64
}

// apply makes all changes or none.
func (st *store) apply(changes ...change) error {
	if len(changes) == 0 {
		return nil
	}
	return st.update(func(tx *bbolt.Tx) error {
		for _, c := range changes {
			b := tx.Bucket(messagesBucket).Bucket([]byte(c.queue))
			if c.put == nil {
				if err := b.Delete(key(c.remove)); err != nil {
					return err
				}
				continue
			}
			text, err := json.Marshal(c.put)
			if err != nil {
				return err
			}
			if err := b.Put(key(c.put.Sequence), text); err != nil {
				return err
			}
		}
		return nil
	})
}

func (st *store) update(change func(*bbolt.Tx) error) error {
	if err := st.db.Update(change); err != nil {
		return fmt.Errorf("write the queues' data: %w", err)
	}
	return nil
}
