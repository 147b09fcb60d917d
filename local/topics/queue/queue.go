// Package queue is the local runner's SQS: standard queues, durable, over both
// of SQS's wire protocols (AWS JSON 1.0 and query).
//
// Guarantees:
//   - A message is on disk before SendMessage answers, and its visibility and
//     receive count are before ReceiveMessage does: after a restart, the counts
//     are those of before.
//   - A message that was received maxReceiveCount times goes to the dead-letter
//     queue instead of being received once more.
//   - Every operation is authorised, with the action and ARN that IAM knows.
//   - Delivery is in the order of sending as far as visibility allows; as at
//     AWS, nothing promises it.
//
// Not emulated, and refused: FIFO queues, tags, message move tasks.
package queue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// Names of AWS/SQS metrics, as given to Options.Observe.
const (
	MetricSent         = "NumberOfMessagesSent"
	MetricReceived     = "NumberOfMessagesReceived"
	MetricDeleted      = "NumberOfMessagesDeleted"
	MetricEmptyReceive = "NumberOfEmptyReceives"
	MetricSentSize     = "SentMessageSize"
)

// Spec is a queue that the program declares; zero durations and sizes mean
// SQS's defaults, except for Delay and ReceiveWait, whose default is 0.
type Spec struct {
	Name              string
	VisibilityTimeout time.Duration // default 30 s
	MessageRetention  time.Duration // default 4 days
	MaximumSize       int           // bytes; default 1 MiB
	Delay             time.Duration
	ReceiveWait       time.Duration
	// RedrivePolicy is the JSON with deadLetterTargetArn and maxReceiveCount,
	// or empty.
	RedrivePolicy string
	// Policy is the queue's resource policy, or empty.
	Policy string
}

// Options say where and for whom the queues are.
type Options struct {
	Dir      string // data directory
	Endpoint string // base of the queues' URLs, such as http://127.0.0.1:4566
	Account  string
	Region   string
	Queues   []Spec
	// Authorize is asked before every operation.
	Authorize awsapi.Authorize
	// SetPolicy is given a queue's resource policy whenever it changes; nil for none.
	SetPolicy func(queueARN string, document []byte) error
	// Observe, when set, is told each metric's increments. It may be called
	// while the service is locked: it must return at once and not call back.
	Observe func(queue, metric string, value float64)
}

// Counts are the sizes that SQS reports for a queue.
type Counts struct {
	Visible  int // ApproximateNumberOfMessages
	InFlight int // ApproximateNumberOfMessagesNotVisible
	Delayed  int // ApproximateNumberOfMessagesDelayed
}

// Service is all queues of the account. It is safe for concurrent use.
type Service struct {
	options Options
	store   *store
	closing chan struct{}

	mu       sync.Mutex
	queues   map[string]*mailbox // by name
	sequence uint64
	closed   bool
}

// Open reads the queues from the data directory and brings them in line with
// the declared ones: attributes are the program's, messages stay, and a
// declared queue that is not in the program any more is deleted. Queues that
// clients created stay as they are.
func Open(o Options) (*Service, error) {
	if o.Observe == nil {
		o.Observe = func(string, string, float64) {}
	}
	if o.SetPolicy == nil {
		o.SetPolicy = func(string, []byte) error { return nil }
	}
	st, stored, err := openStore(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, store: st, queues: map[string]*mailbox{}, closing: make(chan struct{})}
	if err := s.load(stored); err != nil {
		return nil, errors.Join(err, st.close())
	}
	return s, nil
}

func (s *Service) load(stored map[string]*mailbox) error {
	declared := map[string]bool{}
	for _, spec := range s.options.Queues {
		if declared[spec.Name] {
			return fmt.Errorf("queue %s is declared twice", spec.Name)
		}
		declared[spec.Name] = true
		if !queueName.MatchString(spec.Name) {
			return fmt.Errorf("queue %s: %w", spec.Name, errQueueName)
		}
		q := stored[spec.Name]
		if q == nil {
			q = newMailbox(spec.Name)
		}
		q.record = record{Declared: true, Attributes: spec.attributes()}
		if q.record.Created = time.Now(); !q.created.IsZero() {
			q.record.Created = q.created
		}
		s.queues[spec.Name] = q
	}
	for name, q := range stored {
		if declared[name] {
			continue
		}
		if q.record.Declared {
			if err := s.store.deleteQueue(name); err != nil {
				return err
			}
			continue
		}
		s.queues[name] = q
	}
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		q := s.queues[name]
		settings, err := s.settings(q.record.Attributes)
		if err != nil {
			return fmt.Errorf("queue %s: %w", name, err)
		}
		q.settings = settings
		if err := s.store.saveQueue(name, q.record); err != nil {
			return err
		}
		if policy := q.record.Attributes["Policy"]; policy != "" {
			if err := s.options.SetPolicy(s.arn(name), []byte(policy)); err != nil {
				return fmt.Errorf("queue %s: %w", name, err)
			}
		}
		for sequence := range q.messages {
			s.sequence = max(s.sequence, sequence)
		}
	}
	return nil
}

// Close ends every waiting receive and closes the store.
func (s *Service) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.closing)
	return s.store.close()
}

// Counts tells the size of every queue, by name.
func (s *Service) Counts() map[string]Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]Counts{}
	for name, q := range s.queues {
		counts[name] = q.counts(time.Now())
	}
	return counts
}

// Oldest tells how long the oldest message has been in each queue that has one,
// by the queue's name: ApproximateAgeOfOldestMessage.
func (s *Service) Oldest() map[string]time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, ages := time.Now(), map[string]time.Duration{}
	for name, q := range s.queues {
		if age, any := q.oldest(now); any {
			ages[name] = age
		}
	}
	return ages
}

// URL is the URL of the queue with this name, whether it exists or not.
func (s *Service) URL(name string) string {
	return strings.TrimSuffix(s.options.Endpoint, "/") + "/" + s.options.Account + "/" + name
}

func (s *Service) arn(name string) string {
	return "arn:aws:sqs:" + s.options.Region + ":" + s.options.Account + ":" + name
}

func nameOfARN(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// find takes the lock's holder to a queue.
func (s *Service) find(name string) (*mailbox, error) {
	if s.closed {
		return nil, awsapi.Errorf(http.StatusServiceUnavailable, "ServiceUnavailable", "The local runner is stopping.")
	}
	if q := s.queues[name]; q != nil {
		return q, nil
	}
	return nil, awsapi.Errorf(http.StatusBadRequest, "QueueDoesNotExist", "The specified queue does not exist.")
}

func (s *Service) authorize(ctx context.Context, action, name string) error {
	resource := "*"
	if name != "" {
		resource = s.arn(name)
	}
	return s.options.Authorize(ctx, "sqs:"+action, resource)
}
