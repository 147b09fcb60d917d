package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/pkg/contract"
)

// Line is a log line.
type Line struct {
	Time    time.Time
	Level   string // INFO, ERROR, …; empty for those of Lambda itself
	Message string
	Fields  []Field
}

// Field is a name and a value of a line in JSON.
type Field struct{ Name, Value string }

// late is how long after a step ended its last lines may come: Lambda reports an
// invocation when it has answered.
const late = 2 * time.Second

// Source has log groups; *logs.Store is one.
type Source interface {
	Filter(q logs.Query) (events []logs.Found, more bool, err error)
}

// AddLines gives every step the lines that its function logged for the execution.
// group tells the log group of a function by its ARN; empty: none.
//
// A function names the execution in its own line. An invocation that ended before
// that, by a panic or a timeout, names none: those that began during a failed
// attempt count as the attempt's, which may be wrong while executions run side by side.
func (t Trace) AddLines(source Source, executionID string, group func(functionARN string) string) error {
	byGroup := map[string][]*Step{}
	for _, s := range t.Steps {
		for _, a := range s.Attempts {
			if g := group(a.Function()); g != "" {
				byGroup[g] = append(byGroup[g], s)
				break
			}
		}
	}
	for _, g := range slices.Sorted(maps.Keys(byGroup)) {
		steps := byGroup[g]
		window := logs.Query{Group: g, Start: steps[0].Entered.Add(-time.Second)}
		if end := steps[len(steps)-1].Left; !end.IsZero() {
			window.End = end.Add(late)
		}
		events, _, err := source.Filter(window)
		if err != nil {
			return fmt.Errorf("read the log group %s: %w", g, err)
		}
		for _, in := range invocations(events) {
			if s := in.step(steps, executionID); s != nil {
				for _, e := range in.events {
					s.Lines = append(s.Lines, line(e.Event))
				}
			}
		}
		for _, s := range steps {
			slices.SortStableFunc(s.Lines, func(a, b Line) int { return a.Time.Compare(b.Time) })
		}
	}
	return nil
}

// invocation is what one invocation of a function logged.
type invocation struct {
	execution string // empty: it names none
	start     time.Time
	events    []logs.Found
}

var started = regexp.MustCompile(`^START RequestId: ([0-9a-f-]{36}) `)

// invocations puts events in order together by invocation. An environment, which
// has a stream of its own, performs one at a time: what lies between two starts is
// of the first. What comes before any start is of the environment itself.
func invocations(events []logs.Found) []*invocation {
	var all []*invocation
	current := map[string]*invocation{} // by stream
	for _, e := range events {
		if started.MatchString(e.Message) {
			in := &invocation{start: e.Time}
			all, current[e.Stream] = append(all, in), in
		}
		in := current[e.Stream]
		if in == nil {
			continue
		}
		in.events = append(in.events, e)
		var named map[string]json.RawMessage
		if json.Unmarshal([]byte(e.Message), &named) == nil && named[contract.FieldExecutionID] != nil {
			in.execution = text(named[contract.FieldExecutionID])
		}
	}
	return all
}

// step is the step of the execution that an invocation belongs to; nil: none.
func (in *invocation) step(steps []*Step, executionID string) *Step {
	var found *Step
	for _, s := range steps {
		switch in.execution {
		case executionID: // the last step that had begun: a function may have several
			if found == nil || !s.Entered.After(in.start) {
				found = s
			}
		case "":
			if slices.ContainsFunc(s.Attempts, func(a Attempt) bool {
				// The log and the history round to milliseconds.
				return a.Error != "" && !in.start.Before(a.Start.Truncate(time.Millisecond)) && !in.start.After(a.End)
			}) {
				found = s
			}
		}
	}
	return found
}

// Function is the ARN of the Lambda function that the attempt called.
func (a Attempt) Function() string {
	var p struct{ FunctionName string }
	if a.Resource != "lambda:invoke" || json.Unmarshal([]byte(a.Parameters), &p) != nil {
		return ""
	}
	return p.FunctionName
}

// line reads a line of slog's JSON; any other is its text.
func line(e logs.Event) Line {
	l := Line{Time: e.Time, Message: strings.TrimRight(e.Message, "\n")}
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(e.Message), &fields) != nil {
		return l
	}
	l.Message = ""
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := text(fields[name])
		switch name {
		case "time":
		case "_aws": // tells CloudWatch which of the others are metrics
		case "level":
			l.Level = value
		case "msg":
			l.Message = value
		default:
			l.Fields = append(l.Fields, Field{name, value})
		}
	}
	return l
}

// text is a JSON value as one reads it in a line.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}
