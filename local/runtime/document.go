package runtime

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// Error types that Lambda itself gives, in an error document's errorType.
const (
	errorExit       = "Runtime.ExitError"
	errorEntrypoint = "Runtime.InvalidEntrypoint"
	errorTimeout    = "Sandbox.Timedout"
	errorTooLarge   = "Function.ResponseSizeTooLarge"
	errorAccess     = "AccessDenied"
)

// Status of an invocation or an init phase, as REPORT and INIT_REPORT name it.
const (
	statusError   = "error"
	statusTimeout = "timeout"
)

// outcome is how an invocation, or an init phase, ended.
type outcome struct {
	payload   []byte
	failed    bool   // the payload is an error document
	status    string // "", statusError or statusTimeout: the environment failed, not only the function
	errorType string // with statusError
	line      string // what the platform logs about it, or ""
}

func document(errorType, message string) []byte {
	// A struct of two strings always encodes.
	doc, _ := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{errorType, message})
	return doc
}

// platformFailure is a failure that Lambda, not the function, reports.
func platformFailure(errorType, requestID, message string) outcome {
	text := fmt.Sprintf("RequestId: %s Error: %s", requestID, message)
	return outcome{
		payload: document(errorType, text), failed: true,
		status: statusError, errorType: errorType, line: text + "\n" + errorType,
	}
}

func exitFailure(requestID string, state *os.ProcessState) outcome {
	if state.Success() {
		return platformFailure(errorExit, requestID, "Runtime exited without providing a reason")
	}
	return platformFailure(errorExit, requestID, "Runtime exited with error: "+state.String())
}

func timeoutFailure(requestID string, limit time.Duration, now time.Time) outcome {
	text := fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds())
	return outcome{
		payload: document(errorTimeout, fmt.Sprintf("RequestId: %s Error: %s", requestID, text)), failed: true,
		status: statusTimeout,
		line:   fmt.Sprintf("%s %s %s", now.UTC().Format("2006-01-02T15:04:05.000Z"), requestID, text),
	}
}

// logsFailure fails an invocation whose logs cannot be written. AWS would run
// the function and drop its logs without a word; here a role without
// logs:CreateLogStream or logs:PutLogEvents must be seen before the deploy that
// would blind the dashboards, whose metrics travel in those logs.
func logsFailure(err error) outcome {
	e := awsapi.As(err)
	code := e.Code
	if code == "AccessDeniedException" {
		code = errorAccess
	}
	return outcome{payload: document(code, e.Message), failed: true, status: statusError, errorType: code}
}
