// Package events is the local runner's EventBridge: the account's default bus,
// with the rules and targets that the program declares.
//
// Guarantees:
//   - A pattern, target or transformer that the package does not know is refused
//     by Open; nothing is ignored.
//   - Delivery is authorised as events.amazonaws.com: to a queue on behalf of the
//     rule, to a topic on behalf of nobody, since EventBridge does not say there
//     for whom it acts.
//   - What a target refuses goes to its dead-letter queue at once, what fails
//     otherwise after the retries, with the attributes that say why; and it is
//     reported in any case.
//
// Not emulated: other buses, schedules, archives, and the day that AWS goes on
// retrying for. An event under way when the process ends is lost; that of Step
// Functions are best effort at AWS, too.
package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/queue"
)

// Rule is a rule of the default bus.
type Rule struct {
	Name    string
	ARN     string
	Pattern string // JSON
	Targets []Target
}

// Target is where a rule sends what it matches.
type Target struct {
	ARN           string       // of a queue or a topic
	Transformer   *Transformer // nil: the event as it is
	DeadLetterARN string       // of a queue, or empty
}

// Event is an event before the bus has it.
type Event struct {
	Source     string // such as aws.states
	DetailType string
	Time       time.Time
	Resources  []string // ARNs
	Detail     any      // becomes JSON
}

// Queues is where messages for queues go.
type Queues interface {
	Send(ctx context.Context, queueARN string, m queue.Message) (queue.Sent, error)
}

// Topics is where messages for topics go.
type Topics interface {
	Publish(ctx context.Context, p topics.Publication) (messageID string, err error)
}

// Failure is an event that a target did not get.
type Failure struct {
	RuleARN, TargetARN string
	Reason             string
	DeadLettered       bool // the target's dead-letter queue has it
}

// Options say where and for whom the bus is.
type Options struct {
	Account, Region string
	Rules           []Rule
	Queues          Queues
	Topics          Topics
	// OnFailed may be called from several goroutines at once.
	OnFailed func(Failure)
}

// Service is the bus. It is safe for concurrent use.
type Service struct {
	options Options
	rules   []rule
	running context.Context // over at Close
	stop    context.CancelFunc

	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup
}

type rule struct {
	Rule
	pattern pattern
	targets []target
}

// Open reads the rules.
func Open(o Options) (*Service, error) {
	s := &Service{options: o}
	var problems []error
	for _, declared := range o.Rules {
		r := rule{Rule: declared}
		var err error
		if r.pattern, err = parsePattern(declared.Pattern); err != nil {
			problems = append(problems, fmt.Errorf("rule %s: the pattern: %w", declared.Name, err))
		}
		for _, t := range declared.Targets {
			read, err := newTarget(t)
			if err != nil {
				problems = append(problems, fmt.Errorf("rule %s: the target %s: %w", declared.Name, t.ARN, err))
			}
			r.targets = append(r.targets, read)
		}
		s.rules = append(s.rules, r)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	s.running, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// Put gives an event to the bus and returns at once: rules and deliveries follow.
// After Close, it is lost.
func (s *Service) Put(e Event) error {
	text, err := json.Marshal(map[string]any{
		"version": "0", "id": uuid.NewString(), "detail-type": e.DetailType, "source": e.Source, "account": s.options.Account,
		"time": e.Time.UTC().Format("2006-01-02T15:04:05Z"), "region": s.options.Region, "resources": e.Resources, "detail": e.Detail,
	})
	if err != nil {
		return fmt.Errorf("encode an event of %s: %w", e.Source, err)
	}
	// As every rule sees it: decoded, whatever types Detail had.
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		return fmt.Errorf("decode an event of %s: %w", e.Source, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	for _, r := range s.rules {
		if !r.pattern.matches(event) {
			continue
		}
		for _, t := range r.targets {
			s.work.Go(func() { s.deliver(r.Rule, t, event, string(text)) })
		}
	}
	return nil
}

// Close ends the retries and waits for what is being delivered.
func (s *Service) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
}
