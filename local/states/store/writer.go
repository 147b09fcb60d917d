package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/pixline/pixline/local/boltfile"
)

const (
	queueLength = 256 // operations that may wait before Append blocks
	maxBatch    = 512 // operations in one transaction
	// linger is how long write-behind operations wait for company. Durable
	// ones end the wait at once.
	linger = 5 * time.Millisecond
)

// ErrClosed is the error of a write after Close.
var ErrClosed = errors.New("the executions' store is closed")

// Store is an open file of executions.
type Store struct {
	db    *bbolt.DB
	queue chan operation
	stop  chan struct{} // closed by Close
	done  chan struct{} // closed when the writer has ended
	once  sync.Once

	mu     sync.Mutex
	failed error // of the first write that failed
}

// operation is one write. Operations without result are write-behind.
type operation struct {
	write  func(*bbolt.Tx) error
	result chan<- error // buffered
	after  func()       // runs in the writer after the commit, in order
}

// Open opens or creates the file at path. It fails when another process has it
// open.
func Open(path string) (*Store, error) {
	db, err := boltfile.Open(path, func(*bbolt.Tx) error { return nil }, buckets...)
	if err != nil {
		return nil, fmt.Errorf("open the executions: %w", err)
	}
	s := &Store{db: db, queue: make(chan operation, queueLength), stop: make(chan struct{}), done: make(chan struct{})}
	go s.writer()
	return s, nil
}

// Close writes what is waiting and closes the file.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.stop) })
	<-s.done
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close the executions' file: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// submit queues a write and returns without waiting for it.
func (s *Store) submit(op operation) error {
	select {
	case <-s.stop:
		return ErrClosed
	default:
	}
	select {
	case s.queue <- op:
		return nil
	case <-s.stop:
		return ErrClosed
	}
}

// durable queues a write and waits until it is on disk.
func (s *Store) durable(write func(*bbolt.Tx) error, after func()) error {
	result := make(chan error, 1)
	if err := s.submit(operation{write: write, result: result, after: after}); err != nil {
		return err
	}
	select {
	case err := <-result:
		return err
	case <-s.done:
		// The writer drained the queue before it ended, unless the operation
		// slipped in behind it.
		select {
		case err := <-result:
			return err
		default:
			return ErrClosed
		}
	}
}

// Flush waits until every write queued before it is on disk.
func (s *Store) Flush(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.durable(func(*bbolt.Tx) error { return nil }, nil)
}

func (s *Store) writer() {
	defer close(s.done)
	timer := time.NewTimer(linger)
	timer.Stop()
	for {
		var batch []operation
		select {
		case op := <-s.queue:
			batch = append(batch, op)
		case <-s.stop:
			for len(s.queue) > 0 {
				batch = append(batch, <-s.queue)
			}
			s.commit(batch)
			return
		}
		s.commit(s.gather(batch, timer))
	}
}

// gather adds what else is waiting to a batch. While no one waits for the
// batch, it lingers for more.
func (s *Store) gather(batch []operation, timer *time.Timer) []operation {
	awaited := batch[0].result != nil
	timer.Reset(linger)
	defer timer.Stop()
	for len(batch) < maxBatch {
		if awaited {
			select {
			case op := <-s.queue:
				batch = append(batch, op)
				continue
			default:
				return batch
			}
		}
		select {
		case op := <-s.queue:
			batch = append(batch, op)
			awaited = op.result != nil
		case <-timer.C:
			return batch
		case <-s.stop:
			return batch
		}
	}
	return batch
}

func (s *Store) commit(batch []operation) {
	err := s.failure()
	if err == nil && len(batch) > 0 {
		err = s.db.Update(func(tx *bbolt.Tx) error {
			for _, op := range batch {
				if err := op.write(tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			err = fmt.Errorf("write to the executions' file: %w", err)
			s.mu.Lock()
			s.failed = err
			s.mu.Unlock()
		}
	}
	for _, op := range batch {
		if err == nil && op.after != nil {
			op.after()
		}
		if op.result != nil {
			op.result <- err
		}
	}
}

func (s *Store) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}
