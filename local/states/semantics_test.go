package states_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/states/store"
)

const entered = "ExecutionStarted "

// task is the events of one call that succeeds.
const task = "TaskScheduled TaskStarted TaskSucceeded "

func TestSemantics(t *testing.T) {
	t.Parallel()
	big := `"{% $join([1..60000].('xxxxx')) %}"`
	for name, c := range map[string]struct {
		states string // of the machine; the first one starts
		input  string
		tasks  functions
		output string // of an execution that succeeds
		fails  string // error, colon, part of the cause
		events string
		took   time.Duration
	}{
		"pass copies its input": {
			states: `"A":{"Type":"Pass","End":true}`,
			input:  `{"big":12345678901234567890,"n":null,"e":[],"o":{},"u":"é😀\u2028<&>","f":1.50}`,
			output: `{"big":12345678901234567890,"n":null,"e":[],"o":{},"u":"é😀\u2028<&>","f":1.50}`,
			events: entered + "PassStateEntered PassStateExited ExecutionSucceeded",
		},
		"values survive expressions": {
			states: `"A":{"Type":"Pass","Output":"{% $states.input %}","End":true}`,
			input:  `{"big":12345678901234567890,"n":null,"e":[],"o":{},"u":"é😀<&>","l":[null,[],[[1]]]}`,
			output: `{"big":12345678901234567890,"n":null,"e":[],"o":{},"u":"é😀<&>","l":[null,[],[[1]]]}`,
		},
		"assigned values take effect in the next state": {
			states: `"A":{"Type":"Pass","Assign":{"x":5},"Next":"B"},
				"B":{"Type":"Pass","Assign":{"x":42,"old":"{% $x %}"},"Output":"{% $x %}","Next":"C"},
				"C":{"Type":"Succeed","Output":"{% [$states.input, $x, $old] %}"}`,
			output: `[5,42,5]`,
		},
		"task": {
			states: `"A":{` + invoke("f") + `,"Output":"{% $states.result.Payload %}","Assign":{"code":"{% $states.result.StatusCode %}"},"Next":"B"},
				"B":{"Type":"Succeed","Output":"{% {'in': $states.input, 'code': $code} %}"}`,
			input: `[1]`, tasks: functions{"f": echo},
			output: `{"in":[1],"code":200}`,
			events: entered + "TaskStateEntered " + task + "TaskStateExited SucceedStateEntered SucceedStateExited ExecutionSucceeded",
		},
		"a task without Output yields its result": {
			states: `"A":{"Type":"Task","Resource":"arn:aws:states:::sns:publish","Arguments":{"TopicArn":"t","Message":"hello"},"End":true}`,
			output: `{"MessageId":"5"}`,
		},
		"context": {
			states: `"A":{"Type":"Pass","End":true,"Output":"{% $states.context.[Execution.Id, Execution.Name, Execution.RoleArn, Execution.Input.a, Execution.RedriveCount,` +
				` State.Name, State.RetryCount, StateMachine.Id, StateMachine.Name, Execution.StartTime <= State.EnteredTime] %}"}`,
			input:  `{"a":1}`,
			output: `["` + executionARN + `x","x","` + roleARN + `",1,0,"A",0,"` + machineARN + `","process",true]`,
		},
		"choice takes the first rule that holds": {
			states: `"A":{"Type":"Choice","Choices":[{"Condition":"{% $states.input.n > 5 %}","Next":"B"},
				{"Condition":"{% $states.input.n > 1 %}","Next":"B","Output":"{% 'rule ' & $states.input.n %}","Assign":{"by":"rule"}}],"Default":"B","Assign":{"by":"default"},"Output":"none"},
				"B":{"Type":"Succeed","Output":"{% $states.input & ' ' & $by %}"}`,
			input: `{"n":3}`, output: `"rule 3 rule"`,
			events: entered + "ChoiceStateEntered ChoiceStateExited SucceedStateEntered SucceedStateExited ExecutionSucceeded",
		},
		"choice falls back on its default": {
			states: `"A":{"Type":"Choice","Choices":[{"Condition":false,"Next":"B"}],"Default":"B","Assign":{"by":"default"},"Output":"none"},
				"B":{"Type":"Succeed","Output":"{% $states.input & ' ' & $by %}"}`,
			output: `"none default"`,
		},
		"choice without a match": {
			states: `"A":{"Type":"Choice","Choices":[{"Condition":false,"Next":"B"}]},"B":{"Type":"Succeed"}`,
			fails:  `States.NoChoiceMatched:'A'`,
			events: entered + "ChoiceStateEntered ExecutionFailed",
		},
		"a condition must be a boolean": {
			states: `"A":{"Type":"Choice","Choices":[{"Condition":"{% 'yes' %}","Next":"B"}],"Default":"B"},"B":{"Type":"Succeed"}`,
			fails:  `States.QueryEvaluationError:specified for the field 'Choices[0]/Condition'`,
			events: entered + "ChoiceStateEntered EvaluationFailed ExecutionFailed",
		},
		"wait seconds": {
			states: `"A":{"Type":"Wait","Seconds":"{% $states.input.s %}","Output":"{% $states.input.s + 1 %}","Assign":{"x":1},"End":true}`,
			input:  `{"s":3600}`, output: `3601`, took: time.Hour,
			events: entered + "WaitStateEntered WaitStateExited ExecutionSucceeded",
		},
		// A bubble's clock starts at midnight UTC, 2000-01-01.
		"wait until": {
			states: `"A":{"Type":"Wait","Timestamp":"2000-01-01T02:00:00+01:00","Next":"B"},"B":{"Type":"Wait","Timestamp":"{% '1999-01-01T00:00:00Z' %}","End":true}`,
			output: `{}`, took: time.Hour,
		},
		"wait refuses a negative number": {
			states: `"A":{"Type":"Wait","Seconds":"{% -1 %}","End":true}`, fails: `States.QueryEvaluationError:non-negative`,
		},
		"fail": {
			states: `"A":{"Type":"Fail","Error":"Boom","Cause":"{% 'n is ' & $states.input.n %}"}`, input: `{"n":1}`,
			fails: `Boom:n is 1`, events: entered + "FailStateEntered ExecutionFailed",
		},
		"fail without a name": {states: `"A":{"Type":"Fail"}`, fails: `:`},
		"an undefined result": {
			states: `"A":{"Type":"Pass","Output":{"a":["{% $states.input.nope %}"]},"End":true}`,
			fails:  `States.QueryEvaluationError:An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression '$states.input.nope' specified for the field 'Output/a[0]' returned nothing (undefined).`,
			events: entered + "PassStateEntered EvaluationFailed ExecutionFailed",
		},
		"retry until it works": {
			states: `"A":{` + invoke("f") + `,"Retry":[{"ErrorEquals":["E"]}],"Output":"{% [$states.result.Payload, $states.context.State.RetryCount] %}","End":true}`,
			tasks:  functions{"f": failing("E", "E", "E")}, output: `["ok",3]`, took: 7 * time.Second,
			events: entered + "TaskStateEntered " + strings.Repeat("TaskScheduled TaskStarted TaskFailed ", 3) + task + "TaskStateExited ExecutionSucceeded",
		},
		"retry gives up": {
			states: `"A":{` + invoke("f") + `,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":10,"MaxAttempts":1}],"End":true}`,
			tasks:  functions{"f": failing("E", "E", "E")}, fails: `E:because`, took: 10 * time.Second,
		},
		"retry never": {
			states: `"A":{` + invoke("f") + `,"Retry":[{"ErrorEquals":["E"],"MaxAttempts":0},{"ErrorEquals":["States.ALL"]}],"End":true}`,
			tasks:  functions{"f": failing("E")}, fails: `E:because`,
		},
		"retry waits at most MaxDelaySeconds": {
			states: `"A":{` + invoke("f") + `,"Retry":[{"ErrorEquals":["States.TaskFailed"],"IntervalSeconds":2,"BackoffRate":10,"MaxAttempts":4,"MaxDelaySeconds":30}],"Output":1,"End":true}`,
			tasks:  functions{"f": failing("E", "E", "E", "E")}, output: `1`, took: (2 + 20 + 30 + 30) * time.Second,
		},
		"each retrier counts for itself": {
			states: `"A":{` + invoke("f") + `,"Retry":[{"ErrorEquals":["A","B"],"IntervalSeconds":1,"BackoffRate":2,"MaxAttempts":2},{"ErrorEquals":["C"],"IntervalSeconds":5}],
				"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed","Output":"{% $states.input.Error %}"}`,
			tasks: functions{"f": failing("A", "B", "C", "B")}, output: `"B"`, took: (1 + 2 + 5) * time.Second,
		},
		"catch": {
			states: `"A":{` + invoke("f") + `,"Assign":{"x":"{% $nope %}"},"Catch":[{"ErrorEquals":["Other"],"Next":"Y"},
				{"ErrorEquals":["E"],"Next":"Z","Output":"{% $merge([$states.input, {'error': $states.errorOutput}]) %}","Assign":{"why":"{% $states.errorOutput.Error %}"}}],"Next":"Y"},
				"Y":{"Type":"Fail"},"Z":{"Type":"Succeed","Output":"{% [$states.input, $why] %}"}`,
			input: `{"a":1}`, tasks: functions{"f": failing("E")},
			output: `[{"a":1,"error":{"Error":"E","Cause":"because"}},"E"]`,
			events: entered + "TaskStateEntered TaskScheduled TaskStarted TaskFailed TaskStateExited SucceedStateEntered SucceedStateExited ExecutionSucceeded",
		},
		"catch a failed evaluation": {
			states: `"A":{` + invoke("f") + `,"Output":"{% $states.result.nope %}","Catch":[{"ErrorEquals":["States.QueryEvaluationError"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed","Output":"{% $states.input.Error %}"}`,
			tasks:  functions{"f": echo}, output: `"States.QueryEvaluationError"`,
		},
		"a catcher's own evaluation is not caught": {
			states: `"A":{` + invoke("f") + `,"Catch":[{"ErrorEquals":["States.ALL"],"Output":"{% $nope %}","Next":"Z"}],"End":true},"Z":{"Type":"Succeed"}`,
			tasks:  functions{"f": failing("E")}, fails: `States.QueryEvaluationError:'Catch[0]/Output'`,
		},
		"an error without a name": {
			states: `"A":{` + invoke("missing") + `,"End":true}`, fails: `States.TaskFailed:no function missing`,
		},
		"States.ALL does not catch States.Runtime": {
			states: `"A":{` + invoke("f") + `,"Catch":[{"ErrorEquals":["States.Runtime"],"Next":"Z"},{"ErrorEquals":["States.ALL"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed"}`,
			tasks:  functions{"f": failing("States.Runtime")}, fails: `States.Runtime:because`,
		},
		"States.ALL does not catch States.DataLimitExceeded": {
			states: `"A":{` + invoke("f") + `,"Output":` + big + `,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed"}`,
			tasks:  functions{"f": echo}, fails: `States.DataLimitExceeded:exceeding the maximum`,
		},
		"States.DataLimitExceeded is caught by its name": {
			states: `"A":{` + invoke("f") + `,"Assign":{"x":` + big + `},"Catch":[{"ErrorEquals":["States.DataLimitExceeded"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed","Output":1}`,
			tasks:  functions{"f": echo}, output: `1`,
		},
		"States.TaskFailed does not catch States.Timeout": {
			states: `"A":{` + invoke("f") + `,"TimeoutSeconds":"{% 1 + 1 %}","Catch":[{"ErrorEquals":["States.TaskFailed"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed"}`,
			tasks:  functions{"f": hang}, fails: `States.Timeout:`, took: 2 * time.Second,
			events: entered + "TaskStateEntered TaskScheduled TaskStarted TaskTimedOut ExecutionFailed",
		},
		"a heartbeat that is missed is a timeout": {
			states: `"A":{` + invoke("f") + `,"TimeoutSeconds":9,"HeartbeatSeconds":3,"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed","Output":"{% $states.input.Error %}"}`,
			tasks:  functions{"f": hang}, output: `"States.HeartbeatTimeout"`, took: 3 * time.Second,
		},
		"parallel": {
			states: `"A":{"Type":"Pass","Assign":{"outer":1},"Next":"P"},
				"P":{"Type":"Parallel","Arguments":"{% $states.input.v %}","Branches":[
					{"StartAt":"B","States":{"B":{"Type":"Pass","Assign":{"inner":"{% $outer + 1 %}"},"Next":"B2"},"B2":{"Type":"Pass","Output":"{% [$inner, $states.input] %}","End":true}}},
					{"StartAt":"C","States":{"C":{"Type":"Wait","Seconds":1,"Next":"C2"},"C2":{"Type":"Pass","Output":"{% $exists($inner) %}","End":true}}}],
				"Assign":{"outer":"{% $states.result %}"},"Output":"{% $states.result %}","Next":"D"},
				"D":{"Type":"Succeed","Output":"{% {'outer': $outer, 'inner': $exists($inner)} %}"}`,
			input: `{"v":7}`, output: `{"outer":[[2,7],false],"inner":false}`, took: time.Second,
		},
		"a branch that fails ends the others": {
			states: `"P":{"Type":"Parallel","Branches":[{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":100,"End":true}}},
				{"StartAt":"W2","States":{"W2":{"Type":"Wait","Seconds":1,"Next":"F"},"F":{"Type":"Fail","Error":"Bad","Cause":"c"}}}],
				"Catch":[{"ErrorEquals":["States.BranchFailed"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed","Output":"{% $states.input %}"}`,
			output: `{"Error":"Bad","Cause":"c"}`, took: time.Second,
		},
		"parallel is retried as a whole": {
			states: `"P":{"Type":"Parallel","Branches":[{"StartAt":"A","States":{"A":{` + invoke("f") + `,"Output":1,"End":true}}}],"Retry":[{"ErrorEquals":["E"]}],"End":true}`,
			tasks:  functions{"f": failing("E")}, output: `[1]`, took: time.Second,
			events: entered + "ParallelStateEntered ParallelStateStarted TaskStateEntered TaskScheduled TaskStarted TaskFailed ParallelStateFailed " +
				"ParallelStateStarted TaskStateEntered " + task + "TaskStateExited ParallelStateSucceeded ParallelStateExited ExecutionSucceeded",
		},
		"map": {
			states: `"M":{"Type":"Map","Items":"{% $states.input.l %}","ItemSelector":{"i":"{% $states.context.Map.Item.Index %}","v":"{% $states.context.Map.Item.Value %}","c":"{% $states.input.c %}"},
				"MaxConcurrency":1,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","Output":"{% $states.input.c & $states.input.i & $states.input.v & $states.context.Map.Item.Value %}","End":true}}},"End":true}`,
			input: `{"l":["a","b"],"c":"x"}`, output: `["x0aa","x1bb"]`,
			events: entered + "MapStateEntered MapStateStarted " + strings.Repeat("MapIterationStarted PassStateEntered PassStateExited MapIterationSucceeded ", 2) +
				"MapStateSucceeded MapStateExited ExecutionSucceeded",
		},
		"map over its input, and over nothing": {
			states: `"M":{"Type":"Map","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"Next":"N"},
				"N":{"Type":"Map","Items":[],"ItemProcessor":{"StartAt":"J","States":{"J":{"Type":"Succeed"}}},"Output":"{% {'in': $states.input, 'n': $count($states.result)} %}","End":true}`,
			input: `[null,{"a":[]}]`, output: `{"in":[null,{"a":[]}],"n":0}`,
		},
		"map limits its concurrency": {
			states: `"M":{"Type":"Map","Items":"{% [1..90] %}","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Wait","Seconds":1,"End":true}}},"Output":1,"Next":"N"},
				"N":{"Type":"Map","Items":"{% [1..10] %}","MaxConcurrency":"{% 3 %}","ItemProcessor":{"StartAt":"J","States":{"J":{"Type":"Wait","Seconds":1,"End":true}}},"Output":2,"End":true}`,
			output: `2`, took: 7 * time.Second,
		},
		"an iteration that fails": {
			states: `"M":{"Type":"Map","Items":[1,2],"MaxConcurrency":1,"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Fail","Error":"Bad"}}},"End":true}`,
			fails:  `Bad:`,
			events: entered + "MapStateEntered MapStateStarted MapIterationStarted FailStateEntered MapIterationFailed MapStateFailed ExecutionFailed",
		},
		"items must be an array": {
			states: `"M":{"Type":"Map","Items":"{% [{'k':1}][k=1] %}","ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Succeed"}}},"End":true}`,
			fails:  `States.QueryEvaluationError:not an array`,
		},
		"too many events": {
			states: `"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Pass","Next":"A"}`,
			fails:  `States.Runtime:maximum number of history events (25000)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, events, took := run(t, document(c.states), c.tasks, c.input)
			if c.fails == "" {
				if x.Status != store.Succeeded {
					t.Fatalf("%s: %s: %s", x.Status, x.Error, x.Cause)
				}
				sameJSON(t, "output", c.output, x.Output)
			} else {
				name, cause, _ := strings.Cut(c.fails, ":")
				if x.Status != store.Failed || x.Error != name || !strings.Contains(x.Cause, cause) {
					t.Errorf("got %s, %q, %q; want %s", x.Status, x.Error, x.Cause, c.fails)
				}
			}
			if got := kinds(events); c.events != "" && got != c.events {
				t.Errorf("events\n got %s\nwant %s", got, c.events)
			}
			if took != c.took {
				t.Errorf("took %s, want %s", took, c.took)
			}
		})
	}
}

func TestMachineTimeout(t *testing.T) {
	t.Parallel()
	definition := []byte(strings.Replace(string(document(`"A":{`+invoke("f")+`,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Z"}],"End":true},"Z":{"Type":"Succeed"}`)), `{`, `{"TimeoutSeconds":5,`, 1))
	x, events, took := run(t, definition, functions{"f": hang}, `{}`)
	if x.Status != store.TimedOut || took != 5*time.Second {
		t.Errorf("got %+v after %s", x, took)
	}
	if want := entered + "TaskStateEntered TaskScheduled TaskStarted ExecutionTimedOut"; kinds(events) != want {
		t.Errorf("events\n got %s\nwant %s", kinds(events), want)
	}
}

func TestFullJitter(t *testing.T) {
	t.Parallel()
	_, _, took := run(t, document(`"A":{`+invoke("f")+`,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":1000,"BackoffRate":1,"MaxAttempts":9,"JitterStrategy":"FULL"}],"End":true}`),
		functions{"f": failing("E", "E", "E", "E", "E", "E", "E", "E", "E")}, `{}`)
	if took <= 0 || took >= 9000*time.Second {
		t.Errorf("nine retries took %s; each must take less than 1000 s", took)
	}
}

// An aborted sibling is told apart from a failed one.
func TestAbortedIterations(t *testing.T) {
	t.Parallel()
	_, events, _ := run(t, document(`"M":{"Type":"Map","Items":[9,1],"ItemProcessor":{"StartAt":"W","States":{
		"W":{"Type":"Wait","Seconds":"{% $states.input %}","Next":"F"},"F":{"Type":"Fail"}}},"End":true}`), nil, `{}`)
	var got []string
	for _, e := range events[len(events)-6:] {
		line := string(e.Type)
		if d := e.MapIterationAborted; d != nil {
			line += fmt.Sprint(d.Index)
		}
		if d := e.MapIterationFailed; d != nil {
			line += fmt.Sprint(d.Index)
		}
		got = append(got, line)
	}
	want := "FailStateEntered MapIterationFailed1 WaitStateAborted MapIterationAborted0 MapStateFailed ExecutionFailed"
	if strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
