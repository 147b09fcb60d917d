package client

import (
	"context"
	"sync"
	"time"
)

// Of the pauses between requests to an API that throttles.
const (
	leastGap = 10 * time.Millisecond
	mostGap  = time.Second
	// Requests that were under way together are throttled together: that is said once.
	settling = 250 * time.Millisecond
)

// pace keeps all that wait for executions at once below the rate that the API
// allows, which only its refusals tell: a client that goes on being refused counts
// as errors of the API, and turns its alarm on. The zero value does not hold back.
type pace struct {
	mu     sync.Mutex
	gap    time.Duration // between two requests
	next   time.Time     // when the next may be sent
	slowed time.Time
}

// wait waits for a turn.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	turn := now
	if p.next.After(now) {
		turn = p.next
	}
	p.next = turn.Add(p.gap)
	p.mu.Unlock()
	if turn == now {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(turn.Sub(now)):
		return nil
	}
}

// learn takes notice of an answer: a refusal holds all back for a moment and doubles
// the pauses, and each other answer makes them a little shorter.
func (p *pace) learn(refused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !refused:
		if p.gap -= p.gap / 128; p.gap < leastGap/8 {
			p.gap = 0
		}
	case time.Since(p.slowed) > settling:
		p.gap, p.slowed = min(max(2*p.gap, leastGap), mostGap), time.Now()
		if held := p.slowed.Add(settling); p.next.Before(held) {
			p.next = held
		}
	}
}
