package asl

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// machine is a definition that uses every state type and field.
const machine = `{
  "Comment": "all of it", "Version": "1.0", "QueryLanguage": "JSONata", "TimeoutSeconds": 300,
  "StartAt": "Invoke",
  "States": {
    "Invoke": {
      "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
      "Arguments": {"FunctionName": "f", "Payload": "{% $states.input %}"},
      "TimeoutSeconds": "{% 10 + 1 %}", "HeartbeatSeconds": 5,
      "Retry": [{"ErrorEquals": ["A", "States.Timeout"], "IntervalSeconds": 2, "BackoffRate": 1.5, "MaxAttempts": 0, "MaxDelaySeconds": 9, "JitterStrategy": "FULL"},
                {"ErrorEquals": ["States.ALL"]}],
      "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed", "Output": "{% $states.errorOutput %}", "Assign": {"why": "{% $states.errorOutput.Error %}"}}],
      "Output": "{% $states.result %}", "Assign": {"x": 1}, "Next": "Decide"
    },
    "Decide": {
      "Type": "Choice",
      "Choices": [{"Condition": "{% $x = 1 %}", "Next": "Fan", "Assign": {"y": 2}, "Output": {}}, {"Condition": false, "Next": "Each"}],
      "Default": "Sleep", "Output": 1, "Assign": {}
    },
    "Fan": {
      "Type": "Parallel", "Arguments": [1],
      "Branches": [{"StartAt": "P1", "States": {"P1": {"Type": "Pass", "Assign": {"inner": 1}, "End": true}}},
                   {"StartAt": "P2", "States": {"P2": {"Type": "Succeed"}}}],
      "Next": "Done"
    },
    "Each": {
      "Type": "Map", "Items": [1, "{% $x %}"], "ItemSelector": {"i": "{% $states.context.Map.Item.Index %}"}, "MaxConcurrency": 2,
      "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Publish", "States": {"Publish": {
        "Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Arguments": {"TopicArn": "t", "Message": {"a": 1}}, "End": true}}},
      "Next": "Until"
    },
    "Sleep": {"Type": "Wait", "Seconds": 0, "Next": "Done"},
    "Until": {"Type": "Wait", "Timestamp": "2016-03-14T01:59:00Z", "End": true},
    "Done": {"Type": "Succeed", "Output": "{% $states.input %}"},
    "Failed": {"Type": "Fail", "Error": "E", "Cause": "{% $why %}"}
  }
}`

func TestParse(t *testing.T) {
	t.Parallel()
	d, err := Parse([]byte(machine))
	if err != nil {
		t.Fatal(err)
	}
	if d.TimeoutSeconds != 300 || d.StartAt != "Invoke" || len(d.States) != 8 {
		t.Errorf("got %+v", d)
	}
	want := []Retrier{
		{ErrorEquals: []string{"A", "States.Timeout"}, IntervalSeconds: 2, BackoffRate: 1.5, MaxAttempts: 0, MaxDelaySeconds: 9, FullJitter: true},
		{ErrorEquals: []string{"States.ALL"}, IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 3},
	}
	if diff := cmp.Diff(want, d.States["Invoke"].Retry); diff != "" {
		t.Errorf("retriers (-want +got)\n%s", diff)
	}
}

