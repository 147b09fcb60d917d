package query

import (
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

func TestSearch(t *testing.T) {
	t.Parallel()
	lambda := func(name, function string) metric.ID {
		return metric.New("AWS/Lambda", name, map[string]string{"FunctionName": function})
	}
	source := listed{rows{"Errors": {1}, "Invocations": {2}, "CustomCount1": {3}}, []metric.ID{
		lambda("Errors", "pixline-dev-resize"), lambda("Errors", "pixline-dev-notify"), lambda("Invocations", "pixline-dev-resize"),
		metric.New("AWS/Lambda", "Errors", map[string]string{"FunctionName": "pixline-dev-resize", "Resource": "live"}),
		metric.New("My Namespace", "CustomCount1", nil),
	}}
	for pattern, want := range map[string]int{
		`{AWS/Lambda,FunctionName} MetricName="Errors"`:                             2,
		`{AWS/Lambda, FunctionName}, MetricName="Errors" `:                          2,
		`{AWS/Lambda, FunctionName}`:                                                3,
		`MetricName="Errors"`:                                                       3,
		`{AWS/Lambda,FunctionName} MetricName="Errors" NOT notify`:                  1,
		`{AWS/Lambda,FunctionName} MetricName="Errors" OR (Invocations AND resize)`: 3,
		`FunctionName=notify`:                                                       1,
		`FunctionName="notify"`:                                                     0,
		`count`:                                                                     1,
		`CustomCount`:                                                               1,
		`"CustomCount1"`:                                                            1,
		`"Custom"`:                                                                  0,
		`{"My Namespace"}`:                                                          1,
		`NOT Namespace=AWS`:                                                         1,
		`pixline-dev errors`:                                                        3,
	} {
		results, err := Get(source, []Query{{ID: "e", Expression: "SEARCH('" + pattern + "', 'Sum', 60)"}}, start, start.Add(time.Minute))
		if err != nil || len(results) != want {
			t.Errorf("%s: %d results, want %d (%v)", pattern, len(results), want, err)
		}
	}
	results, err := Get(source, []Query{{ID: "e", Expression: `SEARCH('{AWS/Lambda,FunctionName} MetricName="Errors"', 'Sum', 60)`}}, start, start.Add(time.Minute))
	if err != nil || results[0].Label != "pixline-dev-resize" || results[1].Label != "pixline-dev-notify" {
		t.Errorf("%+v, %v", results, err)
	}
	if results, err = Get(source, []Query{{ID: "e", Expression: `SUM(SEARCH('{AWS/Lambda,FunctionName} "Errors"', 'Sum'))`}}, start, start.Add(time.Minute)); err != nil || results[0].Points[0].Value != 2 {
		t.Errorf("%+v, %v", results, err)
	}
	for _, bad := range []string{"", "{", "{a", "{a,}", "(a", "a)", "a OR", "NOT", `"a`, "a=", "= b", strings.Repeat("NOT ", 60) + "a", strings.Repeat("a", 1025)} {
		if _, err := Get(source, []Query{{ID: "e", Expression: "SEARCH('" + bad + "', 'Sum', 60)"}}, start, start.Add(time.Minute)); err == nil {
			t.Errorf("the search %.40q was taken", bad)
		}
	}
}
