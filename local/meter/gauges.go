package meter

import (
	"context"
	"time"

	"github.com/pixline/pixline/local/objects"
	"github.com/pixline/pixline/local/topics/queue"
)

// Gauges tell what is measured now and then, rather than when it happens.
type Gauges struct {
	Queues  func() map[string]queue.Counts  // such as (*queue.Service).Counts
	Oldest  func() map[string]time.Duration // such as (*queue.Service).Oldest
	Buckets func() ([]objects.Usage, error) // such as (*objects.Server).Usage
}

// Sample measures the queues and, every few minutes, the buckets, as of now.
func (m *Meter) Sample(g Gauges) error {
	m.depths(g.Queues(), g.Oldest())
	return m.sampleBuckets(g)
}

// bucketEvery is how often the buckets are measured, in the clock's time. AWS
// does once a day; who runs the pipeline on a laptop does not wait for midnight.
const bucketEvery = 5 * time.Minute

// sampleBuckets measures what the buckets hold, if it is time. Source: S3 User
// Guide, "Metrics and dimensions", "Amazon S3 daily storage metrics for buckets".
func (m *Meter) sampleBuckets(g Gauges) error {
	now := time.Now()
	if !m.bucketsDue(m.options.Clock.At(now)) {
		return nil
	}
	usage, err := g.Buckets()
	if err != nil {
		return err
	}
	storage := func(bucket, kind string) []dimensions {
		return []dimensions{{{Name: "BucketName", Value: bucket}, {Name: "StorageType", Value: kind}}}
	}
	for _, u := range usage {
		m.put(now, bucketNamespace, storage(u.Bucket, "StandardStorage"), value{"BucketSizeBytes", unitBytes, float64(u.Bytes)})
		m.put(now, bucketNamespace, storage(u.Bucket, "AllStorageTypes"), value{"NumberOfObjects", unitCount, float64(u.Objects)})
	}
	return nil
}

func (m *Meter) bucketsDue(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now.Before(m.nextBuckets) {
		return false
	}
	m.nextBuckets = now.Add(bucketEvery)
	return true
}

// Run samples at once and at each minute of the clock, until ctx ends.
func (m *Meter) Run(ctx context.Context, g Gauges) {
	var next time.Time
	for {
		if now := m.options.Clock.Now(); !now.Before(next) {
			if err := m.Sample(g); err != nil {
				m.options.Log.Error("the buckets cannot be measured", "error", err)
			}
			next = now.Truncate(time.Minute).Add(time.Minute)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(max(m.options.Clock.Wait(next), shortest), longest)):
		}
	}
}

// How long Run sleeps: between two samples of a clock that runs very fast, and
// until it looks whether the clock was advanced.
const (
	shortest = 50 * time.Millisecond
	longest  = time.Second
)
