package query

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

var start = time.Date(2026, time.March, 2, 10, 0, 0, 0, time.UTC) // a Monday

// gap is a period without a data point.
var gap = math.NaN()

// rows is a Source with a value per minute of each metric, by its name.
type rows map[string][]float64

func (r rows) Read(id metric.ID, _ string, period time.Duration, _, _ time.Time) (points []metric.Point, err error) {
	for i, v := range r[id.Name] {
		if !math.IsNaN(v) {
			points = append(points, metric.Point{Time: start.Add(time.Duration(i) * period), Value: v})
		}
	}
	return points, nil
}

// listed is rows that can be searched.
type listed struct {
	rows
	ids []metric.ID
}

func (l listed) List(metric.ListFilter) []metric.ID { return l.ids }

// queries are the metrics of r, hidden, with their names as Ids, and an expression.
func (r rows) queries(expression string) []Query {
	var all []Query
	for _, name := range []string{"m1", "m2", "m3", "errors4xx", "errors5xx", "none"} {
		if _, ok := r[name]; ok {
			all = append(all, Query{ID: name, Metric: metric.New("N", name, nil), Statistic: "Sum", Period: time.Minute, Hidden: true})
		}
	}
	return append(all, Query{ID: "e", Expression: expression})
}

// row gives a result's values by the minute, with gaps.
func row(points []metric.Point, n int) []float64 {
	values := slices.Repeat([]float64{gap}, n)
	for _, p := range points {
		if i := int(p.Time.Sub(start) / time.Minute); i >= 0 && i < n {
			values[i] = p.Value
		}
	}
	return values
}

var equal = cmp.Comparer(func(a, b float64) bool {
	return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= 1e-9*(1+math.Abs(b))
})

