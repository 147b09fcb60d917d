// Package contract holds every type and string that crosses a process
// boundary: what API Gateway accepts, what the state machine passes from
// function to function, what the topic receives. A writer, its reader and the
// infrastructure between them use the same constant, so they cannot drift.
//
// It imports the standard library alone.
package contract

import (
	"strings"
	"time"
)

// Request is the body of POST /process and the input of an execution.
type Request struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key"` // raw, never URL-encoded
	VersionID string `json:"versionId,omitempty"`
	// Renditions names those of the configured renditions that are wanted; without
	// it, all are.
	Renditions []string `json:"renditions,omitempty"`
}

// Job is what validate receives: the request, and the execution it belongs to.
type Job struct {
	Request
	Execution Execution `json:"execution"`
}

// Execution identifies one run of the state machine. Every function receives
// it and logs its ID.
type Execution struct {
	ID        string    `json:"id"`        // the execution's name
	StartedAt time.Time `json:"startedAt"` // RFC 3339, UTC
}

// ExecutionID is the field's ID, for log lines.
func (j Job) ExecutionID() string { return j.Execution.ID }

// Source describes the checked object. ETag and VersionID pin the bytes: what
// was checked is what is resized.
type Source struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`
	VersionID string `json:"versionId,omitempty"`
	ETag      string `json:"etag,omitempty"`
	Format    string `json:"format,omitempty"`
	Width     int    `json:"width,omitempty"`  // pixels, as displayed
	Height    int    `json:"height,omitempty"` // pixels, as displayed
	Bytes     int64  `json:"bytes,omitempty"`
	// ThumbHash is a placeholder of about 25 bytes, in base64 (RFC 4648, section 4),
	// where the stack is configured to make one. Format: https://evanw.github.io/thumbhash/
	ThumbHash string `json:"thumbhash,omitempty"`
}

// Rendition is one written output.
type Rendition struct {
	Name   string `json:"name"`
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	Format string `json:"format"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Bytes  int64  `json:"bytes"`
}

// Reason says why an image was rejected or an execution failed.
type Reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Result is what validate and resize answer: the image passed this stage, or
// it is rejected for a Reason. A fault of the system is an error instead.
type Result struct {
	Execution  Execution   `json:"execution"`
	Accepted   bool        `json:"accepted"`
	Source     Source      `json:"source"`
	Requested  []string    `json:"requested,omitempty"` // Request.Renditions, from validate to resize
	Renditions []Rendition `json:"renditions,omitempty"`
	Reason     *Reason     `json:"reason,omitempty"`
}

// ExecutionID is the field's ID, for log lines.
func (r Result) ExecutionID() string { return r.Execution.ID }

// Outcome is the output of an execution and the body of its notification.
type Outcome struct {
	Status      string      `json:"status"`
	ExecutionID string      `json:"executionId"`
	Source      Source      `json:"source"`
	Renditions  []Rendition `json:"renditions"`
	Reason      *Reason     `json:"reason,omitempty"`
	StartedAt   time.Time   `json:"startedAt"`
	FinishedAt  time.Time   `json:"finishedAt"`
}

// The statuses of an Outcome.
const (
	StatusSucceeded = "succeeded"
	StatusRejected  = "rejected"
	StatusFailed    = "failed"
)

// Codes of the reasons of executions that were cut off, which publish no outcome
// of their own. Others that failed have the name of the error.
const (
	CodeTimeout = "States.Timeout" // as Step Functions calls it
	CodeAborted = "Aborted"
)

// Notice is what notify receives: how the execution went. Status says which of
// the other fields are set.
type Notice struct {
	Status string `json:"status"`
	Result
}

// Attributes of the notification, on which a subscription can filter.
const (
	AttributeStatus      = "status"
	AttributeExecutionID = "executionId"
)

// Environment variables of the functions.
const (
	EnvInputBucket       = "INPUT_BUCKET"
	EnvOutputBucket      = "OUTPUT_BUCKET"
	EnvOutputPrefix      = "OUTPUT_PREFIX"
	EnvSupportedSuffixes = "SUPPORTED_SUFFIXES"
	EnvRenditions        = "RENDITIONS"
	EnvMaxBytes          = "MAX_BYTES"
	EnvMaxPixels         = "MAX_PIXELS"
	EnvMaxFrames         = "MAX_FRAMES"
	EnvKeepCopyright     = "KEEP_COPYRIGHT" // true or false
	EnvPlaceholder       = "PLACEHOLDER"    // one of Placeholders
	EnvTopicARN          = "TOPIC_ARN"
	EnvMetricsNamespace  = "METRICS_NAMESPACE"
)

// The placeholders that a source can have in the outcome.
const (
	PlaceholderNone      = "none"
	PlaceholderThumbHash = "thumbhash" // Source.ThumbHash
)

// Placeholders lists them.
func Placeholders() []string { return []string{PlaceholderNone, PlaceholderThumbHash} }

// MaxKeyBytes is the length of a key in UTF-8 that S3 takes.
const MaxKeyBytes = 1024

// Codes of rejections that do not depend on the image's bytes; those that do
// are pkg/imaging's. All are decided by validate, but for key_too_long and
// unknown_rendition: only resize knows the renditions.
const (
	CodeBucketNotAllowed  = "bucket_not_allowed"
	CodeKeyInOutputPrefix = "key_in_output_prefix"
	CodeUnsupportedSuffix = "unsupported_suffix"
	CodeNotFound          = "not_found"
	CodeKeyTooLong        = "key_too_long"
	// CodeUnknownRendition: the API refuses such a request; this is for an execution
	// that was started past it, or with a configuration that has changed since.
	CodeUnknownRendition = "unknown_rendition"
)

// Codes of the API's error documents.
const (
	CodeInvalidRequest    = "invalid_request"
	CodeExecutionExists   = "execution_exists"
	CodeExecutionNotFound = "execution_not_found"
	CodeUnknownRoute      = "unknown_route"
	CodeThrottled         = "throttled" // to be tried again later
	CodeRefused           = "refused"   // any other mistake of the client
	CodeInternal          = "internal"
)

// HeaderIdempotencyKey names the execution: IdempotencyKeyPattern.
const (
	HeaderIdempotencyKey  = "Idempotency-Key"
	IdempotencyKeyPattern = "[A-Za-z0-9_-]{1,64}"
)

// Routes of the API.
const (
	PathProcess   = "/process"
	PathExecution = "/executions/{executionId}"
)

// ExecutionARN names an execution of a state machine by its ID; without an ID,
// it is what the names of all of them begin with.
func ExecutionARN(stateMachineARN, id string) string {
	return strings.Replace(stateMachineARN, ":stateMachine:", ":execution:", 1) + ":" + id
}

// DefaultOutputPrefix is where renditions are written.
const DefaultOutputPrefix = "thumbnails/"

// The stages, as they appear in names, log lines and the metric dimension.
const (
	StageValidate = "validate"
	StageResize   = "resize"
	StageNotify   = "notify"
)
