package meter

import (
	"time"

	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/queue"
)

const queueNamespace = "AWS/SQS"

// Topic measures what SNS observes, by TopicName: it gives its metrics AWS's names
// itself. Source: SNS Developer Guide, "Viewing CloudWatch metrics for Amazon SNS topics".
func (m *Meter) Topic(topic, name string, v float64) {
	unit := unitCount
	if name == topics.MetricSize {
		unit = unitBytes
	}
	m.put(time.Now(), "AWS/SNS", []dimensions{{{Name: "TopicName", Value: topic}}}, value{name, unit, v})
}

// Queue measures what SQS observes, by QueueName: it gives its metrics AWS's names
// itself. Source: SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS".
func (m *Meter) Queue(name, metric string, v float64) {
	unit := unitCount
	if metric == queue.MetricSentSize {
		unit = unitBytes
	}
	m.put(time.Now(), queueNamespace, queueDimensions(name), value{metric, unit, v})
}

// depths measures what is in the queues. The age is there for a queue that has a
// message.
func (m *Meter) depths(counts map[string]queue.Counts, oldest map[string]time.Duration) {
	now := time.Now()
	for name, c := range counts {
		values := []value{
			{"ApproximateNumberOfMessagesVisible", unitCount, float64(c.Visible)},
			{"ApproximateNumberOfMessagesNotVisible", unitCount, float64(c.InFlight)},
			{"ApproximateNumberOfMessagesDelayed", unitCount, float64(c.Delayed)},
		}
		if age, any := oldest[name]; any {
			values = append(values, value{"ApproximateAgeOfOldestMessage", unitSeconds, age.Seconds()})
		}
		m.put(now, queueNamespace, queueDimensions(name), values...)
	}
}

func queueDimensions(name string) []dimensions {
	return []dimensions{{{Name: "QueueName", Value: name}}}
}
