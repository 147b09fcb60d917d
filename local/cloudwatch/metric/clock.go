package metric

import (
	"sync"
	"time"
)

// Clock is CloudWatch's time: the machine's, or one that runs faster, so that an
// alarm of fifteen minutes can be watched in one. It runs forwards as long as the
// machine's does, and on while the machine sleeps.
type Clock struct {
	mu     sync.Mutex
	origin time.Time     // of the machine
	offset time.Duration // of the clock at the origin
	speed  float64
}

// NewClock returns a clock that runs at speed times the machine's; 0 means 1.
func NewClock(speed float64) *Clock {
	if speed <= 0 {
		speed = 1
	}
	// Round takes the monotonic reading away, which stands still while a laptop
	// sleeps: from then on what is measured now would be hours ahead of now.
	return &Clock{origin: time.Now().Round(0), speed: speed}
}

// ClockAt returns a clock that shows t now, and runs as fast as the machine's.
func ClockAt(t time.Time) *Clock {
	c := NewClock(1)
	c.offset = t.Sub(c.origin)
	return c
}

// Now is the present.
func (c *Clock) Now() time.Time { return c.At(time.Now()) }

// At is the time that the clock shows, or showed, when the machine's is t.
func (c *Clock) At(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.origin.Add(c.offset + time.Duration(float64(t.Sub(c.origin))*c.speed))
}

// Machine is the inverse of At, as the clock runs now.
func (c *Clock) Machine(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.origin.Add(time.Duration(float64(t.Sub(c.origin)-c.offset) / c.speed))
}

// Advance moves the clock forwards.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += max(d, 0)
}

// Wait is how long the machine takes until the clock shows t.
func (c *Clock) Wait(t time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.origin.Add(c.offset + time.Duration(float64(time.Since(c.origin))*c.speed))
	return time.Duration(float64(t.Sub(now)) / c.speed)
}
