package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/pixline/pixline/dashboards"
	"github.com/pixline/pixline/local/cloudwatch/board"
)

// Query is a saved query of CloudWatch Logs Insights.
type Query struct {
	Name   string
	Text   string
	Groups []string // the log groups that it reads
}

// executionIDs are those that can be put into a query's text and stay a part of
// what is quoted there.
var executionIDs = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// ofOne tells whether the query is about one execution.
func (q Query) ofOne() bool { return strings.Contains(q.Text, dashboards.Placeholder) }

// source is the query as a log widget of a dashboard has it: with its groups.
func (q Query) source() string {
	var b strings.Builder
	for _, g := range q.Groups {
		b.WriteString("SOURCE '" + g + "' | ")
	}
	return b.String() + q.Text
}

type queryPage struct {
	Queries   []link
	Ranges    []link
	Query     *Query // nil: none is chosen
	OfOne     bool   // the query is about one execution
	Execution string // its ID, as it was entered
	Range     string
	Ran       bool
	Result    board.Table
	Problem   string
	Took      time.Duration
}

// queries is the page on which a saved query is chosen and run.
func (s *server) queries(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	long, chosen := period(asked.Get("range"))
	b := queryPage{Range: chosen, Execution: strings.TrimSpace(asked.Get("execution"))}
	for _, q := range s.options.Queries {
		current := q.Name == asked.Get("query")
		b.Queries = append(b.Queries, link{Name: q.Name, Current: current})
		if current {
			b.Query, b.OfOne = &q, q.ofOne()
		}
	}
	for _, of := range ranges {
		b.Ranges = append(b.Ranges, link{Name: of.Name, Current: of.Name == chosen})
	}
	status := http.StatusOK
	switch name := asked.Get("query"); {
	case b.Query == nil && name != "":
		status, b.Problem = http.StatusNotFound, fmt.Sprintf("There is no saved query %s. The list above has all that the stack saves.", name)
	case b.Query == nil, b.OfOne && b.Execution == "": // the page asks
	case b.OfOne && !executionIDs.MatchString(b.Execution):
		status, b.Problem = http.StatusBadRequest, fmt.Sprintf("%s is no execution's ID: it has letters, digits, hyphens and underscores alone. The query has not run.", b.Execution)
	default:
		b.Query.Text = strings.ReplaceAll(b.Query.Text, dashboards.Placeholder, b.Execution)
		s.run(r.Context(), &b, long)
	}
	s.render(w, r, status, page{Name: "queries", Title: "Logs", Section: "Logs", Body: b})
}

// run runs the page's query. It looks back by the machine's time, which the lines
// have: by a fast clock of CloudWatch's an hour would be a minute of them.
func (s *server) run(ctx context.Context, b *queryPage, long time.Duration) {
	began, clock := time.Now(), s.options.Clock
	var err error
	if b.Result, err = s.options.Sources.Logs(ctx, b.Query.source(), clock.At(began.Add(-long)), clock.At(began)); err != nil {
		b.Problem = err.Error()
	}
	b.Ran, b.Took = true, time.Since(began)
}

// ofExecution is the name of the saved query about one execution; "" is none.
func (s *server) ofExecution() string {
	for _, q := range s.options.Queries {
		if q.ofOne() {
			return q.Name
		}
	}
	return ""
}

// LogsOf is the address of what all stages logged of an execution that started
// then; "" where no query finds it. It looks back twice as far as that, for a page
// that stays open for a while.
func (v view) LogsOf(id string, start time.Time) string {
	if v.ofExecution == "" || !executionIDs.MatchString(id) {
		return ""
	}
	back := ranges[len(ranges)-1].Name
	for _, of := range ranges {
		if 2*time.Since(start) < of.Long {
			back = of.Name
			break
		}
	}
	return "/ui/logs?" + url.Values{"query": {v.ofExecution}, "execution": {id}, "range": {back}}.Encode()
}
