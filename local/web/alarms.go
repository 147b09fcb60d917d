package web

import (
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/query"
	"github.com/pixline/pixline/local/web/document"
)

// Alarms are the pipeline's alarms; *alarm.Service is one.
type Alarms interface {
	List() []alarm.Alarm // by name
	Get(name string) (alarm.Alarm, bool)
	History(name string) []alarm.HistoryItem // latest first
	Children(name string) []string           // what a composite alarm watches
	Parents(name string) []string            // the composite alarms that watch it
}

// alarmItem is an alarm as it is shown.
type alarmItem struct {
	alarm.Alarm
	Short string // the name without what all have in common
	Said  string // the state in a word
	Class string // ok, alarm or unknown
}

// alarmGroup is a composite alarm with those that it watches, or the alarms that
// none does.
type alarmGroup struct {
	Of      *alarmItem // nil: none watches them
	Members []alarmItem
}

type alarmList struct {
	Health *alarmItem // the state of everything
	Groups []alarmGroup
	Active int
}

type alarmDetail struct {
	alarmItem
	Since    string   // how long ago it changed
	Watches  string   // in words
	Metrics  []string // what goes into it
	Missing  string
	Children []alarmItem
	Parents  []alarmItem
	History  []alarm.HistoryItem
	Graph    *tile  // of what it watches, with its threshold; nil: there is none
	About    string // the description, without the address of the runbook
	Runbook  document.Document
}

var alarmWords = map[alarm.Value][2]string{
	alarm.OK:               {"ok", "ok"},
	alarm.InAlarm:          {"in alarm", "alarm"},
	alarm.InsufficientData: {"no data", "unknown"},
}

func (s *server) alarmItem(a alarm.Alarm) alarmItem {
	words := alarmWords[a.State.Value]
	return alarmItem{Alarm: a, Short: s.short(a.Name), Said: words[0], Class: words[1]}
}

// whole is the alarm that says how the pipeline is.
func (s *server) whole() (alarmItem, bool) {
	if s.options.Alarms == nil {
		return alarmItem{}, false
	}
	for _, a := range s.options.Alarms.List() {
		if a.Name == s.options.Health {
			return s.alarmItem(a), true
		}
	}
	return alarmItem{}, false
}

// alarms is the page of all alarms, by what watches them.
func (s *server) alarms(w http.ResponseWriter, r *http.Request) {
	var b alarmList
	byName, grouped := map[string]alarmItem{}, map[string]bool{}
	var composites []alarmItem
	for _, a := range s.options.Alarms.List() {
		it := s.alarmItem(a)
		byName[a.Name] = it
		if a.Composite() {
			composites = append(composites, it)
		} else if a.State.Value == alarm.InAlarm {
			b.Active++
		}
	}
	if whole, ok := s.whole(); ok {
		b.Health = &whole
		grouped[whole.Name] = true
	}
	for _, c := range composites {
		if b.Health != nil && c.Name == b.Health.Name {
			continue
		}
		group := alarmGroup{Of: &c}
		for _, child := range s.options.Alarms.Children(c.Name) {
			group.Members = append(group.Members, byName[child])
			grouped[child] = true
		}
		grouped[c.Name] = true
		slices.SortStableFunc(group.Members, urgent)
		b.Groups = append(b.Groups, group)
	}
	slices.SortStableFunc(b.Groups, func(x, y alarmGroup) int { return urgent(*x.Of, *y.Of) })
	var rest alarmGroup
	for _, a := range s.options.Alarms.List() {
		if !grouped[a.Name] {
			rest.Members = append(rest.Members, byName[a.Name])
		}
	}
	if len(rest.Members) > 0 {
		b.Groups = append(b.Groups, rest)
	}
	s.render(w, r, http.StatusOK, page{Name: "alarms", Title: "Alarms", Section: "Alarms", Refresh: 2000, Body: b})
}

// urgent puts what is in alarm before the others.
func urgent(a, b alarmItem) int {
	switch inAlarm := a.State.Value == alarm.InAlarm; {
	case inAlarm == (b.State.Value == alarm.InAlarm):
		return 0
	case inAlarm:
		return -1
	}
	return 1
}

