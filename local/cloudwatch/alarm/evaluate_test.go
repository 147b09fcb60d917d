package alarm

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
)

// TestMissingData has the examples of the User Guide's chapter "Configuring how
// CloudWatch alarms treat missing data", of the present edition and of that of
// 2019, which have a range of five periods. "" keeps the state.
func TestMissingData(t *testing.T) {
	t.Parallel()
	const alarm, ok, none, kept = InAlarm, OK, InsufficientData, Value("")
	for _, c := range []struct {
		m    int
		data string
		want [4]Value // missing, ignore, breaching, notBreaching
	}{
		{3, "0 - X - X", [4]Value{ok, ok, ok, ok}},
		{3, "0 - - - -", [4]Value{ok, ok, ok, ok}},
		{3, "- - - - -", [4]Value{none, kept, alarm, ok}},
		{3, "0 X X - X", [4]Value{alarm, alarm, alarm, alarm}},
		{3, "- - X - -", [4]Value{alarm, kept, alarm, ok}},
		{3, "- - - - X", [4]Value{none, kept, alarm, ok}},
		{3, "- - - X -", [4]Value{none, kept, alarm, ok}},
		{3, "- - X X -", [4]Value{alarm, kept, alarm, ok}},
		{3, "X - - - -", [4]Value{alarm, kept, alarm, ok}},
		{3, "- - - X 0", [4]Value{ok, ok, ok, ok}},
		{3, "- - X - 0", [4]Value{ok, ok, ok, ok}},
		{3, "X X 0 X X", [4]Value{ok, ok, ok, ok}},
		{2, "0 - X - X", [4]Value{alarm, alarm, alarm, alarm}},
		{2, "0 0 X 0 X", [4]Value{alarm, alarm, alarm, alarm}},
		{2, "0 - X - -", [4]Value{ok, ok, alarm, ok}},
		{2, "- - - - 0", [4]Value{ok, ok, alarm, ok}},
		{2, "- - - - X", [4]Value{none, kept, alarm, ok}},
		{2, "- - - X -", [4]Value{alarm, kept, alarm, ok}},
		{2, "- - X - X", [4]Value{alarm, alarm, alarm, alarm}},
		{1, "- - - - X", [4]Value{alarm, alarm, alarm, alarm}},
		{0, "X 0 X X X", [4]Value{alarm, alarm, alarm, alarm}},
	} {
		for i, treatment := range []string{missing, ignore, breaching, notBreaching} {
			for _, before := range []Value{OK, InAlarm, InsufficientData} {
				f := open(t, "", data{"Errors Sum": series(c.data, noon)}, errorsAbove("a", c.m, 3, treatment))
				f.set(t, "a", before)
				f.evaluate(t, noon)
				want := c.want[i]
				if want == kept {
					want = before
				}
				if got := f.state(t, "a").Value; got != want {
					t.Errorf("%d of 3, %s, missing data %s: from %s to %s, not %s", c.m, c.data, treatment, before, got, want)
				}
			}
		}
	}
}

