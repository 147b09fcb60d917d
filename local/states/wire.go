package states

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
)

// The requests and responses below have the shapes of the AWS Step Functions
// API Reference.

type startInput struct {
	StateMachineARN string  `json:"stateMachineArn"`
	Name            *string `json:"name"`
	Input           string  `json:"input"`
}

func (e *Engine) serveStart(ctx context.Context, in *startInput) (any, error) {
	name := ""
	if in.Name != nil {
		name = *in.Name
		// Absent means "choose one"; empty is a name, and a bad one.
		if err := checkName(name); err != nil {
			return nil, err
		}
	}
	x, err := e.StartExecution(ctx, in.StateMachineARN, name, json.RawMessage(in.Input))
	if err != nil {
		return nil, err
	}
	return map[string]any{"executionArn": x.ARN, "startDate": history.Time{Time: x.StartDate}}, nil
}

type executionInput struct {
	ExecutionARN string `json:"executionArn"`
}

func (in *executionInput) resource() string { return in.ExecutionARN }

// executionItem is an execution in a list; description adds the rest.
type executionItem struct {
	ExecutionARN    string        `json:"executionArn"`
	StateMachineARN string        `json:"stateMachineArn"`
	Name            string        `json:"name"`
	Status          Status        `json:"status"`
	StartDate       history.Time  `json:"startDate"`
	StopDate        *history.Time `json:"stopDate,omitempty"`
	RedriveCount    int           `json:"redriveCount"`
}

type description struct {
	executionItem
	Input               string    `json:"input"`
	InputDetails        *included `json:"inputDetails"`
	Output              *string   `json:"output,omitempty"`
	OutputDetails       *included `json:"outputDetails,omitempty"`
	Error               *string   `json:"error,omitempty"`
	Cause               *string   `json:"cause,omitempty"`
	RedriveStatus       string    `json:"redriveStatus"`
	RedriveStatusReason string    `json:"redriveStatusReason"`
}

// included says that an input or output is given whole.
type included struct {
	Included bool `json:"included"`
}

func itemOf(x Execution) executionItem {
	return executionItem{
		ExecutionARN: x.ARN, StateMachineARN: x.MachineARN, Name: x.Name, Status: x.Status,
		StartDate: history.Time{Time: x.StartDate}, StopDate: optionalTime(x.StopDate),
	}
}

func (e *Engine) serveDescribe(ctx context.Context, in *executionInput) (any, error) {
	x, err := e.DescribeExecution(ctx, in.ExecutionARN)
	if err != nil {
		return nil, err
	}
	d := description{
		executionItem: itemOf(x), Input: string(x.Input), InputDetails: &included{true},
		RedriveStatus: "NOT_REDRIVABLE", RedriveStatusReason: "The local runner does not redrive executions",
	}
	switch x.Status {
	case store.Succeeded:
		output := string(x.Output)
		d.Output, d.OutputDetails = &output, &included{true}
	case store.Failed, store.TimedOut, store.Aborted:
		d.Error, d.Cause = optionalText(x.Error), optionalText(x.Cause)
	}
	return d, nil
}

type historyInput struct {
	ExecutionARN         string `json:"executionArn"`
	MaxResults           int    `json:"maxResults"`
	NextToken            string `json:"nextToken"`
	ReverseOrder         bool   `json:"reverseOrder"`
	IncludeExecutionData *bool  `json:"includeExecutionData"`
}

