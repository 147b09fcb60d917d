// Package boltfile opens the files in which the runner's services keep what they
// know.
package boltfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// lockWait is how long to wait for another process that has the file open.
const lockWait = time.Second

// Open opens the file at path or creates it, with its folder and its buckets, and
// calls load with what it has. Every error names the file. One that is damaged is
// an error too: bbolt panics on it, and where the file ends early, the process
// would.
func Open(path string, load func(*bbolt.Tx) error, buckets ...[]byte) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // of this goroutine
	defer func() {
		if p := recover(); p != nil {
			// It stays open: bbolt may still hold the locks that Close waits for.
			db, err = nil, fmt.Errorf("the file %s is damaged, and may be moved away or deleted: %v", path, p)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the file: %w", err)
	}
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:        lockWait,
		FreelistType:   bbolt.FreelistMapType,
		NoFreelistSync: true, // cheaper commits, for a scan here
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("the file %s is in use by another process", path)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		return nil, fmt.Errorf("the file %s is damaged, and may be moved away or deleted: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("open the file %s: %w", path, err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return load(tx)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the file %s: %w", path, err), db.Close())
	}
	return db, nil
}
