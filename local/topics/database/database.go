// Package database opens the files in which queues and topics are kept.
package database

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

// lockWait ends the wait for a process that has the file open. The runner has
// claimed its data folder before: nobody should.
const lockWait = time.Second

// Open opens or creates the database name in dir, and makes dir if need be.
func Open(dir, name string) (*bbolt.DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory of %s: %w", name, err)
	}
	path := filepath.Join(dir, name)
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}
