// Package query answers GetMetricData: metrics with a statistic, and metric math
// over them, as CloudWatch's user guide describes it ("Using math expressions with
// CloudWatch metrics"): what it does not describe is refused, so that a dashboard
// or an alarm that works here works there.
//
// In arithmetic and comparisons of two series a value that is missing in one of
// them is 0; a result that is no number, such as a division by zero, is no data
// point.
package query

import (
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// Source has the metrics; *metric.Store is one.
type Source interface {
	// Read gives the periods that have data, in order of time. A period starts at
	// a multiple of its length.
	Read(id metric.ID, statistic string, period time.Duration, start, end time.Time) ([]metric.Point, error)
}

// Query is one entry of MetricDataQueries: a metric with a statistic, or an
// expression over other entries.
type Query struct {
	ID         string // "" where nothing refers to it
	Label      string
	Expression string
	Metric     metric.ID
	Statistic  string        // such as Sum, p99, TM(5%:95%)
	Period     time.Duration // of a metric; an expression has that of what it refers to
	Hidden     bool          // ReturnData is false
}

// Result is what one query that is not hidden gives.
type Result struct {
	ID     string
	Label  string
	Points []metric.Point // in order of time
}
