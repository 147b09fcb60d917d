package simulate

import (
	"math"
	"strings"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/pkg/contract"
)

// teller says what a minute means for one metric. A count of 0 is of one value.
type teller func(m *minute, say func(unit string, value, count float64))

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
		return storage[id.Name]
	case "AWS/SNS":
		return topic[id.Name]
	case "AWS/SQS":
		return queue[id.Name]
	default:
		if stage := dimension(id, contract.DimensionStage); stage != "" && !strings.HasPrefix(id.Namespace, "AWS/") {
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

// storage is told of each bucket alike.
var storage = map[string]teller{
	"AllRequests":    events(func(m *minute) int { return 4 * m.started }),
	"GetRequests":    events(func(m *minute) int { return 2*m.started - m.rejected }),
	"HeadRequests":   events(func(m *minute) int { return m.started }),
	"PutRequests":    events(func(m *minute) int { return 2*m.succeeded + m.started }),
	"PostRequests":   events(func(*minute) int { return 0 }),
	"DeleteRequests": events(func(*minute) int { return 0 }),
	"ListRequests":   events(func(m *minute) int { return m.started / 20 }),
	"4xxErrors":      share(func(m *minute) (int, int) { return m.rejected / 4, 4 * m.started }),
	"5xxErrors": share(func(m *minute) (int, int) {
		return int(math.Round(.11 * m.trouble * 4 * float64(m.started))), 4 * m.started
	}),
	"TotalRequestLatency": times(milliseconds, func(m *minute) (float64, float64, int) { return 42 * (1 + 60*m.trouble), .6, 4 * m.started }),
	"FirstByteLatency":    times(milliseconds, func(m *minute) (float64, float64, int) { return 18 * (1 + 60*m.trouble), .5, 4 * m.started }),
	"BytesDownloaded":     times(octets, func(m *minute) (float64, float64, int) { return 3.1e6, .8, m.started }),
	"BytesUploaded":       times(octets, func(m *minute) (float64, float64, int) { return 9.5e4, .7, 2 * m.succeeded }),
	// These are by the day.
	"BucketSizeBytes": func(*minute, func(string, float64, float64)) {},
	"NumberOfObjects": func(*minute, func(string, float64, float64)) {},
}

// daily is the value of a metric that S3 measures once a day; nil for another.
func daily(id metric.ID) func(day int) (unit string, value float64) {
	if id.Namespace != "AWS/S3" {
		return nil
	}
	const objects = 26_000 // a day
	switch id.Name {
	case "BucketSizeBytes":
		return func(day int) (string, float64) { return octets, float64(day+20) * objects * 3.4e6 }
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

var queue = map[string]teller{
	"ApproximateNumberOfMessagesVisible": count(func(m *minute) int { return m.dead }),
	"ApproximateAgeOfOldestMessage": func(m *minute, say func(string, float64, float64)) {
		say("Seconds", m.age.Seconds(), 0)
	},
}

// rejectedBy is how many images a stage rejected.
func (m *minute) rejectedBy(stage string) int {
	return map[string]int{contract.StageValidate: m.rejected - m.late, contract.StageResize: m.late}[stage]
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
		contract.MetricBytesIn:    times(octets, func(m *minute) (float64, float64, int) { return 3.1e6, .8, images(m) }),
		contract.MetricBytesOut:   times(octets, func(m *minute) (float64, float64, int) { return 1.9e5, .7, images(m) }),
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
