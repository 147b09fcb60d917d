package cloudwatch

import (
	"context"
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/query"
)

// Limits of CloudWatch. Source: API Reference, GetMetricData.
const (
	maxQueries    = 500
	maxDatapoints = 100_800            // in a page
	maxPeriod     = 455 * 24 * 60 * 60 // seconds: nothing is kept for longer
)

// What ScanBy may be.
const (
	ascending  = "TimestampAscending"
	descending = "TimestampDescending"
)

type metricDataQuery struct {
	ID         string `wire:"Id,required"`
	MetricStat *metricStat
	Expression string
	Label      string
	ReturnData *bool
	Period     *int
}

type metricStat struct {
	Metric metricName `wire:",required"`
	Period int        `wire:",required"`
	Stat   string     `wire:",required"`
}

type getMetricDataInput struct {
	MetricDataQueries []metricDataQuery `wire:",required"`
	StartTime         time.Time         `wire:",required"`
	EndTime           time.Time         `wire:",required"`
	NextToken         string
	ScanBy            string
	MaxDatapoints     *int
}

type getMetricDataOutput struct {
	MetricDataResults []metricDataResult
	NextToken         string
	Messages          []struct{}
}

type metricDataResult struct {
	ID         string `wire:"Id"`
	Label      string
	Timestamps []time.Time
	Values     []float64
	StatusCode string // Complete, or PartialData where the next page goes on
}

func (s *Service) getMetricData(ctx context.Context, in *getMetricDataInput) (*getMetricDataOutput, error) {
	if err := s.Authorize(ctx, "cloudwatch:GetMetricData", anything); err != nil {
		return nil, err
	}
	size, err := in.check()
	if err != nil {
		return nil, err
	}
	queries := make([]query.Query, len(in.MetricDataQueries))
	for i, q := range in.MetricDataQueries {
		if queries[i], err = q.query(); err != nil {
			return nil, err
		}
	}
	request := *in
	request.NextToken = ""
	start, err := startOf(in.NextToken, "GetMetricData", request)
	if err != nil {
		return nil, err
	}
	results, err := query.Get(s.Metrics, queries, in.StartTime, in.EndTime)
	if err != nil {
		return nil, err
	}
	if in.ScanBy != ascending {
		for _, r := range results {
			slices.Reverse(r.Points)
		}
	}
	out := &getMetricDataOutput{MetricDataResults: []metricDataResult{}, Messages: []struct{}{}}
	total := 0
	for _, r := range results {
		total += len(r.Points)
	}
	end := min(start+size, total)
	from := 0
	for _, r := range results {
		to := from + len(r.Points)
		// A series without points is on the page on which it would start.
		empty := from == to && from >= start && (from < end || end == total)
		if empty || from < end && to > start {
			out.MetricDataResults = append(out.MetricDataResults, resultOf(r, max(start-from, 0), min(end, to)-from))
		}
		from = to
	}
	if end < total {
		out.NextToken, err = tokenOf(end, "GetMetricData", request)
	}
	return out, err
}

// check refuses what CloudWatch would, and finds how many points a page has.
func (in *getMetricDataInput) check() (int, error) {
	if n := len(in.MetricDataQueries); n == 0 || n > maxQueries {
		return 0, invalid(validation, "The parameter MetricDataQueries is to have from 1 to %d members, not %d.", maxQueries, n)
	}
	if !in.StartTime.Before(in.EndTime) {
		return 0, invalid(validation, "The parameter StartTime must be less than the parameter EndTime.")
	}
	if err := either("ScanBy", in.ScanBy, ascending, descending); err != nil {
		return 0, err
	}
	switch {
	case in.MaxDatapoints == nil:
		return maxDatapoints, nil
	case *in.MaxDatapoints < 1 || *in.MaxDatapoints > maxDatapoints:
		return 0, invalid(validation, "MaxDatapoints is to be from 1 to %d.", maxDatapoints)
	}
	return *in.MaxDatapoints, nil
}

func (q *metricDataQuery) query() (query.Query, error) {
	made := query.Query{ID: q.ID, Label: q.Label, Expression: q.Expression, Hidden: q.ReturnData != nil && !*q.ReturnData}
	if (q.MetricStat == nil) == (q.Expression == "") {
		return made, invalid(validation, "The query %s is to have either MetricStat or Expression.", q.ID)
	}
	if q.Period != nil && *q.Period > maxPeriod || q.MetricStat != nil && q.MetricStat.Period > maxPeriod {
		return made, invalid(validation, "The query %s has a Period of more than %d seconds, which nothing is kept for.", q.ID, maxPeriod)
	}
	if q.Period != nil {
		made.Period = time.Duration(*q.Period) * time.Second
	}
	if m := q.MetricStat; m != nil {
		made.Metric = idOf(m.Metric.Namespace, m.Metric.MetricName, m.Metric.Dimensions)
		made.Statistic, made.Period = m.Stat, time.Duration(m.Period)*time.Second
	}
	return made, nil
}

// resultOf has the points from one number to another.
func resultOf(r query.Result, from, to int) metricDataResult {
	result := metricDataResult{ID: r.ID, Label: r.Label, Timestamps: []time.Time{}, Values: []float64{}, StatusCode: "Complete"}
	if to < len(r.Points) {
		result.StatusCode = "PartialData"
	}
	for _, p := range r.Points[from:to] {
		result.Timestamps, result.Values = append(result.Timestamps, p.Time), append(result.Values, p.Value)
	}
	return result
}