// The examples of the user guide are among these.
func TestExpressions(t *testing.T) {
	t.Parallel()
	guide := rows{"m1": {30, 20, 0, 0}, "m2": {20, gap, 20, gap}}
	ifs := rows{"m1": {1, 1, 0, 0, gap}, "m2": {30, gap, 0, 0, 30}, "m3": {0, 0, 20, gap, 20}}
	gaps := rows{"m1": {gap, 2, gap, gap, 8, gap}, "m2": {1, 1, 1, 1, 1, 1}, "none": {}}
	two := rows{"m1": {1, 2, 3, gap}, "m2": {10, gap, 30, gap}, "errors4xx": {1, 1, 1, 1}, "errors5xx": {2, 2, 2, 2}}
	for _, c := range []struct {
		rows       rows
		expression string
		want       [][]float64
	}{
		{guide, "m1 < m2", [][]float64{{0, 0, 1, 0}}},
		{guide, "m1 >= 30", [][]float64{{1, 0, 0, 0}}},
		{guide, "m1 > 15 AND m2 > 15", [][]float64{{1, 0, 0, 0}}},
		{guide, "m1 > 25 || m2 == 20", [][]float64{{1, 0, 1, 0}}},
		{guide, "m1 + m2", [][]float64{{50, 20, 20, 0}}},
		{guide, "100*m1/m2", [][]float64{{150, gap, 0, gap}}},
		{guide, "-m1^2 % 7", [][]float64{{-4, -1, 0, 0}}},
		{guide, "2^-1*m1 - (1 - 2)", [][]float64{{16, 11, 1, 1}}},
		{guide, "m1 - MIN(m1) + 1.5e1", [][]float64{{45, 35, 15, 15}}},

		{ifs, "IF(m1, m2, m3)", [][]float64{{30, 0, 20, gap, gap}}},
		{ifs, "IF(m1, 5, m3)", [][]float64{{5, 5, 20, gap, gap}}},
		{ifs, "IF(m1, m2, 5)", [][]float64{{30, 0, 5, 5, gap}}},
		{ifs, "IF(m1, m2)", [][]float64{{30, 0, gap, gap, gap}}},
		{ifs, "IF(m2 < 10, 10, 2)", [][]float64{{2, gap, 10, 10, 2}}},
		{ifs, "IF(1, m2, m3)", [][]float64{{30, gap, 0, 0, 30}}},
		{ifs, "IF(0, m2)", [][]float64{{gap, gap, gap, gap, gap}}},
		{ifs, "IF(m3>0,100*m1/m3,0)", [][]float64{{0, 0, 0, gap, 0}}},

		{gaps, "FILL(m1, 0)", [][]float64{{0, 2, 0, 0, 8, 0}}},
		{gaps, "FILL(m1, REPEAT)", [][]float64{{gap, 2, 2, 2, 8, 8}}},
		{gaps, "FILL(m1, LINEAR)", [][]float64{{gap, 2, 4, 6, 8, gap}}},
		{gaps, "FILL(m1, m2)", [][]float64{{1, 2, 1, 1, 8, 1}}},
		{gaps, "FILL(m1, MIN(m1))", [][]float64{{2, 2, 2, 2, 8, 2}}},
		{gaps, "FILL(none, 3)", [][]float64{{3, 3, 3, 3, 3, 3}}},
		{gaps, "FILL([m1, none], 1)", [][]float64{{1, 2, 1, 1, 8, 1}, {1, 1, 1, 1, 1, 1}}},
		{gaps, "RATE(m1)", [][]float64{{gap, gap, gap, gap, 6.0 / 180, gap}}},
		{gaps, "DIFF(m1)", [][]float64{{gap, gap, gap, gap, 6, gap}}},
		{gaps, "DIFF_TIME(m1)", [][]float64{{gap, gap, gap, gap, 180, gap}}},
		{gaps, "RUNNING_SUM(m1)", [][]float64{{gap, 2, gap, gap, 10, gap}}},
		{gaps, "SUM(m1)*m2", [][]float64{{10, 10, 10, 10, 10, 10}}},
		{gaps, "AVG(m1)*m2", [][]float64{slices.Repeat([]float64{10.0 / 6}, 6)}}, // what is missing is 0
		{gaps, "SUM(m1)/DATAPOINT_COUNT(m1)*m2", [][]float64{{5, 5, 5, 5, 5, 5}}},
		{gaps, "MAX(m1)+STDDEV(m1)+m2*0", [][]float64{{11, 11, 11, 11, 11, 11}}},
		{gaps, "MAX(none)+m2", [][]float64{{gap, gap, gap, gap, gap, gap}}},
		{gaps, "IF(MAX(none) > 1, 5, 6)*m2", [][]float64{{gap, gap, gap, gap, gap, gap}}},
		{gaps, "m1/PERIOD(m1)", [][]float64{{gap, 2.0 / 60, gap, gap, 8.0 / 60, gap}}},
		{gaps, "TIME_SERIES(7)", [][]float64{{7, 7, 7, 7, 7, 7}}},
		{gaps, "MINUTE(m1)", [][]float64{{0, 1, 2, 3, 4, 5}}},
		{gaps, "HOUR(m1)*10000+DAY(m1)*1000+DATE(m1)*100+MONTH(m1)", [][]float64{slices.Repeat([]float64{101203}, 6)}},
		{gaps, "YEAR(m1)-2000", [][]float64{slices.Repeat([]float64{26}, 6)}},
		{gaps, "EPOCH(m1)-" + fmt.Sprint(start.Unix()), [][]float64{{0, 60, 120, 180, 240, 300}}},

		{two, "SUM(METRICS())", [][]float64{{14, 5, 36, 3}}},
		{two, `SUM(METRICS("errors"))`, [][]float64{{3, 3, 3, 3}}},
		{two, `SUM([METRICS("4xx"), METRICS('5xx')])`, [][]float64{{3, 3, 3, 3}}},
		{two, "AVG([m1,m2])", [][]float64{{5.5, 1, 16.5, gap}}},
		{two, "MIN([m1,m2])", [][]float64{{1, 2, 3, gap}}},
		{two, "MAX([m1,m2])", [][]float64{{10, 2, 30, gap}}},
		{two, "STDDEV([m1,m2])", [][]float64{{4.5, 0, 13.5, gap}}},
		{two, "DATAPOINT_COUNT([m1,m2])", [][]float64{{2, 1, 2, gap}}},
		{two, "m1*METRIC_COUNT(METRICS())", [][]float64{{4, 8, 12, gap}}},
		{two, "SUM(100/[m1, m2])", [][]float64{{110, 50, 100.0/3 + 100.0/30, gap}}},
		{two, "[m1,m2]/m1", [][]float64{{1, 1, 1, gap}, {10, 0, 10, gap}}},
		{two, "m1/[m1,m2]", [][]float64{{1, 1, 1, gap}, {0.1, gap, 0.1, gap}}},
		{two, "-[m1, m2]", [][]float64{{-1, -2, -3, gap}, {-10, gap, -30, gap}}},
		{two, "CEIL(m1/2)+FLOOR(m1/2)+ABS(-m1)", [][]float64{{2, 4, 6, gap}}},
		{two, "LOG10(m2*10)+LOG(m1*0+1)", [][]float64{{2, 0, 2 + math.Log10(3), gap}}},
		{two, "LOG(m1-1)", [][]float64{{gap, 0, math.Log(2), gap}}},
		{two, "FIRST(SORT(METRICS(), SUM, DESC))", [][]float64{{10, gap, 30, gap}}},
		{two, "LAST(SORT(METRICS(), AVG, ASC))", [][]float64{{10, gap, 30, gap}}},
		{two, "SORT([m1,m2], MIN, DESC, 1)", [][]float64{{10, gap, 30, gap}}},
		{two, "SLICE(METRICS(), 0, 1)", [][]float64{{1, 2, 3, gap}}},
		{two, "SLICE(METRICS(), 3)", [][]float64{{2, 2, 2, 2}}},
		{two, "SLICE(METRICS(), 9)", nil},
		{two, "REMOVE_EMPTY([m1, IF(m1>99, m1)])", [][]float64{{1, 2, 3, gap}}},
	} {
		n := len(c.rows["m1"])
		results, err := Get(c.rows, c.rows.queries(c.expression), start, start.Add(time.Duration(n)*time.Minute))
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		var got [][]float64
		for _, r := range results {
			got = append(got, row(r.Points, n))
			if !slices.IsSortedFunc(r.Points, byTime) {
				t.Errorf("%s: not in order of time", c.expression)
			}
		}
		if diff := cmp.Diff(c.want, got, equal); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.expression, diff)
		}
	}
}

