package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrInUse reports a data folder that another runner uses.
var ErrInUse = errors.New("another runner uses this data folder")

// claim makes the data folder, if need be, and takes it for this process until
// the file that it returns is closed. The system drops the claim of a process
// that dies. The file holds the owner's process id, for people.
func claim(dir string) (_ *os.File, err error) {
	// Other users of this machine are not to see the pictures.
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "runner.pid"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("claim the data folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		owner, readErr := os.ReadFile(f.Name())
		if readErr != nil {
			return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
		}
		return nil, fmt.Errorf("%w: %s (process %s)", ErrInUse, dir, strings.TrimSpace(string(owner)))
	} else if err != nil {
		return nil, fmt.Errorf("claim the data folder %s: %w", dir, err)
	}
	if err := f.Truncate(0); err != nil {
		return nil, fmt.Errorf("claim the data folder: %w", err)
	}
	if _, err := fmt.Fprintln(f, os.Getpid()); err != nil {
		return nil, fmt.Errorf("claim the data folder: %w", err)
	}
	return f, nil
}
