package dashboards

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
)

// Stack names the resources that are watched, and how they are configured: the
// thresholds follow from that.
type Stack struct {
	Project   string
	Name      string // of the Pulumi stack
	Partition string // aws, aws-cn or aws-us-gov
	Region    string
	Account   string
	Namespace string // of the functions' own metrics

	Functions   map[string]Function // by stage
	Workflow    Workflow
	API         API
	Buckets     []Bucket
	Topic       string  // name of the topic of outcomes
	DeadLetters []Queue // every queue of what could not be done
}

// Function is a Lambda function.
type Function struct {
	Name                string
	LogGroup            string
	TimeoutSeconds      int
	MemoryMB            int
	ReservedConcurrency int // below 1: unreserved
}

// Workflow is the state machine.
type Workflow struct {
	ARN            string
	LogGroup       string
	TimeoutSeconds int
}

// API is the REST API.
type API struct{ Name, Stage string }

// Bucket is a bucket with a metrics configuration, without which S3 publishes no
// request metrics.
type Bucket struct {
	Label    string // in names and titles, such as input
	Name     string
	FilterID string // of the metrics configuration
}

// Queue is a queue of dead letters.
type Queue struct {
	Label string // in names and titles, such as undelivered
	Name  string
}

// Settings is what an environment decides.
type Settings struct {
	// Dashboards are those that exist, of Names: each costs money.
	Dashboards []string
	// Thresholds replaces those of the alarm table. A key is one of Signals: a signal
	// (error-rate), or a stage and a signal (resize-error-rate), which counts more.
	Thresholds map[string]float64
	// LowTraffic watches each error, too: where an hour has ten images, a share says little.
	LowTraffic bool
	// Baseline is the number of requests a minute below which something before the
	// API is broken; 0: the API may be idle.
	Baseline float64
	// RunbookURL is where the pages of docs/runbooks are; "": DefaultRunbookURL.
	RunbookURL string
}

// DefaultRunbookURL is where the project keeps its runbooks.
const DefaultRunbookURL = "https://github.com/pixline/pixline/blob/main/docs/runbooks/"

// runbooks is the URL of the folder, with a slash at the end.
func (s Settings) runbooks() string {
	if s.RunbookURL == "" {
		return DefaultRunbookURL
	}
	return strings.TrimSuffix(s.RunbookURL, "/") + "/"
}

// name is that of an alarm or a dashboard. CloudWatch replaces what has the same
// name, so the stack is in it.
func (s Stack) name(parts ...string) string {
	return strings.Join(append([]string{s.Project, s.Name}, parts...), "-")
}

// alarmARN is that of an alarm by its name. Source: Service Authorization
// Reference, "Resource types defined by Amazon CloudWatch".
func (s Stack) alarmARN(name string) string {
	return fmt.Sprintf("arn:%s:cloudwatch:%s:%s:alarm:%s", s.Partition, s.Region, s.Account, name)
}

// stages are those of the functions, in the order in which an image passes them.
func (s Stack) stages() []string {
	order := []string{contract.StageValidate, contract.StageResize, contract.StageNotify}
	return slices.DeleteFunc(order, func(stage string) bool {
		_, there := s.Functions[stage]
		return !there
	})
}
