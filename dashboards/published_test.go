package dashboards

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
)

// family are metrics that are published with the same dimensions.
type family struct {
	namespace  string
	dimensions []string            // sorted
	metrics    map[string][]string // the statistics that say something, by name
}

// Statistics; percentiles stands for p0 to p100.
const (
	percentiles = "p"
	sumOf       = "Sum"
	average     = "Average"
	maximum     = "Maximum"
	samples     = "SampleCount"
)

var (
	counted = []string{sumOf}
	shared  = []string{sumOf, average}
	timed   = []string{average, maximum, percentiles}
)

// namespace is the one of the functions' own metrics in the tests.
const namespace = contract.DefaultMetricsNamespace + "/prod"

// published is every metric that AWS documents for what the stack has, and every
// metric that the functions write. Sources: Lambda Developer Guide, "Types of
// metrics for Lambda functions" (Sum of Duration is what Lambda bills); Step Functions Developer
// Guide, "Metrics in Step Functions"; API Gateway Developer Guide, "Amazon API Gateway dimensions
// and metrics"; S3 User Guide, "Metrics and dimensions"; SNS Developer Guide,
// "Monitoring Amazon SNS topics using CloudWatch"; SQS Developer Guide, "Available
// CloudWatch metrics for Amazon SQS"; pkg/contract.
var published = []family{
	{"AWS/Lambda", []string{"FunctionName"}, map[string][]string{
		"Invocations": counted, "Errors": counted, "Throttles": counted, "DeadLetterErrors": counted,
		"Duration": append([]string{sumOf}, timed...), "ConcurrentExecutions": {maximum},
	}},
	{"AWS/States", []string{"StateMachineArn"}, map[string][]string{
		"ExecutionsStarted": counted, "ExecutionsSucceeded": counted, "ExecutionsFailed": counted, "ExecutionsTimedOut": counted,
		"ExecutionsAborted": counted, "ExecutionThrottled": counted, "ExecutionTime": timed,
	}},
	{"AWS/ApiGateway", []string{"ApiName", "Stage"}, gatewayMetrics},
	{"AWS/ApiGateway", []string{"ApiName", "Method", "Resource", "Stage"}, gatewayMetrics}, // detailed metrics
	{"AWS/S3", []string{"BucketName", "FilterId"}, map[string][]string{
		"AllRequests": counted, "GetRequests": counted, "PutRequests": counted, "HeadRequests": counted, "ListRequests": counted, "DeleteRequests": counted,
		"4xxErrors": shared, "5xxErrors": shared, "FirstByteLatency": timed, "TotalRequestLatency": timed,
		"BytesDownloaded": shared, "BytesUploaded": shared,
	}},
	{"AWS/S3", []string{"BucketName", "StorageType"}, map[string][]string{"BucketSizeBytes": {average}, "NumberOfObjects": {average}}},
	{"AWS/SNS", []string{"TopicName"}, map[string][]string{
		"NumberOfMessagesPublished": counted, "NumberOfNotificationsDelivered": counted, "NumberOfNotificationsFailed": counted,
	}},
	{"AWS/SQS", []string{"QueueName"}, map[string][]string{
		"ApproximateNumberOfMessagesVisible": {average, maximum}, "ApproximateAgeOfOldestMessage": {average, maximum},
		"NumberOfMessagesSent": counted, "NumberOfMessagesReceived": counted, "NumberOfMessagesDeleted": counted,
	}},
	{namespace, []string{contract.DimensionStage}, map[string][]string{
		contract.MetricColdStart: shared, contract.MetricInitTime: timed, contract.MetricSucceeded: shared, contract.MetricRejected: shared,
		contract.MetricFailed: shared, contract.MetricMegapixels: timed, contract.MetricBytesIn: shared, contract.MetricBytesOut: shared,
		contract.MetricDecodeTime: timed, contract.MetricResizeTime: timed, contract.MetricEncodeTime: timed,
		contract.MetricPublished: shared, contract.MetricPublishFailed: shared, contract.MetricMemoryShare: timed,
	}},
	{namespace, []string{contract.DimensionCode, contract.DimensionStage}, map[string][]string{contract.MetricRejected: counted}},
	{namespace, []string{contract.DimensionOutcome, contract.DimensionStage}, map[string][]string{contract.MetricPublished: counted}},
}

var gatewayMetrics = map[string][]string{
	"Count": {samples}, "4XXError": shared, "5XXError": shared, "Latency": timed, "IntegrationLatency": timed,
}

// values are the dimensions that have few values.
var values = map[string][]string{
	"StorageType":             {"StandardStorage", "AllStorageTypes"},
	contract.DimensionStage:   {contract.StageValidate, contract.StageResize, contract.StageNotify, apiStage},
	contract.DimensionCode:    contract.RejectionCodes(),
	contract.DimensionOutcome: {contract.StatusSucceeded, contract.StatusRejected, contract.StatusFailed},
	"Method":                  {"POST"},
	"Resource":                {contract.PathProcess},
}

var percentile = regexp.MustCompile(`^p(\d{1,2}(\.\d+)?|100)$`)

// unknown says why nobody publishes the metric; "": somebody does.
func unknown(m Metric) string {
	names := slices.Sorted(maps.Keys(m.Dimensions))
	for _, f := range published {
		statistics, ok := f.metrics[m.Name]
		if f.namespace != m.Namespace || !ok || !slices.Equal(f.dimensions, names) {
			continue
		}
		if !slices.Contains(statistics, m.Statistic) && (!slices.Contains(statistics, percentiles) || !percentile.MatchString(m.Statistic)) {
			return fmt.Sprintf("the statistics of %s are %v, not %s", m.Name, statistics, m.Statistic)
		}
		for name, value := range m.Dimensions {
			if few, ok := values[name]; value == "" || ok && !slices.Contains(few, value) {
				return fmt.Sprintf("%s has no %s %q", m.Name, name, value)
			}
		}
		return ""
	}
	return fmt.Sprintf("nobody publishes %s %s with the dimensions %v", m.Namespace, m.Name, names)
}

// functions are those of metric math that are in use, and that the local runner
// knows. Source: CloudWatch User Guide, "Metric math syntax and functions".
var functions = []string{"IF", "FILL", "PERIOD"}

var word = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

// badExpression says what is wrong with the expressions among the entries of one
// widget or alarm.
func badExpression(entries []Query) string {
	known := map[string]bool{}
	for _, q := range entries {
		if q.ID != "" && known[q.ID] {
			return q.ID + " is there twice"
		}
		known[q.ID] = true
	}
	for _, q := range entries {
		for _, w := range word.FindAllString(q.Metric.Expression, -1) {
			if !slices.Contains(functions, w) && !known[w] {
				return fmt.Sprintf("%s has %s, which is nothing", q.Metric.Expression, w)
			}
		}
		if strings.Count(q.Metric.Expression, "(") != strings.Count(q.Metric.Expression, ")") {
			return q.Metric.Expression + " has an open bracket"
		}
	}
	return ""
}
