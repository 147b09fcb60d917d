package dashboards

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTable holds the alarms against the table of the specification. The limits
// that they follow from are the sample's: timeouts of 10, 60 and 600 s, 50 and 20
// reserved.
func TestTable(t *testing.T) {
	t.Parallel()
	rate := "IF(invocations>0,100*errors/invocations,0) > 5, 2/3"
	want := map[string]string{
		"validate-error-rate": rate, "resize-error-rate": rate, "notify-error-rate": rate,
		"validate-errors": "Sum Errors > 0, 1/1", "resize-errors": "Sum Errors > 0, 1/1", "notify-errors": "Sum Errors > 0, 1/1",
		"validate-throttles": "Sum Throttles ≥ 1, 2/3", "resize-throttles": "Sum Throttles ≥ 1, 2/3", "notify-throttles": "Sum Throttles ≥ 1, 2/3",
		"validate-duration": "p99 Duration > 8000, 2/3", "resize-duration": "p99 Duration > 48000, 2/3", "notify-duration": "p99 Duration > 8000, 2/3",
		"validate-concurrency": "Maximum ConcurrentExecutions > 40, 10/10", "resize-concurrency": "Maximum ConcurrentExecutions > 16, 10/10",
		"validate-rejected-share":       "IF(rejected+passed>=20,100*rejected/(rejected+passed),0) > 20, 3/5",
		"resize-memory":                 "Maximum MemoryShare > 90, 2/3",
		"notify-publish-failures":       "Sum PublishFailed > 0, 1/1",
		"workflow-executions-failed":    "Sum ExecutionsFailed > 0, 1/1",
		"workflow-executions-timed-out": "Sum ExecutionsTimedOut > 0, 1/1",
		"workflow-executions-throttled": "Sum ExecutionThrottled > 0, 1/1",
		"workflow-executions-aborted":   "Sum ExecutionsAborted > 0, 1/1",
		"workflow-failure-rate":         "IF(started>0,100*failed/started,0) > 5, 2/3",
		"workflow-execution-time":       "p99 ExecutionTime > 480000, 3/3",
		"api-5xx":                       "Average 5XXError > 0.05, 3/3",
		"api-4xx":                       "Average 4XXError > 0.05, 5/5",
		"api-latency":                   "p90 Latency ≥ 2500, 5/5",
		"api-traffic":                   "SampleCount Count < 5, 10/10, breaching",
		"storage-input-5xx":             "Average 5xxErrors > 0.05, 15/15", "storage-output-5xx": "Average 5xxErrors > 0.05, 15/15",
		"storage-input-4xx": "Average 4xxErrors > 0.05, 15/15", "storage-output-4xx": "Average 4xxErrors > 0.05, 15/15",
		"storage-input-latency": "p99 TotalRequestLatency > 5000, 3/3", "storage-output-latency": "p99 TotalRequestLatency > 5000, 3/3",
		"topic-delivery-failures": "Sum NumberOfNotificationsFailed > 0, 1/1",
	}
	for _, queue := range []string{"validate", "resize", "notify", "failed-executions", "undelivered"} {
		want["dead-letters-"+queue+"-visible"] = "Maximum ApproximateNumberOfMessagesVisible > 0, 1/1"
	}
	alarms := everyAlarm(t)
	for key, a := range alarms {
		if a.String() != want[key] {
			t.Errorf("%s: %s, want %s", key, a, want[key])
		}
		if a.Name != "pixline-prod-"+key || a.Metric.period() != time.Minute {
			t.Errorf("%s: the name is %s, the period %v", key, a.Name, a.Metric.period())
		}
		if !strings.HasSuffix(a.Description, " Runbook: "+DefaultRunbookURL+a.Runbook) || strings.Count(a.Description, ". ") < 2 || strings.Contains(a.Description, "%!") {
			t.Errorf("%s: the description is %q", key, a.Description)
		}
	}
	for key := range want {
		if _, ok := alarms[key]; !ok {
			t.Errorf("there is no %s", key)
		}
	}
}

// TestDescriptions: the limit is in words.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	alarms := everyAlarm(t)
	for key, want := range map[string]string{
		"resize-duration":                  "The slowest invocations of resize take more than 48 s, close to the timeout. ",
		"resize-throttles":                 "Lambda turns invocations of resize away: 1 or more in a minute. ",
		"validate-rejected-share":          "More than 20 % of the images are rejected. ",
		"api-latency":                      "One request in ten to the API takes 2.5 s or more. ",
		"api-traffic":                      "The API has fewer than 5 requests a minute. ",
		"storage-input-5xx":                "S3 answers more than 5 % of the requests to the bucket input with 5xx. ",
		"dead-letters-undelivered-visible": "1 or more messages wait in the dead-letter queue undelivered. ",
	} {
		if got := alarms[key].Description; !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// TestAlarmsThatAnEnvironmentHas: without reserved concurrency, low traffic and a
// baseline there are no such alarms.
func TestAlarmsThatAnEnvironmentHas(t *testing.T) {
	t.Parallel()
	s, settings := sample()
	for stage, f := range s.Functions {
		f.ReservedConcurrency = -1
		s.Functions[stage] = f
	}
	settings.LowTraffic, settings.Baseline = false, 0
	few, all := alarmsOf(t, s, settings), everyAlarm(t)
	var gone []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if _, ok := few[key]; !ok {
			gone = append(gone, key)
		}
	}
	want := []string{"api-traffic", "notify-errors", "resize-concurrency", "resize-errors", "validate-concurrency", "validate-errors"}
	if !slices.Equal(gone, want) {
		t.Errorf("without them, %v are gone, want %v", gone, want)
	}
}

