package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/board"
)

// Query is a saved query of CloudWatch Logs Insights.
type Query struct {
	Name   string
	Text   string
	Groups []string // the log groups that it reads
}

// source is the query as a log widget of a dashboard has it: with its groups.
func (q Query) source() string {
	var b strings.Builder
	for _, g := range q.Groups {
		b.WriteString("SOURCE '" + g + "' | ")
	}
	return b.String() + q.Text
}

type queryPage struct {
	Queries []link
	Ranges  []link
	Query   *Query // nil: none is chosen
	Range   string
	Result  board.Table
	Problem string
	Took    time.Duration
}

// queries is the page on which a saved query is chosen and run.
func (s *server) queries(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query()
	long, chosen := period(asked.Get("range"))
	b := queryPage{Range: chosen}
	for _, q := range s.options.Queries {
		current := q.Name == asked.Get("query")
		b.Queries = append(b.Queries, link{Name: q.Name, Current: current})
		if current {
			b.Query = &q
		}
	}
	for _, of := range ranges {
		b.Ranges = append(b.Ranges, link{Name: of.Name, Current: of.Name == chosen})
	}
	if b.Query != nil {
		end, began := s.options.Now(), time.Now()
		var err error
		if b.Result, err = s.options.Sources.Logs(r.Context(), b.Query.source(), end.Add(-long), end); err != nil {
			b.Problem = err.Error()
		}
		b.Took = time.Since(began)
	}
	s.render(w, r, http.StatusOK, page{Name: "queries", Title: "Logs", Section: "Logs", Body: b})
}
