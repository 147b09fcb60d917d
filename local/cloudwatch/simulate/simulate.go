// Package simulate makes up a day of metrics, so that dashboards can be seen
// with something on them before anything has run.
//
// The day is one story that all metrics tell: more images come by day than by
// night, some are rejected, few fail; and for a while the object store is slow and refuses
// requests, so that resizing takes long, needs memory and fails, executions fail
// and messages land in the dead letters. The same seed and end give the same data.
package simulate

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/pkg/contract"
)

// Options say what to make up.
type Options struct {
	Metrics []metric.ID   // those that get data; one that is there twice gets it once
	End     time.Time     // of the day
	Length  time.Duration // 0 is 24 hours
	Seed    uint64
}

// The incident begins and ends so long before the day's end.
const (
	incidentBegin = 5 * time.Hour
	incidentEnd   = 3*time.Hour + 20*time.Minute
)

// Incident is when the day that ends at end has its incident.
func Incident(end time.Time) (from, to time.Time) {
	return end.Add(-incidentBegin), end.Add(-incidentEnd)
}

// told is a metric with what is told of it.
type told struct {
	id   metric.ID
	key  string // of its chance
	tell teller
}

// Fill puts data for every minute of the day. The error names the metrics that
// the story says nothing of; the others have their data.
func Fill(put func(...metric.Datum), o Options) error {
	if o.Length <= 0 {
		o.Length = 24 * time.Hour
	}
	var unknown []error
	var known []told
	codes := codesOf(o.Metrics)
	seen := map[string]bool{}
	for _, id := range o.Metrics {
		key := fmt.Sprint(id)
		if seen[key] {
			continue
		}
		seen[key] = true
		if t := tellerOf(id); t != nil {
			known = append(known, told{id, key, t})
		} else {
			unknown = append(unknown, fmt.Errorf("no data are simulated for %s %s", id.Namespace, id.Name))
		}
	}
	end := o.End.Truncate(time.Minute)
	for at := end.Add(-o.Length); at.Before(end); at = at.Add(time.Minute) {
		m := newMinute(at, end, o.Seed, codes)
		for _, k := range known {
			m.random = random(o.Seed, at, k.key)
			k.tell(m, func(unit string, value, count float64) {
				put(metric.Datum{ID: k.id, Unit: unit, Time: at.Add(30 * time.Second), Value: value, Count: count})
			})
		}
	}
	for _, k := range known {
		if value := daily(k.id); value != nil {
			for day := range 14 {
				at := end.Add(-time.Duration(day) * 24 * time.Hour)
				unit, v := value(13 - day)
				put(metric.Datum{ID: k.id, Unit: unit, Time: at, Value: v})
			}
		}
	}
	return errors.Join(unknown...)
}

// random is the same for the same minute and metric, whatever else is asked for.
func random(seed uint64, at time.Time, of string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(of)) // a hash takes everything
	return rand.New(rand.NewPCG(seed^h.Sum64(), uint64(at.Unix())))
}

// calls is what a function did in a minute.
type calls struct {
	invocations, errors, throttles, cold int
	median, spread                       float64 // of the duration: milliseconds, and σ of its logarithm
}

// minute is what happened in one.
type minute struct {
	trouble                                        float64 // of the object store, from 0 to 1
	refused                                        int     // requests that the API refused
	late                                           int     // of the rejected, those that resize rejects
	started, rejected, failed, timedOut, succeeded int
	codes                                          map[string]int // of rejections
	functions                                      map[string]calls
	unsent                                         int // notifications that did not reach a subscriber
	dead                                           int // messages in the dead letters
	age                                            time.Duration
	random                                         *rand.Rand // of the metric that is told of
}

