package asl

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxDelay is the largest MaxDelaySeconds: one year.
const maxDelay = 31_622_400

// reserved are the error names with the prefix States. that exist.
var reserved = []string{
	ErrorAll, ErrorTimeout, ErrorHeartbeat, ErrorTaskFailed, ErrorDataLimit, ErrorRuntime,
	ErrorQueryEvaluation, ErrorBranchFailed, ErrorNoChoiceMatched,
	"States.Permissions", "States.ExceedToleratedFailureThreshold", "States.IntrinsicFailure",
	"States.ResultPathMatchFailure", "States.ParameterPathFailure", "States.ItemReaderFailed",
	"States.ResultWriterFailed", "States.Http.Socket",
}

// handlers reads Retry and Catch.
func (c *checker) handlers(o *object, s *State, vars *variables) {
	retriers, _ := o.list("Retry")
	for i, raw := range retriers {
		if r, ok := c.object(o.at.field("Retry").index(i), raw); ok {
			s.Retry = append(s.Retry, c.retrier(r, i == len(retriers)-1))
		}
	}
	catchers, _ := o.list("Catch")
	for i, raw := range catchers {
		r, ok := c.object(o.at.field("Catch").index(i), raw)
		if !ok {
			continue
		}
		var catcher Catcher
		catcher.ErrorEquals = c.errorEquals(r, i == len(catchers)-1)
		catcher.Next, _ = r.requireText("Next")
		catcher.Output = r.optionalTemplate("Output", withFailure)
		catcher.Assign = r.assign(withFailure, vars)
		r.text("Comment")
		r.finish("a catcher")
		s.Catch = append(s.Catch, catcher)
	}
}

func (c *checker) retrier(o *object, last bool) Retrier {
	r := Retrier{
		ErrorEquals:     c.errorEquals(o, last),
		IntervalSeconds: o.count("IntervalSeconds", 1, 1),
		MaxAttempts:     o.count("MaxAttempts", 0, 3),
		MaxDelaySeconds: o.count("MaxDelaySeconds", 1, 0),
		BackoffRate:     2,
	}
	if r.MaxDelaySeconds > maxDelay {
		c.add(o.at.field("MaxDelaySeconds"), "must be at most %d", maxDelay)
	} else if r.MaxDelaySeconds != 0 && r.MaxDelaySeconds <= r.IntervalSeconds {
		c.add(o.at.field("MaxDelaySeconds"), "must be greater than IntervalSeconds")
	}
	if raw, ok := o.take("BackoffRate"); ok {
		if err := json.Unmarshal(raw, &r.BackoffRate); err != nil || r.BackoffRate < 1 || string(raw) == "null" {
			c.add(o.at.field("BackoffRate"), "must be a number of at least 1.0")
		}
	}
	switch jitter, _ := o.text("JitterStrategy"); jitter {
	case "", "NONE":
	case "FULL":
		r.FullJitter = true
	default:
		c.add(o.at.field("JitterStrategy"), "must be FULL or NONE")
	}
	o.text("Comment")
	o.finish("a retrier")
	return r
}

// errorEquals reads the errors that an entry is for; last says whether it is
// the last of its list.
func (c *checker) errorEquals(o *object, last bool) []string {
	at := o.at.field("ErrorEquals")
	items, ok := o.list("ErrorEquals")
	if !ok || len(items) == 0 {
		if !c.has(at) {
			c.add(at, "must be a non-empty array of error names")
		}
		return nil
	}
	var names []string
	for i, raw := range items {
		name, ok := c.text(at.index(i), raw)
		if !ok {
			continue
		}
		if strings.HasPrefix(name, "States.") && !slices.Contains(reserved, name) {
			c.add(at.index(i), "%q is not a reserved error name, and other names do not begin with States.", name)
		}
		names = append(names, name)
	}
	if slices.Contains(names, ErrorAll) && (len(items) != 1 || !last) {
		c.add(at, "States.ALL must stand alone, in the last entry")
	}
	return names
}
