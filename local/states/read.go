package states

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
)

// DescribeExecution returns an execution. Errors: InvalidArn,
// ExecutionDoesNotExist.
func (e *Engine) DescribeExecution(_ context.Context, arn string) (Execution, error) {
	r, input, output, err := e.lookup(arn)
	if err != nil {
		return Execution{}, err
	}
	return published(r, input, output), nil
}

func (e *Engine) lookup(arn string) (store.Record, json.RawMessage, json.RawMessage, error) {
	if _, _, ok := splitARN(arn, "execution"); !ok {
		return store.Record{}, nil, nil, invalidARN(arn)
	}
	r, input, output, found, err := e.store.Execution(arn)
	if err != nil {
		return store.Record{}, nil, nil, err
	}
	if !found {
		return store.Record{}, nil, nil, awsapi.Errorf(http.StatusBadRequest, "ExecutionDoesNotExist", "Execution Does Not Exist: '%s'", arn)
	}
	return r, input, output, nil
}

// HistoryQuery selects events. The zero value is the first page, oldest first,
// with data.
type HistoryQuery struct {
	MaxResults   int // 0: 100; at most 1000
	NextToken    string
	ReverseOrder bool
	WithoutData  bool // leave out inputs and outputs
}

// GetExecutionHistory returns a page of an execution's events and the token of
// the next page, empty at the end. Errors: InvalidArn, ExecutionDoesNotExist,
// InvalidToken, ValidationException.
func (e *Engine) GetExecutionHistory(ctx context.Context, arn string, q HistoryQuery) ([]history.Event, string, error) {
	limit, err := pageSize(q.MaxResults)
	if err != nil {
		return nil, "", err
	}
	r, _, _, err := e.lookup(arn)
	if err != nil {
		return nil, "", err
	}
	if r.Status == store.Running {
		// The last events may still be waiting to be written.
		if err := e.store.Flush(ctx); err != nil {
			return nil, "", err
		}
	}
	page := token{Of: arn, Reverse: q.ReverseOrder}
	if err := page.read(q.NextToken); err != nil {
		return nil, "", err
	}
	events, more, err := e.store.History(r.Seq, int64(page.At), limit, q.ReverseOrder)
	if err != nil {
		return nil, "", err
	}
	if q.WithoutData {
		for i := range events {
			events[i] = events[i].WithoutData()
		}
	}
	next, err := page.next(uint64(more))
	return events, next, err
}

// ListQuery selects executions. The zero value is the first page of all.
type ListQuery struct {
	Status     Status // empty: any
	MaxResults int    // 0: 100; at most 1000
	NextToken  string
}

// ListExecutions returns a page of a machine's executions, newest first, and
// the token of the next page, empty at the end. Errors: InvalidArn,
// StateMachineDoesNotExist, InvalidToken, ValidationException.
func (e *Engine) ListExecutions(_ context.Context, machineARN string, q ListQuery) ([]Execution, string, error) {
	limit, err := pageSize(q.MaxResults)
	if err != nil {
		return nil, "", err
	}
	m, err := e.machine(machineARN)
	if err != nil {
		return nil, "", err
	}
	switch q.Status {
	case "", store.Running, store.Succeeded, store.Failed, store.TimedOut, store.Aborted:
	default:
		return nil, "", awsapi.Errorf(http.StatusBadRequest, "ValidationException", "statusFilter: %q is not a status of an execution", q.Status)
	}
	page := token{Of: machineARN, Filter: q.Status}
	if err := page.read(q.NextToken); err != nil {
		return nil, "", err
	}
	records, more, err := e.store.List(m.ARN, q.Status, page.At, limit)
	if err != nil {
		return nil, "", err
	}
	list := make([]Execution, len(records))
	for i, r := range records {
		list[i] = published(r, nil, nil)
	}
	next, err := page.next(more)
	return list, next, err
}

// StopExecution ends an execution as ABORTED and returns when it stopped; for
// one that has ended, when it did. Errors: InvalidArn, ExecutionDoesNotExist.
func (e *Engine) StopExecution(ctx context.Context, arn, name, cause string) (time.Time, error) {
	l, x, err := e.find(ctx, arn)
	if err != nil || l == nil {
		return x.StopDate, err
	}
	l.cancel(&abortion{name, cause})
	x, err = e.ended(ctx, arn, l)
	return x.StopDate, err
}

// Wait waits until an execution has ended and returns it. Errors: those of
// DescribeExecution, the context's, and one when the engine closes before.
func (e *Engine) Wait(ctx context.Context, arn string) (Execution, error) {
	l, x, err := e.find(ctx, arn)
	if err != nil || l == nil {
		return x, err
	}
	return e.ended(ctx, arn, l)
}

// find returns an execution that is under way as l, one that has ended as x.
func (e *Engine) find(ctx context.Context, arn string) (l *live, x Execution, err error) {
	for {
		e.mu.Lock()
		l = e.running[arn]
		e.mu.Unlock()
		if l != nil {
			return l, Execution{}, nil
		}
		x, err = e.DescribeExecution(ctx, arn)
		if err != nil || x.Status != store.Running {
			return nil, x, err
		}
		if e.ctx.Err() != nil {
			return nil, Execution{}, errClosing
		}
		// It is on disk but not launched yet: that happens in the writer,
		// right behind the commit, and a flush comes after it.
		if err := e.store.Flush(ctx); err != nil {
			return nil, Execution{}, err
		}
	}
}

func (e *Engine) ended(ctx context.Context, arn string, l *live) (Execution, error) {
	select {
	case <-l.done:
	case <-ctx.Done():
		return Execution{}, ctx.Err()
	}
	x, err := e.DescribeExecution(ctx, arn)
	if err == nil && x.Status == store.Running {
		return Execution{}, fmt.Errorf("execution %s was interrupted and goes on at the next start: %w", arn, errClosing)
	}
	return x, err
}

const (
	defaultPage = 100
	maxPage     = 1000
)

func pageSize(n int) (int, error) {
	switch {
	case n == 0:
		return defaultPage, nil
	case n < 0 || n > maxPage:
		return 0, awsapi.Errorf(http.StatusBadRequest, "ValidationException", "maxResults: must be between 0 and %d", maxPage)
	}
	return n, nil
}

// token is a nextToken. It is bound to the query that it continues.
type token struct {
	Of      string
	Filter  Status `json:",omitempty"`
	Reverse bool   `json:",omitempty"`
	At      uint64
}

func (t *token) read(s string) error {
	if s == "" {
		return nil
	}
	want := *t
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, t)
	}
	want.At = t.At
	if err != nil || *t != want || t.At == 0 || int64(t.At) < 0 {
		return awsapi.Errorf(http.StatusBadRequest, "InvalidToken", "Invalid Token: it does not continue this request")
	}
	return nil
}

func (t token) next(at uint64) (string, error) {
	if at == 0 {
		return "", nil
	}
	t.At = at
	raw, err := json.Marshal(t)
	return base64.RawURLEncoding.EncodeToString(raw), err
}