func newMinute(at, end time.Time, seed uint64, codes []string) *minute {
	r := random(seed, at, "")
	m := &minute{codes: map[string]int{}}
	into := at.Sub(end.Add(-incidentBegin))
	if length := incidentBegin - incidentEnd; into >= 0 && into < length {
		// It comes fast and goes slowly.
		m.trouble = min(float64(into)/float64(8*time.Minute), float64(length-into)/float64(25*time.Minute), 1)
	}
	m.started = poisson(r, traffic(at))
	m.refused = poisson(r, traffic(at)*.012)
	for range m.started {
		switch p := r.Float64(); {
		case p < .008: // what validate does not see in the header
			m.rejected++
			m.late++
		case p < .07:
			m.rejected++
			if len(codes) > 0 {
				// The first codes are the most frequent.
				m.codes[codes[int(math.Pow(r.Float64(), 2)*float64(len(codes)))]]++
			}
		case p < .07+.0004+.1*m.trouble:
			m.failed++
		case p < .07+.0004+.115*m.trouble:
			m.timedOut++
		default:
			m.succeeded++
		}
	}
	accepted := m.started - m.rejected + m.late
	lost := m.failed + m.timedOut
	retried := 2*lost + poisson(r, float64(accepted)*(.002+.1*m.trouble))
	m.functions = map[string]calls{
		contract.StageValidate: {invocations: m.started, median: 38 * (1 + 6*m.trouble), spread: .45},
		contract.StageResize: {
			invocations: accepted + retried, errors: min(lost+retried, accepted+retried),
			throttles: poisson(r, 2.5*m.trouble), median: 310 * (1 + 35*m.trouble), spread: .5,
		},
		contract.StageNotify: {invocations: m.started, median: 24, spread: .4},
	}
	for _, stage := range stages {
		c := m.functions[stage]
		c.cold = min(poisson(r, .02+.004*float64(c.invocations)), c.invocations)
		m.functions[stage] = c
	}
	if m.trouble > .5 {
		m.unsent = poisson(r, .15)
	}
	// An hour after the incident somebody has seen to the dead letters.
	if after := into - 20*time.Minute; after >= 0 && into < incidentBegin-incidentEnd+time.Hour {
		m.dead, m.age = 1+int(min(into, incidentBegin-incidentEnd)/(12*time.Minute)), after
	}
	return m
}

// traffic is the mean number of images a minute: least at four in the morning,
// most in the afternoon, UTC.
func traffic(at time.Time) float64 {
	hour := float64(at.Unix()%86400) / 3600
	day := (1 - math.Cos((hour-4)/24*2*math.Pi)) / 2
	return 5 + 34*math.Pow(day, 1.5) + 3*math.Sin(hour*5)
}

// poisson draws a number of events (Knuth 1969).
func poisson(r *rand.Rand, mean float64) int {
	limit, n, p := math.Exp(-mean), 0, r.Float64()
	for p > limit {
		p *= r.Float64()
		n++
	}
	return n
}

// spread gives values of a log-normal distribution with so many samples, in at
// most 24 groups of equal size, of which each has its part of the distribution.
func (m *minute) spread(median, sigma float64, samples int, say func(value, count float64)) {
	groups := min(samples, 24)
	for i := range groups {
		q := (float64(i) + .1 + .8*m.random.Float64()) / float64(groups)
		say(median*math.Exp(sigma*math.Sqrt2*math.Erfinv(2*q-1)), float64(samples)/float64(groups))
	}
}

// codesOf are the codes of rejections that some metric counts.
func codesOf(ids []metric.ID) []string {
	var codes []string
	for _, id := range ids {
		if code := dimension(id, contract.DimensionCode); code != "" && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	return codes
}

func dimension(id metric.ID, name string) string {
	for _, d := range id.Dimensions {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}

// stages are those that are functions, in the order that an image passes them.
var stages = []string{contract.StageValidate, contract.StageResize, contract.StageNotify}

// stageOf is the stage that a function's name has in it.
func stageOf(function string) string {
	for _, stage := range stages {
		if strings.Contains(function, stage) {
			return stage
		}
	}
	return ""
}
