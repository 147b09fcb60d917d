package topics

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// lockWait is how long to wait for another process to let go of the data.
const lockWait = 5 * time.Second

const (
	topicsBucket        = "topics"        // ARN -> topic
	subscriptionsBucket = "subscriptions" // ARN -> subscription
	deliveriesBucket    = "deliveries"    // id -> delivery
)

// topic is a topic as it is stored.
type topic struct {
	ARN        string
	Declared   bool
	Attributes map[string]string
}

type store struct{ db *bbolt.DB }

type contents struct {
	topics        map[string]*topic
	subscriptions map[string]*subscription
	deliveries    map[string]*delivery
}

func openStore(dir string) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the topics' data directory: %w", err)
	}
	path := filepath.Join(dir, "topics.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, fmt.Errorf("open %s: another process has it open; stop that one, or choose another data directory: %w", path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &store{db}, nil
}

func (st *store) close() error {
	if err := st.db.Close(); err != nil {
		return fmt.Errorf("close the topics' data: %w", err)
	}
	return nil
}

func (st *store) load() (contents, error) {
	var c contents
	err := st.db.View(func(tx *bbolt.Tx) error {
		return errors.Join(read(tx, topicsBucket, &c.topics), read(tx, subscriptionsBucket, &c.subscriptions), read(tx, deliveriesBucket, &c.deliveries))
	})
	if err != nil {
		return contents{}, fmt.Errorf("read the topics' data: %w", err)
	}
	return c, nil
}

func read[T any](tx *bbolt.Tx, bucket string, into *map[string]*T) error {
	*into = map[string]*T{}
	b := tx.Bucket([]byte(bucket))
	if b == nil {
		return nil
	}
	return b.ForEach(func(key, text []byte) error {
		value := new(T)
		if err := json.Unmarshal(text, value); err != nil {
			return fmt.Errorf("%s %s: %w", bucket, key, err)
		}
		(*into)[string(key)] = value
		return nil
	})
}

func (st *store) put(bucket, key string, value any) error {
	text, err := json.Marshal(value)
	if err == nil {
		err = st.db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists([]byte(bucket))
			if err != nil {
				return err
			}
			return b.Put([]byte(key), text)
		})
	}
	if err != nil {
		return fmt.Errorf("write the topics' data: %w", err)
	}
	return nil
}

func (st *store) remove(bucket, key string) error {
	err := st.db.Update(func(tx *bbolt.Tx) error {
		if b := tx.Bucket([]byte(bucket)); b != nil {
			return b.Delete([]byte(key))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write the topics' data: %w", err)
	}
	return nil
}
