package gateway

import (
	"crypto/subtle"
	"math"
	"sync"
	"time"
)

// Throttle is a limit by token bucket: Burst requests at once, and Rate more
// each second. The zero value is no limit.
type Throttle struct {
	Rate  float64
	Burst int
}

// UsagePlan is what a caller with one of the keys may use of the stage.
type UsagePlan struct {
	Keys        []string // values of x-api-key
	Throttle    Throttle // of each key
	QuotaPerDay int      // of each key, by days of UTC; 0: none
}

// limits keeps the throttles: each method's own, which the stage has for all or for
// one, and those of usage plans, which are each key's own. What has been used is
// forgotten when the process ends.
// Source: API Gateway Developer Guide, "Throttle requests to your REST APIs for
// better throughput in API Gateway".
type limits struct {
	stage Throttle
	keys  []*clientKey

	mu      sync.Mutex
	methods map[*route]*bucket
}

// clientKey is a key with what its caller has used.
type clientKey struct {
	value []byte
	plan  UsagePlan

	mu     sync.Mutex
	bucket bucket
	day    time.Time
	used   int
}

func newLimits(api API) *limits {
	l := &limits{stage: api.Throttle, methods: map[*route]*bucket{}}
	for _, plan := range api.UsagePlans {
		for _, key := range plan.Keys {
			l.keys = append(l.keys, &clientKey{value: []byte(key), plan: plan})
		}
	}
	return l
}

// key finds the caller's key; nil where there is no such one.
func (l *limits) key(value string) *clientKey {
	var found *clientKey
	for _, k := range l.keys {
		if subtle.ConstantTimeCompare(k.value, []byte(value)) == 1 {
			found = k
		}
	}
	return found
}

// take counts a request to the route, by the caller with the key if it has one.
// A caller's own limits come before the method's.
func (l *limits) take(r *route, key *clientKey, now time.Time) *fault {
	if key != nil {
		if f := key.take(now); f != nil {
			return f
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b, seen := l.methods[r]
	if !seen {
		b = &bucket{}
		l.methods[r] = b
	}
	limit := l.stage
	if r.Throttle != nil {
		limit = *r.Throttle
	}
	if !b.take(limit, now) {
		return &fault{kind: throttled}
	}
	return nil
}

func (k *clientKey) take(now time.Time) *fault {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.bucket.take(k.plan.Throttle, now) {
		return &fault{kind: throttled}
	}
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(k.day) {
		k.day, k.used = day, 0
	}
	if k.plan.QuotaPerDay > 0 && k.used >= k.plan.QuotaPerDay {
		return &fault{kind: quotaExceeded}
	}
	k.used++
	return nil
}

// bucket is a token bucket. The zero value is one that has never been used, and
// so is full.
type bucket struct {
	tokens float64
	filled time.Time
}

func (b *bucket) take(t Throttle, now time.Time) bool {
	if t == (Throttle{}) {
		return true
	}
	if b.filled.IsZero() {
		b.tokens = float64(t.Burst)
	} else if passed := now.Sub(b.filled).Seconds(); passed > 0 {
		b.tokens = math.Min(float64(t.Burst), b.tokens+passed*t.Rate)
	}
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
