package oracle

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRefuses breaks a line in every way that CloudWatch would not take, so that
// the oracle cannot accept by accident.
func TestRefuses(t *testing.T) {
	t.Parallel()
	Need(t)
	now := strconv.FormatInt(time.Now().UnixMilli(), 10)
	right := strings.NewReplacer("NOW", now, "\n", "").Replace(`{"_aws":{"Timestamp":NOW,"CloudWatchMetrics":[
{"Namespace":"Pixline/dev","Dimensions":[["Stage"]],"Metrics":[{"Name":"Time","Unit":"Milliseconds"}]},
{"Namespace":"Pixline/dev","Dimensions":[["Stage","Code"]],"Metrics":[{"Name":"Rejected","Unit":"Count"}]}]},
"Stage":"resize","Code":"corrupt","Time":12.5,"Rejected":1,"key":"it's <b>\"é\"</b>"}`)
	broken := map[string]string{
		"two objects":              right + right,
		"no JSON":                  right[1:],
		"no time":                  strings.Replace(right, `"Timestamp":`+now+`,`, "", 1),
		"a time of text":           strings.Replace(right, now, `"`+now+`"`, 1),
		"an old time":              strings.Replace(right, now, "1000", 1),
		"no dimension sets":        strings.Replace(right, `[["Stage"]]`, `[]`, 1),
		"a flat dimension set":     strings.Replace(right, `[["Stage"]]`, `["Stage"]`, 1),
		"a dimension not there":    strings.Replace(right, `"Code":"corrupt",`, "", 1),
		"a dimension of a number":  strings.Replace(right, `"corrupt"`, "7", 1),
		"an empty dimension":       strings.Replace(right, `"corrupt"`, `""`, 1),
		"a metric not there":       strings.Replace(right, `"Rejected":1,`, "", 1),
		"a metric of text":         strings.Replace(right, `"Rejected":1,`, `"Rejected":"1",`, 1),
		"a unit of its own":        strings.Replace(right, `"Milliseconds"`, `"ms"`, 1),
		"a namespace with a comma": strings.Replace(right, "Pixline/dev", "Pixline,dev", 1),
		"another member":           strings.Replace(right, `"Unit":"Count"`, `"Unit":"Count","Statistic":"Sum"`, 1),
		"too many metrics":         strings.Replace(right, `{"Name":"Time","Unit":"Milliseconds"}`, strings.Repeat(`{"Name":"Time"},`, 100)+`{"Name":"Time"}`, 1),
	}
	lines, names := []string{right}, []string{"the right line"}
	for name, line := range broken {
		lines, names = append(lines, line), append(names, name)
	}
	problems, err := Check(t.Context(), lines)
	if err != nil {
		t.Fatal(err)
	}
	for i, problem := range problems {
		if (problem == "") != (i == 0) {
			t.Errorf("%s: %q", names[i], problem)
		}
	}
}
