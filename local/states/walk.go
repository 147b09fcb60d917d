package states

import (
	"context"

	"github.com/pixline/pixline/local/states/store"
)

// WalkQuery says where a walk begins, and what it passes over. The zero value is
// every execution, newest first.
type WalkQuery struct {
	// Beside is the ARN of an execution: the walk begins next to it and leaves it
	// out. Empty, it begins with the newest, or with Newer the oldest.
	Beside   string
	Newer    bool     // towards the newer ones, oldest first
	Statuses []Status // none: any
}

// Walk visits a machine's executions, with their inputs and outputs, until visit
// answers false. It is for reading more than a page: what a search passes over is
// never kept. Errors: InvalidArn, StateMachineDoesNotExist,
// ExecutionDoesNotExist, the context's.
func (e *Engine) Walk(ctx context.Context, machineARN string, q WalkQuery, visit func(Execution) bool) error {
	m, err := e.machine(machineARN)
	if err != nil {
		return err
	}
	var from uint64
	if q.Beside != "" {
		r, _, _, err := e.lookup(q.Beside)
		if err != nil {
			return err
		}
		from = r.Seq
	}
	err = e.store.Walk(m.ARN, from, q.Newer, q.Statuses, func(found store.Entry) bool {
		return ctx.Err() == nil && visit(published(found.Record, found.Input, found.Output))
	})
	if err == nil {
		err = ctx.Err()
	}
	return err
}
