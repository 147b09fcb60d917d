package queue

import (
	"container/heap"
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// receive takes up to limit messages, waiting for the first one.
func (s *Service) receive(ctx context.Context, name string, limit int, visibility, wait *time.Duration) ([]message, error) {
	var deadline <-chan time.Time
	for {
		received, changed, due, err := s.tryReceive(name, limit, visibility, &wait)
		if err != nil || len(received) > 0 {
			return received, err
		}
		if *wait <= 0 {
			return s.nothing(name)
		}
		if deadline == nil {
			timer := time.NewTimer(*wait)
			defer timer.Stop()
			deadline = timer.C
		}
		var next <-chan time.Time
		if !due.IsZero() {
			next = time.After(time.Until(due))
		}
		select {
		case <-changed:
		case <-next:
		case <-deadline:
			return s.nothing(name)
		case <-s.closing:
			return s.nothing(name)
		case <-ctx.Done():
			return s.nothing(name) // the client went away: there is no one to tell
		}
	}
}

func (s *Service) nothing(name string) ([]message, error) {
	s.options.Observe(name, MetricEmptyReceive, 1)
	return nil, nil
}

// tryReceive also tells when to look again: on the channel, or at due.
func (s *Service) tryReceive(name string, limit int, visibility *time.Duration, wait **time.Duration) ([]message, <-chan struct{}, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	if *wait == nil {
		*wait = &q.settings.wait
	}
	hide := q.settings.visibility
	if visibility != nil {
		hide = *visibility
	}
	now := time.Now()
	q.settle(now)
	var changes []change
	var received []*message
	for _, m := range q.candidates(limit, now) {
		switch {
		case q.expired(m, now):
			changes = append(changes, change{queue: name, remove: m.Sequence})
		case s.exhausted(q, m):
			changes = append(changes, change{queue: name, remove: m.Sequence}, s.deadLetter(q, m))
		default:
			taken := m.copy()
			taken.Receives++
			if taken.Receives == 1 {
				taken.First = now
			}
			taken.Due, taken.Receipt = now.Add(hide), rand.Text()
			changes = append(changes, change{queue: name, put: taken})
			received = append(received, taken)
		}
	}
	if err := s.commit(changes); err != nil {
		return nil, nil, time.Time{}, err
	}
	if len(received) > 0 {
		s.options.Observe(name, MetricReceived, float64(len(received)))
	}
	var due time.Time
	if q.waiting.Len() > 0 {
		due = q.waiting.messages[0].Due
	}
	return values(received), q.changed, due, nil
}

func values(messages []*message) []message {
	var out []message
	for _, m := range messages {
		out = append(out, *m)
	}
	return out
}

// candidates are the oldest visible messages: enough to fill limit when some
// of them turn out to be expired or exhausted. They stay in the queue.
func (q *mailbox) candidates(limit int, now time.Time) []*message {
	var popped []*message
	for fresh := 0; fresh < limit && q.ready.Len() > 0; {
		m := heap.Pop(q.ready).(*message)
		popped = append(popped, m)
		if !q.expired(m, now) && (q.settings.deadLetterARN == "" || m.Receives < q.settings.maxReceives) {
			fresh++
		}
	}
	for _, m := range popped {
		heap.Push(q.ready, m)
	}
	return popped
}

// exhausted tells whether a message belongs into the dead-letter queue. When
// that queue was deleted, the message stays here rather than being lost.
func (s *Service) exhausted(q *mailbox, m *message) bool {
	return q.settings.deadLetterARN != "" && m.Receives >= q.settings.maxReceives && s.queues[nameOfARN(q.settings.deadLetterARN)] != nil
}

// deadLetter moves a message; it keeps its id, its count and, as AWS documents
// for standard queues, the time it was sent, from which retention counts.
func (s *Service) deadLetter(q *mailbox, m *message) change {
	moved := m.copy()
	s.sequence++
	moved.Sequence, moved.Receipt, moved.Source = s.sequence, "", s.arn(q.name)
	moved.Moved = time.Now()
	moved.Due = moved.Moved
	return change{queue: nameOfARN(q.settings.deadLetterARN), put: moved}
}

func (m *message) copy() *message {
	c := *m
	c.pile = nil
	return &c
}

// commit makes changes on disk, then in memory.
func (s *Service) commit(changes []change) error {
	if err := s.store.apply(changes...); err != nil {
		return err
	}
	for _, c := range changes {
		if c.put != nil {
			s.queues[c.queue].add(c.put)
		} else {
			s.queues[c.queue].remove(c.remove)
		}
	}
	return nil
}

// receiptHandle names a message and the receive it came from.
func (s *Service) receiptHandle(queue string, m message) string {
	return base64.StdEncoding.EncodeToString([]byte(queue + "/" + strconv.FormatUint(m.Sequence, 10) + "/" + m.Receipt))
}

// held finds the message of a receipt handle; nil when it was deleted or has
// been received again since.
func (s *Service) held(q *mailbox, handle string) (*message, error) {
	invalid := awsapi.Errorf(http.StatusBadRequest, "ReceiptHandleIsInvalid", "The input receipt handle %q is not a valid receipt handle.", handle)
	text, err := base64.StdEncoding.DecodeString(handle)
	if err != nil {
		return nil, invalid
	}
	parts := strings.Split(string(text), "/")
	if len(parts) != 3 || parts[0] != q.name {
		return nil, invalid
	}
	sequence, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil {
		return nil, invalid
	}
	if m := q.messages[sequence]; m != nil && m.Receipt == parts[2] {
		return m, nil
	}
	return nil, nil
}

// remove deletes a received message. A handle of an earlier receive succeeds
// without deleting, as SQS documents for standard queues.
func (s *Service) remove(name, handle string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return err
	}
	m, err := s.held(q, handle)
	if err != nil || m == nil {
		return err
	}
	if err := s.commit([]change{{queue: name, remove: m.Sequence}}); err != nil {
		return err
	}
	s.options.Observe(name, MetricDeleted, 1)
	return nil
}

// changeVisibility hides a message in flight for the given time from now on.
func (s *Service) changeVisibility(name, handle string, timeout *int) error {
	if timeout == nil || *timeout < 0 || *timeout > 43_200 {
		return awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "VisibilityTimeout must be between 0 and 43200 seconds.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return err
	}
	m, err := s.held(q, handle)
	switch {
	case err != nil:
		return err
	case m == nil:
		return awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "Value %s for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.", handle)
	case !m.Due.After(time.Now()):
		return awsapi.Errorf(http.StatusBadRequest, "MessageNotInflight", "The specified message is not in flight.")
	}
	changed := m.copy()
	changed.Due = time.Now().Add(time.Duration(*timeout) * time.Second)
	return s.commit([]change{{queue: name, put: changed}})
}
