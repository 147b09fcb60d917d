package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/workflow"
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

// maxVariableBytes is Lambda's quota for all variables of a function together,
// and otherVariableBytes what is kept of it for those that have short values.
const (
	maxVariableBytes   = 4096
	otherVariableBytes = 1024
)

// retentionDays are the values that CloudWatch Logs accepts (PutRetentionPolicy).
var retentionDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// TaskSeconds is how long the state machine waits for the function.
func (f Function) TaskSeconds() int { return f.TimeoutSeconds + taskMargin }

// longestSeconds is how long an execution runs in which every task times out as
// often as it may. One that is cut short itself tells nobody: it cannot notify.
func (c Config) longestSeconds() int {
	// notify runs twice: as the last stage, and to tell that it failed.
	tasks := c.Validate.TaskSeconds() + c.Resize.TaskSeconds() + 2*c.Notify.TaskSeconds()
	return workflow.TimeoutAttempts * tasks
}

// HeapBytes is how much of the function's memory the Go heap may take: the rest
// is for stacks, the binary and what the kernel keeps.
func (f Function) HeapBytes() int64 { return int64(f.MemoryMB) << 20 / 5 * 4 }

// formats are those that the suffixes switch on.
func (c Config) formats() ([]imaging.Format, error) { return imaging.FormatsOf(c.SupportedSuffixes) }

// fittingPixels is the largest image for which resize has the memory: its heap
// holds the file, too. It is below 1 where there is none.
func (c Config) fittingPixels(formats []imaging.Format) int64 {
	return imaging.MaxPixels(c.Resize.HeapBytes()-c.MaxBytes, formats, c.Renditions...)
}

// PixelLimit is the largest image, in pixels, that the functions accept:
// MaxPixels, or where that is left out the most that the memory of resize allows.
func (c Config) PixelLimit() (int64, error) {
	if c.MaxPixels > 0 {
		return c.MaxPixels, nil
	}
	formats, err := c.formats()
	return c.fittingPixels(formats), err
}

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
	if !strings.HasSuffix(c.OutputPrefix, "/") || strings.HasPrefix(c.OutputPrefix, "/") {
		problem("outputPrefix", "%q must end in / and not begin with it, such as thumbnails/", c.OutputPrefix)
	}
	if strings.ContainsAny(c.OutputPrefix, "*?$") {
		problem("outputPrefix", "%q must not hold * ? or $: in the policy of resize they would stand for other keys", c.OutputPrefix)
	}
	if c.MaxBytes < 1 {
		problem("maxBytes", "%d must be positive, such as 31457280", c.MaxBytes)
	}
	if c.MaxFrames < 1 {
		problem("maxFrames", "%d must be positive, such as 1000", c.MaxFrames)
	}
	if !slices.Contains(contract.Placeholders(), c.Placeholder) {
		problem("placeholder", "%q must be one of %s", c.Placeholder, strings.Join(contract.Placeholders(), ", "))
	}
	c.checkPixels(problem)
	c.checkKeeping(problem)
	if text, err := json.Marshal(c.Renditions); err != nil {
		problem("renditions", "encode: %w", err)
	} else if len(text) > maxVariableBytes-otherVariableBytes {
		problem("renditions", "%d bytes of JSON: the variables of a function have room for %d", len(text), maxVariableBytes-otherVariableBytes)
	}
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
	}
	c.API.check(problem)
	c.checkWatching(stack, problem)
	if longest := c.longestSeconds(); c.WorkflowTimeoutSeconds <= longest {
		problem("workflowTimeoutSeconds", "%d must be longer than its tasks with a retry of each, %d", c.WorkflowTimeoutSeconds, longest)
	}
	if !slices.Contains(retentionDays, c.LogRetentionDays) {
		problem("logRetentionDays", "%d: CloudWatch Logs takes %v", c.LogRetentionDays, retentionDays)
	}
}

// checkPixels holds the largest image to the memory that there is. Without a
// memory that Lambda has, or formats, there is nothing to hold it to.
func (c Config) checkPixels(problem func(key, format string, args ...any)) {
	if c.MaxPixels < 0 {
		problem("maxPixels", "%d must be positive, or 0 for the most that the memory of resize allows", c.MaxPixels)
	}
	formats, err := c.formats()
	if err != nil {
		problem("supportedSuffixes", "%w", err)
		return
	}
	if c.Resize.MemoryMB < minMemoryMB {
		return
	}
	heap := fmt.Sprintf("resize has a heap of %d MiB (80%% of its memoryMb, %d), of which a file takes up to %d",
		c.Resize.HeapBytes()>>20, c.Resize.MemoryMB, c.MaxBytes>>20)
	switch fitting := c.fittingPixels(formats); {
	case fitting < 1:
		problem("resize", "there is no room for any image: %s", heap)
	case c.MaxPixels > fitting:
		problem("maxPixels", "%d is more than the %d for which there is room: %s; lower it, leave it out, or raise memoryMb", c.MaxPixels, fitting, heap)
	}
}
