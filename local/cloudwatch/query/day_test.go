package query

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// executions of a busy day.
const executions = 100_000

// measured is a metric that each execution adds a datum to: its median, and how
// far values spread around it, as a factor; 0 where it counts something.
type measured struct {
	id     metric.ID
	unit   string
	median float64
	spread float64
}

// everyExecution are the metrics of OBSERVABILITY.md that each execution adds to.
func everyExecution() (all []measured) {
	add := func(namespace, name, unit string, median, spread float64, dimensions ...string) {
		m := map[string]string{}
		for i := 0; i < len(dimensions); i += 2 {
			m[dimensions[i]] = dimensions[i+1]
		}
		all = append(all, measured{metric.New(namespace, name, m), unit, median, spread})
	}
	for _, stage := range []string{"validate", "resize", "notify"} {
		function := "pixline-dev-" + stage
		add("AWS/Lambda", "Invocations", "Count", 1, 0, "FunctionName", function)
		add("AWS/Lambda", "Errors", "Count", 0, 0, "FunctionName", function)
		add("AWS/Lambda", "Throttles", "Count", 0, 0, "FunctionName", function)
		add("AWS/Lambda", "Duration", "Milliseconds", 180, 2, "FunctionName", function)
		add("AWS/Lambda", "ConcurrentExecutions", "Count", 1, 0, "FunctionName", function)
		add("Pixline", "Succeeded", "Count", 1, 0, "Stage", stage)
		add("Pixline", "MemoryShare", "Percent", 40, 1.3, "Stage", stage)
	}
	for _, name := range []string{"Megapixels", "BytesIn", "BytesOut", "DecodeTime", "ResizeTime", "EncodeTime"} {
		add("Pixline", name, "None", 300, 4, "Stage", "resize")
	}
	add("Pixline", "Published", "Count", 1, 0, "Stage", "notify")
	for _, name := range []string{"ExecutionsStarted", "ExecutionsSucceeded"} {
		add("AWS/States", name, "Count", 1, 0, "StateMachineArn", "arn:aws:states:eu-central-1:000000000000:stateMachine:pixline")
	}
	add("AWS/States", "ExecutionTime", "Milliseconds", 700, 2, "StateMachineArn", "arn:aws:states:eu-central-1:000000000000:stateMachine:pixline")
	for _, name := range []string{"Count", "4XXError", "5XXError"} {
		add("AWS/ApiGateway", name, "Count", 1, 0, "ApiName", "pixline-dev", "Stage", "v1")
	}
	for _, name := range []string{"Latency", "IntegrationLatency"} {
		add("AWS/ApiGateway", name, "Milliseconds", 20, 2, "ApiName", "pixline-dev", "Stage", "v1")
	}
	for _, bucket := range []string{"input", "output"} {
		add("AWS/S3", "4xxErrors", "Count", 0, 0, "BucketName", bucket, "FilterId", "EntireBucket")
		add("AWS/S3", "TotalRequestLatency", "Milliseconds", 5, 3, "BucketName", bucket, "FilterId", "EntireBucket")
	}
	return all
}

// day puts a day that ends at end into the store.
func day(s *metric.Store, end time.Time) (puts int) {
	random := rand.New(rand.NewPCG(1, 2))
	all := everyExecution()
	data := make([]metric.Datum, len(all))
	for i := range executions {
		at := end.Add(-24*time.Hour + time.Duration(i)*24*time.Hour/executions)
		for k, m := range all {
			v := m.median
			if m.spread > 0 {
				v = math.Round(v*math.Pow(m.spread, random.NormFloat64())*1000) / 1000
			}
			data[k] = metric.Datum{ID: m.id, Unit: m.unit, Time: at, Value: v}
		}
		s.Put(data...)
		puts += len(data)
	}
	return puts
}

// dashboard are about 60 series, as all widgets of a dashboard together have.
func dashboard() (all []Query) {
	for i, m := range everyExecution() {
		statistics := []string{"Sum"}
		if m.spread > 0 {
			statistics = []string{"p50", "p99"}
		}
		for _, statistic := range statistics {
			all = append(all, Query{ID: fmt.Sprintf("m%d_%s", i, statistic), Metric: m.id, Statistic: statistic, Period: time.Minute})
		}
	}
	return append(all, Query{ID: "rate", Expression: "IF(m0_Sum>0,100*m1_Sum/m0_Sum,0)"}, Query{ID: "cost", Expression: "SUM([m0_Sum,m7_Sum,m14_Sum])*0.0000002"})
}

// A day's 4,000,000 data fit: the bound is 200 MB.
func TestDayFitsInMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a day's data take seconds to put")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, err := metric.Open(metric.StoreOptions{Path: filepath.Join(t.TempDir(), "metrics")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	puts := day(s, now)
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	u := s.Usage()
	t.Logf("%d data: %.1f MB of heap, %+v", puts, float64(heap)/1e6, u)
	if heap > 200e6 {
		t.Errorf("a day takes %d bytes", heap)
	}
	if u.Refused+u.Evicted != 0 {
		t.Errorf("data were dropped: %+v", u)
	}
	results, err := Get(s, dashboard(), now.Add(-8*time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if len(r.Points) < 480 {
			t.Errorf("%s has %d points of 8 hours", r.ID, len(r.Points))
		}
	}
	invocations, err := s.Read(everyExecution()[0].id, "Sum", 24*time.Hour, now.Add(-24*time.Hour), now)
	var sum float64
	for _, p := range invocations {
		sum += p.Value
	}
	if err != nil || sum != executions {
		t.Errorf("%v invocations of %d (%v)", sum, executions, err)
	}
}

func BenchmarkPut(b *testing.B) {
	s, err := metric.Open(metric.StoreOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	all := everyExecution()
	random := rand.New(rand.NewPCG(1, 2))
	start, i := time.Now().Add(-24*time.Hour), 0
	b.ReportAllocs()
	for b.Loop() {
		m := &all[i%len(all)]
		at := start.Add(time.Duration(i/len(all)%executions) * 24 * time.Hour / executions)
		s.Put(metric.Datum{ID: m.id, Unit: m.unit, Time: at, Value: m.median + m.spread*random.Float64()})
		i++
	}
}

// BenchmarkDashboard reads all of a dashboard, 8 hours by the minute, of a busy day.
func BenchmarkDashboard(b *testing.B) {
	s, err := metric.Open(metric.StoreOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	day(s, now)
	queries := dashboard()
	b.ReportAllocs()
	b.ReportMetric(float64(len(queries)), "series")
	for b.Loop() {
		if _, err := Get(s, queries, now.Add(-8*time.Hour), now); err != nil {
			b.Fatal(err)
		}
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-heap")
}