func (e *Engine) serveHistory(ctx context.Context, in *historyInput) (any, error) {
	events, next, err := e.GetExecutionHistory(ctx, in.ExecutionARN, HistoryQuery{
		MaxResults: in.MaxResults, NextToken: in.NextToken, ReverseOrder: in.ReverseOrder,
		WithoutData: in.IncludeExecutionData != nil && !*in.IncludeExecutionData,
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Events    []history.Event `json:"events"`
		NextToken string          `json:"nextToken,omitempty"`
	}{events, next}, nil
}

type listInput struct {
	StateMachineARN string `json:"stateMachineArn"`
	StatusFilter    Status `json:"statusFilter"`
	MaxResults      int    `json:"maxResults"`
	NextToken       string `json:"nextToken"`
}

func (e *Engine) serveList(ctx context.Context, in *listInput) (any, error) {
	list, next, err := e.ListExecutions(ctx, in.StateMachineARN, ListQuery{Status: in.StatusFilter, MaxResults: in.MaxResults, NextToken: in.NextToken})
	if err != nil {
		return nil, err
	}
	items := make([]executionItem, len(list))
	for i, x := range list {
		items[i] = itemOf(x)
	}
	return struct {
		Executions []executionItem `json:"executions"`
		NextToken  string          `json:"nextToken,omitempty"`
	}{items, next}, nil
}

type stopInput struct {
	ExecutionARN string `json:"executionArn"`
	Error        string `json:"error"`
	Cause        string `json:"cause"`
}

func (e *Engine) serveStop(ctx context.Context, in *stopInput) (any, error) {
	at, err := e.StopExecution(ctx, in.ExecutionARN, in.Error, in.Cause)
	if err != nil {
		return nil, err
	}
	return map[string]any{"stopDate": history.Time{Time: at}}, nil
}

type machineInput struct {
	StateMachineARN string `json:"stateMachineArn"`
}

func (e *Engine) serveMachine(ctx context.Context, in *machineInput) (any, error) {
	m, err := e.DescribeStateMachine(ctx, in.StateMachineARN)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"stateMachineArn": m.ARN, "name": m.Name, "status": "ACTIVE", "type": "STANDARD",
		"definition": string(m.Definition), "roleArn": m.RoleARN, "creationDate": history.Time{Time: m.Created},
		"loggingConfiguration": loggingConfiguration(m.Logging),
		"tracingConfiguration": map[string]any{"enabled": false},
	}, nil
}

func loggingConfiguration(l Logging) map[string]any {
	c := map[string]any{"level": cmp.Or(l.Level, LevelOff), "includeExecutionData": l.IncludeExecutionData}
	if l.LogGroupARN != "" {
		c["destinations"] = []any{map[string]any{"cloudWatchLogsLogGroup": map[string]string{"logGroupArn": l.LogGroupARN}}}
	}
	return c
}

func (e *Engine) serveMachineFor(ctx context.Context, in *executionInput) (any, error) {
	m, err := e.DescribeStateMachineForExecution(ctx, in.ExecutionARN)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"stateMachineArn": m.ARN, "name": m.Name, "definition": string(m.Definition),
		"roleArn": m.RoleARN, "updateDate": history.Time{Time: m.Created},
	}, nil
}

func (e *Engine) serveMachines(context.Context, *struct{}) (any, error) {
	machines := []map[string]any{}
	for _, m := range e.ListStateMachines() {
		machines = append(machines, map[string]any{
			"stateMachineArn": m.ARN, "name": m.Name, "type": "STANDARD", "creationDate": history.Time{Time: m.Created},
		})
	}
	return map[string]any{"stateMachines": machines}, nil
}

type validateInput struct {
	Definition *string `json:"definition"`
	Type       string  `json:"type"`
	MaxResults int     `json:"maxResults"`
}

func (e *Engine) serveValidate(_ context.Context, in *validateInput) (any, error) {
	if in.Definition == nil {
		return nil, awsapi.Errorf(http.StatusBadRequest, "ValidationException", "definition: is required")
	}
	if in.Type != "" && in.Type != "STANDARD" {
		return nil, awsapi.Errorf(http.StatusBadRequest, "ValidationException", "type: the local runner knows STANDARD machines only")
	}
	return e.ValidateStateMachineDefinition([]byte(*in.Definition), in.MaxResults)
}

func optionalTime(t time.Time) *history.Time {
	if t.IsZero() {
		return nil
	}
	return &history.Time{Time: t}
}

func optionalText(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
