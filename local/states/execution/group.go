package execution

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/pixline/pixline/local/states/asl"
)

// maxConcurrency is how many iterations of an inline Map run at once when it
// sets no limit of its own, or a higher one. Source: "Map state in Inline
// mode", AWS Step Functions Developer Guide.
const maxConcurrency = 40

// errSibling ends the flows beside one that failed.
var errSibling = errors.New("a flow beside this one failed")

// member is one flow of a group.
type member struct {
	flow  *asl.Flow
	input json.RawMessage
	item  *item
	begin func(*frame)        // journals its start
	end   func(*frame, error) // journals its end: nil, errSibling or its failure
}

// group runs flows concurrently, at most limit at once and started in order,
// and returns their outputs as a JSON array. When one fails the others are
// ended, and the failure is the group's.
func (v *visit) group(ctx context.Context, members []member, limit int) (json.RawMessage, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		failed  error
		last    = v.frame.last
		outputs = make([]json.RawMessage, len(members))
		slots   = make(chan struct{}, limit)
	)
	for i, m := range members {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		f := &frame{run: v.frame.run, flow: m.flow, vars: &variables{outer: v.frame.vars}, item: m.item, last: v.frame.last}
		m.begin(f)
		wg.Go(func() {
			defer func() { <-slots }()
			output, err := f.do(ctx, m.flow.StartAt, m.input, time.Time{})
			mu.Lock()
			defer mu.Unlock()
			var failure *Failure
			switch {
			case err == nil:
				m.end(f, nil)
				outputs[i], last = output, f.last
			case !errors.As(err, &failure) && !errors.Is(err, errSibling):
				// The execution as a whole was ended; that is no one's failure.
			case failure == nil || failed != nil:
				m.end(f, errSibling)
			default:
				m.end(f, err)
				failed, last = err, f.last
				cancel(errSibling)
			}
		})
	}
	wg.Wait()
	if failed == nil && ctx.Err() != nil {
		failed = context.Cause(ctx)
	}
	v.frame.last = last
	if failed != nil {
		return nil, failed
	}
	return join(outputs), nil
}

// join makes a JSON array of JSON texts, each left as it is.
func join(items []json.RawMessage) json.RawMessage {
	out := []byte{'['}
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	return append(out, ']')
}
