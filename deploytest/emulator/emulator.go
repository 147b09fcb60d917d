// Package emulator runs an emulator of AWS's control plane on 127.0.0.1.
package emulator

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"time"
)

// readyWithin is how long an emulator may take to answer.
const readyWithin = time.Minute

// Emulator is a running one. Nothing of it is stored on disk.
type Emulator struct {
	URL string

	cmd  *exec.Cmd
	done chan struct{} // closed when its output has ended
}

// address is what it prints when it serves.
var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// Start serves at a port that is free, all resources of it in the given account.
func Start(ctx context.Context, command, account string) (*Emulator, error) {
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, command, "0")
	cmd.Env = append(os.Environ(), "MOTO_ACCOUNT_ID="+account)
	cmd.Stdout, cmd.Stderr = writer, writer
	err = cmd.Start()
	if err := errors.Join(err, writer.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("start the emulator: %w", err), reader.Close())
	}
	e := &Emulator{cmd: cmd, done: make(chan struct{})}
	found := make(chan string, 1)
	go e.read(reader, found)
	select {
	case e.URL = <-found:
		return e, nil
	case <-e.done:
		err = errors.New("it ended before it served")
	case <-time.After(readyWithin):
		err = fmt.Errorf("it did not serve within %s", readyWithin)
	}
	return nil, errors.Join(fmt.Errorf("start the emulator: %w", err), e.Stop())
}

// read finds the address, and drains the rest, a line for each request: or the
// emulator would block.
func (e *Emulator) read(output io.ReadCloser, found chan<- string) {
	defer close(e.done)
	defer output.Close()
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if url := address.FindString(line); url != "" {
			found <- url
			break
		}
		if err != nil {
			return
		}
	}
	// What ends it is the end of the emulator.
	_, _ = io.Copy(io.Discard, lines)
}

// Stop ends the emulator.
func (e *Emulator) Stop() error {
	err := e.cmd.Process.Kill()
	<-e.done
	var ended *exec.ExitError
	if waitErr := e.cmd.Wait(); !errors.As(waitErr, &ended) {
		err = errors.Join(err, waitErr)
	}
	return err
}
