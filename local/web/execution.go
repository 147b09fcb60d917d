package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
	"github.com/pixline/pixline/local/web/diagram"
	"github.com/pixline/pixline/local/web/trace"
	"github.com/pixline/pixline/pkg/contract"
)

// maxEvents is how much of a long history is shown.
const maxEvents = 2000

// detail is the body of the page of one execution.
type detail struct {
	Item     item
	ARN      string
	Stop     time.Time // zero while it runs
	Input    string
	Output   string
	Graph    template.HTML
	Steps    []step
	Events   []event
	Cut      bool // the history is longer than what is shown
	NoLogs   string
	Answer   string // path of the API's own answer; empty: a browser is not given it
	Unsafe   bool   // the source was rejected: no picture is shown
	TotalFor string // the time axis' end
}

// step is a step with its place on the time axis, in thousandths of it.
type step struct {
	*trace.Step
	Start, Length float64
	Policy        []string // the retriers of its state
	Comment       string
	Took          time.Duration
}

// stages are the states whose output is a contract.Result.
var stages = []string{"Validate", "Resize"}

type event struct {
	history.Event
	Details string // JSON
}

// execution is the page of one execution.
func (s *server) execution(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	x, err := s.options.States.DescribeExecution(r.Context(), contract.ExecutionARN(s.options.StateMachineARN, id))
	if _, known := errors.AsType[*awsapi.Error](err); known {
		s.lost(w, r, fmt.Sprintf("There is no execution %s.", id), "It may have been started with another data folder or stack. The list of executions has all there are.")
		return
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body, err := s.detail(r.Context(), x)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := page{Name: "execution", Title: "Execution " + id, Section: "Executions", Body: body}
	if x.Status == store.Running || time.Since(x.StopDate) < 5*time.Second { // its last log lines are still to come
		p.Refresh = 1000
	}
	s.render(w, r, http.StatusOK, p)
}

func (s *server) detail(ctx context.Context, x states.Execution) (detail, error) {
	d := detail{Item: read(x), ARN: x.ARN, Stop: x.StopDate, Input: string(x.Input), Output: string(x.Output)}
	if s.options.Anonymous {
		d.Answer = "/executions/" + x.Name
	}
	events, cut, err := s.events(ctx, x.ARN)
	if err != nil {
		return detail{}, err
	}
	d.Cut = cut
	described, err := s.options.States.DescribeStateMachineForExecution(ctx, x.ARN)
	if err != nil {
		return detail{}, err
	}
	machine, err := trace.ReadMachine(described.Definition)
	if err != nil {
		return detail{}, err
	}
	ended := x.Status != store.Running
	way := trace.Read(events, ended && !cut)
	if s.options.Logs != nil {
		if err := way.AddLines(s.options.Logs, x.Name, func(arn string) string { return s.options.LogGroups[arn] }); err != nil {
			d.NoLogs = err.Error() // the rest of the page is worth having
		}
	}
	if d.Graph, err = draw(machine, way); err != nil {
		return detail{}, err
	}
	end := x.StopDate
	if !ended {
		end = time.Now()
	}
	d.place(way, machine, x.StartDate, end)
	d.pictures(way)
	for _, e := range events {
		text, err := json.Marshal(e)
		if err != nil {
			return detail{}, fmt.Errorf("write event %d: %w", e.ID, err)
		}
		d.Events = append(d.Events, event{e, string(text)})
	}
	return d, nil
}

func (s *server) events(ctx context.Context, arn string) (events []history.Event, cut bool, err error) {
	q := states.HistoryQuery{MaxResults: 1000}
	for {
		var page []history.Event
		if page, q.NextToken, err = s.options.States.GetExecutionHistory(ctx, arn, q); err != nil {
			return nil, false, err
		}
		events = append(events, page...)
		if cut = q.NextToken != ""; !cut || len(events) >= maxEvents {
			return events, cut, nil
		}
	}
}

// pictures shows what the stages have made where the outcome does not say it: of an
// execution that failed after them, or has not ended.
func (d *detail) pictures(way trace.Trace) {
	d.Unsafe = d.Item.Status == contract.StatusRejected
	if d.Item.Known() {
		return
	}
	for _, t := range slices.Backward(way.Steps) {
		var stage contract.Result
		if !slices.Contains(stages, t.Name) || t.State != trace.Succeeded || json.Unmarshal([]byte(t.Output), &stage) != nil {
			continue
		}
		if d.Unsafe = !stage.Accepted; !d.Unsafe {
			d.Item.show(stage.Source, stage.Renditions)
		}
		return
	}
}

// place puts the steps on the time axis of the execution.
func (d *detail) place(way trace.Trace, machine trace.Machine, start, end time.Time) {
	whole := max(end.Sub(start), time.Millisecond)
	d.TotalFor = duration(whole)
	share := func(at time.Time) float64 {
		return min(1000, max(0, 1000*float64(at.Sub(start))/float64(whole)))
	}
	for _, t := range way.Steps {
		left := t.Left
		if left.IsZero() {
			left = end
		}
		of := machine.States[t.Name]
		d.Steps = append(d.Steps, step{
			Step: t, Start: share(t.Entered), Length: max(4, share(left)-share(t.Entered)),
			Policy: of.Retries(), Comment: of.Comment, Took: left.Sub(t.Entered),
		})
	}
}

// marks tell the states of steps apart without their colours.
var marks = map[trace.State]string{
	trace.Running: "…", trace.Succeeded: "✓", trace.Caught: "!", trace.Failed: "✕", trace.Aborted: "–",
}

// draw shows the machine with the way that was taken. A state that was entered
// more than once shows its last stay.
func draw(m trace.Machine, way trace.Trace) (template.HTML, error) {
	last := map[string]*trace.Step{}
	for _, s := range way.Steps {
		last[s.Name] = s
	}
	g := diagram.Graph{Title: "The state machine and the way that this execution took"}
	index := map[string]int{}
	var visit func(name string)
	visit = func(name string) { // in the document's order of ways
		if _, seen := index[name]; seen {
			return
		}
		of, known := m.States[name]
		if !known {
			return
		}
		index[name] = len(g.Nodes)
		g.Nodes = append(g.Nodes, node(name, of, last[name]))
		for _, w := range of.Ways() {
			visit(w.To)
		}
	}
	visit(m.StartAt)
	for name, from := range index {
		for _, w := range m.States[name].Ways() {
			g.Edges = append(g.Edges, diagram.Edge{
				From: from, To: index[w.To], Label: w.Label, Class: string(w.Kind),
				Taken: slices.Contains(way.Moves, trace.Move{From: name, To: w.To}),
			})
		}
	}
	slices.SortStableFunc(g.Edges, func(a, b diagram.Edge) int { return a.From - b.From })
	return diagram.Draw(g)
}

func node(name string, of trace.Definition, s *trace.Step) diagram.Node {
	n := diagram.Node{Title: name, Detail: of.Type, Class: "idle", Spoken: name + ", " + of.Type + ", not entered"}
	if s == nil {
		return n
	}
	n.Class, n.Badge, n.Href = string(s.State), marks[s.State], fmt.Sprintf("#step-%d", s.Number)
	if !s.Left.IsZero() {
		n.Detail = duration(s.Left.Sub(s.Entered))
	}
	if retries := s.Retries(); retries > 0 {
		n.Detail += fmt.Sprintf(" · %d %s", retries, plural(retries, "retry", "retries"))
	}
	n.Spoken = fmt.Sprintf("%s, %s, %s, %s", name, of.Type, s.State, n.Detail)
	if s.Error != "" {
		n.Spoken += ", " + s.Error
	}
	return n
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
