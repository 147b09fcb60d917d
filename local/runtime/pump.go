package runtime

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"time"
)

// pump reads what a process prints (stdout and stderr share one pipe, so that
// their order is kept) and gives it to the journal line by line.
type pump struct {
	out     *os.File
	journal *journal
	partial []byte
	request chan chan struct{} // one drain at a time
	done    chan struct{}
}

func newPump(out *os.File, j *journal) *pump {
	p := &pump{out: out, journal: j, request: make(chan chan struct{}), done: make(chan struct{})}
	go p.run()
	return p
}

func (p *pump) run() {
	defer close(p.done)
	buf := make([]byte, 64*1024)
	for {
		n, err := p.out.Read(buf)
		p.feed(buf[:n])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			ack := <-p.request
			// Fails only once the pipe is closed, which the next Read tells.
			_ = p.out.SetReadDeadline(time.Time{})
			p.readAvailable(buf)
			p.endLine()
			close(ack)
			continue
		}
		if err != nil { // end of file, or closed by stop
			p.endLine()
			return
		}
	}
}

// drain returns once everything printed before the call is in the journal. A
// read deadline wakes the blocked reader, which then reads until the pipe is
// empty: the only way to know, without waiting, that no line is left behind.
func (p *pump) drain() {
	if p.out.SetReadDeadline(time.Unix(1, 0)) != nil {
		<-p.done // closed
		return
	}
	ack := make(chan struct{})
	select {
	case p.request <- ack:
		<-ack
	case <-p.done:
	}
}

// readAvailable reads without blocking. It is bounded, because a background
// goroutine of the function may print faster than anyone reads.
func (p *pump) readAvailable(buf []byte) {
	conn, err := p.out.SyscallConn()
	if err != nil {
		return // closed
	}
	const rounds = 64 // of 64 KB each: far more than a pipe holds
	_ = conn.Read(func(fd uintptr) bool {
		for range rounds {
			n, err := syscall.Read(int(fd), buf)
			if errors.Is(err, syscall.EINTR) {
				continue
			}
			if n <= 0 {
				break // empty, or ended: the next blocking Read tells which
			}
			p.feed(buf[:n])
		}
		return true
	})
}

func (p *pump) feed(b []byte) {
	for {
		line, rest, found := bytes.Cut(b, []byte("\n"))
		p.partial = append(p.partial, line...)
		if !found {
			break
		}
		p.endLine()
		b = rest
	}
	// A function that never ends its line must not grow our memory.
	if len(p.partial) > maxEventSize {
		p.endLine()
	}
}

func (p *pump) endLine() {
	if len(p.partial) == 0 {
		return // an empty line says nothing: PutLogEvents refuses empty messages
	}
	p.journal.add(string(p.partial))
	p.partial = p.partial[:0]
}

// stop drains and ends the pump.
func (p *pump) stop() {
	p.drain()
	_ = p.out.Close()
	<-p.done
}
