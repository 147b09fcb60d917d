package meter

import (
	"bytes"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/logs"
)

func nowText() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) }

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wait gives what one request was measured with, by name and unit: its handler
// ends after its client has the answer.
func (r *record) wait(t *testing.T) map[string]float64 {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		r.mu.Lock()
		got := map[string]float64{}
		for _, d := range r.data {
			if d.ID.Namespace != "AWS/S3" || len(d.ID.Dimensions) != 2 || d.ID.Dimensions[0].Name != "BucketName" || d.ID.Dimensions[1].Name != "FilterId" {
				t.Errorf("%+v", d.ID)
			}
			got[d.ID.Name+" "+d.Unit] = d.Value
		}
		r.data = nil
		r.mu.Unlock()
		if len(got) > 0 {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was measured")
		}
	}
}

// right is a line of two directives, as telemetry writes them, with what the
// format has beside: a list of values, no unit, a resolution, no dimension.
const right = `{"_aws":{"Timestamp":NOW,"CloudWatchMetrics":[
{"Namespace":"Pixline/dev","Dimensions":[["Stage"],["Stage","Code"],[]],"Metrics":[{"Name":"Rejected","Unit":"Count"}]},
{"Namespace":"Pixline/dev","Dimensions":[["Stage"]],"Metrics":[{"Name":"Times","Unit":"Megabits/Second","StorageResolution":1},{"Name":"Plain"}],"More":1}],"more":2},
"Stage":"resize","Code":"corrupt","Rejected":1,"Times":[1.5,1.5],"Plain":-2e3,"key":"\"_aws\":{"}`

func lineOf(pattern string) string { return strings.ReplaceAll(pattern, "NOW", nowText()) }

func TestLogs(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	m.Logs("group", []logs.Event{
		{Message: "START RequestId: 1"},
		{Message: lineOf(right)},
		{Message: `{"key":"\"_aws\":{}"}`},
		{Message: `{"detail":{"_aws":{}}}`},
		{Message: `{"_aws":{"Timestamp":1,"CloudWatchMetrics":[]}}`}, // without metrics, none is late
	})
	got := map[string][]float64{}
	for _, d := range r.data {
		got[text(d)] = append(got[text(d)], d.Value)
	}
	if diff := cmp.Diff(map[string][]float64{
		"Pixline/dev Rejected{Stage=resize} Count": {1}, "Pixline/dev Rejected{Code=corrupt,Stage=resize} Count": {1}, "Pixline/dev Rejected{} Count": {1},
		"Pixline/dev Times{Stage=resize} Megabits/Second": {1.5, 1.5}, "Pixline/dev Plain{Stage=resize} None": {-2000},
	}, got); diff != "" {
		t.Error(diff)
	}
	for _, d := range r.data {
		if now := time.Now().Add(ahead); now.Sub(d.Time).Abs() > time.Hour {
			t.Errorf("a line of now is of %v", d.Time)
		}
	}
}

// TestBrokenLines: nothing is taken from a line that CloudWatch would refuse, and
// it is counted and told.
func TestBrokenLines(t *testing.T) {
	t.Parallel()
	replace := func(old, with string) string { return strings.Replace(right, old, with, 1) }
	for what, broken := range map[string]string{
		"more than one object":      right + "{}",
		"no _aws object":            `{"_aws":[]}`,
		"no directives":             `{"_aws":{"Timestamp":NOW}}`,
		"another case":              replace(`"CloudWatchMetrics"`, `"cloudWatchMetrics"`),
		"no time":                   replace(`"Timestamp":NOW,`, ""),
		"a time of text":            replace("NOW", `"NOW"`),
		"half a millisecond":        replace("NOW", "NOW.5"),
		"three weeks ago":           replace("NOW", strconv.FormatInt(time.Now().Add(-21*24*time.Hour).UnixMilli(), 10)),
		"three hours ahead":         replace("NOW", strconv.FormatInt(time.Now().Add(3*time.Hour).UnixMilli(), 10)),
		"no namespace":              replace(`"Namespace":"Pixline/dev",`, ""),
		"a blank namespace":         replace("Pixline/dev", " "),
		"no dimension sets":         replace(`[["Stage"],["Stage","Code"],[]]`, "[]"),
		"a flat dimension set":      replace(`[["Stage"],["Stage","Code"],[]]`, `["Stage"]`),
		"a dimension not there":     replace(`"Code":"corrupt",`, ""),
		"a dimension of a number":   replace(`"corrupt"`, "1"),
		"an empty dimension":        replace(`"corrupt"`, `""`),
		"a long dimension":          replace(`"corrupt"`, `"`+strings.Repeat("x", 1025)+`"`),
		"too many dimensions":       replace(`["Stage","Code"]`, `["Stage"`+strings.Repeat(`,"Stage"`, 30)+"]"),
		"a metric not there":        replace(`"Rejected":1`, `"rejected":1`),
		"a metric of text":          replace(`"Rejected":1`, `"Rejected":"1"`),
		"a metric of null":          replace(`"Rejected":1`, `"Rejected":null`),
		"a null among values":       replace("[1.5,1.5]", "[1.5,null]"),
		"too many values":           replace("[1.5,1.5]", "[1"+strings.Repeat(",1", 100)+"]"),
		"a unit of its own":         replace(`"Count"`, `"Pieces"`),
		"a unit of a number":        replace(`"Count"`, "1"),
		"a time unit per second":    replace(`"Count"`, `"Milliseconds/Second"`),
		"another resolution":        replace(`"StorageResolution":1`, `"StorageResolution":30`),
		"a metric without name":     replace(`{"Name":"Plain"}`, "{}"),
		"more metrics than allowed": replace(`{"Name":"Plain"}`, strings.Repeat(`{"Name":"Plain"},`, 100)+`{"Name":"Plain"}`),
	} {
		m, r := newMeter()
		var told bytes.Buffer
		m.options.Log = slog.New(slog.NewTextHandler(&told, nil))
		m.Logs("group", []logs.Event{{Message: lineOf(broken)}})
		name := "AWS/Logs EMFValidationErrors{LogGroupName=group} Count"
		if what == "more than one object" {
			name = "AWS/Logs EMFParsingErrors{LogGroupName=group} Count"
		}
		if len(r.data) != 1 || text(r.data[0]) != name || !strings.Contains(told.String(), "group=group") {
			t.Errorf("%s: %+v, told %q", what, r.data, &told)
		}
	}
}

func BenchmarkLogs(b *testing.B) {
	m, r := newMeter()
	events := []logs.Event{{Message: lineOf(right)}}
	b.ReportAllocs()
	for b.Loop() {
		m.Logs("group", events)
		r.data = r.data[:0]
	}
}