// TestReason has sentences as CloudWatch wrote them.
func TestReason(t *testing.T) {
	t.Parallel()
	less := func(d Definition, threshold float64) Definition {
		d.Comparison, d.Threshold = "LessThanThreshold", threshold
		return d
	}
	for _, c := range []struct {
		d      Definition
		before Value
		data   string
		want   string
	}{
		{errorsAbove("a", 1, 1, notBreaching), OK, "X", "Threshold Crossed: 1 out of the last 1 datapoints [5.0 (23/11/26 11:59:00)] was greater than the threshold (3.0) (minimum 1 datapoint for OK -> ALARM transition)."},
		{errorsAbove("a", 1, 1, ""), InAlarm, "0", "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (23/11/26 11:59:00)] was not greater than the threshold (3.0) (minimum 1 datapoint for ALARM -> OK transition)."},
		{errorsAbove("a", 2, 3, ""), OK, "X 0 X", "Threshold Crossed: 2 out of the last 3 datapoints [5.0 (23/11/26 11:59:00), 5.0 (23/11/26 11:57:00)] were greater than the threshold (3.0) (minimum 2 datapoints for OK -> ALARM transition)."},
		{errorsAbove("a", 2, 3, ""), InAlarm, "0 X 0", "Threshold Crossed: 2 out of the last 3 datapoints [0.0 (23/11/26 11:59:00), 0.0 (23/11/26 11:57:00)] were not greater than the threshold (3.0) (minimum 2 datapoints for ALARM -> OK transition)."},
		{errorsAbove("a", 0, 1, ""), OK, "X", "Threshold Crossed: 1 datapoint [5.0 (23/11/26 11:59:00)] was greater than the threshold (3.0)."},
		{errorsAbove("a", 0, 2, ""), InAlarm, "0 0", "Threshold Crossed: 2 datapoints [0.0 (23/11/26 11:59:00), 0.0 (23/11/26 11:58:00)] were not greater than the threshold (3.0)."},
		{errorsAbove("a", 0, 1, notBreaching), InAlarm, "-", "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."},
		{errorsAbove("a", 2, 2, breaching), OK, "-", "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching]."},
		{errorsAbove("a", 2, 3, breaching), OK, "0", "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching]."},
		{less(errorsAbove("a", 0, 8, breaching), 0), InAlarm, "0", "Threshold Crossed: 1 datapoint [0.0 (23/11/26 11:59:00)] was not less than the threshold (0.0) and 7 missing datapoints were treated as [Breaching]."},
		{less(errorsAbove("a", 5, 5, ""), 1.5e7), OK, "X X X X X", "Threshold Crossed: 5 out of the last 5 datapoints were less than the threshold (1.5E7). The most recent datapoints which crossed the threshold: [5.0 (23/11/26 11:59:00), 5.0 (23/11/26 11:58:00), 5.0 (23/11/26 11:57:00), 5.0 (23/11/26 11:56:00), 5.0 (23/11/26 11:55:00)] (minimum 5 datapoints for OK -> ALARM transition)."},
		{errorsAbove("a", 3, 5, missing), OK, "-", "Insufficient Data: 5 datapoints were unknown."},
	} {
		f := open(t, "", data{"Errors Sum": series(c.data, noon)}, c.d)
		f.set(t, "a", c.before)
		f.evaluate(t, noon)
		if got := f.state(t, "a").Reason; got != c.want {
			t.Errorf("%s\nnot %s", got, c.want)
		}
	}
}

