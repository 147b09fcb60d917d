// Package awsapi holds what the local services share when they answer as AWS
// does: the error type, the two wire protocols' error documents, and the
// question "may the caller do this?".
package awsapi

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
)

// Error is an error as an AWS service answers it.
type Error struct {
	Code    string // the service's own name, such as ExecutionDoesNotExist
	Status  int    // HTTP status
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an Error.
func Errorf(status int, code, format string, args ...any) *Error {
	return &Error{Code: code, Status: status, Message: fmt.Sprintf(format, args...)}
}

// As finds the Error in err; anything else is reported as InternalFailure (500).
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: "InternalFailure", Status: http.StatusInternalServerError, Message: err.Error()}
}

// Authorize answers whether the caller that ctx carries may perform action on
// resource. A refusal is an Error with code AccessDenied or
// AccessDeniedException that names the principal, the action and the resource.
type Authorize func(ctx context.Context, action, resource string) error

// WriteJSON answers in the AWS JSON protocol.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	// The status line is out: a client that went away is not an error of ours.
	_ = json.NewEncoder(w).Encode(v)
}

// WriteJSONError answers err in the AWS JSON protocol.
func WriteJSONError(w http.ResponseWriter, err error) {
	e := As(err)
	w.Header().Set("X-Amzn-ErrorType", e.Code)
	WriteJSON(w, e.Status, map[string]string{"__type": e.Code, "message": e.Message})
}

// WriteXML answers in the AWS query protocol.
func WriteXML(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(v)
}

type queryError struct {
	XMLName xml.Name `xml:"ErrorResponse"`
	Type    string   `xml:"Error>Type"`
	Code    string   `xml:"Error>Code"`
	Message string   `xml:"Error>Message"`
}

// WriteQueryError answers err in the AWS query protocol.
func WriteQueryError(w http.ResponseWriter, err error) {
	e := As(err)
	kind := "Sender"
	if e.Status >= http.StatusInternalServerError {
		kind = "Receiver"
	}
	WriteXML(w, e.Status, queryError{Type: kind, Code: e.Code, Message: e.Message})
}
