package runtime

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/pixline/pixline/local/logs"
)

// LogEvent is one line of a function's log.
type LogEvent = logs.Event

// LogSink stores logs on behalf of a function's role. An *awsapi.Error with
// code AccessDenied or AccessDeniedException says what the role may not do.
type LogSink interface {
	CreateStream(ctx context.Context, roleARN, group, stream string) error
	Write(ctx context.Context, roleARN, group, stream string, events []LogEvent) error
}

// Limits of PutLogEvents: an event's bytes, a batch's events and bytes, and
// what each event counts on top of its message.
const (
	maxEventSize   = 256*1024 - eventOverhead
	maxBatchEvents = 10_000
	maxBatchBytes  = 1024 * 1024
	eventOverhead  = 26
	tailBytes      = 4 * 1024 // of LogResult
)

// journal is the log stream of one environment. Lines wait here until the end
// of their invocation, or until they fill a batch.
type journal struct {
	sink                LogSink
	role, group, stream string
	now                 func() time.Time

	// mu is held while a batch is written, so that batches keep their order.
	mu      sync.Mutex
	pending []LogEvent
	bytes   int
	tail    []byte
	err     error // first failed write since the last flush
}

// add appends a message; a long one is split at character boundaries.
func (j *journal) add(message string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tail = append(append(j.tail, message...), '\n')
	if over := len(j.tail) - tailBytes; over > 0 {
		j.tail = append(j.tail[:0], j.tail[over:]...)
	}
	now := j.now()
	for len(message) > maxEventSize {
		cut := maxEventSize
		for cut > maxEventSize-utf8.UTFMax && !utf8.RuneStart(message[cut]) {
			cut--
		}
		j.push(LogEvent{Time: now, Message: message[:cut]})
		message = message[cut:]
	}
	j.push(LogEvent{Time: now, Message: message})
}

func (j *journal) push(e LogEvent) {
	size := len(e.Message) + eventOverhead
	if len(j.pending) == maxBatchEvents || j.bytes+size > maxBatchBytes {
		j.write()
	}
	j.pending = append(j.pending, e)
	j.bytes += size
}

func (j *journal) write() {
	if len(j.pending) == 0 {
		return
	}
	// The invocation's caller may be gone; its logs are kept all the same.
	err := j.sink.Write(context.Background(), j.role, j.group, j.stream, j.pending)
	if err != nil && j.err == nil {
		j.err = fmt.Errorf("write logs to %s: %w", j.group, err)
	}
	j.pending, j.bytes = nil, 0
}

// begin starts the tail of a new invocation.
func (j *journal) begin() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tail = j.tail[:0]
}

// flush hands everything to the sink, and answers the invocation's tail and the
// first error since the last flush.
func (j *journal) flush() (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.write()
	err := j.err
	j.err = nil
	return string(j.tail), err
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// initReport is the line that Lambda logs when an init phase fails.
func initReport(took time.Duration, phase string, o outcome) string {
	line := fmt.Sprintf("INIT_REPORT Init Duration: %.2f ms\tPhase: %s\tStatus: %s", milliseconds(took), phase, o.status)
	if o.status == statusError {
		line += "\tError Type: " + o.errorType
	}
	return line
}

// report is the REPORT line. Init is billed as well, since August 2025.
func report(res *Result, memoryMB int, o outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB",
		res.RequestID, milliseconds(res.Duration), math.Ceil(milliseconds(res.Duration+res.InitDuration)), memoryMB)
	if res.MaxMemoryMB > 0 {
		fmt.Fprintf(&b, "\tMax Memory Used: %d MB", res.MaxMemoryMB)
	}
	if res.InitDuration > 0 {
		fmt.Fprintf(&b, "\tInit Duration: %.2f ms", milliseconds(res.InitDuration))
	}
	if o.status != "" {
		fmt.Fprintf(&b, "\tStatus: %s", o.status)
	}
	if o.status == statusError {
		fmt.Fprintf(&b, "\tError Type: %s", o.errorType)
	}
	return b.String()
}
