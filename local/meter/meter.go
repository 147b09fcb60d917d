// Package meter turns what the runner's services observe into the metrics that
// AWS publishes for them, with AWS's names, units and dimensions: AWS/Lambda,
// AWS/States, AWS/ApiGateway, AWS/S3, AWS/SNS and AWS/SQS; and the metrics in the
// embedded metric format that the functions write to their logs.
//
// Its methods have the shapes of the services' hooks:
//
//	m := meter.New(meter.Options{Put: store.Put, Clock: clock, Log: log})
//	runtime.Options.Observer       = m.Lambda
//	states.Options.Observer        = m (beside the others)
//	gateway.Options.Observe        = m.API(name, id, stage, detailed)
//	topics.Options.Observe         = m.Topic
//	queue.Options.Observe          = m.Queue
//	logs.Options.OnWrite           = m.Logs
//	http.Handler in front of S3    = m.Requests(filters, next)
//	go m.Run(ctx, meter.Gauges{…})   queues and buckets, at each minute
//
// Guarantees:
//   - Times are the clock's: a minute of CloudWatch is one of the clock. Durations
//     are the machine's, however fast the clock runs.
//   - What happens or not is a 0 or a 1 for each case, so that Average is a share,
//     as AWS documents it; where AWS does not say whether it sends the zeros, they
//     are sent: no sum and no alarm depends on them.
//   - Every method may be called from many goroutines, and returns when Put does.
//
// Not measured: what no service here does (provisioned concurrency, caches,
// replication, FIFO queues, SMS), and the approximations of a distributed service.
package meter

import (
	"log/slog"
	"sync"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// Units, as CloudWatch calls them.
const (
	unitCount        = "Count"
	unitBytes        = "Bytes"
	unitSeconds      = "Seconds"
	unitMilliseconds = "Milliseconds"
	unitNone         = "None"
)

// Options say where the metrics go, and whose time they have.
type Options struct {
	Put   func(...metric.Datum)
	Clock *metric.Clock
	Log   *slog.Logger // told of lines that are not in the embedded metric format but say so
}

// Meter measures. New makes one.
type Meter struct {
	options Options

	mu          sync.Mutex
	nextBuckets time.Time // of the clock: when the buckets are to be measured again
}

// New returns a meter.
func New(o Options) *Meter {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Meter{options: o}
}

// dimensions are those of one metric, sorted by name as metric.ID wants them.
type dimensions []metric.Dimension

// value is what one metric measured.
type value struct {
	name  string
	unit  string
	value float64
}

// put sends each value under each set of dimensions. The time is the machine's.
func (m *Meter) put(at time.Time, namespace string, sets []dimensions, values ...value) {
	m.putBegun(at, 0, namespace, sets, values...)
}

// putBegun is put for what ended at a time of the machine and is filed under that of
// its beginning. It lasted as long as on the machine, however fast the clock runs:
// mapping the beginning itself would file it speed times as far back.
func (m *Meter) putBegun(ended time.Time, lasted time.Duration, namespace string, sets []dimensions, values ...value) {
	at := m.options.Clock.At(ended).Add(-lasted)
	data := make([]metric.Datum, 0, len(sets)*len(values))
	for _, set := range sets {
		for _, v := range values {
			data = append(data, metric.Datum{
				ID: metric.ID{Namespace: namespace, Name: v.name, Dimensions: set}, Unit: v.unit, Time: at, Value: v.value,
			})
		}
	}
	m.options.Put(data...)
}

// occurred is 1 or 0.
func occurred(name string, did bool) value {
	if did {
		return value{name, unitCount, 1}
	}
	return value{name, unitCount, 0}
}

func took(name string, d time.Duration) value {
	return value{name, unitMilliseconds, float64(d) / float64(time.Millisecond)}
}
