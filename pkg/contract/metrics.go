package contract

// Metrics in the embedded metric format. Each has exactly the dimension Stage;
// whatever has many values (keys, execution ids) is a field of the log line.
const (
	DimensionStage = "Stage"

	MetricColdStart  = "ColdStart"  // Count
	MetricSucceeded  = "Succeeded"  // Count
	MetricRejected   = "Rejected"   // Count
	MetricFailed     = "Failed"     // Count: the function answered an error
	MetricMegapixels = "Megapixels" // Count: of the source
	MetricBytesIn    = "BytesIn"    // Bytes
	MetricBytesOut   = "BytesOut"   // Bytes
	MetricDecodeTime = "DecodeTime" // Milliseconds
	MetricRenderTime = "RenderTime" // Milliseconds: resize and encode, all renditions
	MetricPublished  = "Published"  // Count
)

// DefaultMetricsNamespace is followed by the stack's name.
const DefaultMetricsNamespace = "Pixline"

// Fields of a function's log line.
const (
	FieldRequestID   = "requestId"
	FieldExecutionID = "executionId"
	FieldColdStart   = "coldStart"
)
