package states

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

const (
	targetPrefix = "AWSStepFunctions."
	// maxBody leaves room for a definition of 1 MB written as a JSON string.
	maxBody = 8 << 20
	maxARN  = 256 // characters
)

// Handler serves the Step Functions API (AWS JSON 1.0). Each request is put to
// authorize with its action, such as states:StartExecution, and the resource
// that IAM knows it by.
func (e *Engine) Handler(authorize awsapi.Authorize) http.Handler {
	operations := map[string]operation{
		"StartExecution":                   serve("stateMachineArn", func(in *startInput) string { return in.StateMachineARN }, e.serveStart),
		"DescribeExecution":                serve("executionArn", (*executionInput).resource, e.serveDescribe),
		"GetExecutionHistory":              serve("executionArn", func(in *historyInput) string { return in.ExecutionARN }, e.serveHistory),
		"ListExecutions":                   serve("stateMachineArn", func(in *listInput) string { return in.StateMachineARN }, e.serveList),
		"StopExecution":                    serve("executionArn", func(in *stopInput) string { return in.ExecutionARN }, e.serveStop),
		"DescribeStateMachine":             serve("stateMachineArn", func(in *machineInput) string { return in.StateMachineARN }, e.serveMachine),
		"DescribeStateMachineForExecution": serve("executionArn", (*executionInput).resource, e.serveMachineFor),
		"ListStateMachines":                serve("", func(*struct{}) string { return "*" }, e.serveMachines),
		"ValidateStateMachineDefinition":   serve("", func(*validateInput) string { return "*" }, e.serveValidate),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amzn-RequestId", uuid.NewString())
		name, known := strings.CutPrefix(r.Header.Get("X-Amz-Target"), targetPrefix)
		op := operations[name]
		if r.Method != http.MethodPost || !known || op == nil {
			awsapi.WriteJSONError(w, awsapi.Errorf(http.StatusBadRequest, "UnknownOperationException", "the operation %q is not known here", r.Header.Get("X-Amz-Target")))
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			awsapi.WriteJSONError(w, unreadable(err))
			return
		}
		out, err := op(r.Context(), "states:"+name, authorize, body)
		if err != nil {
			awsapi.WriteJSONError(w, err)
			return
		}
		awsapi.WriteJSON(w, http.StatusOK, out)
	})
}

func unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return awsapi.Errorf(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "the request has more than %d bytes", large.Limit)
	}
	return awsapi.Errorf(http.StatusBadRequest, "SerializationException", "the request could not be read: %v", err)
}

// operation answers one request.
type operation func(ctx context.Context, action string, authorize awsapi.Authorize, body []byte) (any, error)

// checkLength is what AWS answers to a field of a wrong length: in characters, and
// before anything else is looked at.
func checkLength(field, value string, least, most int) error {
	n, bound := utf8.RuneCountInString(value), ""
	switch {
	case n < least:
		bound = fmt.Sprint("greater than or equal to ", least)
	case n > most:
		bound = fmt.Sprint("less than or equal to ", most)
	default:
		return nil
	}
	return awsapi.Errorf(http.StatusBadRequest, "ValidationException",
		"1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must have length %s", value, field, bound)
}

// serve makes an operation: decode, find the resource (the field it comes from
// is required), authorize, do.
func serve[In any](field string, resource func(*In) string, do func(context.Context, *In) (any, error)) operation {
	return func(ctx context.Context, action string, authorize awsapi.Authorize, body []byte) (any, error) {
		in := new(In)
		if err := json.Unmarshal(body, in); err != nil {
			return nil, awsapi.Errorf(http.StatusBadRequest, "SerializationException", "the request is not what the operation takes: %v", err)
		}
		arn := resource(in)
		if err := checkLength(field, arn, 1, maxARN); err != nil {
			return nil, err
		}
		if err := authorize(ctx, action, arn); err != nil {
			return nil, err
		}
		return do(ctx, in)
	}
}
