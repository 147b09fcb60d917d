package runtime

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// reservedVariables are the names that Lambda sets and refuses in a function's
// configuration. PATH, LANG and TZ are set too, but may be changed.
// Source: Lambda developer guide, "Defined runtime environment variables".
var reservedVariables = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID",
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
	"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_RUNTIME_API",
	"LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT",
}

// maxVariableBytes bounds all names and values together.
const maxVariableBytes = 4 * 1024

var variableName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`)

func checkVariables(vars map[string]string) error {
	var reserved []string
	size := 0
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		size += len(name) + len(vars[name])
		if slices.Contains(reservedVariables, name) {
			reserved = append(reserved, name)
		} else if !variableName.MatchString(name) {
			return fmt.Errorf("environment variable %q is not a name that Lambda allows (%s)", name, variableName)
		}
	}
	if len(reserved) > 0 {
		return fmt.Errorf("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: %s", strings.Join(reserved, ", "))
	}
	if size > maxVariableBytes {
		return fmt.Errorf("environment variables take %d bytes, which is above Lambda's 4 KB limit", size)
	}
	return nil
}

type credentials struct{ accessKey, secret, sessionToken string }

// variables is the whole environment of a function's process. AWS_EXECUTION_ENV
// is missing on purpose: Lambda does not define it for provided.al2023.
func variables(f *Function, o *Options, c credentials, stream, runtimeAPI string) []string {
	vars := map[string]string{
		"LANG": "en_US.UTF-8",
		"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"TZ":   ":UTC",
	}
	if o.Endpoint != "" {
		vars["AWS_ENDPOINT_URL"] = o.Endpoint
	}
	maps.Copy(vars, f.Env)
	maps.Copy(vars, map[string]string{
		"_HANDLER":                        f.Handler,
		"AWS_ACCESS_KEY_ID":               c.accessKey,
		"AWS_SECRET_ACCESS_KEY":           c.secret,
		"AWS_SESSION_TOKEN":               c.sessionToken,
		"AWS_DEFAULT_REGION":              o.Region,
		"AWS_REGION":                      o.Region,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(f.MemoryMB),
		"AWS_LAMBDA_FUNCTION_NAME":        f.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     latestVersion,
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       f.LogGroup,
		"AWS_LAMBDA_LOG_STREAM_NAME":      stream,
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"LAMBDA_TASK_ROOT":                filepath.Dir(f.Binary),
	})
	env := make([]string, 0, len(vars))
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		env = append(env, name+"="+vars[name])
	}
	return env
}
