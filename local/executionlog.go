package local

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/pkg/contract"
)

// executionLog writes the events of executions to the groups that their state
// machines name, as Step Functions delivers them: without the machine's role,
// whose permissions are for setting the delivery up.
type executionLog struct {
	store    *logs.Store
	log      *slog.Logger
	machines map[string]destination // by what the ARNs of their executions begin with
}

// destination is where and how a machine's executions are logged.
type destination struct {
	states.Logging
	group, stream string
}

func newExecutionLog(store *logs.Store, log *slog.Logger, machines []declaredMachine) (*executionLog, error) {
	l := &executionLog{store: store, log: log, machines: map[string]destination{}}
	for _, m := range machines {
		if m.Logging.Level == states.LevelOff {
			continue
		}
		d := destination{
			Logging: m.machine().Logging,
			group:   groupName(m.Logging.LogDestination), stream: "states/" + m.Name + "/run-" + strconv.Itoa(os.Getpid()),
		}
		if err := store.CreateStream(context.Background(), "", d.group, d.stream); err != nil {
			return nil, fmt.Errorf("start the log of state machine %s: %w", m.Name, err)
		}
		l.machines[contract.ExecutionARN(m.ARN, "")] = d
	}
	return l, nil
}

// ExecutionStarted and ExecutionEnded implement states.Observer: their events
// say the same.
func (l *executionLog) ExecutionStarted(states.Execution) {}

// ExecutionEnded implements states.Observer.
func (l *executionLog) ExecutionEnded(states.Execution) {}

// Event implements states.Observer.
func (l *executionLog) Event(executionARN string, e history.Event) {
	to, logged := l.machines[executionARN[:strings.LastIndexByte(executionARN, ':')+1]]
	if !logged || !e.Type.LoggedAt(to.Level) {
		return
	}
	if !to.IncludeExecutionData {
		e = e.WithoutData()
	}
	line, err := logLine(executionARN, e)
	if err == nil {
		err = l.store.Write(context.Background(), "", to.group, to.stream, []logs.Event{{Time: e.Timestamp.Time, Message: line}})
	}
	if err != nil {
		l.log.Error("an event of an execution cannot be logged", "execution", executionARN, "error", err)
	}
}

// logLine is an event in the shape in which Step Functions logs it: numbers as
// text, and the details under one name, whatever their type.
func logLine(executionARN string, e history.Event) (string, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return "", err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", err
	}
	details := json.RawMessage("{}")
	for name, value := range fields {
		if strings.HasSuffix(name, "EventDetails") {
			details = value
		}
	}
	line, err := json.Marshal(struct {
		ID        string          `json:"id"`
		Type      history.Type    `json:"type"`
		Details   json.RawMessage `json:"details"`
		Previous  string          `json:"previous_event_id"`
		Timestamp string          `json:"event_timestamp"` // Unix milliseconds
		Execution string          `json:"execution_arn"`
	}{
		strconv.FormatInt(e.ID, 10), e.Type, details, strconv.FormatInt(e.Previous, 10),
		strconv.FormatInt(e.Timestamp.UnixMilli(), 10), executionARN,
	})
	return string(line), err
}
