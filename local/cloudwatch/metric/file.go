package metric

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/pixline/pixline/local/boltfile"
)

// The file's buckets, and what it says of its own form.
var (
	metaBucket   = []byte("meta")
	seriesBucket = []byte("series") // number -> record
	blocksBucket = []byte("blocks") // number, tier, start -> sealed block
	formatKey    = []byte("format")
	format       = []byte("1")
	clockKey     = []byte("clock") // what it showed at the last write: Unix milliseconds
)

// file is a store's file.
type file struct {
	db *bbolt.DB

	mu   sync.Mutex
	dead []uint64   // series to be deleted
	gone []blockKey // their blocks
}

// record is what the file has of a series, in JSON.
type record struct {
	ID     ID
	Unit   string
	Newest time.Time
}

// openFile opens the file at path and calls add with each series that it has; the
// blocks of a series are sealed. It answers what the clock showed when the file was
// last written; the zero time if it never was.
func openFile(path string, add func(*series)) (_ *file, shown time.Time, err error) {
	db, err := boltfile.Open(path, func(tx *bbolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		if v := meta.Get(formatKey); v != nil && string(v) != string(format) {
			return fmt.Errorf("it has the form %q of another version, and may be deleted", v)
		}
		if v := meta.Get(clockKey); len(v) == 8 {
			shown = time.UnixMilli(int64(binary.BigEndian.Uint64(v)))
		}
		if err := load(tx, add); err != nil {
			return err
		}
		return meta.Put(formatKey, format)
	}, metaBucket, seriesBucket, blocksBucket)
	if err != nil {
		return nil, time.Time{}, err
	}
	return &file{db: db}, shown, nil
}

func (f *file) close() error { return f.db.Close() }

// load calls add with each series.
func load(tx *bbolt.Tx, add func(*series)) error {
	blocks := tx.Bucket(blocksBucket).Cursor()
	return tx.Bucket(seriesBucket).ForEach(func(k, v []byte) error {
		var r record
		if err := json.Unmarshal(v, &r); err != nil {
			return fmt.Errorf("the entry %x: %w", k, err)
		}
		if len(k) != 8 {
			return fmt.Errorf("the entry %x is of no metric", k)
		}
		m := newSeries(r.ID, binary.BigEndian.Uint64(k))
		m.unit, m.newest = r.Unit, r.Newest
		for bk, data := blocks.Seek(k); len(bk) == 17 && string(bk[:8]) == string(k); bk, data = blocks.Next() {
			if int(bk[8]) >= len(m.tiers) {
				return fmt.Errorf("the block %x is of no resolution", bk)
			}
			t := &m.tiers[bk[8]]
			b := &block{start: int64(binary.BigEndian.Uint64(bk[9:])), sealed: slices.Clone(data)}
			b.size = blockSize + len(data)
			t.blocks = append(t.blocks, b)
		}
		add(m)
		return nil
	})
}

func (k blockKey) bytes() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 17), k.number)
	return binary.BigEndian.AppendUint64(append(b, byte(k.tier)), uint64(k.start))
}

// forget notes that a series is to be deleted.
func (f *file) forget(number uint64, blocks []blockKey) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = append(f.dead, number)
	f.gone = append(f.gone, blocks...)
}

// change is what a flush writes of a series.
type change struct {
	of     *series
	record []byte
	blocks []*block
	keys   []blockKey
	data   [][]byte // of blocks
	gone   []blockKey
}

// changed takes what the file does not know of the series; nil if there is nothing.
func (s *series) changed() (*change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return nil, nil
	}
	c := &change{of: s, gone: s.gone}
	for i := range s.tiers {
		for _, b := range s.tiers[i].blocks {
			if b.dirty {
				c.blocks = append(c.blocks, b)
				c.keys = append(c.keys, blockKey{s.number, i, b.start})
				c.data = append(c.data, b.encode())
			}
		}
	}
	if len(c.blocks)+len(c.gone) == 0 {
		return nil, nil
	}
	var err error
	if c.record, err = json.Marshal(record{s.id, s.unit, s.newest}); err != nil {
		return nil, fmt.Errorf("metric %s %s: %w", s.id.Namespace, s.id.Name, err)
	}
	for _, b := range c.blocks {
		b.dirty = false
	}
	s.gone = nil
	return c, nil
}

// undo puts back what could not be written to f.
func (c *change) undo(f *file) {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	for _, b := range c.blocks {
		b.dirty = true
	}
	if c.of.dead { // meanwhile
		f.forget(c.of.number, c.gone)
		return
	}
	c.of.gone = append(c.of.gone, c.gone...)
}

// flush writes what changed, and what the clock shows, in one transaction. What
// could not be written stays to be written.
func (f *file) flush(all []*series, now time.Time) error {
	var changes []*change
	for _, m := range all {
		c, err := m.changed()
		if err != nil {
			return err
		}
		if c != nil {
			changes = append(changes, c)
		}
	}
	f.mu.Lock()
	dead, gone := f.dead, f.gone
	f.dead, f.gone = nil, nil
	f.mu.Unlock()
	if len(changes)+len(dead)+len(gone) == 0 {
		return nil
	}
	err := f.db.Update(func(tx *bbolt.Tx) error {
		for _, c := range changes {
			if err := c.write(tx); err != nil {
				return err
			}
		}
		for _, n := range dead {
			if err := tx.Bucket(seriesBucket).Delete(binary.BigEndian.AppendUint64(nil, n)); err != nil {
				return err
			}
		}
		if err := deleteBlocks(tx, gone); err != nil {
			return err
		}
		return tx.Bucket(metaBucket).Put(clockKey, binary.BigEndian.AppendUint64(nil, uint64(now.UnixMilli())))
	})
	if err != nil {
		for _, c := range changes {
			c.undo(f)
		}
		f.mu.Lock()
		f.dead, f.gone = append(f.dead, dead...), append(f.gone, gone...)
		f.mu.Unlock()
		return fmt.Errorf("writing the metrics' file: %w", err)
	}
	return nil
}

func (c *change) write(tx *bbolt.Tx) error {
	if err := tx.Bucket(seriesBucket).Put(binary.BigEndian.AppendUint64(nil, c.of.number), c.record); err != nil {
		return err
	}
	if err := deleteBlocks(tx, c.gone); err != nil {
		return err
	}
	for i, data := range c.data {
		if err := tx.Bucket(blocksBucket).Put(c.keys[i].bytes(), data); err != nil {
			return err
		}
	}
	return nil
}

func deleteBlocks(tx *bbolt.Tx, keys []blockKey) error {
	for _, k := range keys {
		if err := tx.Bucket(blocksBucket).Delete(k.bytes()); err != nil {
			return err
		}
	}
	return nil
}