// Each case breaks the machine in one way.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, new, want string }{
		{`"QueryLanguage": "JSONata", `, ``, `QueryLanguage: must be "JSONata"`},
		{`"Version": "1.0"`, `"Version": "2.0"`, `Version: must be "1.0"`},
		{`"TimeoutSeconds": 300`, `"TimeoutSeconds": -1`, `TimeoutSeconds: must be a positive integer`},
		{`"Comment": "all of it"`, `"Coment": "x"`, `Coment: is not a field of a state machine`},
		{`"StartAt": "Invoke"`, `"StartAt": "Invok"`, `StartAt: there is no state "Invok"`},
		{`"Default": "Sleep"`, `"Default": "Slep"`, `States.Decide.Default: there is no state "Slep"`},
		{`"Default": "Sleep"`, `"Default": "Done"`, `States.Sleep: no path from "Invoke" leads to this state`},
		{`"Next": "Failed"`, `"Next": "P1"`, `States.Invoke.Catch[0].Next: there is no state "P1" in this flow`},
		{`"P2": {"Type": "Succeed"}`, `"P2": {"Type": "Pass", "Next": "Done"}`, `States.Fan.Branches[1].States.P2.Next: there is no state "Done"`},
		{`"StartAt": "P2", "States": {"P2"`, `"StartAt": "P1", "States": {"P1"`, `States.Fan.Branches[1].States.P1: the name is taken by States.Fan.Branches[0].States.P1`},
		{`"Type": "Succeed", "Output"`, `"Type": "Success", "Output"`, `States.Done.Type: "Success" is not a type of state`},
		{`lambda:invoke"`, `lambda:invoke.waitForTaskToken"`, `States.Invoke.Resource: arn:aws:states:::lambda:invoke.waitForTaskToken: the patterns`},
		{`sns:publish"`, `sqs:sendMessage"`, `States.Each.ItemProcessor.States.Publish.Resource: arn:aws:states:::sqs:sendMessage is not supported`},
		{`"FunctionName": "f", `, ``, `States.Invoke.Arguments.FunctionName: is required`},
		{`"FunctionName": "f"`, `"FunctionName": "f", "Playload": 1`, `States.Invoke.Arguments.Playload: is not an argument`},
		{`"FunctionName": "f"`, `"FunctionName": "f", "InvocationType": "Event"`, `States.Invoke.Arguments.InvocationType: this argument of arn:aws:states:::lambda:invoke is not supported`},
		{`"TopicArn": "t", `, ``, `Arguments.TopicArn: is required`},
		{`"HeartbeatSeconds": 5`, `"HeartbeatSeconds": 0`, `States.Invoke.HeartbeatSeconds: must be a positive integer`},
		{`"TimeoutSeconds": "{% 10 + 1 %}"`, `"TimeoutSeconds": 5`, `States.Invoke.TimeoutSeconds: must be greater than HeartbeatSeconds`},
		{`"TimeoutSeconds": "{% 10 + 1 %}"`, `"TimeoutSeconds": "11"`, `States.Invoke.TimeoutSeconds: must be a {% %} string`},
		{`"Payload": "{% $states.input %}"`, `"Payload": [{"a": "{% $states. %}"}]`, `States.Invoke.Arguments.Payload[0].a: the JSONata expression does not compile`},
		{`"Payload": "{% $states.input %}"`, `"Payload": "{% $eval('1') %}"`, `States.Invoke.Arguments.Payload: $eval is not available`},
		{`"Payload": "{% $states.input %}"`, `"Payload": "{% $states.result %}"`, `States.Invoke.Arguments.Payload: $states.result is not available here`},
		{`"Output": "{% $states.result %}"`, `"Output": "{% $states.errorOutput %}"`, `States.Invoke.Output: $states.errorOutput is not available here`},
		{`"IntervalSeconds": 2`, `"IntervalSeconds": 0`, `States.Invoke.Retry[0].IntervalSeconds: must be a positive integer`},
		{`"MaxAttempts": 0`, `"MaxAttempts": 1.5`, `States.Invoke.Retry[0].MaxAttempts: must be a non-negative integer`},
		{`"MaxDelaySeconds": 9`, `"MaxDelaySeconds": 2`, `States.Invoke.Retry[0].MaxDelaySeconds: must be greater than IntervalSeconds`},
		{`"BackoffRate": 1.5`, `"BackoffRate": 0.5`, `States.Invoke.Retry[0].BackoffRate: must be a number of at least 1.0`},
		{`"JitterStrategy": "FULL"`, `"JitterStrategy": "SOME"`, `States.Invoke.Retry[0].JitterStrategy: must be FULL or NONE`},
		{`["A", "States.Timeout"]`, `["A", "States.ALL"]`, `States.Invoke.Retry[0].ErrorEquals: States.ALL must stand alone`},
		{`["A", "States.Timeout"]`, `["States.ALL"]`, `States.Invoke.Retry[0].ErrorEquals: States.ALL must stand alone, in the last entry`},
		{`["A", "States.Timeout"]`, `["States.TimeOut"]`, `States.Invoke.Retry[0].ErrorEquals[0]: "States.TimeOut" is not a reserved error name`},
		{`["A", "States.Timeout"]`, `[]`, `States.Invoke.Retry[0].ErrorEquals: must be a non-empty array`},
		{`"Condition": false`, `"Condition": "false"`, `States.Decide.Choices[1].Condition: must be a {% %} string`},
		{`"Condition": false`, `"Variable": "$.a"`, `States.Decide.Choices[1].Condition: is required`},
		{`"Condition": "{% $x = 1 %}", "Next": "Fan"`, `"Condition": true, "Next": ""`, `States.Decide.Choices[0].Next: must not be empty`},
		{`"Assign": {"inner": 1}`, `"Assign": {"x": 1}`, `States.Fan.Branches[0].States.P1.Assign.x: the variable x belongs to the scope around`},
		{`"Assign": {"inner": 1}`, `"Assign": {"states": 1}`, `Assign.states: states is a reserved variable`},
		{`"Assign": {"inner": 1}`, `"Assign": {"1a": 1}`, `Assign.1a: a variable's name is a letter`},
		{`"Mode": "INLINE"`, `"Mode": "DISTRIBUTED"`, `States.Each.ItemProcessor.ProcessorConfig.Mode: must be INLINE`},
		{`"MaxConcurrency": 2`, `"ItemReader": {}`, `States.Each.ItemReader: is not supported`},
		{`"MaxConcurrency": 2`, `"ToleratedFailureCount": 1`, `States.Each.ToleratedFailureCount: is not supported`},
		{`"Items": [1, "{% $x %}"]`, `"Items": {"a": 1}`, `States.Each.Items: must be an array`},
		{`"Seconds": 0`, `"Seconds": -1`, `States.Sleep.Seconds: must be a non-negative integer`},
		{`"Seconds": 0`, `"Seconds": 0, "Timestamp": "2016-03-14T01:59:00Z"`, `States.Sleep: must have exactly one of Seconds and Timestamp`},
		{`"Seconds": 0`, `"SecondsPath": "$.a", "Seconds": 0`, `States.Sleep.SecondsPath: is a JSONPath field`},
		{`2016-03-14T01:59:00Z`, `2016-03-14 01:59`, `States.Until.Timestamp: must be a time`},
		{`"Seconds": 0, "Next": "Done"`, `"Seconds": 0, "Next": "Done", "End": true`, `States.Sleep: must have either "Next" or "End": true`},
		{`"Seconds": 0, "Next": "Done"`, `"Seconds": 0, "Next": "Done", "Next": "Done"`, `States.Sleep: has the field "Next" twice`},
		{`"Type": "Fail", `, `"Type": "Fail", "Next": "Done", `, `States.Failed.Next: is not a field of a Fail state`},
		{`"Type": "Fail", `, `"Type": "Fail", "InputPath": "$", `, `States.Failed.InputPath: is a JSONPath field`},
	} {
		if strings.Count(machine, c.old) != 1 {
			t.Errorf("%q is not in the machine once", c.old)
			continue
		}
		_, err := Parse([]byte(strings.Replace(machine, c.old, c.new, 1)))
		var problems Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s -> %s:\n got %v\nwant %s", c.old, c.new, err, c.want)
		}
	}
}

