package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// taskMargin is how much longer the state machine waits for a function than
// the function may run, so that the function's own timeout is what is seen.
const taskMargin = 5

// maxFunctionSeconds and maxMemoryMB are Lambda's quotas.
const (
	maxFunctionSeconds = 900
	maxMemoryMB        = 10240
	minMemoryMB        = 128
)

// retentionDays are the values that CloudWatch Logs accepts (PutRetentionPolicy).
var retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// TaskSeconds is how long the state machine waits for the function.
func (f Function) TaskSeconds() int { return f.TimeoutSeconds + taskMargin }

// check reports every problem at once, each with its key and an example.
func (c Config) check() error {
	var problems []error
	problem := func(key, format string, args ...any) {
		problems = append(problems, fmt.Errorf("%s:%s: "+format, append([]any{Project, key}, args...)...))
	}
	if c.Region == "" {
		problems = append(problems, errors.New("aws:region: missing, such as: pulumi config set aws:region eu-west-1"))
	}
	if len(c.SupportedSuffixes) == 0 {
		problem("supportedSuffixes", `empty, such as: [".jpg", ".jpeg", ".png"]`)
	}
	for _, s := range c.SupportedSuffixes {
		if !strings.HasPrefix(s, ".") || strings.ContainsAny(s, ", ") {
			problem("supportedSuffixes", "%q is not a suffix, such as .jpg", s)
		}
	}
	if !strings.HasSuffix(c.OutputPrefix, "/") || strings.HasPrefix(c.OutputPrefix, "/") {
		problem("outputPrefix", "%q must end in / and not begin with it, such as thumbnails/", c.OutputPrefix)
	}
	if c.MaxBytes < 1 {
		problem("maxBytes", "%d must be positive, such as 31457280", c.MaxBytes)
	}
	if c.MaxPixels < 1 {
		problem("maxPixels", "%d must be positive, such as 100000000", c.MaxPixels)
	}
	longest := 0
	for key, f := range map[string]Function{"validate": c.Validate, "resize": c.Resize, "notify": c.Notify} {
		if f.MemoryMB < minMemoryMB || f.MemoryMB > maxMemoryMB {
			problem(key, "memoryMb %d: Lambda takes %d to %d", f.MemoryMB, minMemoryMB, maxMemoryMB)
		}
		if f.TimeoutSeconds < 1 || f.TimeoutSeconds > maxFunctionSeconds {
			problem(key, "timeoutSeconds %d: Lambda takes 1 to %d", f.TimeoutSeconds, maxFunctionSeconds)
		}
		if f.ReservedConcurrency < -1 || f.ReservedConcurrency == 0 {
			problem(key, "reservedConcurrency %d: a positive number, or -1 for unreserved (0 would stop the function)", f.ReservedConcurrency)
		}
		longest += f.TaskSeconds()
	}
	if c.WorkflowTimeoutSeconds <= longest {
		problem("workflowTimeoutSeconds", "%d must be longer than its three tasks together, %d", c.WorkflowTimeoutSeconds, longest)
	}
	if !slices.Contains(retentionDays, c.LogRetentionDays) {
		problem("logRetentionDays", "%d: CloudWatch Logs takes %v", c.LogRetentionDays, retentionDays)
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(problems...)
}
