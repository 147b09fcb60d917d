package client

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestPace lets eight ask, without a rest, an API that allows 20 requests a second
// and 40 at once: few are refused, and most of what it allows is used.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rate, burst, long = 20.0, 40.0, 5 * time.Minute
		var mu sync.Mutex
		tokens, last := burst, time.Now()
		allowed := func() bool {
			mu.Lock()
			defer mu.Unlock()
			tokens, last = min(burst, tokens+rate*time.Since(last).Seconds()), time.Now()
			if tokens < 1 {
				return false
			}
			tokens--
			return true
		}
		var p pace
		var served, refused int
		end := time.Now().Add(long)
		var asking sync.WaitGroup
		for range 8 {
			asking.Go(func() {
				for time.Now().Before(end) {
					if err := p.wait(t.Context()); err != nil {
						t.Error(err)
						return
					}
					time.Sleep(2 * time.Millisecond) // the way there
					ok := allowed()
					p.learn(!ok)
					mu.Lock()
					if ok {
						served++
					} else {
						refused++
					}
					mu.Unlock()
				}
			})
		}
		asking.Wait()
		if refused == 0 || refused*25 > served { // the alarm is at one in twenty
			t.Errorf("%d of %d were refused", refused, served+refused)
		}
		if least := int(rate * long.Seconds() * .6); served < least {
			t.Errorf("%d were served, fewer than %d", served, least)
		}
	})
}
