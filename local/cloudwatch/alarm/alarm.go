// Package alarm evaluates CloudWatch alarms, on a metric, on metric math, or on
// other alarms, as the CloudWatch User Guide documents it: M of N periods, missing
// data, percentiles of few samples, state history, and the actions of a change.
//
// What differs from AWS: every alarm is evaluated once a minute, those with
// periods of 10 or 30 seconds too; a period starts at a multiple of its length,
// where CloudWatch's longer ones slide with the minute.
package alarm

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
)

// Value is what an alarm says.
type Value string

// The values of an alarm.
const (
	OK               Value = "OK"
	InAlarm          Value = "ALARM"
	InsufficientData Value = "INSUFFICIENT_DATA"
)

// Definition is an alarm as it was declared. A composite one has a Rule in place
// of everything from Queries on.
type Definition struct {
	Name, ARN, Description                           string
	ActionsEnabled                                   bool
	OKActions, AlarmActions, InsufficientDataActions []string // ARNs

	Queries              []query.Query // exactly one is not hidden: its values are compared
	Comparison           string        // such as GreaterThanThreshold
	Threshold            float64
	Period               time.Duration
	EvaluationPeriods    int    // N
	DatapointsToAlarm    int    // M; 0 means N
	TreatMissingData     string // missing ("" too), ignore, breaching or notBreaching
	LowSamplePercentiles string // evaluate ("" too) or ignore

	Rule string // such as ALARM("a") OR NOT OK("b")
}

// Composite says whether the alarm watches others.
func (d *Definition) Composite() bool { return d.Rule != "" }

// Single is the query of an alarm on one metric, without math.
func (d *Definition) Single() (query.Query, bool) {
	if len(d.Queries) != 1 || d.Queries[0].Expression != "" {
		return query.Query{}, false
	}
	return d.Queries[0], true
}

// datapoints is M.
func (d *Definition) datapoints() int {
	if d.DatapointsToAlarm > 0 {
		return d.DatapointsToAlarm
	}
	return d.EvaluationPeriods
}

func (d *Definition) actions(v Value) []string {
	switch v {
	case OK:
		return d.OKActions
	case InAlarm:
		return d.AlarmActions
	}
	return d.InsufficientDataActions
}

// State is what an alarm says, since when, and why.
type State struct {
	Value      Value
	Reason     string
	ReasonData string    // JSON; "" where there is none
	Updated    time.Time // when value or reason were last set
	Changed    time.Time // when the value was last another one
}

// Alarm is an alarm and its state. ActionsEnabled is as it was last set.
type Alarm struct {
	Definition
	State      State
	Configured time.Time // when the definition was last another one
}

// Options are what alarms need.
type Options struct {
	Definitions []Definition
	Source      query.Source
	Clock       *metric.Clock
	// Path is the file in which states and history are kept; "" keeps them in memory.
	Path string
	// Publish performs an action of an alarm: it gives a message to the topic with
	// the action's ARN.
	Publish func(ctx context.Context, alarmARN, actionARN, subject, message string) error
	Log     *slog.Logger
}

// Service has the alarms. Its methods may be called at the same time.
type Service struct {
	options    Options
	store      *store
	metrics    []*entry // by name
	composites []*entry // after those that they watch
	parents    map[string][]*entry

	round     sync.Mutex // held by what may change states: no evaluation overlaps another
	evaluated time.Time  // as of when the last evaluation was; guarded by round

	mu     sync.RWMutex
	alarms map[string]*entry // their records and histories are guarded by mu
}

// entry is an alarm at work. Its record and history change with both mutexes held.
type entry struct {
	Definition
	rule    *rule
	record  record
	history []HistoryItem // oldest first
}

// Open checks the definitions and takes up the states that Path has. An alarm
// that is new has insufficient data until its first evaluation; one that was
// defined otherwise keeps its state until then, as PutMetricAlarm has it.
func Open(o Options) (*Service, error) {
	entries, composites, err := check(o.Definitions)
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, composites: composites, alarms: entries, parents: map[string][]*entry{}}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if e := entries[name]; !e.Composite() {
			s.metrics = append(s.metrics, e)
		}
	}
	for _, c := range composites {
		for _, child := range c.rule.children {
			s.parents[child] = append(s.parents[child], c)
		}
	}
	if err := s.restore(); err != nil {
		return nil, err
	}
	return s, nil
}

// Close lets an evaluation end and closes the file.
func (s *Service) Close() error {
	s.round.Lock()
	defer s.round.Unlock()
	return s.store.close()
}

// List has the alarms by name.
func (s *Service) List() []Alarm {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]Alarm, 0, len(s.alarms))
	for _, e := range s.alarms {
		list = append(list, e.alarm())
	}
	slices.SortFunc(list, func(a, b Alarm) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// Get finds an alarm by its name.
func (s *Service) Get(name string) (Alarm, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.alarms[name]
	if !ok {
		return Alarm{}, false
	}
	return e.alarm(), true
}

// Children are the alarms that a composite one watches, in the order of its rule.
func (s *Service) Children(name string) []string {
	if e := s.alarms[name]; e != nil && e.rule != nil {
		return e.rule.children
	}
	return nil
}

// Parents are the composite alarms that watch the alarm.
func (s *Service) Parents(name string) []string {
	var names []string
	for _, p := range s.parents[name] {
		names = append(names, p.Name)
	}
	return names
}

func (e *entry) alarm() Alarm {
	a := Alarm{Definition: e.Definition, State: e.record.State, Configured: e.record.Configured}
	a.ActionsEnabled = e.record.ActionsEnabled
	return a
}
