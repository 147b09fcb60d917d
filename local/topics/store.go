package topics

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/pixline/pixline/local/boltfile"
)

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

func openStore(dir string) (*store, contents, error) {
	var c contents
	db, err := boltfile.Open(filepath.Join(dir, "topics.db"), func(tx *bbolt.Tx) error {
		return errors.Join(read(tx, topicsBucket, &c.topics), read(tx, subscriptionsBucket, &c.subscriptions), read(tx, deliveriesBucket, &c.deliveries))
	})
	return &store{db}, c, err
}

func (st *store) close() error {
	if err := st.db.Close(); err != nil {
		return fmt.Errorf("close the topics' data: %w", err)
	}
	return nil
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
