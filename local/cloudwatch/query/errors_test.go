package query

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// TestNothing: what is made of an array without series has no points, or those that
// FILL puts there.
func TestNothing(t *testing.T) {
	t.Parallel()
	data := rows{"m1": {1}}
	for expression, want := range map[string]int{
		"FILL(SUM(METRICS('zzz')),0)": 3, "FILL(MAX([]),0)": 3, "HOUR(AVG([]))": 3, "SUM([])": 0, "FILL(SUM([]),REPEAT)": 0, "TIME_SERIES(AVG(SUM([])))": 3,
	} {
		results, err := Get(data, data.queries(expression), start, start.Add(3*time.Minute))
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if got := len(results[len(results)-1].Points); got != want {
			t.Errorf("%s has %d points, want %d", expression, got, want)
		}
	}
	for _, end := range []int64{9e18, 4.5e18} {
		_, err := Get(data, data.queries("TIME_SERIES(1)"), time.Unix(-end, 0), time.Unix(end, 0))
		if awsapi.As(err).Code != "ValidationError" {
			t.Errorf("until %d: %v", end, err)
		}
	}
}

// What is wrong is a ValidationError that says where.
func TestErrors(t *testing.T) {
	t.Parallel()
	data := rows{"m1": {1}, "m2": {1}}
	for expression, want := range map[string]string{
		"m1 +":                           "Error in expression 'e': at character 5: the end stands where a value belongs",
		"m1 + m9":                        `at character 6: "m9" is the Id of no other entry`,
		"m1 m2":                          `at character 4: "m2" is unexpected`,
		"(m1":                            "where a ) belongs",
		"SUM(m1":                         "where a comma or ) belongs",
		"m1 $ 2":                         `'$' is not part of metric math`,
		"'m1":                            "begins that does not end",
		"ANOMALY_DETECTION_BAND(m1, 2)":  "the function ANOMALY_DETECTION_BAND is not supported; these are: ABS, AVG,",
		"sum(m1)":                        "the function sum is not supported",
		"SUM(m1, m2)":                    "SUM takes 1 argument, not 2",
		"FILL(m1)":                       "FILL takes 2 arguments, not 1",
		"FILL(m1, ZERO)":                 "argument 2 of FILL is none of REPEAT, LINEAR",
		"SUM(m1)":                        "the result is a number, not a time series",
		"SUM(3)":                         "argument 1 of SUM is a number, not a time series or an array",
		"[m1, 3]":                        "an array holds time series, not numbers",
		"METRICS() + METRICS()":          "takes one array at most",
		"IF(METRICS(), 1, 0)":            "argument 1 of IF is an array of time series, not a number or a time series",
		"PERIOD(m1+m2)*m1":               "PERIOD takes the Id of a metric",
		"METRICS(m1)":                    "METRICS takes a text",
		"SORT(METRICS(), MEDIAN, ASC)":   "argument 2 of SORT is none of AVG, MIN, MAX, SUM",
		"SLICE(METRICS(), 0.5)":          "argument 2 of SLICE is not a whole number",
		"REPEAT":                         `keyword "REPEAT" stands where a value belongs`,
		"SEARCH('x', 'Sum', 60)":         "they cannot be listed",
		"e + 1":                          "Error in expression 'e': it refers to itself: e -> e",
		"1e999*m1":                       "is not a number that can be used",
		strings.Repeat("(", 60) + "m1":   "nested more than 50 deep",
		strings.Repeat("m1+", 700) + "1": "at most 2048 characters",
	} {
		_, err := Get(data, data.queries(expression), start, start.Add(time.Minute))
		var e *awsapi.Error
		if !errors.As(err, &e) || e.Code != "ValidationError" || e.Status != http.StatusBadRequest || !strings.Contains(e.Message, want) {
			t.Errorf("%.40s: %v, want %q", expression, err, want)
		}
	}
	m := Query{ID: "m", Metric: metric.New("N", "m1", nil), Statistic: "Sum", Period: time.Minute}
	for want, queries := range map[string][]Query{
		"has no entry":                           {},
		"has 501 entries":                        slices.Repeat([]Query{{}}, 501),
		"must begin with a lowercase letter":     {{ID: "M1", Expression: "1"}},
		"member.1.Id and MetricDataQueries.memb": {m, m},
		"neither an Expression nor a metric":     {{ID: "m"}},
		"both an Expression and a metric":        {{ID: "m", Expression: "1", Metric: m.Metric}},
		`the statistic "sum" is none of`:         {{ID: "m", Metric: m.Metric, Statistic: "sum", Period: time.Minute}},
		"the Period must be":                     {{ID: "m", Metric: m.Metric, Statistic: "Sum", Period: 90 * time.Second}},
		"a -> b -> c -> a":                       {{ID: "a", Expression: "b+1"}, {ID: "b", Expression: "c"}, {ID: "c", Expression: "a"}},
	} {
		if _, err := Get(data, queries, start, start.Add(time.Minute)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := Get(data, []Query{m}, start, start); err == nil || !strings.Contains(err.Error(), "StartTime must be less") {
		t.Errorf("no time: %v", err)
	}
	broken := errors.New("the disk is gone")
	if _, err := Get(failing{broken}, []Query{m, {Expression: "SUM(METRICS())"}}, start, start.Add(time.Hour)); !errors.Is(err, broken) {
		t.Errorf("a source that fails: %v", err)
	}
}

// A chain of expressions, each of which names the one before several times, takes
// no more time than it has links, and no more memory than its series.
func TestChain(t *testing.T) {
	t.Parallel()
	chain := func(link string) []Query {
		queries := []Query{{ID: "a0", Metric: metric.New("N", "m1", nil), Statistic: "Sum", Period: time.Minute, Hidden: true}}
		for i := 1; i < 60; i++ {
			last := "a" + strconv.Itoa(i-1)
			queries = append(queries, Query{ID: "a" + strconv.Itoa(i), Expression: strings.ReplaceAll(link, "x", last), Hidden: i < 59})
		}
		return queries
	}
	source := rows{"m1": {1}}
	if got, err := Get(source, chain("x+x-x+x-x"), start, start.Add(time.Minute)); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Get(source, chain("[x,x,x,x]"), start, start.Add(time.Minute)); err == nil || !strings.Contains(err.Error(), "at most 500 time series") {
		t.Errorf("an array of everything: %v", err)
	}
}

type failing struct{ error }

func (f failing) Read(metric.ID, string, time.Duration, time.Time, time.Time) ([]metric.Point, error) {
	return nil, f.error
}

// alphabet are parts that make up expressions, right and wrong.
var alphabet = []string{
	"m1", "m2", "e", "1", "0", "2.5e3", "+", "-", "*", "/", "^", "%", "<", "==", "AND", "||", "(", ")", "[", "]", ",", "'a b'", `"m"`,
	"IF(", "FILL(", "REPEAT", "LINEAR", "SUM(", "AVG(", "MAX(", "STDDEV(", "METRICS()", "METRICS(", "RATE(", "DIFF(", "SORT(", "DESC", "SLICE(",
	"FIRST(", "LAST(", "TIME_SERIES(", "PERIOD(", "REMOVE_EMPTY(", "HOUR(", "SEARCH('{N} x','Sum',60)", "SEARCH(", " ", "é", "$",
}

// Whatever is asked, the answer is results or a ValidationError, and results are
// numbers in order of time.
func TestAnyExpression(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom(alphabet), 1, 25).Draw(rt, "parts")
		anyExpression(rt, strings.Join(parts, ""))
	})
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"IF(m1>0,100*m2/m1,0)", "SUM(METRICS('m'))", `SEARCH('{N,"d"} MetricName="x" NOT (a OR b)','p99',60)`, "-2^-m1%3", "FILL(SORT([m1,m2],AVG,DESC,1),LINEAR)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expression string) { anyExpression(t, expression) })
}

func anyExpression(t interface {
	Fatalf(string, ...any)
}, expression string,
) {
	source := listed{rows{"m1": {gap, 2, 0, gap, -3}, "m2": {1, 5, gap, gap, 1e300}}, []metric.ID{metric.New("N", "x", nil)}}
	results, err := Get(source, source.queries(expression), start, start.Add(5*time.Minute))
	var e *awsapi.Error
	if err != nil && (!errors.As(err, &e) || e.Code != "ValidationError") {
		t.Fatalf("%q: %v", expression, err)
	}
	for _, r := range results {
		if !slices.IsSortedFunc(r.Points, byTime) || slices.ContainsFunc(r.Points, func(p metric.Point) bool { return !finite(p.Value) }) {
			t.Fatalf("%q: %v", expression, r.Points)
		}
	}
}
