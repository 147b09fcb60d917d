package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/contract"
)

// report is what became of one input.
type report struct {
	Input string `json:"input"`
	client.Execution
	Stages []client.Stage `json:"stages,omitempty"`
	// Problem is why there is no execution, or none that was followed.
	Problem string `json:"problem,omitempty"`

	err error // of which Problem is the text
}

// failed is the report of an input that err stopped.
func failed(input string, err error) report {
	return report{Input: input}.with(err)
}

func (r report) with(err error) report {
	r.err, r.Problem = err, err.Error()
	if errors.Is(err, context.Canceled) {
		r.Problem = "interrupted"
	}
	return r
}

// submit posts a request and, if wait, follows its execution to the end.
func submit(ctx context.Context, cl *client.Client, input string, request contract.Request, wait bool) report {
	accepted, err := cl.Process(ctx, request, "")
	if err != nil {
		return failed(input, err)
	}
	r := report{Input: input, Execution: client.Execution{ExecutionID: accepted.ExecutionID, Status: "RUNNING"}}
	if !wait {
		return r
	}
	ended, err := cl.Wait(ctx, accepted.ExecutionID)
	if err != nil {
		return r.with(err)
	}
	r.Execution = ended
	if r.Stages, err = cl.Stages(ctx, accepted.ExecutionID); err != nil {
		return r.with(err)
	}
	return r
}

// succeeded reports whether the renditions are there.
func (r report) succeeded() bool {
	return r.err == nil && r.Outcome != nil && r.Outcome.Status == contract.StatusSucceeded
}

// result is the outcome's status, with the code of a rejection or the name of
// an error.
func (r report) result() string {
	switch {
	case r.Problem != "" && r.ExecutionID == "":
		return "not processed"
	case r.Problem != "":
		return "not followed"
	case r.Outcome != nil && r.Outcome.Reason != nil:
		return r.Outcome.Status + ": " + r.Outcome.Reason.Code
	case r.Outcome != nil:
		return r.Outcome.Status
	case r.Error != "":
		return strings.ToLower(r.Status) + ": " + r.Error
	}
	return strings.ToLower(r.Status)
}

// renditions has one line for each.
func (r report) renditions() []string {
	if r.Outcome == nil {
		return nil
	}
	var lines []string
	for _, x := range r.Outcome.Renditions {
		lines = append(lines, fmt.Sprintf("%s %dx%d %s", x.Name, x.Width, x.Height, size(x.Bytes)))
	}
	return lines
}

// millis is how long the stage's task took, and how often it was tried if that
// was more than once. All that notify have the same column.
func (r report) millis(stage string) string {
	for _, s := range r.Stages {
		if !strings.HasPrefix(strings.ToLower(s.Name), stage) {
			continue
		}
		if s.Attempts > 1 {
			return fmt.Sprintf("%.0f (%d tries)", s.Millis, s.Attempts)
		}
		return fmt.Sprintf("%.0f", s.Millis)
	}
	return "-"
}

// column is one of a table of reports; a cell may have several lines.
type column struct {
	title string
	cell  func(report) []string
}

func textColumn(title string, cell func(report) string) column {
	return column{title, func(r report) []string { return []string{cell(r)} }}
}

func inputColumn() column  { return textColumn("INPUT", func(r report) string { return r.Input }) }
func resultColumn() column { return textColumn("RESULT", report.result) }

func executionColumn() column {
	return textColumn("EXECUTION", func(r report) string { return r.ExecutionID })
}

// outcomeColumns are those of executions that have ended.
func outcomeColumns() []column {
	columns := []column{inputColumn(), resultColumn(), {"RENDITIONS", report.renditions}}
	for _, stage := range []string{contract.StageValidate, contract.StageResize, contract.StageNotify} {
		columns = append(columns, textColumn(strings.ToUpper(stage)+" ms", func(r report) string { return r.millis(stage) }))
	}
	return columns
}

// printReports prints a row for each report, and what stopped any of them.
func printReports(e *env, reports []report, columns []column) error {
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	table := [][]string{titles}
	for _, r := range reports {
		table = append(table, r.rows(columns)...)
	}
	if err := printTable(e.stdout, table); err != nil {
		return err
	}
	for _, r := range reports {
		if r.Problem != "" {
			fmt.Fprintf(e.stderr, "pixline: %s: %s\n", r.Input, r.Problem)
		}
	}
	return nil
}

// rows are as many as the longest cell has lines.
func (r report) rows(columns []column) [][]string {
	var rows [][]string
	for i, c := range columns {
		for line, text := range c.cell(r) {
			if line == len(rows) {
				rows = append(rows, make([]string, len(columns)))
			}
			rows[line][i] = text
		}
	}
	return rows
}

// printTable aligns the columns, without trailing spaces.
func printTable(w io.Writer, rows [][]string) error {
	var text bytes.Buffer
	t := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(t, strings.Join(row, "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(text.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}
