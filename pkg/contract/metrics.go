package contract

// Metrics in the embedded metric format. Each has the dimension Stage;
// Rejected is there a second time with Stage and Code, and Published with Stage and
// Outcome; whatever has many values
// (keys, execution ids) is a field of the log line. The times of decoding,
// resizing and encoding overlap: an image is resized while it is decoded, and on
// more than one core.
//
// What happens or does not is on every line, as 1 or 0, so that Sum counts it,
// Average is its share, and an alarm on a share has its denominator: ColdStart and
// Failed of every stage; Succeeded and Rejected of validate and resize, where
// exactly one of these and Failed is 1; Published and PublishFailed of notify.
// Rejected by Code is on the lines of rejections alone: there is no code on the
// others; Published by Outcome on those of what was published. A panic tells no more than ColdStart and Failed. What is measured is on
// the lines of those that came so far.
const (
	DimensionStage   = "Stage"
	DimensionCode    = "Code"    // of a rejection
	DimensionOutcome = "Outcome" // one of the Outcome's statuses

	MetricColdStart  = "ColdStart"  // Count, 0 or 1
	MetricInitTime   = "InitTime"   // Milliseconds from the start of the process until it was ready, to 10; on its first line
	MetricSucceeded  = "Succeeded"  // Count, 0 or 1
	MetricRejected   = "Rejected"   // Count, 0 or 1
	MetricFailed     = "Failed"     // Count, 0 or 1: the function answered an error, or panicked
	MetricMegapixels = "Megapixels" // Count: of the source
	MetricBytesIn    = "BytesIn"    // Bytes
	MetricBytesOut   = "BytesOut"   // Bytes
	MetricDecodeTime = "DecodeTime" // Milliseconds that decoding was busy
	MetricResizeTime = "ResizeTime" // Milliseconds that resizing was busy, all renditions
	MetricEncodeTime = "EncodeTime" // Milliseconds that encoding was busy, all renditions

	MetricPublished     = "Published"     // Count, 0 or 1
	MetricPublishFailed = "PublishFailed" // Count, 0 or 1
	MetricMemoryShare   = "MemoryShare"   // Percent of the function's memory: the peak of the process so far
)

// DefaultMetricsNamespace is followed by the stack's name.
const DefaultMetricsNamespace = "Pixline"

// Fields of a function's log line; the metrics, DimensionStage and the fields
// time, level and msg of log/slog are the others.
const (
	FieldRequestID   = "requestId"
	FieldExecutionID = "executionId" // the same through all stages
	FieldTraceID     = "traceId"     // of X-Ray, such as 1-5759e988-bd862e3fe1be46a994272793; where there is one
	FieldColdStart   = "coldStart"   // true or false
	FieldDurationMs  = "durationMs"  // of the handler
	// FieldStatus is what became of the stage: one of the Outcome's statuses, of
	// notify succeeded or failed.
	FieldStatus = "status"
	// FieldOutcome is what notify announces: one of the Outcome's statuses.
	FieldOutcome    = "outcome"
	FieldBucket     = "bucket" // this and the next seven: of the source, as far as known
	FieldKey        = "key"
	FieldVersionID  = "versionId"
	FieldFormat     = "format"
	FieldWidth      = "width"      // pixels
	FieldHeight     = "height"     // pixels
	FieldBytes      = "bytes"      //
	FieldRenditions = "renditions" // how many were made
	FieldCode       = "code"       // of a rejection; on notify's line, of any reason
	FieldReason     = "reason"     // its message
	FieldErrorType  = "errorType"  // as the state machine sees it, or ErrorTypePanic
	FieldError      = "error"
	FieldMessageID  = "messageId" // of the notification
)

// ErrorTypePanic is the FieldErrorType of an invocation that panicked.
const ErrorTypePanic = "Panic"
