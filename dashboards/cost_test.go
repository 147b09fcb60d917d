package dashboards

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

var term = regexp.MustCompile(`FILL\((\w+),0\)\*([0-9.]+)`)

// TestCostOfAMillionImages reckons it by hand: functions of 256, 2048 and 128 MB
// that take 100, 1000 and 50 ms, six transitions, one request, two reads, three
// renditions and one notification each.
func TestCostOfAMillionImages(t *testing.T) {
	t.Parallel()
	s, _ := sample()
	counts := map[string]float64{
		"Invocations validate-1": 1e6, "Invocations resize-1": 1e6, "Invocations notify-1": 1e6,
		"Duration validate-1": 100e6, "Duration resize-1": 1000e6, "Duration notify-1": 50e6,
		"ExecutionsStarted " + s.Workflow.ARN: 1e6, "Count api-1": 1e6, "NumberOfMessagesPublished outcomes-1": 1e6,
		"GetRequests input-1": 2e6, "PutRequests output-1": 3e6,
	}
	want := map[string]float64{
		"Lambda":         (0.25*0.1+2*1+0.125*0.05)*1e6*0.0000133334 + 3*0.20,
		"Step Functions": 6 * 25, "API Gateway": 3.50, "S3": 2*0.40 + 3*5, "SNS": 0.50,
	}
	for _, m := range s.costs(minute) {
		total := 0.0
		for _, match := range term.FindAllStringSubmatch(m.Expression, -1) {
			price, err := strconv.ParseFloat(match[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			operand := m.Operands[match[1]]
			for _, name := range []string{"FunctionName", "StateMachineArn", "ApiName", "TopicName", "BucketName"} {
				total += counts[operand.Name+" "+operand.Dimensions[name]] * price
			}
		}
		if math.Abs(total-want[m.Label]) > 1e-6 {
			t.Errorf("%s costs %v, want %v", m.Label, total, want[m.Label])
		}
	}
}
