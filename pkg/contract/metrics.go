package contract

// Metrics in the embedded metric format. Each has exactly the dimension Stage;
// whatever has many values (keys, execution ids) is a field of the log line. The
// times of decoding, resizing and encoding overlap: an image is resized while it is
// decoded, and on more than one core.
const (
	DimensionStage = "Stage"

	MetricColdStart  = "ColdStart"  // Count
	MetricSucceeded  = "Succeeded"  // Count
	MetricRejected   = "Rejected"   // Count
	MetricFailed     = "Failed"     // Count: the function answered an error
	MetricMegapixels = "Megapixels" // Count: of the source
	MetricBytesIn    = "BytesIn"    // Bytes
	MetricBytesOut   = "BytesOut"   // Bytes
	MetricDecodeTime = "DecodeTime" // Milliseconds that decoding was busy
	MetricResizeTime = "ResizeTime" // Milliseconds that resizing was busy, all renditions
	MetricEncodeTime = "EncodeTime" // Milliseconds that encoding was busy, all renditions
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
