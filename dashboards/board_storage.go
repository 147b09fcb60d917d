package dashboards

// storage shows the buckets, the topic and the dead letters.
func (b *board) storage() {
	b.statesOf(StageStorage, StageTopic, StageDeadLetters)
	var requests, errors, latency, size, objects []Metric
	for i, bucket := range b.stack.Buckets {
		requests = append(requests, bucket.requests("AllRequests", "Sum", Count, bucket.Label, shade(i+1)))
		errors = append(errors, bucket.errorShare("4", shade(2*i)), bucket.errorShare("5", shade(2*i+4)))
		latency = append(latency, bucket.latency("p50", shade(2*i+1)), bucket.latency("p99", shade(2*i+2)))
		size = append(size, bucket.stored("BucketSizeBytes", "StandardStorage", Bytes, shade(i+1)))
		objects = append(objects, bucket.stored("NumberOfObjects", "AllStorageTypes", Count, shade(i+1)))
	}
	if len(b.stack.Buckets) > 0 {
		b.graph(third, graph{title: "Requests", series: requests})
		b.graph(third, graph{title: "Errors (share of the requests)", series: errors})
		b.graph(third, graph{title: "Latency (ms)", series: latency})
		// S3 reports these once a day: eight hours may have none.
		b.graph(half, graph{title: "Size of the buckets (bytes)", series: size, start: "-P14D"})
		b.graph(half, graph{title: "Number of objects", series: objects, start: "-P14D"})
	}
	b.graph(third, graph{title: "Deliveries of the topic", series: b.stack.deliveries()})
	var waiting, oldest []Metric
	for i, queue := range b.stack.DeadLetters {
		waiting, oldest = append(waiting, queue.waiting(shade(i))), append(oldest, queue.oldest(shade(i)))
	}
	if len(b.stack.DeadLetters) > 0 {
		b.graph(third, graph{title: "Dead letters", series: waiting})
		b.graph(third, graph{title: "Age of the oldest dead letter (s)", series: oldest})
	}
}

// deliveries are what the topic took and what it could not hand on.
func (s Stack) deliveries() []Metric {
	return []Metric{
		s.delivery("NumberOfMessagesPublished", "published", colorCalls),
		s.delivery("NumberOfNotificationsDelivered", "delivered", colorSucceeded),
		s.undelivered(),
	}
}
