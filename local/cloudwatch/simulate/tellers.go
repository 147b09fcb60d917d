package simulate

import (
	"math"
	"strings"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/pkg/contract"
)

// teller says what a minute means for one metric. A count of 0 is of one value.
type teller func(m *minute, say func(unit string, value, count float64))

// What has these in its name is told of apart from its like.
const (
	outputBucket = "output"
	undelivered  = "undelivered"
)

const (
	number       = "Count"
	milliseconds = "Milliseconds"
	octets       = "Bytes"
)

// count tells a number of events, 0 included.
func count(of func(*minute) int) teller {
	return func(m *minute, say func(string, float64, float64)) { say(number, float64(of(m)), 0) }
}

// events tells a 1 for each event, and nothing when there is none.
func events(of func(*minute) int) teller {
	return func(m *minute, say func(string, float64, float64)) {
		if n := of(m); n > 0 {
			say(number, 1, float64(n))
		}
	}
}

// share tells 0 or 1 for each request, of which an average is the share.
func share(of func(*minute) (hits, all int)) teller {
	return func(m *minute, say func(string, float64, float64)) {
		hits, all := of(m)
		if hits = min(hits, all); hits > 0 {
			say(number, 1, float64(hits))
		}
		if all > hits {
			say(number, 0, float64(all-hits))
		}
	}
}

// times tells values around a median.
func times(unit string, of func(*minute) (median, sigma float64, samples int)) teller {
	return func(m *minute, say func(string, float64, float64)) {
		median, sigma, samples := of(m)
		m.spread(median, sigma, samples, func(value, n float64) { say(unit, value, n) })
	}
}

// tellerOf is nil for a metric that the story has nothing of.
func tellerOf(id metric.ID) teller {
	switch id.Namespace {
	case "AWS/Lambda":
		if stage := stageOf(dimension(id, "FunctionName")); stage != "" {
			return lambda(id.Name, func(m *minute) calls { return m.functions[stage] })
		}
	case "AWS/States":
		return workflow[id.Name]
	case "AWS/ApiGateway":
		return gateway[id.Name]
	case "AWS/S3":
		return storage(id.Name, strings.Contains(dimension(id, "BucketName"), outputBucket))
	case "AWS/SNS":
		return topic[id.Name]
	case "AWS/SQS":
		return queue(id.Name, strings.Contains(dimension(id, "QueueName"), undelivered))
	default:
		if stage := dimension(id, contract.DimensionStage); stage != "" && !strings.HasPrefix(id.Namespace, "AWS/") {
			if outcome := dimension(id, contract.DimensionOutcome); outcome != "" {
				return outcomes(id.Name, outcome)
			}
			return own(id.Name, stage, dimension(id, contract.DimensionCode))
		}
	}
	return nil
}

func lambda(name string, of func(*minute) calls) teller {
	return map[string]teller{
		"Invocations": count(func(m *minute) int { return of(m).invocations }),
		"Errors":      count(func(m *minute) int { return of(m).errors }),
		"Throttles":   count(func(m *minute) int { return of(m).throttles }),
		"Duration":    times(milliseconds, func(m *minute) (float64, float64, int) { c := of(m); return c.median, c.spread, c.invocations }),
		"ConcurrentExecutions": count(func(m *minute) int {
			// Little's law, and as much again for chance.
			c := of(m)
			return min(int(math.Ceil(2*float64(c.invocations)*c.median/60_000)), c.invocations)
		}),
	}[name]
}

var workflow = map[string]teller{
	"ExecutionsStarted":   count(func(m *minute) int { return m.started }),
	"ExecutionsSucceeded": count(func(m *minute) int { return m.succeeded + m.rejected }),
	"ExecutionsFailed":    count(func(m *minute) int { return m.failed }),
	"ExecutionsTimedOut":  count(func(m *minute) int { return m.timedOut }),
	"ExecutionsAborted":   count(func(*minute) int { return 0 }),
	"ExecutionThrottled":  count(func(*minute) int { return 0 }),
	"ExecutionTime": times(milliseconds, func(m *minute) (float64, float64, int) {
		total := 120.0 // between the states
		for _, stage := range stages {
			total += m.functions[stage].median
		}
		return total, .45, m.started
	}),
}

var gateway = map[string]teller{
	"Count":              events(func(m *minute) int { return m.started + m.refused }),
	"4XXError":           share(func(m *minute) (int, int) { return m.refused, m.started + m.refused }),
	"5XXError":           share(func(m *minute) (int, int) { return 0, m.started + m.refused }),
	"Latency":            times(milliseconds, func(m *minute) (float64, float64, int) { return 46, .4, m.started + m.refused }),
	"IntegrationLatency": times(milliseconds, func(m *minute) (float64, float64, int) { return 34, .4, m.started }),
}

// requests are those of a bucket in a minute.
type requests struct{ get, head, put int }

func (r requests) all() int { return r.get + r.head + r.put }

// requestsOf are those of the input, which is filled, asked for and read, or of
// the output, where the renditions go.
func (m *minute) requestsOf(output bool) requests {
	if output {
		return requests{put: renditions * m.succeeded}
	}
	return requests{get: 2*m.started - m.rejected, head: m.started, put: m.started}
}

// renditions are made of an image.
const renditions = 3

// Bytes of an image, and of a rendition.
const (
	imageSize     = 3.1e6
	renditionSize = 9.5e4
)

