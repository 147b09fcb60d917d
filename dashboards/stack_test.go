package dashboards

import (
	"fmt"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
)

const apiStage = "v1"

// sample is a stack with everything, and settings that have every alarm and
// every dashboard.
func sample() (Stack, Settings) {
	s := Stack{
		Project: "pixline", Name: "prod", Partition: "aws", Region: "eu-west-1", Account: "000000000000", Namespace: namespace,
		Functions: map[string]Function{
			contract.StageValidate: {Name: "validate-1", LogGroup: "/aws/lambda/pixline-prod-validate", TimeoutSeconds: 10, MemoryMB: 256, ReservedConcurrency: 50},
			contract.StageResize:   {Name: "resize-1", LogGroup: "/aws/lambda/pixline-prod-resize", TimeoutSeconds: 60, MemoryMB: 2048, ReservedConcurrency: 20},
			contract.StageNotify:   {Name: "notify-1", LogGroup: "/aws/lambda/pixline-prod-notify", TimeoutSeconds: 10, MemoryMB: 128, ReservedConcurrency: -1},
		},
		Workflow: Workflow{ARN: "arn:aws:states:eu-west-1:000000000000:stateMachine:m", LogGroup: "/aws/vendedlogs/states/pixline-prod-workflow", TimeoutSeconds: 600},
		API:      API{Name: "api-1", Stage: apiStage},
		Buckets:  []Bucket{{"input", "input-1", "EntireBucket"}, {"output", "output-1", "EntireBucket"}},
		Topic:    "outcomes-1",
	}
	for _, label := range []string{"validate", "resize", "notify", "failed-executions", "undelivered"} {
		s.DeadLetters = append(s.DeadLetters, Queue{Label: label, Name: label + "-1"})
	}
	return s, Settings{Dashboards: Names(), LowTraffic: true, Baseline: 5}
}

// unnamed is the sample before AWS has named anything.
func unnamed() Stack {
	s, _ := sample()
	s.Account, s.Topic, s.API, s.Workflow.ARN, s.Workflow.LogGroup = "", "", API{}, "", ""
	for stage, f := range s.Functions {
		f.Name, f.LogGroup = "", ""
		s.Functions[stage] = f
	}
	for i := range s.Buckets {
		s.Buckets[i].Name = ""
	}
	for i := range s.DeadLetters {
		s.DeadLetters[i].Name = ""
	}
	return s
}

func alarmsOf(t *testing.T, s Stack, settings Settings) map[string]Alarm {
	t.Helper()
	list, err := Alarms(s, settings)
	if err != nil {
		t.Fatal(err)
	}
	byKey := map[string]Alarm{}
	for _, a := range list {
		if _, taken := byKey[a.Key()]; taken {
			t.Errorf("%s is there twice", a.Key())
		}
		byKey[a.Key()] = a
	}
	return byKey
}

// everyAlarm are the sample's.
func everyAlarm(t *testing.T) map[string]Alarm {
	t.Helper()
	s, settings := sample()
	return alarmsOf(t, s, settings)
}

// String is the alarm as OBSERVABILITY.md has it.
func (a Alarm) String() string {
	what := a.Metric.Statistic + " " + a.Metric.Name
	if a.Metric.Expression != "" {
		what = a.Metric.Expression
	}
	text := fmt.Sprintf("%s %s %s, %d/%d", what, a.Comparison.symbol(), number(a.Threshold), a.Datapoints, a.Periods)
	if a.Missing != NotBreaching {
		text += ", " + string(a.Missing)
	}
	return text
}
