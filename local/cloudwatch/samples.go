package cloudwatch

import (
	"errors"
	"fmt"
)

// samples are the values of a datum, in whichever of the three ways it has them,
// and how often each was measured.
func (d *metricDatum) samples() (values, counts []float64, err error) {
	given := 0
	for _, is := range []bool{d.Value != nil, len(d.Values) > 0, d.StatisticValues != nil} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, nil, errors.New("one of Value, Values and StatisticValues is to be given")
	case d.Value != nil:
		return []float64{*d.Value}, []float64{1}, nil
	case d.StatisticValues != nil:
		return d.StatisticValues.samples()
	case len(d.Values) > maxValues:
		return nil, nil, fmt.Errorf("Values has more than %d members", maxValues)
	case len(d.Counts) == 0:
		counts = make([]float64, len(d.Values))
		for i := range counts {
			counts[i] = 1
		}
		return d.Values, counts, nil
	case len(d.Counts) != len(d.Values):
		return nil, nil, errors.New("Counts and Values are to have as many members")
	}
	return d.Values, d.Counts, nil
}

// samples are values that have the set's statistics: the smallest, the largest,
// and the mean of what is left as often as it was. Percentiles of sets are no
// more than that; CloudWatch has none.
func (s *statisticSet) samples() (values, counts []float64, err error) {
	refused := fmt.Errorf("no values have these StatisticValues: %+v", *s)
	switch {
	case s.SampleCount <= 0 || s.Minimum > s.Maximum:
		return nil, nil, refused
	case s.Minimum == s.Maximum:
		values, counts = []float64{s.Minimum}, []float64{s.SampleCount}
	case s.SampleCount < 2:
		return nil, nil, refused
	case s.SampleCount == 2:
		values, counts = []float64{s.Minimum, s.Maximum}, []float64{1, 1}
	default:
		rest := s.SampleCount - 2
		values, counts = []float64{s.Minimum, s.Maximum, (s.Sum - s.Minimum - s.Maximum) / rest}, []float64{1, 1, rest}
	}
	// Rounding of the client's own sum is not held against it.
	sum, allowed := 0.0, 0.0
	for i, v := range values {
		sum += v * counts[i]
		allowed += max(v, -v) * counts[i] * 1e-6
	}
	mean := values[len(values)-1]
	slack := max(s.Maximum, -s.Minimum, s.Maximum-s.Minimum) * 1e-6
	if max(sum-s.Sum, s.Sum-sum) > allowed || mean < s.Minimum-slack || mean > s.Maximum+slack {
		return nil, nil, refused
	}
	return values, counts, nil
}