// alarm is the page of one alarm.
func (s *server) alarm(w http.ResponseWriter, r *http.Request) {
	a, ok := s.options.Alarms.Get(r.PathValue("name"))
	if !ok {
		s.lost(w, r, fmt.Sprintf("There is no alarm %s.", r.PathValue("name")), "The page of the alarms has all that the stack declares.")
		return
	}
	d := alarmDetail{alarmItem: s.alarmItem(a), Since: ago(s.options.Now().Sub(a.State.Changed)), History: s.options.Alarms.History(a.Name)}
	d.Watches, d.Missing, d.Metrics = inWords(a.Definition), missingData[a.TreatMissingData], measured(a.Queries)
	find := func(names []string) (items []alarmItem) {
		for _, name := range names {
			if found, ok := s.options.Alarms.Get(name); ok {
				items = append(items, s.alarmItem(found))
			}
		}
		return items
	}
	d.Children, d.Parents = find(s.options.Alarms.Children(a.Name)), find(s.options.Alarms.Parents(a.Name))
	var err error
	if d.Graph, err = s.graph(r.Context(), a); err != nil {
		s.fail(w, r, err)
		return
	}
	var file string
	d.About, file = about(a.Description)
	if d.Runbook, err = s.runbook(file); err != nil {
		s.fail(w, r, err)
		return
	}
	s.render(w, r, http.StatusOK, page{Name: "alarm", Title: "Alarm " + d.Short, Section: "Alarms", Refresh: 2000, Body: d})
}

var runbookAddress = regexp.MustCompile(`\s*Runbook: (\S+\.md)\s*$`)

// about takes the address of the runbook off a description, and gives its file.
func about(description string) (text, file string) {
	found := runbookAddress.FindStringSubmatch(description)
	if found == nil {
		return description, ""
	}
	return strings.TrimSuffix(description, found[0]), path.Base(found[1])
}

var comparisons = map[string]string{
	"GreaterThanThreshold":          "more than",
	"GreaterThanOrEqualToThreshold": "at least",
	"LessThanThreshold":             "less than",
	"LessThanOrEqualToThreshold":    "at most",
}

// missingData says what a period without data counts as. Source: CloudWatch user
// guide, "Configuring how CloudWatch alarms treat missing data".
var missingData = map[string]string{
	"":             "Without data it does not know.",
	"missing":      "Without data it does not know.",
	"ignore":       "Without data it stays as it is.",
	"breaching":    "A period without data counts against it.",
	"notBreaching": "A period without data counts as fine.",
}

// inWords says when an alarm goes off: more than 5 in 2 of 3 periods of 1 minute.
func inWords(d alarm.Definition) string {
	if d.Composite() {
		return d.Rule
	}
	of := d.DatapointsToAlarm
	if of == 0 {
		of = d.EvaluationPeriods
	}
	period := spelled(d.Period)
	when := fmt.Sprintf("in %d of %d periods of %s", of, d.EvaluationPeriods, period)
	switch {
	case d.EvaluationPeriods == 1:
		when = "in a period of " + period
	case of == d.EvaluationPeriods:
		when = fmt.Sprintf("in %d periods of %s in a row", of, period)
	}
	return fmt.Sprintf("%s %s %s", comparisons[d.Comparison], strconv.FormatFloat(d.Threshold, 'f', -1, 64), when)
}

func spelled(d time.Duration) string {
	if minutes := int(d / time.Minute); d%time.Minute == 0 && minutes > 0 {
		return fmt.Sprintf("%d %s", minutes, plural(minutes, "minute", "minutes"))
	}
	return fmt.Sprintf("%d seconds", int(d.Seconds()))
}

// measured describes what an alarm watches: the one that counts first.
func measured(queries []query.Query) []string {
	queries = slices.Clone(queries)
	slices.SortStableFunc(queries, func(a, b query.Query) int {
		switch {
		case a.Hidden == b.Hidden:
			return 0
		case b.Hidden:
			return -1
		}
		return 1
	})
	var lines []string
	for _, q := range queries {
		line := q.Expression
		if line == "" {
			line = fmt.Sprintf("%s of %s %s", q.Statistic, q.Metric.Namespace, q.Metric.Name)
			for _, d := range q.Metric.Dimensions {
				line += fmt.Sprintf(", %s=%s", d.Name, d.Value)
			}
		}
		if q.ID != "" {
			line = q.ID + " = " + line
		}
		lines = append(lines, line)
	}
	return lines
}