func TestProblemsAreJoined(t *testing.T) {
	t.Parallel()
	_, err := Parse([]byte(`{"QueryLanguage": "JSONata", "StartAt": "A", "States": {
		"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": "1"}], "Next": "B"}}}`))
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v", err)
	}
	want := Problems{
		{"States.A.Retry[0].IntervalSeconds", "/States/A/Retry[0]/IntervalSeconds", CodeSchema, "must be a positive integer up to 99999999"},
		{"States.A.Next", "/States/A/Next", CodeTransition, `there is no state "B" in this flow`},
	}
	if diff := cmp.Diff(want, problems); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for _, definition := range []string{``, `[]`, `null`, `{`, `{"StartAt": 1}`, `{} {}`, "\xff"} {
		if _, err := Parse([]byte(definition)); err == nil {
			t.Errorf("%q is accepted", definition)
		}
	}
}

// Whatever the bytes, Parse answers.
func FuzzParse(f *testing.F) {
	f.Add([]byte(machine))
	f.Add([]byte(`{"States": {"": {"Type": "Map", "ItemProcessor": null, "Items": null}}}`))
	f.Fuzz(func(t *testing.T, definition []byte) {
		if d, err := Parse(definition); (d == nil) == (err == nil) {
			t.Errorf("got %v, %v", d, err)
		}
	})
}
