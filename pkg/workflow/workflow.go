// Package workflow holds the state machine's document. Its ${Name} places are
// filled by Render; the file stays valid JSON, so that every editor and linter
// reads it.
package workflow

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed process.asl.json
var document string

// Functions are the ARNs that the document invokes, and how long a task waits
// for each.
type Functions struct {
	Validate, Resize, Notify Function
}

// Function is one function of the document.
type Function struct {
	ARN         string
	TaskTimeout time.Duration // whole seconds; longer than the function's own timeout
}

// TimeoutAttempts is how often a task that times out is run in all.
const TimeoutAttempts = 2

var place = regexp.MustCompile(`"?\$\{([A-Za-z]+)\}"?`)

// Render fills the document in. A place without a value, and a value without a
// place, are errors: each would be a wiring that nobody notices.
func Render(f Functions, timeout time.Duration) (string, error) {
	values := map[string]string{"WorkflowTimeoutSeconds": seconds(timeout)}
	for name, function := range map[string]Function{"Validate": f.Validate, "Resize": f.Resize, "Notify": f.Notify} {
		arn, err := json.Marshal(function.ARN)
		if err != nil {
			return "", fmt.Errorf("encode the ARN of %s: %w", name, err)
		}
		values[name+"FunctionArn"] = string(arn)
		values[name+"TaskTimeoutSeconds"] = seconds(function.TaskTimeout)
	}
	var problems []error
	unused := maps.Clone(values)
	rendered := place.ReplaceAllStringFunc(document, func(match string) string {
		name := strings.Trim(match, `"${}`)
		value, ok := values[name]
		if !ok {
			problems = append(problems, fmt.Errorf("process.asl.json: nothing is given for %s", match))
		}
		delete(unused, name)
		return value
	})
	for _, name := range slices.Sorted(maps.Keys(unused)) {
		problems = append(problems, fmt.Errorf("process.asl.json: ${%s} is nowhere", name))
	}
	return rendered, errors.Join(problems...)
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
