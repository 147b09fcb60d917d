package states_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/awsapi"
)

// serve returns an SDK client of an engine and what it was authorized for.
func serve(t *testing.T, definition []byte, tasks functions) (*sfn.Client, string, func() []string) {
	t.Helper()
	e := open(t, options(filepath.Join(t.TempDir(), "executions"), definition, tasks))
	var mu sync.Mutex
	var asked []string
	server := httptest.NewServer(e.Handler(func(_ context.Context, action, resource string) error {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, action+" "+resource)
		if strings.HasSuffix(resource, "forbidden") {
			return awsapi.Errorf(http.StatusBadRequest, "AccessDeniedException", "no")
		}
		return nil
	}))
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	client := sfn.New(sfn.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), RetryMaxAttempts: 1,
	})
	return client, server.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	definition := document(`"A":{` + invoke("f") + `,"TimeoutSeconds":30,"Assign":{"x":[1]},"Catch":[{"ErrorEquals":["E"],"Next":"M"}],"Next":"M"},
		"M":{"Type":"Map","Items":[1],"ItemProcessor":{"StartAt":"I","States":{"I":{"Type":"Pass","End":true}}},"Next":"Z"},
		"Z":{"Type":"Fail","Error":"Bad","Cause":"{% 'x' %}"}`)
	client, url, asked := serve(t, definition, functions{"f": failing("E")})
	ctx := t.Context()
	begin := time.Now().Add(-time.Second)
	started, err := client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: aws.String(machineARN), Name: aws.String("x"), Input: aws.String(`{"a": "é"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if started.StartDate.Before(begin) || aws.ToString(started.ExecutionArn) != executionARN+"x" {
		t.Errorf("got %+v", started)
	}
	var d *sfn.DescribeExecutionOutput
	for d == nil || d.Status == types.ExecutionStatusRunning {
		if d, err = client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: started.ExecutionArn}); err != nil {
			t.Fatal(err)
		}
	}
	if d.Status != types.ExecutionStatusFailed || aws.ToString(d.Error) != "Bad" || aws.ToString(d.Cause) != "x" || d.Output != nil ||
		aws.ToString(d.Input) != `{"a": "é"}` || d.StopDate.Before(*d.StartDate) {
		t.Errorf("got %+v", d)
	}

	// Every page of the history, both ways.
	var events []types.HistoryEvent
	pages := sfn.NewGetExecutionHistoryPaginator(client, &sfn.GetExecutionHistoryInput{ExecutionArn: started.ExecutionArn, MaxResults: 4})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, page.Events...)
	}
	var reversed []types.HistoryEvent
	pages = sfn.NewGetExecutionHistoryPaginator(client, &sfn.GetExecutionHistoryInput{ExecutionArn: started.ExecutionArn, MaxResults: 5, ReverseOrder: true})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		reversed = append(page.Events, reversed...)
	}
	if len(events) != len(reversed) {
		t.Errorf("%d events, %d in reverse", len(events), len(reversed))
	}
	var got []string
	for _, e := range events {
		line := fmt.Sprintf("%d<%d %s", e.Id, e.PreviousEventId, e.Type)
		switch {
		case e.ExecutionStartedEventDetails != nil:
			line += " " + *e.ExecutionStartedEventDetails.Input + " " + *e.ExecutionStartedEventDetails.RoleArn
		case e.StateEnteredEventDetails != nil:
			line += " " + *e.StateEnteredEventDetails.Name + " " + *e.StateEnteredEventDetails.Input
		case e.StateExitedEventDetails != nil:
			line += fmt.Sprint(" ", *e.StateExitedEventDetails.Name, " ", *e.StateExitedEventDetails.Output, e.StateExitedEventDetails.AssignedVariables)
		case e.TaskScheduledEventDetails != nil:
			s := e.TaskScheduledEventDetails
			line += fmt.Sprint(" ", *s.ResourceType, " ", *s.Resource, " ", *s.Region, " ", *s.Parameters, " ", *s.TimeoutInSeconds)
		case e.TaskFailedEventDetails != nil:
			line += " " + *e.TaskFailedEventDetails.Error + " " + *e.TaskFailedEventDetails.Cause + " " + *e.TaskFailedEventDetails.Resource
		case e.MapStateStartedEventDetails != nil:
			line += fmt.Sprint(" ", e.MapStateStartedEventDetails.Length)
		case e.MapIterationStartedEventDetails != nil:
			line += fmt.Sprint(" ", *e.MapIterationStartedEventDetails.Name, e.MapIterationStartedEventDetails.Index)
		case e.ExecutionFailedEventDetails != nil:
			line += " " + *e.ExecutionFailedEventDetails.Error + " " + *e.ExecutionFailedEventDetails.Cause
		}
		if e.Timestamp.Before(begin) {
			line += " at " + e.Timestamp.String()
		}
		got = append(got, line)
	}
	failure := `{"Error":"E","Cause":"because"}`
	want := []string{
		`1<0 ExecutionStarted {"a": "é"} ` + roleARN,
		`2<0 TaskStateEntered A {"a": "é"}`,
		`3<2 TaskScheduled lambda invoke eu-west-1 {"FunctionName":"f","Payload":{"a":"é"}} 30`,
		`4<3 TaskStarted`,
		`5<4 TaskFailed E because invoke`,
		`6<5 TaskStateExited A ` + failure + `map[]`,
		`7<6 MapStateEntered M ` + failure,
		`8<7 MapStateStarted 1`,
		`9<8 MapIterationStarted M0`,
		`10<9 PassStateEntered I 1`,
		`11<10 PassStateExited I 1map[]`,
		`12<11 MapIterationSucceeded`,
		`13<12 MapStateSucceeded`,
		`14<13 MapStateExited M [1]map[]`,
		`15<14 FailStateEntered Z [1]`,
		`16<15 ExecutionFailed Bad x`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got)\n%s", diff)
	}
	bare, err := client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: started.ExecutionArn, IncludeExecutionData: aws.Bool(false)})
	if err != nil || bare.Events[0].ExecutionStartedEventDetails.Input != nil || bare.Events[1].StateEnteredEventDetails.Input != nil {
		t.Errorf("without data: %+v, %v", bare, err)
	}

	if _, err := client.StopExecution(ctx, &sfn.StopExecutionInput{ExecutionArn: started.ExecutionArn}); err != nil {
		t.Error(err)
	}
	if m, err := client.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(machineARN)}); err != nil || aws.ToString(m.Definition) != string(definition) || aws.ToString(m.RoleArn) != roleARN {
		t.Errorf("got %+v, %v", m, err)
	}
	if m, err := client.DescribeStateMachineForExecution(ctx, &sfn.DescribeStateMachineForExecutionInput{ExecutionArn: started.ExecutionArn}); err != nil || aws.ToString(m.Definition) != string(definition) {
		t.Errorf("got %+v, %v", m, err)
	}
	if l, err := client.ListStateMachines(ctx, &sfn.ListStateMachinesInput{}); err != nil || len(l.StateMachines) != 1 || aws.ToString(l.StateMachines[0].Name) != "process" {
		t.Errorf("got %+v, %v", l, err)
	}
	v, err := client.ValidateStateMachineDefinition(ctx, &sfn.ValidateStateMachineDefinitionInput{Definition: aws.String(strings.Replace(string(definition), `"TimeoutSeconds":30`, `"TimeoutSeconds":0`, 1))})
	if err != nil || v.Result != types.ValidateStateMachineDefinitionResultCodeFail || len(v.Diagnostics) != 1 || aws.ToString(v.Diagnostics[0].Location) != "/States/A/TimeoutSeconds" {
		t.Errorf("got %+v, %v", v, err)
	}
	seen := map[string]bool{}
	for _, a := range asked() {
		seen[a] = true
	}
	for _, a := range []string{
		"states:StartExecution " + machineARN, "states:DescribeExecution " + executionARN + "x", "states:GetExecutionHistory " + executionARN + "x",
		"states:StopExecution " + executionARN + "x", "states:DescribeStateMachine " + machineARN, "states:ListStateMachines *", "states:ValidateStateMachineDefinition *",
	} {
		if !seen[a] {
			t.Errorf("not authorized for %s: %v", a, seen)
		}
	}
	problems(t, client, url)
}

// problems checks the error answers.
func problems(t *testing.T, client *sfn.Client, url string) {
	t.Helper()
	ctx := t.Context()
	is := func(what string, err error, want any) {
		if !errors.As(err, want) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	start := func(machine, name, input string) error {
		_, err := client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &machine, Name: &name, Input: &input})
		return err
	}
	is("unknown machine", start(machineARN+"2", "y", "{}"), new(*types.StateMachineDoesNotExist))
	is("bad ARN", start("arn:nonsense", "y", "{}"), new(*types.InvalidArn))
	is("bad name", start(machineARN, "a b", "{}"), new(*types.InvalidName))
	is("empty name", start(machineARN, "", "{}"), new(*types.ValidationException))
	is("bad input", start(machineARN, "y", "{"), new(*types.InvalidExecutionInput))
	var exists *types.ExecutionAlreadyExists
	is("existing name", start(machineARN, "x", "{}"), &exists)
	if exists != nil && exists.ErrorMessage() != "Execution Already Exists: '"+executionARN+"x'" {
		t.Errorf("got %q", exists.ErrorMessage())
	}
	_, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(executionARN + "none")})
	is("unknown execution", err, new(*types.ExecutionDoesNotExist))
	_, err = client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(executionARN + strings.Repeat("x", 256))})
	var refusal interface{ ErrorCode() string }
	is("endless execution", err, &refusal)
	if refusal != nil && refusal.ErrorCode() != "ValidationException" {
		t.Errorf("endless execution: got %v", err)
	}
	_, err = client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(executionARN + "x"), NextToken: aws.String("bad")})
	is("bad token", err, new(*types.InvalidToken))
	_, err = client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(executionARN + "x"), MaxResults: 1001})
	is("too much", err, new(interface{ ErrorCode() string }))
	_, err = client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: aws.String(executionARN + "forbidden")})
	if err == nil || !strings.Contains(err.Error(), "AccessDeniedException") {
		t.Errorf("forbidden: got %v", err)
	}
	for target, want := range map[string]string{
		"AWSStepFunctions.SendTaskSuccess":   "UnknownOperationException",
		"Other.StartExecution":               "UnknownOperationException",
		"AWSStepFunctions.StartExecution":    "SerializationException",
		"AWSStepFunctions.DescribeExecution": "SerializationException",
	} {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("["))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", target)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // read to its end
		if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d %s, %v", target, resp.StatusCode, body, err)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestListExecutions(t *testing.T) {
	t.Parallel()
	client, _, _ := serve(t, document(`"A":{"Type":"Choice","Choices":[{"Condition":"{% $states.input %}","Next":"Y"}],"Default":"N"},"Y":{"Type":"Succeed"},"N":{"Type":"Fail"}`), nil)
	ctx := t.Context()
	for i := range 7 {
		x, err := client.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: aws.String(machineARN), Name: aws.String(fmt.Sprint("n", i)), Input: aws.String(fmt.Sprint(i%2 == 0))})
		if err != nil {
			t.Fatal(err)
		}
		for running := true; running; {
			d, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: x.ExecutionArn})
			if err != nil {
				t.Fatal(err)
			}
			running = d.Status == types.ExecutionStatusRunning
		}
	}
	for status, want := range map[types.ExecutionStatus]string{
		"": "n6 n5 n4 n3 n2 n1 n0", types.ExecutionStatusSucceeded: "n6 n4 n2 n0", types.ExecutionStatusFailed: "n5 n3 n1", types.ExecutionStatusRunning: "",
	} {
		var names []string
		pages := sfn.NewListExecutionsPaginator(client, &sfn.ListExecutionsInput{StateMachineArn: aws.String(machineARN), StatusFilter: status, MaxResults: 2})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Executions) > 2 {
				t.Errorf("a page of %d", len(page.Executions))
			}
			for _, x := range page.Executions {
				names = append(names, *x.Name)
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %q, want %q", status, got, want)
		}
	}
}
