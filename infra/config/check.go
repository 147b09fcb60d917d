package config

import (
	"errors"
	"fmt"
	"regexp"
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

// maxStackName keeps every physical name within AWS's limits: the longest role
// has then exactly IAM's 64 characters.
const maxStackName = 40

// stackName is what a bucket's name may hold.
var stackName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)

// problem is what is wrong with a key.
type problem struct {
	key string
	err error
}

type problems []problem

func (p *problems) add(key string, err error) { *p = append(*p, problem{key, err}) }

func (p problems) has(key string) bool {
	return slices.ContainsFunc(p, func(q problem) bool { return q.key == key })
}

// err joins the problems in the order of their keys.
func (p problems) err() error {
	slices.SortStableFunc(p, func(a, b problem) int { return strings.Compare(a.key, b.key) })
	var lines []error
	for _, q := range p {
		lines = append(lines, fmt.Errorf("%s: %w", q.key, q.err))
	}
	return errors.Join(lines...)
}

// check adds every problem of what was read; of a key that could not be read
// it knows nothing more to say.
func (c Config) check(stack string, found *problems) {
	unread := slices.Clone(*found)
	problem := func(key, format string, args ...any) {
		key = Project + ":" + key
		if !unread.has(key) {
			found.add(key, fmt.Errorf(format, args...))
		}
	}
	if len(stack) > maxStackName || !stackName.MatchString(stack) {
		found.add("stack "+stack, fmt.Errorf("its name becomes part of the names of buckets and roles: use at most %d of a-z, 0-9 and -", maxStackName))
	}
	if c.Region == "" {
		found.add("aws:region", errors.New("missing, such as: pulumi config set aws:region eu-west-1"))
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
}
