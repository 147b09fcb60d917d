package cloudwatch

import (
	"context"
	"maps"
	"slices"
	"time"
)

// maxStatisticsPoints is how many GetMetricStatistics answers, which has no pages.
const maxStatisticsPoints = 1440

type getMetricStatisticsInput struct {
	Namespace          string `wire:",required"`
	MetricName         string `wire:",required"`
	Dimensions         []dimension
	StartTime          time.Time `wire:",required"`
	EndTime            time.Time `wire:",required"`
	Period             int       `wire:",required"`
	Statistics         []string
	ExtendedStatistics []string
	Unit               string
}

type getMetricStatisticsOutput struct {
	Label      string
	Datapoints []datapoint
}

type datapoint struct {
	Timestamp                                   time.Time
	SampleCount, Average, Sum, Minimum, Maximum *float64
	Unit                                        string
	ExtendedStatistics                          map[string]float64
}

// set sets a statistic; ok is false for one that is none of the plain ones.
func (d *datapoint) set(statistic string, value float64) (ok bool) {
	field := map[string]**float64{
		"SampleCount": &d.SampleCount, "Average": &d.Average, "Sum": &d.Sum, "Minimum": &d.Minimum, "Maximum": &d.Maximum,
	}[statistic]
	if field == nil {
		return false
	}
	*field = &value
	return true
}

func (s *Service) getMetricStatistics(ctx context.Context, in *getMetricStatisticsInput) (*getMetricStatisticsOutput, error) {
	if err := s.Authorize(ctx, "cloudwatch:GetMetricStatistics", anything); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	id := idOf(in.Namespace, in.MetricName, in.Dimensions)
	unit := s.Metrics.Unit(id)
	out := &getMetricStatisticsOutput{Label: in.MetricName, Datapoints: []datapoint{}}
	if in.Unit != "" && in.Unit != unit {
		return out, nil // CloudWatch keeps the units of a metric apart; ours has one
	}
	byTime := map[time.Time]*datapoint{}
	for _, statistic := range slices.Concat(in.Statistics, in.ExtendedStatistics) {
		points, err := s.Metrics.Read(id, statistic, time.Duration(in.Period)*time.Second, in.StartTime, in.EndTime)
		if err != nil {
			return nil, invalid(invalidValue, "%v", err)
		}
		for _, p := range points {
			d := byTime[p.Time]
			if d == nil {
				d = &datapoint{Timestamp: p.Time, Unit: unit}
				byTime[p.Time] = d
			}
			if !d.set(statistic, p.Value) {
				if d.ExtendedStatistics == nil {
					d.ExtendedStatistics = map[string]float64{}
				}
				d.ExtendedStatistics[statistic] = p.Value
			}
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(byTime), time.Time.Compare) {
		out.Datapoints = append(out.Datapoints, *byTime[at])
	}
	return out, nil
}

func (in *getMetricStatisticsInput) check() error {
	if len(in.Statistics)+len(in.ExtendedStatistics) == 0 {
		return invalid(invalidCombination, "At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	}
	for _, statistic := range in.Statistics {
		if !new(datapoint).set(statistic, 0) {
			return invalid(invalidValue, "The value %s for parameter Statistics is invalid.", statistic)
		}
	}
	if !in.StartTime.Before(in.EndTime) {
		return invalid(invalidCombination, "The parameter StartTime must be less than the parameter EndTime.")
	}
	if in.Period < 1 || in.Period > maxPeriod {
		return invalid(invalidValue, "The value %d for parameter Period is invalid.", in.Period)
	}
	if n := int64(in.EndTime.Sub(in.StartTime)/time.Second) / int64(in.Period); n > maxStatisticsPoints {
		return invalid(invalidCombination, "You have requested up to %d datapoints, which exceeds the limit of %d.", n, maxStatisticsPoints)
	}
	return nil
}