func TestReasonData(t *testing.T) {
	t.Parallel()
	d := data{"Errors Sum": series("0 X - X", noon), "Errors SampleCount": series("X X X X", noon)}
	f := open(t, "", d, errorsAbove("a", 2, 3, missing))
	f.evaluate(t, noon)
	const want = `{"version":"1.0","queryDate":"2026-11-23T12:00:30.000+0000","startDate":"2026-11-23T11:56:00.000+0000","statistic":"Sum","period":60,` +
		`"recentDatapoints":[0.0,5.0,5.0],"threshold":3.0,"evaluatedDatapoints":[` +
		`{"timestamp":"2026-11-23T11:59:00.000+0000","sampleCount":5.0,"value":5.0},` +
		`{"timestamp":"2026-11-23T11:57:00.000+0000","sampleCount":5.0,"value":5.0},` +
		`{"timestamp":"2026-11-23T11:56:00.000+0000","sampleCount":5.0,"value":0.0}]}`
	if got := f.state(t, "a").ReasonData; got != want {
		t.Errorf("%s\nnot %s", got, want)
	}
	long := open(t, "", data{}, errorsAbove("a", 1, 1440, breaching))
	long.evaluate(t, noon)
	if got := long.state(t, "a").ReasonData; len(got) > 4000 || !json.Valid([]byte(got)) {
		t.Errorf("the reason's data are %d bytes", len(got))
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[number]string{
		0: "0.0", 3: "3.0", -2.5: "-2.5", 9999999: "9999999.0", 1e7: "1.0E7", 123456789: "1.23456789E8",
		0.001: "0.001", 0.00025: "2.5E-4", 1e100: "1.0E100", 596.3636363636364: "596.3636363636364",
	} {
		if got := n.String(); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
}

func TestComparisons(t *testing.T) {
	t.Parallel()
	for comparison, want := range map[string][2]Value{ // of 0 and 3 with the threshold 3
		"GreaterThanThreshold":          {OK, OK},
		"GreaterThanOrEqualToThreshold": {OK, InAlarm},
		"LessThanThreshold":             {InAlarm, OK},
		"LessThanOrEqualToThreshold":    {InAlarm, InAlarm},
	} {
		for i, value := range []float64{0, 3} {
			d := errorsAbove("a", 1, 1, missing)
			d.Comparison = comparison
			f := open(t, "", data{"Errors Sum": {{Time: floor(noon, time.Minute).Add(-time.Minute), Value: value}}}, d)
			f.evaluate(t, noon)
			if got := f.state(t, "a").Value; got != want[i] {
				t.Errorf("%v %s: %s", value, comparison, got)
			}
		}
	}
}

// TestFewSamples: a percentile that rests on too few samples moves nothing, where
// the alarm says so.
func TestFewSamples(t *testing.T) {
	t.Parallel()
	at := floor(noon, time.Minute).Add(-time.Minute)
	for _, c := range []struct {
		statistic, low string
		samples        float64
		want           Value
	}{
		{"p99", ignore, 999, InsufficientData},
		{"p99", ignore, 1000, InAlarm},
		{"p99", "evaluate", 1, InAlarm},
		{"p99", "", 1, InAlarm},
		{"p90", ignore, 99, InsufficientData},
		{"p90", ignore, 100, InAlarm},
		{"p50", ignore, 19, InsufficientData},
		{"p10", ignore, 99, InsufficientData},
		{"p10", ignore, 100, InAlarm},
		{"p100", ignore, 1, InAlarm},
		{"Sum", ignore, 1, InAlarm},
	} {
		d := errorsAbove("a", 1, 1, missing)
		d.Queries[0].Statistic, d.LowSamplePercentiles = c.statistic, c.low
		f := open(t, "", data{"Errors " + c.statistic: {{Time: at, Value: 5}}, "Errors SampleCount": {{Time: at, Value: c.samples}}}, d)
		f.evaluate(t, noon)
		if got := f.state(t, "a").Value; got != c.want {
			t.Errorf("%s of %v samples, %q: %s", c.statistic, c.samples, c.low, got)
		}
	}
}

// TestPeriods: only periods that are complete count, and one starts at a multiple
// of its length.
func TestPeriods(t *testing.T) {
	t.Parallel()
	d := errorsAbove("a", 1, 1, notBreaching)
	d.Period, d.Queries[0].Period = 5*time.Minute, 5*time.Minute
	f := open(t, "", data{"Errors Sum": {{Time: noon.Truncate(time.Hour), Value: 5}}}, d)
	for minute, want := range []Value{OK, OK, OK, OK, OK, InAlarm} {
		f.evaluate(t, noon.Add(time.Duration(minute)*time.Minute))
		if got := f.state(t, "a").Value; got != want {
			t.Errorf("after %d minutes: %s", minute, got)
		}
	}
}

// TestMath: the one query that is not hidden is compared, and has no statistic.
func TestMath(t *testing.T) {
	t.Parallel()
	d := errorsAbove("a", 1, 1, notBreaching)
	d.Queries[0].Hidden = true
	d.Queries = append(d.Queries, query.Query{ID: "rate", Expression: "m1 * 2"})
	d.Threshold = 9
	f := open(t, "", data{"Errors Sum": series("X", noon)}, d)
	f.evaluate(t, noon)
	if s := f.state(t, "a"); s.Value != InAlarm || strings.Contains(s.ReasonData, "statistic") || strings.Contains(s.ReasonData, "sampleCount") {
		t.Errorf("%+v", s)
	}
}

// TestBroken: an alarm that cannot be evaluated stays as it is, says so, and does
// not keep the others.
func TestBroken(t *testing.T) {
	t.Parallel()
	broken := errorsAbove("b", 1, 1, breaching)
	broken.Queries[0].Metric = metric.New("x", "broken", nil)
	f := open(t, "", data{"Errors Sum": series("X", noon)}, errorsAbove("a", 1, 1, ""), broken, errorsAbove("c", 1, 1, ""))
	err := f.Evaluate(t.Context(), noon)
	if err == nil || !strings.Contains(err.Error(), "alarm b: the store is closed") {
		t.Errorf("the error is %v", err)
	}
	if a, b, c := f.state(t, "a").Value, f.state(t, "b").Value, f.state(t, "c").Value; a != InAlarm || b != InsufficientData || c != InAlarm {
		t.Errorf("%s %s %s", a, b, c)
	}
}
