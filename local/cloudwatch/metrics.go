package cloudwatch

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// Limits of CloudWatch. Source: API Reference, PutMetricData and ListMetrics.
const (
	maxData       = 1000 // in a request
	maxValues     = 150  // of a datum
	maxMetrics    = 500  // in a page
	maxFilters    = 10
	recentlyAfter = 3 * time.Hour
)

type dimension struct {
	Name  string `wire:",required"`
	Value string `wire:",required"`
}

func idOf(namespace, name string, dimensions []dimension) metric.ID {
	id := metric.ID{Namespace: namespace, Name: name}
	for _, d := range dimensions {
		id.Dimensions = append(id.Dimensions, metric.Dimension(d))
	}
	slices.SortFunc(id.Dimensions, func(a, b metric.Dimension) int { return strings.Compare(a.Name, b.Name) })
	return id
}

func dimensionsOf(id metric.ID) []dimension {
	made := []dimension{}
	for _, d := range id.Dimensions {
		made = append(made, dimension(d))
	}
	return made
}

type putMetricDataInput struct {
	Namespace  string `wire:",required"`
	MetricData []metricDatum
	// EntityMetricData are data of named entities; the names are not kept.
	EntityMetricData []struct{ MetricData []metricDatum }
}

type metricDatum struct {
	MetricName      string `wire:",required"`
	Dimensions      []dimension
	Timestamp       time.Time
	Value           *float64
	Values, Counts  []float64
	StatisticValues *statisticSet
	Unit            string
}

type statisticSet struct {
	SampleCount float64 `wire:",required"`
	Sum         float64 `wire:",required"`
	Minimum     float64 `wire:",required"`
	Maximum     float64 `wire:",required"`
}

func (s *Service) putMetricData(ctx context.Context, in *putMetricDataInput) (*struct{}, error) {
	if err := s.Authorize(ctx, "cloudwatch:PutMetricData", anything); err != nil {
		return nil, err
	}
	if strings.HasPrefix(in.Namespace, "AWS/") || strings.HasPrefix(in.Namespace, ":") {
		return nil, invalid(invalidValue, "The value %s for parameter Namespace is invalid.", in.Namespace)
	}
	data := in.MetricData
	for _, e := range in.EntityMetricData {
		data = append(data, e.MetricData...)
	}
	if len(data) == 0 || len(data) > maxData {
		return nil, invalid(invalidValue, "The parameter MetricData is to have from 1 to %d members, not %d.", maxData, len(data))
	}
	now := s.Clock.Now()
	var put []metric.Datum
	for i, d := range data {
		measured, err := d.measured(in.Namespace, now)
		if err != nil {
			return nil, invalid(invalidValue, "The parameter MetricData.member.%d is invalid: %v.", i+1, err)
		}
		put = append(put, measured...)
	}
	// All or none: what is refused is refused before anything is kept.
	s.Metrics.Put(put...)
	return &struct{}{}, nil
}

// measured is what a datum says was measured.
func (d *metricDatum) measured(namespace string, now time.Time) ([]metric.Datum, error) {
	values, counts, err := d.samples()
	if err != nil {
		return nil, err
	}
	at := d.Timestamp
	if at.IsZero() {
		at = now
	}
	id := idOf(namespace, d.MetricName, d.Dimensions)
	made := make([]metric.Datum, 0, len(values))
	for i, v := range values {
		m := metric.Datum{ID: id, Unit: d.Unit, Time: at, Value: v, Count: counts[i]}
		if err := m.Validate(now); err != nil {
			return nil, err
		}
		if m.Count > 0 {
			made = append(made, m)
		}
	}
	return made, nil
}

type listMetricsInput struct {
	Namespace, MetricName string
	Dimensions            []struct {
		Name  string `wire:",required"`
		Value string
	}
	RecentlyActive string
	NextToken      string
}

type listMetricsOutput struct {
	Metrics   []metricName
	NextToken string
}

type metricName struct {
	Namespace, MetricName string
	Dimensions            []dimension
}

func (s *Service) listMetrics(ctx context.Context, in *listMetricsInput) (*listMetricsOutput, error) {
	if err := s.Authorize(ctx, "cloudwatch:ListMetrics", anything); err != nil {
		return nil, err
	}
	if err := either("RecentlyActive", in.RecentlyActive, "PT3H"); err != nil {
		return nil, err
	}
	if len(in.Dimensions) > maxFilters {
		return nil, invalid(invalidValue, "The parameter Dimensions is to have at most %d members.", maxFilters)
	}
	f := metric.ListFilter{Namespace: in.Namespace, Name: in.MetricName}
	for _, d := range in.Dimensions {
		f.Dimensions = append(f.Dimensions, metric.Dimension{Name: d.Name, Value: d.Value})
	}
	metrics := []metricName{}
	for _, id := range s.Metrics.List(f) {
		if in.RecentlyActive != "" {
			active, err := s.recentlyActive(id)
			if err != nil {
				return nil, err
			}
			if !active {
				continue
			}
		}
		metrics = append(metrics, metricName{id.Namespace, id.Name, dimensionsOf(id)})
	}
	var err error
	out := &listMetricsOutput{}
	request := *in
	request.NextToken = ""
	out.Metrics, out.NextToken, err = page(metrics, maxMetrics, in.NextToken, "ListMetrics", request)
	return out, err
}

func (s *Service) recentlyActive(id metric.ID) (bool, error) {
	now := s.Clock.Now()
	points, err := s.Metrics.Read(id, "SampleCount", time.Hour, now.Add(-recentlyAfter), now)
	return len(points) > 0, err
}
