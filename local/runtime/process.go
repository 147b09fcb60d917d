package runtime

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// spawner starts every process from one OS thread that lives as long as the
// runner. Linux delivers the parent-death signal when the *thread* that forked
// ends, not the process (prctl(2), PR_SET_PDEATHSIG), and Go ends a thread whose
// locked goroutine returns: a start from just any goroutine could kill the
// function at a random moment.
type spawner struct {
	starts chan func()
	done   chan struct{}
}

func newSpawner() *spawner {
	s := &spawner{starts: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		goruntime.LockOSThread()
		defer goruntime.UnlockOSThread()
		for start := range s.starts {
			start()
		}
	}()
	return s
}

func (s *spawner) start(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	s.starts <- func() { started <- cmd.Start() }
	return <-started
}

// close needs that no start is in progress or to come.
func (s *spawner) close() {
	close(s.starts)
	<-s.done
}

// process is one run of a function's binary, in a process group of its own.
type process struct {
	cmd    *exec.Cmd
	api    *runtimeAPI
	pump   *pump
	peak   atomic.Int64     // bytes; 0 while unknown
	exited chan struct{}    // closed when it is reaped, its group killed and its output read
	state  *os.ProcessState // after exited
}

// startProcess runs f's binary with the variables that vars gives for the
// Runtime API's address.
func (r *Runner) startProcess(f *Function, vars func(api string) []string, j *journal) (*process, error) {
	api, err := newRuntimeAPI(f.ARN)
	if err != nil {
		return nil, err
	}
	out, in, err := os.Pipe()
	if err != nil {
		api.close()
		return nil, fmt.Errorf("open a pipe for the function's output: %w", err)
	}
	cmd := &exec.Cmd{
		Path: f.Binary, Args: []string{f.Binary}, Env: vars(api.address), Dir: filepath.Dir(f.Binary),
		Stdout: in, Stderr: in, SysProcAttr: processAttributes(),
	}
	err = r.spawner.start(cmd)
	_ = in.Close() // the child has its own
	if err != nil {
		_ = out.Close()
		api.close()
		return nil, err
	}
	p := &process{cmd: cmd, api: api, pump: newPump(out, j), exited: make(chan struct{})}
	if !r.register(p) {
		p.signal(syscall.SIGKILL)
	}
	go p.wait(r)
	return p, nil
}

func (p *process) wait(r *Runner) {
	// The state says how it ended; an error says the same again.
	_ = p.cmd.Wait()
	// What the function left behind in its group must not outlive it. The group's
	// number cannot belong to others yet: numbers are reused only after a wrap.
	p.signal(syscall.SIGKILL)
	p.pump.stop()
	p.api.close()
	p.state = p.cmd.ProcessState
	if bytes := exitPeak(p.state); bytes > 0 {
		p.peak.Store(bytes)
	}
	close(p.exited)
	r.unregister(p)
}

// signal reaches the whole group. A group that is gone needs no signal.
func (p *process) signal(s syscall.Signal) {
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		// macOS answers EPERM for a group of zombies only.
		_ = p.cmd.Process.Signal(s)
	}
}

// kill ends it at once and waits until it is gone.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.exited
}

// terminate asks it to end, kills it after grace or when hurry is closed, and
// waits until it is gone.
func (p *process) terminate(grace time.Duration, hurry <-chan struct{}) {
	if !p.alive() {
		return // its number may belong to another process by now
	}
	p.signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.exited:
		return
	case <-timer.C:
	case <-hurry:
	}
	p.kill()
}

// samplePeak notes the peak memory so far, while the process lives.
func (p *process) samplePeak() {
	if bytes := livePeak(p.cmd.Process.Pid); bytes > 0 {
		p.peak.Store(bytes)
	}
}

func (p *process) alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}
