package objects

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Usage is what a bucket holds: all versions together, and the parts of uploads
// that are not complete.
type Usage struct {
	Bucket  string
	Bytes   int64
	Objects int64
}

// Usage measures every bucket, in its files: without a request that would be
// counted, and authorized, as a client's.
func (s *Server) Usage() ([]Usage, error) {
	buckets, err := os.ReadDir(filepath.Join(s.dir, objectsFolder))
	if err != nil {
		return nil, fmt.Errorf("list the buckets: %w", err)
	}
	var all []Usage
	for _, b := range buckets {
		if !b.IsDir() || strings.HasPrefix(b.Name(), ".") { // the store's own
			continue
		}
		u := Usage{Bucket: b.Name()}
		for _, folder := range []string{objectsFolder, versionsFolder} {
			if err := u.add(filepath.Join(s.dir, folder, b.Name())); err != nil {
				return nil, fmt.Errorf("measure the bucket %s: %w", b.Name(), err)
			}
		}
		all = append(all, u)
	}
	return all, nil
}

// add counts the files below a folder, which need not exist. A file that goes
// away meanwhile is an object that was deleted.
func (u *Usage) add(folder string) error {
	return filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		var info fs.FileInfo
		if err == nil && entry.Type().IsRegular() {
			info, err = entry.Info()
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case info != nil:
			u.Objects++
			u.Bytes += info.Size()
		}
		return nil
	})
}