func storage(name string, output bool) teller {
	of := func(m *minute) requests { return m.requestsOf(output) }
	none := events(func(*minute) int { return 0 })
	uploaded := imageSize
	if output {
		uploaded = renditionSize
	}
	return map[string]teller{
		"AllRequests":    events(func(m *minute) int { return of(m).all() }),
		"GetRequests":    events(func(m *minute) int { return of(m).get }),
		"HeadRequests":   events(func(m *minute) int { return of(m).head }),
		"PutRequests":    events(func(m *minute) int { return of(m).put }),
		"PostRequests":   none,
		"DeleteRequests": none,
		"ListRequests":   none,
		"4xxErrors": share(func(m *minute) (int, int) {
			if output {
				return 0, of(m).all()
			}
			return m.rejected / 4, of(m).all()
		}),
		"5xxErrors": share(func(m *minute) (int, int) {
			return int(math.Round(.11 * m.trouble * float64(of(m).all()))), of(m).all()
		}),
		"TotalRequestLatency": times(milliseconds, func(m *minute) (float64, float64, int) { return 42 * (1 + 60*m.trouble), .6, of(m).all() }),
		"FirstByteLatency":    times(milliseconds, func(m *minute) (float64, float64, int) { return 18 * (1 + 60*m.trouble), .5, of(m).all() }),
		"BytesDownloaded":     times(octets, func(m *minute) (float64, float64, int) { return imageSize, .8, of(m).get }),
		"BytesUploaded":       times(octets, func(m *minute) (float64, float64, int) { return uploaded, .7, of(m).put }),
		// These are by the day.
		"BucketSizeBytes": func(*minute, func(string, float64, float64)) {},
		"NumberOfObjects": func(*minute, func(string, float64, float64)) {},
	}[name]
}

// daily is the value of a metric that S3 measures once a day; nil for another.
func daily(id metric.ID) func(day int) (unit string, value float64) {
	if id.Namespace != "AWS/S3" {
		return nil
	}
	objects, size := 26_000., imageSize // a day, and of each
	if strings.Contains(dimension(id, "BucketName"), outputBucket) {
		objects, size = renditions*objects, renditionSize
	}
	switch id.Name {
	case "BucketSizeBytes":
		return func(day int) (string, float64) { return octets, float64(day+20) * objects * size }
	case "NumberOfObjects":
		return func(day int) (string, float64) { return number, float64(day+20) * objects }
	}
	return nil
}

var topic = map[string]teller{
	"NumberOfMessagesPublished":      count(func(m *minute) int { return m.started }),
	"NumberOfNotificationsDelivered": count(func(m *minute) int { return max(m.started-m.unsent, 0) }),
	"NumberOfNotificationsFailed":    count(func(m *minute) int { return m.unsent }),
	"PublishSize":                    times(octets, func(m *minute) (float64, float64, int) { return 900, .2, m.started }),
}

// queue tells of dead letters: those that a subscriber did not get. Nothing
// else of the incident goes astray, for executions try again and then fail.
func queue(name string, used bool) teller {
	return map[string]teller{
		"ApproximateNumberOfMessagesVisible": count(func(m *minute) int {
			if !used {
				return 0
			}
			return m.dead
		}),
		"ApproximateAgeOfOldestMessage": func(m *minute, say func(string, float64, float64)) {
			age := m.age
			if !used {
				age = 0
			}
			say("Seconds", age.Seconds(), 0)
		},
	}[name]
}

// rejectedBy is how many images a stage rejected.
func (m *minute) rejectedBy(stage string) int {
	return map[string]int{contract.StageValidate: m.rejected - m.late, contract.StageResize: m.late}[stage]
}

// outcomes tells of what was published, by its status.
func outcomes(name, status string) teller {
	if name != contract.MetricPublished {
		return nil
	}
	return events(func(m *minute) int {
		return map[string]int{contract.StatusSucceeded: m.succeeded, contract.StatusRejected: m.rejected, contract.StatusFailed: m.failed}[status]
	})
}

// own tells of the functions' own metrics.
func own(name, stage, code string) teller {
	of := func(m *minute) calls { return m.functions[stage] }
	images := func(m *minute) int { return m.succeeded }
	if code != "" {
		if name == contract.MetricRejected && stage == contract.StageValidate {
			return events(func(m *minute) int { return m.codes[code] })
		}
		return nil
	}
	work := func(median float64) teller {
		return times(milliseconds, func(m *minute) (float64, float64, int) { return median, .5, images(m) })
	}
	return map[string]teller{
		contract.MetricColdStart: events(func(m *minute) int { return of(m).cold }),
		contract.MetricInitTime:  times(milliseconds, func(m *minute) (float64, float64, int) { return 86, .2, of(m).cold }),
		contract.MetricSucceeded: events(func(m *minute) int {
			c := of(m)
			return max(c.invocations-c.errors-m.rejectedBy(stage), 0)
		}),
		contract.MetricRejected:   events(func(m *minute) int { return m.rejectedBy(stage) }),
		contract.MetricFailed:     events(func(m *minute) int { return of(m).errors }),
		contract.MetricMegapixels: times(number, func(m *minute) (float64, float64, int) { return 8.2, .55, images(m) }),
		contract.MetricBytesIn:    times(octets, func(m *minute) (float64, float64, int) { return imageSize, .8, images(m) }),
		contract.MetricBytesOut:   times(octets, func(m *minute) (float64, float64, int) { return renditions * renditionSize, .7, images(m) }),
		contract.MetricDecodeTime: work(96),
		contract.MetricResizeTime: work(61),
		contract.MetricEncodeTime: work(38),
		contract.MetricPublished:  events(func(m *minute) int { return m.started }),
		contract.MetricPublishFailed: events(func(m *minute) int {
			if m.trouble > .9 {
				return m.unsent
			}
			return 0
		}),
		contract.MetricMemoryShare: func(m *minute, say func(string, float64, float64)) {
			for range min(of(m).invocations, 4) {
				say("Percent", math.Min(43+9*m.random.Float64()+46*m.trouble, 99), 0)
			}
		},
	}[name]
}