// TestNamesDoNotMatter: all but the metric is known before AWS has named
// anything.
func TestNamesDoNotMatter(t *testing.T) {
	t.Parallel()
	named, settings := sample()
	later, earlier := alarmsOf(t, named, settings), alarmsOf(t, unnamed(), settings)
	for key, a := range later {
		b := earlier[key]
		if a.Metric.Period != b.Metric.Period || a.Metric.Expression != b.Metric.Expression || a.Metric.Statistic != b.Metric.Statistic {
			t.Errorf("%s watches %+v, and before %+v", key, a.Metric, b.Metric)
		}
		a.Metric, b.Metric = Metric{}, Metric{}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%+v was %+v", a, b)
		}
	}
}

func TestThresholds(t *testing.T) {
	t.Parallel()
	s, settings := sample()
	settings.Thresholds = map[string]float64{"error-rate": 1, "resize-error-rate": 2, "storage-latency": 900}
	settings.RunbookURL = "https://wiki.example.com/pixline"
	alarms := alarmsOf(t, s, settings)
	for key, want := range map[string]float64{"validate-error-rate": 1, "resize-error-rate": 2, "storage-input-latency": 900, "api-latency": 2500} {
		if got := alarms[key].Threshold; got != want {
			t.Errorf("the threshold of %s is %v, want %v", key, got, want)
		}
	}
	if d := alarms["validate-error-rate"].Description; !strings.HasPrefix(d, "More than 1 % of the invocations of validate fail.") || !strings.HasSuffix(d, "https://wiki.example.com/pixline/function-error-rate.md") {
		t.Errorf("the description is %q", d)
	}
	for name, thresholds := range map[string]map[string]float64{
		"there is no alarm resize-eror-rate; the alarms are 4xx, 5xx, api-4xx": {"resize-eror-rate": 2},
		"the threshold of memory is -1":                                        {"memory": -1},
	} {
		settings.Thresholds = thresholds
		if _, err := Alarms(s, settings); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

func TestComposites(t *testing.T) {
	t.Parallel()
	s, settings := sample()
	list, err := Composites(s, settings)
	if err != nil {
		t.Fatal(err)
	}
	alarms := alarmsOf(t, s, settings)
	children := map[string]string{} // stage by name
	for _, a := range alarms {
		children[a.Name] = a.Stage
	}
	var stages, rule []string
	for _, c := range list[:len(list)-1] {
		for _, child := range c.Children {
			if children[child] != c.Stage {
				t.Errorf("%s has %q of the stage %q", c.Name, child, children[child])
			}
			delete(children, child)
		}
		stages = append(stages, c.Stage)
		if c.Stage != "dead-letters" { // they stay on when all is well again
			rule = append(rule, `ALARM("`+c.Name+`")`)
		}
	}
	if want := []string{"validate", "resize", "notify", "workflow", "api", "storage", "dead-letters", "topic"}; !slices.Equal(stages, want) {
		t.Errorf("the stages are %v, want %v", stages, want)
	}
	if len(children) > 0 {
		t.Errorf("no composite has %v", children)
	}
	whole := list[len(list)-1]
	if whole.Name != "pixline-prod-pipeline-health" || whole.Rule != strings.Join(rule, " OR ") || whole.Runbook != "health.md" {
		t.Errorf("%+v", whole)
	}
}

// TestLimitsAreHeld breaks each limit that a configuration can break.
func TestLimitsAreHeld(t *testing.T) {
	t.Parallel()
	s, settings := sample()
	s.Name = strings.Repeat("x", 250)
	if _, err := Alarms(s, settings); err == nil || !strings.Contains(err.Error(), "the limits are 255 and 1024") {
		t.Errorf("%v", err)
	}
	s, _ = sample()
	for range 101 {
		s.DeadLetters = append(s.DeadLetters, Queue{Label: strings.Repeat("q", 100)})
	}
	if _, err := Composites(s, settings); err == nil || !strings.Contains(err.Error(), "106 alarms: the limits are 10240 and 100") {
		t.Errorf("%v", err)
	}
	settings.Dashboards = []string{Storage}
	if _, err := Dashboards(s, settings); err == nil || !strings.Contains(err.Error(), "the limits are 500, 100 and 10000") {
		t.Errorf("%v", err)
	}
	s, _ = sample()
	s.Name = "a.b"
	if _, err := Dashboards(s, settings); err == nil || !strings.Contains(err.Error(), `a dashboard cannot be called "pixline-a.b-storage"`) {
		t.Errorf("%v", err)
	}
	settings.Dashboards = []string{"overveiw"}
	if _, err := Dashboards(s, settings); err == nil || !strings.Contains(err.Error(), "there is no dashboard overveiw; the dashboards are overview, validate") {
		t.Errorf("%v", err)
	}
}

// TestRound: thresholds and what is said of them are decimal numbers.
func TestRound(t *testing.T) {
	t.Parallel()
	s, settings := sample()
	settings.Thresholds = map[string]float64{"storage-4xx": 0.07}
	for stage, f := range s.Functions {
		f.TimeoutSeconds, f.ReservedConcurrency = 3, 7
		s.Functions[stage] = f
	}
	alarms, err := Alarms(s, settings)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"resize-duration": 2400, "resize-concurrency": 5.6, "storage-input-4xx": 0.07}
	for _, a := range alarms {
		for _, digits := range []string{"00000", "99999"} {
			if strings.Contains(strings.ReplaceAll(a.Description, s.Account, ""), digits) {
				t.Errorf("%s says: %s", a.Name, a.Description)
			}
		}
		for name, threshold := range want {
			if strings.HasSuffix(a.Name, name) {
				delete(want, name)
				if a.Threshold != threshold {
					t.Errorf("%s goes off at %v", a.Name, a.Threshold)
				}
			}
		}
	}
	if len(want) > 0 {
		t.Errorf("there is no %v", want)
	}
}
