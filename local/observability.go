package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/meter"
	"github.com/pixline/pixline/local/runtime"
	"github.com/pixline/pixline/local/topics"
)

// cloudWatch is the service principal that an alarm's actions are performed as.
const cloudWatch = "cloudwatch.amazonaws.com"

// observability is what watches the pipeline. It comes before everything that it
// measures, but for the alarms, which publish.
type observability struct {
	clock   *metric.Clock
	metrics *metric.Store
	meter   *meter.Meter
	alarms  *alarm.Service

	stop context.CancelFunc // of what runs beside
	work sync.WaitGroup
}

// startMetrics opens the store of metrics and makes what fills it.
func (r *Runner) startMetrics(o Options) error {
	r.clock = o.Clock
	if r.clock == nil {
		r.clock = metric.NewClock(1)
	}
	var err error
	r.metrics, err = metric.Open(metric.StoreOptions{Path: filepath.Join(o.Data, "metrics.db"), Clock: r.clock, Log: r.log})
	if err != nil {
		return fmt.Errorf("open the metrics: %w", err)
	}
	r.meter = meter.New(meter.Options{Put: r.metrics.Put, Clock: r.clock, Log: r.log})
	r.faults.throttled = r.meter.StateThrottled
	return nil
}

// observeInvocations measures invocations, and tells whoever else wants to know.
func (r *Runner) observeInvocations(also func(runtime.Observation)) func(runtime.Observation) {
	if also == nil {
		return r.meter.Lambda
	}
	return func(o runtime.Observation) {
		r.meter.Lambda(o)
		also(o)
	}
}

// startAlarms opens the alarms of the graph.
func (r *Runner) startAlarms(o Options) error {
	definitions, err := alarms(r.Graph)
	if err != nil {
		return err
	}
	r.alarms, err = alarm.Open(alarm.Options{
		Definitions: definitions, Source: r.metrics, Clock: r.clock, Log: r.log,
		Path: filepath.Join(o.Data, "alarms.db"), Publish: r.publishAlarm,
	})
	return err
}

// publishAlarm performs an alarm's action, as CloudWatch does: by the topic's
// policy.
func (r *Runner) publishAlarm(ctx context.Context, alarmARN, actionARN, subject, message string) error {
	ctx = access.WithPrincipal(ctx, access.Principal{Service: cloudWatch, SourceARN: alarmARN})
	_, err := r.topics.Publish(ctx, topics.Publication{TopicARN: actionARN, Subject: subject, Message: message})
	return err
}

// watch samples what has to be looked at, and evaluates the alarms, minute by
// minute.
func (r *Runner) watch() {
	var ctx context.Context
	ctx, r.stop = context.WithCancel(context.Background())
	r.work.Go(func() { r.meter.Run(ctx, r.gauges()) })
	r.work.Go(func() { r.alarms.Run(ctx) })
}

// EvaluateAlarms evaluates every alarm once, as happens at each minute anyway, and
// answers how many there are.
func (r *Runner) EvaluateAlarms(ctx context.Context) (int, error) {
	return len(r.alarms.List()), r.alarms.Evaluate(ctx, r.clock.Now())
}

func (r *Runner) gauges() meter.Gauges {
	return meter.Gauges{Queues: r.queues.Counts, Oldest: r.queues.Oldest, Buckets: r.objects.Usage}
}

// unwatch ends what watch began.
func (v *observability) unwatch() {
	if v.stop != nil {
		v.stop()
	}
	v.work.Wait()
}

// close closes alarms and metrics, when nothing is measured any more.
func (v *observability) close() error {
	var problems []error
	if v.alarms != nil {
		problems = append(problems, v.alarms.Close())
	}
	if v.metrics != nil {
		problems = append(problems, v.metrics.Close())
	}
	return errors.Join(problems...)
}

// filters are the metrics configurations of the buckets.
func (r *Runner) filters() ([]meter.Filter, error) {
	var found []meter.Filter
	for _, b := range r.Graph.Of("aws:s3/bucketMetric:BucketMetric") {
		if err := only(b, "bucket", "name"); err != nil {
			return nil, err
		}
		found = append(found, meter.Filter{Bucket: b.String("bucket"), ID: b.String("name")})
	}
	return found, nil
}

// detailedMetrics tells whether the API's stage measures each method, too.
func detailedMetrics(g *graph.Graph) bool {
	for _, s := range g.Of(apiPackage + "methodSettings:MethodSettings") {
		settings, _ := s.Inputs["settings"].(map[string]any)
		if s.String("methodPath") == "*/*" && settings["metricsEnabled"] == true {
			return true
		}
	}
	return false
}
