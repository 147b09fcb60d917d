package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/runtime"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/asl"
	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/attribute"
)

// tasks are the state machine's calls to other services, made as its role.
type tasks struct {
	access *access.Service
	lambda *runtime.Runner
	topics *topics.Service
	// machines are the state machines by their roles: Step Functions says for which
	// it acts.
	machines map[string]string
}

// Call implements states.Tasks.
func (t *tasks) Call(ctx context.Context, roleARN, resource string, arguments json.RawMessage) (json.RawMessage, error) {
	ctx, err := t.access.ActAs(ctx, roleARN, access.StepFunctions, t.machines[roleARN])
	if err != nil {
		return nil, &states.TaskError{Name: "States.Permissions", Cause: err.Error()}
	}
	switch resource {
	case asl.LambdaInvoke:
		return t.invoke(ctx, arguments)
	case asl.SNSPublish:
		return t.publish(ctx, arguments)
	}
	return nil, fmt.Errorf("the resource %s is not known", resource)
}

// invocation is what arn:aws:states:::lambda:invoke takes.
type invocation struct {
	FunctionName string          `json:"FunctionName"`
	Payload      json.RawMessage `json:"Payload"`
}

func (t *tasks) invoke(ctx context.Context, arguments json.RawMessage) (json.RawMessage, error) {
	var in invocation
	if err := decodeArguments("lambda:invoke", arguments, &in); err != nil {
		return nil, err
	}
	if err := t.access.Authorize(ctx, "lambda:InvokeFunction", in.FunctionName); err != nil {
		return nil, &states.TaskError{Name: "Lambda.AWSLambdaException", Cause: awsapi.As(err).Message}
	}
	result, err := t.lambda.Invoke(ctx, in.FunctionName, in.Payload)
	if err != nil {
		return nil, serviceError("Lambda.", err)
	}
	if result.FunctionError != "" {
		return nil, functionError(result.Payload)
	}
	return json.Marshal(map[string]any{
		"ExecutedVersion": result.ExecutedVersion,
		"Payload":         json.RawMessage(result.Payload),
		"StatusCode":      http.StatusOK,
	})
}

// publication is what arn:aws:states:::sns:publish takes.
type publication struct {
	TopicARN          string                     `json:"TopicArn"`
	Message           json.RawMessage            `json:"Message"` // a string, or any JSON
	Subject           string                     `json:"Subject"`
	MessageStructure  string                     `json:"MessageStructure"`
	MessageAttributes map[string]attribute.Value `json:"MessageAttributes"`
}

func (t *tasks) publish(ctx context.Context, arguments json.RawMessage) (json.RawMessage, error) {
	var in publication
	if err := decodeArguments("sns:publish", arguments, &in); err != nil {
		return nil, err
	}
	message := string(in.Message)
	var text string
	if err := json.Unmarshal(in.Message, &text); err == nil {
		message = text
	}
	id, err := t.topics.Publish(ctx, topics.Publication{
		TopicARN: in.TopicARN, Message: message, Subject: in.Subject, Structure: in.MessageStructure, Attributes: in.MessageAttributes,
	})
	if err != nil {
		return nil, serviceError("SNS.", err)
	}
	return json.Marshal(map[string]any{"MessageId": id})
}

// decodeArguments reads a task's arguments. Arguments that one expression
// computes are seen here for the first time: what is not known is refused.
func decodeArguments(task string, arguments json.RawMessage, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(arguments))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return &states.TaskError{Name: asl.ErrorRuntime, Cause: "read the arguments of " + task + ": " + err.Error()}
	}
	return nil
}

// functionError names a function's failure as Step Functions does: by its
// errorType, with the error document as the cause.
func functionError(payload []byte) error {
	var document struct {
		ErrorType string `json:"errorType"`
	}
	if err := json.Unmarshal(payload, &document); err != nil || document.ErrorType == "" {
		document.ErrorType = "Lambda.Unknown"
	}
	return &states.TaskError{Name: document.ErrorType, Cause: string(payload)}
}

// serviceError names a service's refusal: the service, then its error code.
func serviceError(service string, err error) error {
	if refused, ok := errors.AsType[*awsapi.Error](err); ok {
		return &states.TaskError{Name: service + refused.Code, Cause: refused.Message}
	}
	return err
}