func TestLabels(t *testing.T) {
	t.Parallel()
	data := rows{"Errors": {4, 6}, "Invocations": {1, 2}}
	m := func(id, name, label string) Query {
		return Query{ID: id, Label: label, Metric: metric.New("AWS/Lambda", name, map[string]string{"FunctionName": "f-" + id}), Statistic: "Sum", Period: time.Minute}
	}
	for _, c := range []struct {
		queries []Query
		want    []string
	}{
		{[]Query{m("a", "Errors", "")}, []string{"Errors"}},
		{[]Query{m("a", "Errors", ""), m("b", "Errors", "")}, []string{"f-a", "f-b"}},
		{[]Query{m("a", "Errors", ""), m("b", "Invocations", "")}, []string{"f-a Errors", "f-b Invocations"}},
		{[]Query{m("a", "Errors", "Mine"), m("b", "Errors", "")}, []string{"Mine", "Errors"}},
		{[]Query{m("a", "Errors", "E"), {ID: "e", Expression: "a*2"}, {ID: "f", Label: "Twice", Expression: "a*2"}}, []string{"E", "e", "Twice"}},
		{[]Query{m("a", "Errors", "Errors"), {ID: "e", Label: "Filled With 0:", Expression: "FILL(METRICS(), 0)"}}, []string{"Errors", "Filled With 0: Errors"}},
		{[]Query{m("a", "Errors", "E"), {ID: "e", Expression: "SORT(METRICS(), AVG, ASC)"}}, []string{"E", "E"}},
		{
			[]Query{m("a", "Errors", "${PROP('Dim.FunctionName')} ${PROP('MetricName')} ${PROP('Stat')} ${MIN}-${MAX} ${AVG} ${LAST} ${NOPE}")},
			[]string{"f-a Errors Sum 4-6 5 6 ${NOPE}"},
		},
		{[]Query{m("a", "Nothing", "${PROP('Namespace')} ${SUM} ${MAX}")}, []string{"AWS/Lambda -- --"}},
	} {
		results, err := Get(data, c.queries, start, start.Add(2*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range results {
			got = append(got, r.Label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
