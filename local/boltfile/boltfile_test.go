package boltfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

var bucket = []byte("numbers")

// read visits every entry.
func read(tx *bbolt.Tx) error {
	return tx.Bucket(bucket).ForEach(func(_, v []byte) error {
		if len(v) != 100 {
			return errors.New("an entry is too short")
		}
		return nil
	})
}

// TestDamaged: wherever a file ends or holds something else, opening it gives an
// error that names it, or what is left; it never ends the process.
func TestDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := filepath.Join(dir, "new", "whole")
	db, err := Open(whole, read, bucket)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for i := range uint64(2000) {
			if err := tx.Bucket(bucket).Put(binary.BigEndian.AppendUint64(nil, i), bytes.Repeat([]byte{7}, 100)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(whole, read, bucket); err == nil || !strings.Contains(err.Error(), whole+" is in use") {
		t.Errorf("a file in use: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	tried, refused := 0, 0
	try := func(name string, content []byte) {
		tried++
		path := filepath.Join(dir, fmt.Sprint(name, tried)) // one that panics stays locked
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(path, read, bucket)
		if err == nil {
			err = db.Close()
		}
		if err != nil {
			refused++
			if !strings.Contains(err.Error(), path) {
				t.Errorf("%s: the error does not name the file: %v", name, err)
			}
		}
	}
	page := os.Getpagesize()
	for at := 0; at+page <= len(good); at += page * (1 + len(good)/page/40) { // some forty of them
		try("short", good[:at+page/2])
		other := bytes.Clone(good)
		for i := range page {
			other[at+i] ^= 0x55
		}
		try("other", other)
	}
	try("text", []byte(strings.Repeat("no database ", 2000)))
	if refused < 10 {
		t.Errorf("%d files are refused", refused)
	}
}
