package queue

import (
	"container/heap"
	"time"

	"github.com/pixline/pixline/local/topics/attribute"
)

// message is a message as it is stored.
type message struct {
	Sequence   uint64
	ID         string
	Body       string
	Attributes map[string]attribute.Value `json:",omitempty"`
	Trace      string                     `json:",omitempty"` // AWSTraceHeader
	Group      string                     `json:",omitempty"` // MessageGroupId
	Sender     string
	Sent       time.Time
	Due        time.Time // visible from then on
	Receives   int
	First      time.Time // first received
	Receipt    string    `json:",omitempty"` // of the last receive
	Source     string    `json:",omitempty"` // ARN of the queue that gave the message up
	Moved      time.Time `json:",omitzero"`  // when it did

	pile *pile
	at   int
}

// pile is a heap of messages that knows each one's place.
type pile struct {
	messages []*message
	before   func(a, b *message) bool
}

func (p *pile) Len() int           { return len(p.messages) }
func (p *pile) Less(i, j int) bool { return p.before(p.messages[i], p.messages[j]) }
func (p *pile) Swap(i, j int) {
	p.messages[i], p.messages[j] = p.messages[j], p.messages[i]
	p.messages[i].at, p.messages[j].at = i, j
}

func (p *pile) Push(x any) {
	m := x.(*message)
	m.pile, m.at = p, len(p.messages)
	p.messages = append(p.messages, m)
}

func (p *pile) Pop() any {
	last := len(p.messages) - 1
	m := p.messages[last]
	p.messages[last] = nil
	p.messages = p.messages[:last]
	m.pile = nil
	return m
}

// mailbox is one queue in memory. The service's lock guards it.
type mailbox struct {
	name     string
	record   record
	created  time.Time
	settings settings
	messages map[uint64]*message
	ready    *pile         // visible, oldest first
	waiting  *pile         // delayed or in flight, next due first
	changed  chan struct{} // closed and replaced when a message may have become visible
}

func newMailbox(name string) *mailbox {
	return &mailbox{
		name: name, messages: map[uint64]*message{}, changed: make(chan struct{}),
		ready:   &pile{before: func(a, b *message) bool { return a.Sequence < b.Sequence }},
		waiting: &pile{before: func(a, b *message) bool { return a.Due.Before(b.Due) }},
	}
}

// add puts a message where its Due belongs, replacing the one with its number.
func (q *mailbox) add(m *message) {
	q.remove(m.Sequence)
	q.messages[m.Sequence] = m
	heap.Push(q.waiting, m)
	close(q.changed)
	q.changed = make(chan struct{})
}

func (q *mailbox) remove(sequence uint64) {
	m := q.messages[sequence]
	if m == nil {
		return
	}
	delete(q.messages, sequence)
	if m.pile != nil {
		heap.Remove(m.pile, m.at)
	}
}

// settle makes messages visible whose time has come.
func (q *mailbox) settle(now time.Time) {
	for q.waiting.Len() > 0 && !q.waiting.messages[0].Due.After(now) {
		heap.Push(q.ready, heap.Pop(q.waiting))
	}
}

func (q *mailbox) expired(m *message, now time.Time) bool {
	return now.Sub(m.Sent) > q.settings.retention
}

func (q *mailbox) counts(now time.Time) Counts {
	q.settle(now)
	var c Counts
	for _, m := range q.messages {
		switch {
		case q.expired(m, now):
		case m.pile == q.ready:
			c.Visible++
		case m.Receives > 0:
			c.InFlight++
		default:
			c.Delayed++
		}
	}
	return c
}

// oldest is how long the oldest message has been in this queue; a dead-letter
// queue counts from when it got the message, unlike the retention. Source: SQS
// Developer Guide, "Available CloudWatch metrics for Amazon SQS".
func (q *mailbox) oldest(now time.Time) (age time.Duration, any bool) {
	for _, m := range q.messages {
		if q.expired(m, now) {
			continue
		}
		came := m.Sent
		if m.Moved.After(came) {
			came = m.Moved
		}
		age, any = max(age, now.Sub(came)), true
	}
	return age, any
}
