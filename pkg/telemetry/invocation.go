package telemetry

import (
	"context"
	"math"
	"sync"
	"time"
	"unicode/utf8"
)

// maxText bounds a field: what callers and services write must not make a line
// larger than CloudWatch Logs takes, which would cut it in two and lose its metrics.
const maxText = 8 << 10 // bytes

// Invocation collects what one invocation did. Its methods may be called from
// several goroutines.
type Invocation struct {
	began time.Time

	mu      sync.Mutex
	metrics map[string]measurement
	fields  map[string]any
	splits  []split
}

type contextKey struct{}

// From returns the invocation that ctx belongs to. Outside of one, what it
// collects goes nowhere.
func From(ctx context.Context) *Invocation {
	if inv, ok := ctx.Value(contextKey{}).(*Invocation); ok {
		return inv
	}
	return newInvocation()
}

func newInvocation() *Invocation {
	return &Invocation{began: time.Now(), metrics: map[string]measurement{}, fields: map[string]any{}}
}

// Add adds value to a metric. A value that is not finite, which no line can
// hold, is left out.
func (inv *Invocation) Add(metric string, unit Unit, value float64) {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	m := inv.metrics[metric]
	inv.metrics[metric] = measurement{unit: unit, value: m.value + value}
}

// Count adds one to a metric if it happened and nothing if not: the line then
// says so with 0.
func (inv *Invocation) Count(metric string, happened bool) {
	if happened {
		inv.Add(metric, Count, 1)
	} else {
		inv.Add(metric, Count, 0)
	}
}

// Took adds a time to a metric, in milliseconds.
func (inv *Invocation) Took(metric string, d time.Duration) { inv.Add(metric, Milliseconds, ms(d)) }

// Split gives a metric that has a value a second time, with a dimension beside the
// stage. The dimension's value must be one of few: every value is a metric of its own, and costs as one.
func (inv *Invocation) Split(metric, dimension, value string) {
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.splits = append(inv.splits, split{metric, dimension, value})
}

// Set records a field of the invocation's line: facts with many values, which
// must not become dimensions. A long text is cut.
func (inv *Invocation) Set(field string, value any) {
	if text, ok := value.(string); ok {
		value = clip(text)
	}
	inv.mu.Lock()
	defer inv.mu.Unlock()
	inv.fields[field] = value
}

// clip cuts a text between two characters.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
