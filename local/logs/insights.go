package logs

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/logs/insights"
)

// Definition is a saved query of Logs Insights.
type Definition struct {
	ID, Name, Query string
	Groups          []string
}

// Scan implements insights.Source.
func (s *Store) Scan(ctx context.Context, group string, start, end time.Time, visit func(insights.Event) error) error {
	g, err := s.group(group)
	if err != nil {
		return err
	}
	from, to := start.UnixMilli(), end.UnixMilli()
	read := 0
	return g.events(from, func(e entry) error {
		// Events out of the time are not visited, but read.
		if read++; read%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if e.Time < from || e.Time > to {
			return nil
		}
		return visit(insights.Event{
			Group: group, Stream: e.Stream, Time: time.UnixMilli(e.Time).UTC(), Ingested: time.UnixMilli(e.Ingested).UTC(),
			Message: e.Message, ID: eventID(e),
		})
	})
}

// Limits of queries. AWS runs 100 at once and keeps results for seven days; here
// the last ones are kept, since a result may have 10,000 rows.
const (
	maxQueries = 100
	maxResults = 50
)

// The states of a query, as GetQueryResults names them.
const (
	queryRunning   = "Running"
	queryComplete  = "Complete"
	queryFailed    = "Failed"
	queryCancelled = "Cancelled"
)

// execution is a query that was started.
type execution struct {
	id, text string
	groups   []string
	created  time.Time
	cancel   context.CancelFunc

	// Guarded by queries.mu.
	status string
	reason string // of a failure
	table  insights.Table
}

// queries are those that were started, oldest first.
type queries struct {
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	mu     sync.Mutex
	closed bool
	all    []*execution
}

func (q *queries) open() { q.ctx, q.stop = context.WithCancel(context.Background()) }

// close ends all and waits for them.
func (q *queries) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.stop()
	q.work.Wait()
}

// start runs x in a goroutine that ends with close at the latest.
func (q *queries) start(x *execution, run func(context.Context) (insights.Table, error)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return awsapi.Errorf(http.StatusServiceUnavailable, "ServiceUnavailableException", "The local runner is stopping.")
	}
	oldest, ended := 0, 0
	for i, o := range slices.Backward(q.all) {
		if o.status != queryRunning {
			oldest = i
			ended++
		}
	}
	if len(q.all)-ended >= maxQueries {
		return awsapi.Errorf(http.StatusBadRequest, "LimitExceededException", "Account maximum query concurrency of [%d] reached.", maxQueries)
	}
	if ended >= maxResults {
		q.all = slices.Delete(q.all, oldest, oldest+1)
	}
	ctx, cancel := context.WithCancel(q.ctx)
	x.cancel, x.status = cancel, queryRunning
	q.all = append(q.all, x)
	q.work.Go(func() {
		defer cancel()
		table, err := run(ctx)
		q.mu.Lock()
		defer q.mu.Unlock()
		switch {
		case errors.Is(err, context.Canceled):
			x.status = queryCancelled
		case err != nil:
			x.status, x.reason = queryFailed, err.Error()
		default:
			x.status, x.table = queryComplete, table
		}
	})
	return nil
}

func (q *queries) find(id string) (*execution, error) {
	for _, x := range q.all {
		if x.id == id {
			return x, nil
		}
	}
	return nil, awsapi.Errorf(http.StatusBadRequest, "ResourceNotFoundException", "Query %s does not exist.", id)
}

// startQuery asks for every group, those that the query itself names included.
func (s *Store) startQuery(ctx context.Context, authorize awsapi.Authorize, r *request) (any, error) {
	query, err := insights.Parse(r.QueryString)
	if err != nil {
		return nil, err
	}
	named := slices.Clone(r.LogGroupNames)
	for _, identifier := range r.LogGroupIdentifiers {
		named = append(named, nameOf(identifier))
	}
	if r.LogGroupName != "" {
		named = append(named, r.LogGroupName)
	}
	groups := slices.Concat(named, query.Groups())
	for _, name := range groups {
		if err := authorize(ctx, "logs:StartQuery", s.resource(name, "")); err != nil {
			return nil, err
		}
	}
	for _, name := range groups {
		if _, err := s.group(name); err != nil {
			return nil, err
		}
	}
	limit, err := r.limit(insights.MaxRows)
	switch {
	case err != nil:
		return nil, err
	case len(groups) == 0 || len(groups) > 50:
		return nil, invalidParameter("a query has 1 to 50 log groups, this one %d", len(groups))
	case r.StartTime == nil || r.EndTime == nil || *r.StartTime < 0 || *r.EndTime < *r.StartTime:
		return nil, invalidParameter("startTime and endTime are required, in seconds, and in this order")
	}
	x := &execution{id: uuid.NewString(), text: r.QueryString, groups: groups, created: s.options.Now()}
	if err := s.queries.start(x, func(ctx context.Context) (insights.Table, error) {
		return query.Run(ctx, s, insights.Scope{
			Account: s.options.Account, Groups: named, Limit: limit,
			Start: time.Unix(*r.StartTime, 0), End: time.Unix(*r.EndTime, 0),
		})
	}); err != nil {
		return nil, err
	}
	return map[string]string{"queryId": x.id}, nil
}

func invalidParameter(format string, args ...any) error {
	return awsapi.Errorf(http.StatusBadRequest, "InvalidParameterException", format, args...)
}
