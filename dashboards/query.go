package dashboards

import (
	"strings"

	"github.com/pixline/pixline/pkg/contract"
)

// SavedQuery is a query of CloudWatch Logs Insights that is kept with the stack.
type SavedQuery struct {
	Key       string // within the stack
	Name      string // in the console, where a slash makes a folder
	LogGroups []string
	Text      string
}

// errorLines are the lines of a function that say what went wrong: its own, and
// those that Lambda writes, once each, when it ends the function; these have no level.
const errorLines = `filter level = "ERROR" or (not ispresent(level) and (@message like "Task timed out" or @message like "Error: Runtime exited"))`

// Lambda's own lines have nothing but themselves: the stage is in the name of their
// log group, /aws/lambda/<project>-<stack>-<stage>, and what went wrong in their text.
const (
	loggedBy = "parse @log /-(?<loggedBy>" + contract.StageValidate + "|" + contract.StageResize + "|" + contract.StageNotify + ")$/"
	endedBy  = "parse @message /(?<endedBy>Task timed out|Runtime exited)/"
	stage    = "coalesce(" + contract.DimensionStage + ", loggedBy) as stage"
	kind     = "coalesce(" + contract.FieldErrorType + ", endedBy) as type"
	what     = "coalesce(" + contract.FieldError + ", @message) as what"
)

// recentErrors is the table of a function's dashboard.
var recentErrors = lines(
	errorLines, loggedBy, endedBy, fields(stage, kind, what),
	"sort @timestamp desc", "limit 20",
	"display @timestamp, stage, type, what, "+contract.FieldKey+", "+contract.FieldExecutionID,
)

// recentFailures is the table of the workflow's dashboard. Source of the names of
// fields: Step Functions Developer Guide, "Using CloudWatch Logs to log execution
// history".
var recentFailures = lines(
	"fields @timestamp, type, details.error, details.cause, execution_arn",
	`filter type like "Failed" or type like "TimedOut" or type like "Aborted"`,
	"sort @timestamp desc", "limit 20",
)

// Placeholder is what whoever runs the query of one execution replaces by its ID.
const Placeholder = "EXECUTION_ID"

// Queries gives the queries that are saved with the stack.
func Queries(s Stack) ([]SavedQuery, error) {
	functions := s.functionLogs()
	list := []SavedQuery{
		{Key: "slowest-images", LogGroups: functions, Text: lines(
			fields("@timestamp", contract.DimensionStage, contract.FieldDurationMs, contract.MetricMegapixels, contract.MetricBytesIn, contract.FieldKey, contract.FieldExecutionID),
			"filter ispresent("+contract.FieldKey+")",
			"sort "+contract.FieldDurationMs+" desc", "limit 20",
		)},
		{Key: "rejections-by-code", LogGroups: functions, Text: lines(
			// notify's line has the code, too.
			"filter "+contract.MetricRejected+" = 1",
			"stats count(*) as images, latest("+contract.FieldKey+") as example by "+contract.DimensionStage+", "+contract.FieldCode,
			"sort images desc",
		)},
		{Key: "one-execution", LogGroups: append(functions, s.Workflow.LogGroup), Text: lines(
			fields("@timestamp", contract.DimensionStage, "level", "msg", contract.FieldStatus, contract.FieldCode, contract.FieldErrorType, contract.FieldError, contract.FieldDurationMs, "type", "details.error"),
			`filter `+contract.FieldExecutionID+` = "`+Placeholder+`" or execution_arn like "`+Placeholder+`"`,
			"sort @timestamp asc", "limit 1000",
		)},
		{Key: "errors-by-type", LogGroups: functions, Text: lines(
			errorLines, loggedBy, endedBy, fields(stage, kind, what),
			"stats count(*) as errors, latest(what) as example by stage, type",
			"sort errors desc",
		)},
	}
	for i := range list {
		list[i].Name = s.name() + "/" + list[i].Key
	}
	return list, checkQueries(list)
}

// functionLogs are the log groups of the functions.
func (s Stack) functionLogs() []string {
	var groups []string
	for _, stage := range s.stages() {
		groups = append(groups, s.Functions[stage].LogGroup)
	}
	return groups
}

func fields(names ...string) string { return "fields " + strings.Join(names, ", ") }

// lines are the commands of a query.
func lines(commands ...string) string { return strings.Join(commands, "\n| ") }
