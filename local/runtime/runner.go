package runtime

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// Runner runs functions. Its methods may be called from many goroutines.
type Runner struct {
	options Options
	pool    *pool
	spawner *spawner
	queue   *queue

	mu        sync.Mutex
	closed    bool
	processes map[*process]struct{}
	work      sync.WaitGroup  // invocations, shutdowns, the reaper
	ctx       context.Context // ends when Close begins
	cancel    context.CancelFunc
	hurry     chan struct{} // closed when no grace is left
	finished  chan struct{} // closed when Close is complete
}

// New checks the configuration and starts a runner without any process yet. It
// answers every problem of the configuration, joined.
func New(o Options) (*Runner, error) {
	o.setDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	unreserved, err := o.unreserved()
	if err != nil {
		return nil, err
	}
	r := &Runner{
		options: o, pool: &pool{unreserved: unreserved, functions: map[string]*function{}},
		spawner: newSpawner(), processes: map[*process]struct{}{},
		hurry: make(chan struct{}), finished: make(chan struct{}),
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.queue = &queue{events: map[*Event]struct{}{}}
	for _, f := range o.Functions {
		f.Env = maps.Clone(f.Env)
		r.pool.functions[f.Name] = &function{Function: f}
	}
	r.work.Go(r.reap)
	return r, nil
}

// reap shuts idle environments down.
func (r *Runner) reap() {
	tick := time.NewTicker(max(r.options.IdleTimeout/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			for _, env := range r.pool.expired(time.Now().Add(-r.options.IdleTimeout)) {
				r.work.Go(func() { env.shutDown(r.hurry) })
			}
		case <-r.ctx.Done():
			return
		}
	}
}

// begin counts a piece of work in, unless the runner is closing.
func (r *Runner) begin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return awsapi.Errorf(http.StatusInternalServerError, "ServiceException", "the Lambda runner is shutting down")
	}
	r.work.Add(1)
	return nil
}

// register notes a process that Close must end; false: end it now.
func (r *Runner) register(p *process) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.processes[p] = struct{}{}
	return !r.closed
}

func (r *Runner) unregister(p *process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.processes, p)
}

// find resolves a function's name, partial or full ARN, with or without the
// qualifier $LATEST.
func (r *Runner) find(nameOrARN string) (*function, error) {
	name := nameOrARN
	if _, after, isARN := strings.Cut(nameOrARN, "function:"); isARN {
		name = after
	}
	name, qualifier, _ := strings.Cut(name, ":")
	fn := r.pool.functions[name]
	if fn == nil || (qualifier != "" && qualifier != latestVersion) {
		return nil, notFound(r.arn(nameOrARN))
	}
	if strings.HasPrefix(nameOrARN, "arn:") && strings.TrimSuffix(nameOrARN, ":"+latestVersion) != fn.ARN {
		return nil, notFound(nameOrARN) // another account's or region's
	}
	return fn, nil
}

func notFound(name string) error {
	return awsapi.Errorf(http.StatusNotFound, "ResourceNotFoundException", "Function not found: %s", name)
}

// arn completes the name of a function that may not exist, by a neighbour's ARN.
func (r *Runner) arn(name string) string {
	if strings.Contains(name, "function:") {
		return name
	}
	for _, fn := range r.pool.functions {
		return strings.TrimSuffix(fn.ARN, fn.Name) + name
	}
	return name
}

// Functions answers the configuration of every function, by name.
func (r *Runner) Functions() []Function {
	var all []Function
	for _, name := range slices.Sorted(maps.Keys(r.pool.functions)) {
		f := r.pool.functions[name].Function
		f.Env = maps.Clone(f.Env)
		all = append(all, f)
	}
	return all
}

// Close ends every environment: SIGTERM, then SIGKILL after the grace or as soon
// as ctx ends. Invocations in progress fail with Runtime.ExitError. It waits
// until nothing is left, and answers an *UndeliveredError when asynchronous
// events were still queued: the caller may keep them. Calling it again waits for
// the first call and answers nil.
func (r *Runner) Close(ctx context.Context) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		<-r.finished
		return nil
	}
	r.closed = true
	r.cancel()
	live := slices.Collect(maps.Keys(r.processes))
	r.mu.Unlock()

	stop := context.AfterFunc(ctx, func() { close(r.hurry) })
	var ends sync.WaitGroup
	for _, p := range live {
		ends.Go(func() { p.terminate(r.options.ShutdownGrace, r.hurry) })
	}
	ends.Wait()
	// A process that was being started when the list was made is killed by its starter.
	r.work.Wait()
	for _, env := range r.pool.expired(time.Now().Add(time.Hour)) {
		env.shutDown(r.hurry) // has ended already: this writes its last lines
	}
	r.spawner.close()
	stop()
	close(r.finished)
	return r.queue.undelivered()
}

// UndeliveredError tells of the asynchronous events that Close found unprocessed:
// waiting for their first or next attempt, or interrupted in one.
type UndeliveredError struct{ Events []Event }

func (e *UndeliveredError) Error() string {
	var lines []error
	for _, event := range e.Events {
		lines = append(lines, fmt.Errorf("function %s, request %s, %d attempts made", event.Function, event.RequestID, event.Attempts))
	}
	return fmt.Sprintf("%d asynchronous events were not processed:\n%s", len(e.Events), errors.Join(lines...))
}
