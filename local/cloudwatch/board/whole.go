package board

import (
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
)

// whole is a source whose one period is the range of a dashboard
// (setPeriodToTimeRange). Periods of a source start at multiples of their length,
// which a range does not: its values are put together from minutes, by the source
// itself if it can.
type whole struct {
	source     query.Source
	start, end time.Time
}

// wholePeriod is the range in whole minutes.
func wholePeriod(start, end time.Time) time.Duration {
	return max((end.Sub(start)+time.Minute-1)/time.Minute*time.Minute, time.Minute)
}

// floor is the start of the period that t is in.
func floor(t time.Time, period time.Duration) time.Time {
	seconds := int64(period / time.Second)
	unix := t.Unix()
	return time.Unix(unix-((unix%seconds)+seconds)%seconds, 0).UTC()
}

// Read gives the statistic of the whole range as one point.
func (w whole) Read(id metric.ID, statistic string, _ time.Duration, _, _ time.Time) ([]metric.Point, error) {
	value, ok, err := w.value(id, statistic)
	if err != nil || !ok {
		return nil, err
	}
	return []metric.Point{{Time: floor(w.start, wholePeriod(w.start, w.end)), Value: value}}, nil
}

// ranger reads a range that is no period; a *metric.Store does.
type ranger interface {
	Over(id metric.ID, statistic string, start, end time.Time) (float64, bool, error)
}

func (w whole) value(id metric.ID, statistic string) (float64, bool, error) {
	if r, ok := w.source.(ranger); ok {
		return r.Over(id, statistic, w.start, w.end)
	}
	switch statistic {
	case "Sum", "SampleCount":
		return w.fold(id, statistic, func(a, b float64) float64 { return a + b })
	case "Minimum":
		return w.fold(id, statistic, func(a, b float64) float64 { return min(a, b) })
	case "Maximum":
		return w.fold(id, statistic, func(a, b float64) float64 { return max(a, b) })
	case "Average":
		sum, ok, err := w.value(id, "Sum")
		if err != nil || !ok {
			return 0, false, err
		}
		count, ok, err := w.value(id, "SampleCount")
		return sum / count, ok && count != 0, err
	}
	return w.cover(id, statistic)
}

func (w whole) fold(id metric.ID, statistic string, add func(a, b float64) float64) (float64, bool, error) {
	points, err := w.source.Read(id, statistic, automatic(time.Minute, w.start, w.end), w.start, w.end)
	if err != nil || len(points) == 0 {
		return 0, false, err
	}
	value := points[0].Value
	for _, p := range points[1:] {
		value = add(value, p.Value)
	}
	return value, true, nil
}

// cover reads what cannot be put together, such as a percentile, from the
// shortest aligned period that covers the range. It begins earlier than the
// range: by 6 % of eight hours on average, and less of longer ranges.
func (w whole) cover(id metric.ID, statistic string) (float64, bool, error) {
	period := wholePeriod(w.start, w.end)
	step := max(period/(480*time.Minute)*time.Minute, time.Minute) // at most some hundred to try
	for floor(w.start, period).Add(period).Before(w.end) {
		period += step
	}
	start := floor(w.start, period)
	points, err := w.source.Read(id, statistic, period, start, start.Add(period))
	if err != nil || len(points) == 0 {
		return 0, false, err
	}
	return points[0].Value, true, nil
}
