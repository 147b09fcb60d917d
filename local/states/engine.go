// Package states runs Step Functions state machines on this machine: JSONata
// definitions, durable executions with their history, and the Step Functions
// HTTP API over them.
//
// Guarantees:
//   - A definition is checked whole before anything runs.
//   - StartExecution answers once the execution is on disk, and an execution is
//     seen to have ended only once its end is.
//   - An execution that was running when the process ended is resumed by the
//     next Open at the state it had last entered: steps are performed at least
//     once.
//   - Memory does not grow with the number of ended executions.
//
// Not modelled: Express machines, versions and aliases, redrives, activities,
// distributed maps, quotas on rates.
package states

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/pixline/pixline/local/states/asl"
	"github.com/pixline/pixline/local/states/execution"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
)

// Definition is a checked state machine definition.
type Definition = asl.Definition

// Tasks performs the tasks of executions; see execution.Tasks.
type Tasks = execution.Tasks

// TaskError names a task's failure; see execution.TaskError.
type TaskError = execution.TaskError

// Status is the status of an execution.
type Status = store.Status

// Parse reads and checks a definition. The error is asl.Problems.
func Parse(definition []byte) (*Definition, error) { return asl.Parse(definition) }

// Machine is a state machine.
type Machine struct {
	ARN        string // arn:<partition>:states:<region>:<account>:stateMachine:<name>
	RoleARN    string // the role that its executions run as
	Definition []byte
	Logging    Logging
}

// Logging says which events of a machine's executions are logged, and where. The
// engine describes it; who observes it writes the logs.
type Logging struct {
	Level                string // OFF, ALL, ERROR or FATAL
	IncludeExecutionData bool
	LogGroupARN          string // ends in :*; empty when OFF
}

// LevelOff is the Level of a machine that logs nothing.
const LevelOff = "OFF"

// Execution is an execution. Lists leave Input and Output out.
type Execution struct {
	ARN        string
	MachineARN string
	Name       string
	RoleARN    string
	Status     Status
	StartDate  time.Time // UTC, milliseconds
	StopDate   time.Time // zero while it runs
	Input      json.RawMessage
	Output     json.RawMessage // when it succeeded
	Error      string          // when it did not
	Cause      string
}

// Observer is told what happens. It is called synchronously by the execution
// concerned, so it must be quick; calls of different executions are concurrent.
type Observer interface {
	// ExecutionStarted is called for a new execution, and again when it is
	// resumed in another process.
	ExecutionStarted(x Execution)
	// ExecutionEnded is called once the end is on disk.
	ExecutionEnded(x Execution)
	// Event is called for every event, in the execution's order.
	Event(executionARN string, e history.Event)
}

// Options configures an Engine.
type Options struct {
	Path     string // of the file that holds the executions
	Machines []Machine
	Tasks    Tasks
	Observer Observer // optional
	// Transition is called before a state is entered, with the machine's ARN. It may
	// hold the execution up, and must return when ctx ends; optional.
	Transition func(ctx context.Context, machineARN string)
	Logger     *slog.Logger // optional
}

// Engine runs executions. Its methods may be called concurrently.
type Engine struct {
	machines map[string]*machine
	order    []string // machine ARNs, as given
	store    *store.Store
	tasks    Tasks
	observer Observer
	log      *slog.Logger
	opened   time.Time

	transition func(ctx context.Context, machineARN string)

	stop context.CancelCauseFunc
	ctx  context.Context // of all executions
	wg   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	running map[string]*live // by execution ARN
}

type machine struct {
	Machine
	name, region string
	definition   *Definition
}

// live is an execution under way.
type live struct {
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when it has ended, or was left for the next Open
}

// errClosing ends executions without marking them as ended.
var errClosing = errors.New("the state machine engine is closing")

// Open checks the machines, opens the file and resumes the executions in it.
// Tasks may be called before Open returns.
func Open(o Options) (*Engine, error) {
	e := &Engine{
		machines: map[string]*machine{}, tasks: o.Tasks, observer: o.Observer, log: o.Logger,
		opened: now(), running: map[string]*live{}, transition: o.Transition,
	}
	if e.transition == nil {
		e.transition = func(context.Context, string) {}
	}
	if e.observer == nil {
		e.observer = silent{}
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	var errs []error
	for _, m := range o.Machines {
		if err := e.add(m); err != nil {
			errs = append(errs, fmt.Errorf("state machine %s: %w", m.ARN, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var err error
	if e.store, err = store.Open(o.Path); err != nil {
		return nil, err
	}
	unfinished, err := e.store.Unfinished()
	if err != nil {
		return nil, errors.Join(err, e.store.Close())
	}
	e.ctx, e.stop = context.WithCancelCause(context.Background())
	for _, u := range unfinished {
		e.resume(u)
	}
	return e, nil
}

func (e *Engine) add(m Machine) error {
	name, region, ok := splitARN(m.ARN, "stateMachine")
	if !ok {
		return errors.New("is not the ARN of a state machine")
	}
	if e.machines[m.ARN] != nil {
		return errors.New("is given twice")
	}
	definition, err := Parse(m.Definition)
	if err != nil {
		return err
	}
	e.machines[m.ARN] = &machine{Machine: m, name: name, region: region, definition: definition}
	e.order = append(e.order, m.ARN)
	return nil
}

// Close stops the executions, which the next Open resumes, writes what is
// waiting and closes the file. When ctx ends before the tasks under way have
// returned, Close returns its error and the file stays open: call it again.
func (e *Engine) Close(ctx context.Context) error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.stop(errClosing)
	stopped := make(chan struct{})
	go func() {
		e.wg.Wait()
		close(stopped)
	}()
	select {
	case <-stopped:
		return e.store.Close()
	case <-ctx.Done():
		return fmt.Errorf("close the state machine engine: tasks are still under way: %w", ctx.Err())
	}
}

// splitARN returns the resource's name and the region of a Step Functions ARN
// of the given kind. An execution's name is <machine>:<execution>.
func splitARN(arn, kind string) (name, region string, ok bool) {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) != 7 || parts[0] != "arn" || parts[2] != "states" || parts[5] != kind || parts[6] == "" {
		return "", "", false
	}
	return parts[6], parts[3], true
}

// now is the time in the resolution that the API has.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// silent is the Observer of those who gave none.
type silent struct{}

func (silent) ExecutionStarted(Execution)  {}
func (silent) ExecutionEnded(Execution)    {}
func (silent) Event(string, history.Event) {}
