package dashboards

import "time"

// The stages of what is around the functions.
const (
	StageStorage     = "storage"
	StageDeadLetters = "dead-letters"
	StageTopic       = "topic"
)

// day is the period of S3's storage metrics.
const day = 24 * time.Hour

// requests is a request metric of the bucket. Source: S3 User Guide, "Metrics
// and dimensions".
func (b Bucket) requests(name, statistic string, unit Unit, label, color string) Metric {
	return Metric{
		Namespace: "AWS/S3", Name: name, Dimensions: map[string]string{"BucketName": b.Name, "FilterId": b.FilterID},
		Statistic: statistic, Period: minute, Unit: unit, Label: label, Color: color,
	}
}

// stored is a storage metric of the bucket, which S3 reports once a day.
func (b Bucket) stored(name, storage string, unit Unit, color string) Metric {
	return Metric{
		Namespace: "AWS/S3", Name: name, Dimensions: map[string]string{"BucketName": b.Name, "StorageType": storage},
		Statistic: "Average", Period: day, Unit: unit, Label: b.Label, Color: color,
	}
}

// errorShare is a share of the requests, 0 to 1; class is 4 or 5.
func (b Bucket) errorShare(class, color string) Metric {
	return b.requests(class+"xxErrors", "Average", Fraction, b.Label+" "+class+"xx", color)
}

func (b Bucket) latency(statistic, color string) Metric {
	return b.requests("TotalRequestLatency", statistic, Milliseconds, b.Label+" "+statistic, color)
}

func storageRows(s Stack) []row {
	var rows []row
	for _, b := range s.Buckets {
		rows = append(rows, row{
			resource: b.Label, signal: "5xx", metric: b.errorShare("5", colorFailed), comparison: Above, threshold: 0.05, m: 15, n: 15,
			wrong: "S3 answers %s of the requests to the bucket " + b.Label + " with 5xx.",
			todo:  "503 Slow Down: spread the keys over prefixes or slow down; else look at AWS's health dashboard.",
		}, row{
			resource: b.Label, signal: "4xx", metric: b.errorShare("4", colorRejected), comparison: Above, threshold: 0.05, m: 15, n: 15,
			wrong: "S3 refuses %s of the requests to the bucket " + b.Label + " with 4xx.",
			todo:  "Look for what changed: keys that do not exist, a policy, or the key of the encryption.",
		}, row{
			resource: b.Label, signal: "latency", metric: b.latency("p99", colorP99), comparison: Above, threshold: 5000, m: 3, n: 3,
			wrong: "The slowest requests to the bucket " + b.Label + " take %s.",
			todo:  "See whether the objects are large or S3 is slow; resize waits for it.",
		})
	}
	return rows
}

// waiting is how many letters lie in the queue. Source: SQS Developer Guide,
// "Available CloudWatch metrics for Amazon SQS".
func (q Queue) waiting(color string) Metric {
	return q.metric("ApproximateNumberOfMessagesVisible", Count, color)
}

func (q Queue) oldest(color string) Metric {
	return q.metric("ApproximateAgeOfOldestMessage", Seconds, color)
}

func (q Queue) metric(name string, unit Unit, color string) Metric {
	return Metric{
		Namespace: "AWS/SQS", Name: name, Dimensions: map[string]string{"QueueName": q.Name},
		Statistic: "Maximum", Period: minute, Unit: unit, Label: q.Label, Color: color,
	}
}

func deadLetterRows(s Stack) []row {
	var rows []row
	for i, q := range s.DeadLetters {
		rows = append(rows, row{
			resource: q.Label, signal: "visible", metric: q.waiting(shade(i)), comparison: Above, threshold: 0, m: 1, n: 1,
			wrong: "%s messages wait in the dead-letter queue " + q.Label + ".",
			todo:  "Read them, mend the cause, do again what they stand for, and delete them.",
		})
	}
	return rows
}

// delivery is a metric of the topic. Source: SNS Developer Guide, "Monitoring
// Amazon SNS topics using CloudWatch".
func (s Stack) delivery(name, label, color string) Metric {
	return Metric{
		Namespace: "AWS/SNS", Name: name, Dimensions: map[string]string{"TopicName": s.Topic},
		Statistic: "Sum", Period: minute, Unit: Count, Label: label, Color: color,
	}
}

func (s Stack) undelivered() Metric {
	return s.delivery("NumberOfNotificationsFailed", "not delivered", colorFailed)
}

func topicRows(s Stack) []row {
	return []row{{
		signal: "delivery-failures", metric: s.undelivered(), comparison: Above, threshold: 0, m: 1, n: 1,
		wrong: "%s notifications did not reach a subscriber in a minute.",
		todo:  "See which subscription fails; its letters are in the queue undelivered.",
	}}
}
