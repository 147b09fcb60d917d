// Package insights runs queries of CloudWatch Logs Insights over log events that
// are at hand: saved queries, the log tables of dashboards, and what a person
// types at an incident.
//
// The language is Logs Insights QL: SOURCE, fields, filter, parse, stats, sort,
// limit, display and dedup, with the operators and functions that AWS documents
// for them. What is not known (pattern, diff, anomaly, unnest, join, lookup,
// filterIndex, unmask) is refused, with its place in the query.
//
// Fields are discovered as at AWS: those that begin with @, those of a Lambda
// report, and those of the first JSON object in the message, nested ones by their
// path (details.error, list.0), however many there are. A comparison with a field that an event lacks is
// false; arithmetic with one gives nothing.
//
// Source: CloudWatch Logs user guide, "CloudWatch Logs Insights language query
// syntax" and "Supported logs and discovered fields".
package insights

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of Logs Insights: a query's length in characters, and the rows of a
// result, which is also the default.
const (
	maxQuery = 10_000
	MaxRows  = 10_000
)

// maxEvents bounds what a query holds at once. It is ours: AWS documents the
// time that a query may take instead.
const maxEvents = 1_000_000

// Event is a log event.
type Event struct {
	Group, Stream  string
	Time, Ingested time.Time
	Message        string
	ID             string // orders the events of a group by time, then by arrival
}

// Source has the events.
type Source interface {
	// Scan visits the events of a group from start to end, both inclusive, in any
	// order, until visit answers an error, which it returns.
	Scan(ctx context.Context, group string, start, end time.Time, visit func(Event) error) error
}

// Scope is what a query runs over.
type Scope struct {
	Account    string   // of the groups, for @log
	Groups     []string // beside those that the query names by SOURCE
	Start, End time.Time
	Limit      int // rows, unless the query has a limit of its own; 0 is MaxRows
}

// Table is a result: a value for each row and column, "" where a row has none.
type Table struct {
	Columns []string
	Rows    [][]string
	// Pointers are the IDs of the rows' events; nil after stats.
	Pointers []string
	Statistics
}

// Statistics say what a query read.
type Statistics struct {
	Groups, Scanned, Matched int // Scanned and Matched in events
	Bytes                    int64
}

// Query is a parsed query. It may be run many times, also at once.
type Query struct {
	groups   []string
	commands []command
	// columns are the result's; none: those that were made by the last stats, or the
	// time and the message.
	columns []string
	limited bool
}

// Groups are the log groups that the query names by SOURCE.
func (q *Query) Groups() []string { return slices.Clone(q.groups) }

// Run runs the query. Its errors are the source's and the context's, and that
// there are too many events to sort.
func (q *Query) Run(ctx context.Context, source Source, scope Scope) (Table, error) {
	var t Table
	// What needs one event alone is done while reading, so that only what passes is
	// kept.
	split := slices.IndexFunc(q.commands, func(c command) bool { return c.each == nil })
	if split < 0 {
		split = len(q.commands)
	}
	groups := slices.Concat(scope.Groups, q.groups)
	slices.Sort(groups)
	groups = slices.Compact(groups)
	var rows []*row
	for _, group := range groups {
		if err := source.Scan(ctx, group, scope.Start, scope.End, func(e Event) error {
			if t.Scanned++; t.Scanned%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			t.Bytes += int64(len(e.Message))
			r := &row{event: &e, account: scope.Account}
			for _, c := range q.commands[:split] {
				if !c.each(r) {
					return nil
				}
			}
			if rows = append(rows, r); len(rows) > maxEvents {
				return fmt.Errorf("the query selects more than %d events: choose a shorter time, or filter", maxEvents)
			}
			return nil
		}); err != nil {
			return Table{}, err
		}
	}
	t.Groups, t.Matched = len(groups), len(rows)
	// The order of a result that nothing sorts, and that of dedup and limit.
	slices.SortFunc(rows, func(a, b *row) int {
		return cmp.Or(b.event.Time.Compare(a.event.Time), strings.Compare(b.event.ID, a.event.ID))
	})
	for _, c := range q.commands[split:] {
		if err := ctx.Err(); err != nil {
			return Table{}, err
		}
		rows = c.apply(rows)
	}
	if limit := cmp.Or(scope.Limit, MaxRows); !q.limited && len(rows) > limit {
		rows = rows[:limit]
	}
	t.Columns = q.columns
	for _, r := range rows {
		values := make([]string, len(t.Columns))
		for i, name := range t.Columns {
			values[i] = r.get(name).String()
		}
		t.Rows = append(t.Rows, values)
		if r.event != nil {
			t.Pointers = append(t.Pointers, r.event.ID)
		}
	}
	return t, nil
}

// command is a step of the pipeline: either of one row, which it changes and
// keeps or not, or of all.
type command struct {
	each func(*row) bool
	all  func([]*row) []*row
}

func (c command) apply(rows []*row) []*row {
	if c.all != nil {
		return c.all(rows)
	}
	return slices.DeleteFunc(rows, func(r *row) bool { return !c.each(r) })
}

// SyntaxError is a query that cannot be run.
type SyntaxError struct {
	Offset       int // of what is wrong, in characters from 0
	Line, Column int // from 1
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}
