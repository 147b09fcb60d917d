package dashboards

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
)

// written are the fields that lines of logs have: CloudWatch's, log/slog's, the
// functions' (pkg/contract) and Step Functions'.
var written = []string{
	"@timestamp", "@message", "@log", "level", "msg",
	contract.DimensionStage, contract.FieldExecutionID, contract.FieldDurationMs, contract.FieldStatus, contract.FieldKey, contract.FieldCode,
	contract.FieldErrorType, contract.FieldError, contract.MetricRejected, contract.MetricMegapixels, contract.MetricBytesIn,
	"type", "details.error", "details.cause", "execution_arn",
}

// ofTheLanguage are the other words of the queries.
var ofTheLanguage = []string{
	"SOURCE", "fields", "display", "parse", "filter", "stats", "sort", "limit", "ispresent", "count", "latest", "as", "by", "like", "and", "or", "not", "coalesce", "asc", "desc",
	"images", "errors", "example", "what", "stage", "type", "loggedBy", "endedBy", // names that a query gives
}

var (
	quoted    = regexp.MustCompile(`"[^"]*"|'[^']*'| /[^/]*/`)
	queryWord = regexp.MustCompile(`[@A-Za-z_][A-Za-z0-9_.]*`)
)

// foreign is a word of a query that is neither a field nor of the language.
func foreign(query string) string {
	for _, w := range queryWord.FindAllString(quoted.ReplaceAllString(query, ""), -1) {
		if !slices.Contains(written, w) && !slices.Contains(ofTheLanguage, w) {
			return w
		}
	}
	return ""
}

// TestLogQueries: Logs Insights finds nothing for a field that nobody writes, and
// says nothing.
func TestLogQueries(t *testing.T) {
	t.Parallel()
	tables := 0
	for key, d := range dashboardsOf(t) {
		for _, w := range d.Widgets {
			if w.Type != "log" {
				continue
			}
			tables++
			if text := w.Properties.Query; !strings.HasPrefix(text, "SOURCE '/aws/") || foreign(text) != "" {
				t.Errorf("%s: there is no %q of\n%s", key, foreign(text), text)
			}
		}
	}
	if tables != 5 {
		t.Errorf("%d tables of errors: the overview's, the functions' and the workflow's are 5", tables)
	}
	s, _ := sample()
	queries, err := Queries(s)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, q := range queries {
		keys = append(keys, q.Key)
		if q.Name != "pixline-prod/"+q.Key || len(q.LogGroups) < 3 || slices.Contains(q.LogGroups, "") || foreign(q.Text) != "" {
			t.Errorf("there is no %q of %+v", foreign(q.Text), q)
		}
	}
	if want := []string{"slowest-images", "rejections-by-code", "one-execution", "errors-by-type"}; !slices.Equal(keys, want) {
		t.Errorf("the queries are %v, want %v", keys, want)
	}
	if got := foreign(`fields durationMS | filter level = "ERROR"`); got != "durationMS" {
		t.Errorf("a field that nobody writes is not found: %q", got)
	}
}
