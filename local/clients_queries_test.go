package local

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/pkg/contract"
)

// tryQueries runs each saved query.
func (w *staged) tryQueries(t *testing.T, s shell) {
	var saved struct {
		QueryDefinitions []struct {
			Name, QueryString string
			LogGroupNames     []string
		}
	}
	s.json(t, &saved, "logs", "describe-query-definitions")
	checks := map[string]func([]map[string]string){
		"slowest-images": func(rows []map[string]string) {
			var took []float64
			images := map[string]bool{}
			for _, row := range rows {
				ms, err := strconv.ParseFloat(row[contract.FieldDurationMs], 64)
				if err != nil {
					t.Errorf("%v: %v", row, err)
				}
				took = append(took, -ms)
				if row[contract.DimensionStage] == contract.StageResize && row[contract.MetricMegapixels] != "" {
					images[row[contract.FieldKey]] = true
				}
			}
			if !slices.IsSorted(took) || !maps.Equal(images, map[string]bool{"good.jpg": true}) {
				t.Errorf("the slowest images are %v", rows)
			}
		},
		"rejections-by-code": func(rows []map[string]string) {
			if want := []map[string]string{{
				contract.DimensionStage: contract.StageValidate, contract.FieldCode: contract.CodeNotFound, "images": "1", "example": "missing.jpg",
			}}; !cmp.Equal(rows, want) {
				t.Error(cmp.Diff(want, rows))
			}
		},
		"one-execution": func(rows []map[string]string) {
			told := map[string]int{} // by the functions and by the state machine
			for _, row := range rows {
				told[row[contract.DimensionStage]+row["type"]]++
			}
			want := map[string]int{
				contract.StageValidate: 1, contract.StageResize: 6, contract.StageNotify: 1, "TaskFailed": 6, "FailStateEntered": 1, "ExecutionFailed": 1,
			}
			if !maps.Equal(told, want) {
				t.Errorf("%v instead of %v", told, want)
			}
		},
		"errors-by-type": func(rows []map[string]string) {
			if len(rows) != 1 || rows[0]["stage"] != contract.StageResize || rows[0]["type"] != "Transient" ||
				rows[0]["errors"] != "6" || !strings.Contains(rows[0]["example"], "good.jpg") {
				t.Errorf("the errors are %v", rows)
			}
		},
	}
	for _, q := range saved.QueryDefinitions {
		name := q.Name[strings.LastIndex(q.Name, "/")+1:]
		check := checks[name]
		if check == nil {
			t.Errorf("what is %s?", q.Name)
			continue
		}
		delete(checks, name)
		check(s.query(t, strings.ReplaceAll(q.QueryString, "EXECUTION_ID", w.failed.ExecutionID), q.LogGroupNames))
	}
	for name := range checks {
		t.Errorf("there is no query %s", name)
	}
}

// query runs a query over the last hour and gives its rows by the columns' names.
func (s shell) query(t *testing.T, text string, groups []string) []map[string]string {
	t.Helper()
	now := time.Now().Unix()
	var started struct{ QueryID string }
	s.json(t, &started, append([]string{
		"logs", "start-query", "--query-string", text, "--start-time", fmt.Sprint(now - 3600), "--end-time", fmt.Sprint(now + 60), "--log-group-names",
	}, groups...)...)
	var results struct {
		Status  string
		Results [][]struct{ Field, Value string }
	}
	for deadline := time.Now().Add(time.Minute); results.Status != "Complete"; {
		if time.Now().After(deadline) {
			t.Fatalf("the query is %s: %s", results.Status, text)
		}
		s.json(t, &results, "logs", "get-query-results", "--query-id", started.QueryID)
	}
	var rows []map[string]string
	for _, cells := range results.Results {
		row := map[string]string{}
		for _, c := range cells {
			row[c.Field] = c.Value
		}
		rows = append(rows, row)
	}
	return rows
}

func (w *staged) tryEvents(t *testing.T, s shell) {
	var found struct{ Events []struct{ Message string } }
	var groups struct {
		LogGroups []struct{ LogGroupName string }
	}
	s.json(t, &groups, "logs", "describe-log-groups", "--log-group-name-prefix", "/aws/lambda/"+w.alarm(contract.StageValidate))
	if len(groups.LogGroups) != 1 {
		t.Fatalf("%+v", groups)
	}
	s.json(t, &found, "logs", "filter-log-events", "--log-group-name", groups.LogGroups[0].LogGroupName, "--filter-pattern", `"not_found" CloudWatchMetrics`)
	if len(found.Events) != 1 || !strings.Contains(found.Events[0].Message, "missing.jpg") {
		t.Errorf("%+v", found)
	}
}
