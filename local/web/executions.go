package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/store"
	"github.com/pixline/pixline/pkg/contract"
)

const (
	// shown is how many executions a page has.
	shown = 50
	// searched is how many a search looks at before it asks whether to go on.
	searched = 50_000
)

// The statuses by which the list is filtered: those of the outcome, as users know
// them, and what the engine calls them.
var filters = []struct {
	Name     string
	Statuses []states.Status
}{
	{"running", []states.Status{store.Running}},
	{contract.StatusSucceeded, []states.Status{store.Succeeded}},
	{contract.StatusRejected, []states.Status{store.Succeeded}},
	{contract.StatusFailed, []states.Status{store.Failed, store.TimedOut, store.Aborted}},
}

// item is one execution of the list.
type item struct {
	ID         string
	Status     string // running, succeeded, rejected or failed
	Key        string
	Source     *picture // nil: it cannot be shown
	Renditions []picture
	Start      time.Time
	Duration   time.Duration // 0 while it runs
	Code       string        // why it was rejected or failed
	Message    string
}

// picture is an image with its size in pixels.
type picture struct {
	Name, Path    string
	Width, Height int
	Bytes         int64
}

// list is the body of the page.
type list struct {
	Items    []item
	Query    string // part of the key
	Filters  []link
	Filtered string // the status, or empty
	Newer    string // addresses of the pages beside this one; empty: none
	Older    string
	Further  string // where a search goes on that found too little
	Searched int
	AWSURL   string
	Outputs  map[string]any
}

// executions is the first page.
func (s *server) executions(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	body, err := s.list(r.Context(), q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := page{Name: "executions", Title: "Executions", Section: "Executions", Body: body}
	if q.Get("before") == "" && q.Get("after") == "" {
		p.Refresh = 2000
	}
	s.render(w, r, http.StatusOK, p)
}

func (s *server) list(ctx context.Context, q url.Values) (list, error) {
	b := list{Query: strings.TrimSpace(q.Get("key")), Filtered: q.Get("status"), AWSURL: s.options.AWSURL, Outputs: s.options.Outputs}
	address := func(change ...string) string {
		values := url.Values{}
		for _, name := range []string{"status", "key"} {
			if v := q.Get(name); v != "" {
				values.Set(name, v)
			}
		}
		for i := 0; i < len(change); i += 2 {
			values.Set(change[i], change[i+1])
			if change[i+1] == "" {
				values.Del(change[i])
			}
		}
		return (&url.URL{Path: "/", RawQuery: values.Encode()}).String()
	}
	b.Filters = []link{{"all", address("status", ""), b.Filtered == ""}}
	walk := states.WalkQuery{}
	for _, f := range filters {
		b.Filters = append(b.Filters, link{f.Name, address("status", f.Name), b.Filtered == f.Name})
		if b.Filtered == f.Name {
			walk.Statuses = f.Statuses
		}
	}
	before, after := q.Get("before"), q.Get("after")
	if walk.Newer = after != ""; walk.Newer {
		before = after
	}
	if before != "" {
		walk.Beside = contract.ExecutionARN(s.options.StateMachineARN, before)
	}
	more, last := false, ""
	err := s.options.States.Walk(ctx, s.options.StateMachineARN, walk, func(x states.Execution) bool {
		it := read(x)
		if b.matches(it) {
			if more = len(b.Items) == shown; more {
				return false
			}
			b.Items = append(b.Items, it)
		}
		last = x.Name
		b.Searched++
		return b.Searched < searched
	})
	if err != nil {
		return list{}, err
	}
	if walk.Newer {
		slices.Reverse(b.Items)
	}
	switch {
	case len(b.Items) == 0:
	case walk.Newer:
		b.Older = address("before", b.Items[len(b.Items)-1].ID)
		if more {
			b.Newer = address("after", b.Items[0].ID)
		}
	default:
		if more {
			b.Older = address("before", b.Items[len(b.Items)-1].ID)
		}
		if before != "" {
			b.Newer = address("after", b.Items[0].ID)
		}
	}
	if !more && b.Searched == searched {
		direction := "before"
		if walk.Newer {
			direction = "after"
		}
		b.Further = address(direction, last)
	}
	return b, nil
}

// matches tells whether an execution is asked for. Case does not count.
func (b *list) matches(it item) bool {
	return (b.Filtered == "" || it.Status == b.Filtered) &&
		(b.Query == "" || strings.Contains(strings.ToLower(it.Key), strings.ToLower(b.Query)))
}

// read makes an item of an execution: all it shows is in the input and the output.
func read(x states.Execution) item {
	it := item{ID: x.Name, Status: strings.ToLower(string(x.Status)), Start: x.StartDate, Code: x.Error, Message: x.Cause}
	if !x.StopDate.IsZero() {
		it.Duration = max(x.StopDate.Sub(x.StartDate), time.Millisecond)
	}
	switch x.Status {
	case store.Failed, store.TimedOut, store.Aborted:
		it.Status = contract.StatusFailed
		if it.Code == "" {
			it.Code = string(x.Status)
		}
	}
	var request contract.Request
	// An execution that was started past the API may have any input: it is
	// shown without a source.
	_ = json.Unmarshal(x.Input, &request)
	it.Key = request.Key
	var outcome contract.Outcome
	if json.Unmarshal(x.Output, &outcome) != nil || outcome.Status == "" {
		return it
	}
	it.Status = outcome.Status
	if outcome.Reason != nil {
		it.Code, it.Message = outcome.Reason.Code, outcome.Reason.Message
	}
	if outcome.Status == contract.StatusSucceeded {
		it.show(outcome.Source, outcome.Renditions)
	}
	return it
}

// show gives an item its pictures. Only an accepted source has any: a rejected one
// may be anything, such as a small file of a billion pixels, and no browser is
// asked to decode it.
func (it *item) show(source contract.Source, renditions []contract.Rendition) {
	it.Source = &picture{
		Name: "source", Path: objectPath(source.Bucket, source.Key, source.VersionID, source.Bytes),
		Width: source.Width, Height: source.Height, Bytes: source.Bytes,
	}
	for _, made := range renditions {
		it.Renditions = append(it.Renditions, picture{
			Name: made.Name, Path: objectPath(made.Bucket, made.Key, "", made.Bytes),
			Width: made.Width, Height: made.Height, Bytes: made.Bytes,
		})
	}
}

// Known tells whether the outcome says which renditions there are: while an execution
// runs, and when it failed, it may have made some that only its history knows of.
func (it item) Known() bool {
	return it.Status == contract.StatusSucceeded || it.Status == contract.StatusRejected
}
