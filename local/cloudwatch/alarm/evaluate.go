package alarm

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/query"
)

// sampleCount is the statistic that says how much another one rests upon.
const sampleCount = "SampleCount"

// evaluation is one alarm on metrics at one time.
type evaluation struct {
	*Definition
	source query.Source
	end    time.Time // of the newest period, which is complete
	verdict
	samples map[time.Time]float64 // by the start of the period; nil where not known
}

// evaluate decides on an alarm by the periods that were complete at now.
func (d *Definition) evaluate(source query.Source, now time.Time) (*evaluation, error) {
	e := &evaluation{Definition: d, source: source, end: floor(now, d.Period)}
	reach := d.EvaluationPeriods + extraPeriods
	start := e.end.Add(-time.Duration(reach) * d.Period)
	results, err := query.Get(source, d.Queries, start, e.end)
	if err != nil {
		return nil, fmt.Errorf("evaluate alarm %s: %w", d.Name, err)
	}
	if len(results) != 1 {
		return nil, fmt.Errorf("evaluate alarm %s: its queries give %d series, not one", d.Name, len(results))
	}
	byTime := make(map[time.Time]float64, len(results[0].Points))
	for _, p := range results[0].Points {
		byTime[p.Time.UTC()] = p.Value
	}
	var known []datapoint
	breaches := comparisons[d.Comparison].breaches
	for age := 1; age <= reach; age++ {
		at := e.end.Add(-time.Duration(age) * d.Period)
		if value, ok := byTime[at]; ok {
			known = append(known, datapoint{time: at, value: value, breaches: breaches(value, d.Threshold), age: age})
		}
	}
	e.verdict = d.judge(known)
	if few, err := e.fewSamples(); err != nil {
		return nil, err
	} else if few {
		e.value = ""
	}
	return e, nil
}

// fewSamples says whether the alarm is not to be moved because its percentile
// rests on too few samples: fewer than 10/(1-p) above the median, 10/p below.
// Source: CloudWatch User Guide, "Percentile-based alarms and low data samples".
func (e *evaluation) fewSamples() (bool, error) {
	q, ok := e.Single()
	if e.LowSamplePercentiles != ignore || !ok || len(e.evaluated) == 0 {
		return false, nil
	}
	percent, err := strconv.ParseFloat(strings.TrimPrefix(q.Statistic, "p"), 64)
	if !strings.HasPrefix(q.Statistic, "p") || err != nil || percent <= 0 || percent >= 100 {
		return false, nil
	}
	if err := e.count(); err != nil {
		return false, err
	}
	total := 0.0
	for _, p := range e.evaluated {
		total += e.samples[p.time]
	}
	// total < 10/(1-p), without the error of 1-0.99.
	return total*math.Min(percent, 100-percent) < 1000, nil
}

// count reads how many samples the evaluated data rest upon. Math has none.
func (e *evaluation) count() error {
	q, ok := e.Single()
	if e.samples != nil || !ok || len(e.evaluated) == 0 {
		return nil
	}
	oldest := e.evaluated[len(e.evaluated)-1].time
	points, err := e.source.Read(q.Metric, sampleCount, e.Period, oldest, e.end)
	if err != nil {
		return fmt.Errorf("count the samples of alarm %s: %w", e.Name, err)
	}
	e.samples = make(map[time.Time]float64, len(points))
	for _, p := range points {
		e.samples[p.Time.UTC()] = p.Value
	}
	return nil
}

// floor is the last multiple of period since 1970 that is not after t.
func floor(t time.Time, period time.Duration) time.Time {
	return time.Unix(0, t.UnixNano()-t.UnixNano()%int64(period)).UTC()
}
