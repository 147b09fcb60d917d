package alarm

import (
	"encoding/json"
	"slices"
	"time"
)

const (
	// maxHistory bounds an alarm's history: items. CloudWatch keeps thirty days.
	maxHistory = 200
	// maxHistoryData is CloudWatch's own limit: bytes.
	maxHistoryData = 4095
)

// The kinds of a HistoryItem.
const (
	ConfigurationUpdate = "ConfigurationUpdate"
	StateUpdate         = "StateUpdate"
	Action              = "Action"
)

// HistoryItem is something that happened to an alarm.
type HistoryItem struct {
	Time    time.Time
	Kind    string
	Summary string
	Data    string // JSON
}

// History is what happened to an alarm, latest first.
func (s *Service) History(name string) []HistoryItem {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.alarms[name]
	if e == nil {
		return nil
	}
	items := slices.Clone(e.history)
	slices.Reverse(items)
	return items
}

type stateInHistory struct {
	Value  Value           `json:"stateValue"`
	Reason string          `json:"stateReason"`
	Data   json.RawMessage `json:"stateReasonData,omitempty"`
}

func inHistory(s State) stateInHistory {
	return stateInHistory{Value: s.Value, Reason: s.Reason, Data: json.RawMessage(s.ReasonData)}
}

func stateUpdate(old, now State) (HistoryItem, error) {
	data, err := marshal(struct {
		Version string         `json:"version"`
		Old     stateInHistory `json:"oldState"`
		New     stateInHistory `json:"newState"`
	}{"1.0", inHistory(old), inHistory(now)})
	return HistoryItem{Time: now.Updated, Kind: StateUpdate, Summary: "Alarm updated from " + string(old.Value) + " to " + string(now.Value), Data: limited(data)}, err
}

// configuration is a definition as the history has it.
type configuration struct {
	Name             string   `json:"alarmName"`
	ARN              string   `json:"alarmArn"`
	Description      string   `json:"alarmDescription,omitempty"`
	ActionsEnabled   bool     `json:"actionsEnabled"`
	OKActions        []string `json:"okactions"`
	AlarmActions     []string `json:"alarmActions"`
	InsufficientData []string `json:"insufficientDataActions"`
	Rule             string   `json:"alarmRule,omitempty"`
	Namespace        string   `json:"namespace,omitempty"`
	MetricName       string   `json:"metricName,omitempty"`
	Statistic        string   `json:"statistic,omitempty"`
	Comparison       string   `json:"comparisonOperator,omitempty"`
	Threshold        *number  `json:"threshold,omitempty"`
	Period           int      `json:"period,omitempty"`
	Periods          int      `json:"evaluationPeriods,omitempty"`
	Datapoints       int      `json:"datapointsToAlarm,omitempty"`
	Missing          string   `json:"treatMissingData,omitempty"`
	Value            Value    `json:"stateValue"`
	Updated          stamp    `json:"alarmConfigurationUpdatedTimestamp"`
}

// configurationUpdate tells that the alarm was created, or defined otherwise.
func (e *entry) configurationUpdate(created bool) (HistoryItem, error) {
	c := configuration{
		Name: e.Name, ARN: e.ARN, Description: e.Description, ActionsEnabled: e.record.ActionsEnabled,
		OKActions: list(e.OKActions), AlarmActions: list(e.AlarmActions), InsufficientData: list(e.InsufficientDataActions),
		Rule: e.Rule, Value: e.record.State.Value, Updated: stamp(e.record.Configured),
	}
	if !e.Composite() {
		threshold := number(e.Threshold)
		c.Comparison, c.Threshold, c.Period = e.Comparison, &threshold, int(e.Period/time.Second)
		c.Periods, c.Datapoints, c.Missing = e.EvaluationPeriods, e.DatapointsToAlarm, e.TreatMissingData
	}
	if q, ok := e.Single(); ok {
		c.Namespace, c.MetricName, c.Statistic = q.Metric.Namespace, q.Metric.Name, q.Statistic
	}
	what := struct {
		Version string         `json:"version"`
		Type    string         `json:"type"`
		Created *configuration `json:"createdAlarm,omitempty"`
		Updated *configuration `json:"updatedAlarm,omitempty"`
	}{Version: "1.0", Type: "Create", Created: &c}
	summary := "Alarm \"" + e.Name + "\" created"
	if !created {
		what.Type, what.Created, what.Updated = "Update", nil, &c
		summary = "Alarm \"" + e.Name + "\" updated"
	}
	data, err := marshal(what)
	return HistoryItem{Time: e.record.Configured, Kind: ConfigurationUpdate, Summary: summary, Data: limited(data)}, err
}

// actionTaken tells how an action went.
func actionTaken(at time.Time, changed State, action, message string, failed error) (HistoryItem, error) {
	what := struct {
		State    string `json:"actionState"`
		Updated  int64  `json:"stateUpdateTimestamp"` // milliseconds
		Resource string `json:"notificationResource"`
		Message  string `json:"publishedMessage,omitempty"`
		Error    string `json:"error,omitempty"`
	}{State: "Succeeded", Updated: changed.Updated.UnixMilli(), Resource: action, Message: message}
	summary := "Successfully executed action " + action
	if failed != nil {
		what.State, what.Error = "Failed", failed.Error()
		summary = "Failed to execute action " + action + ". Received error: \"" + failed.Error() + "\""
	}
	data, err := marshal(what)
	if err == nil && len(data) > maxHistoryData {
		what.Message = "" // the state update before it says the same
		data, err = marshal(what)
	}
	return HistoryItem{Time: at, Kind: Action, Summary: summary, Data: limited(data)}, err
}

// limited leaves out data that CloudWatch would not keep whole: half of it would
// not be JSON.
func limited(data string) string {
	if len(data) > maxHistoryData {
		return ""
	}
	return data
}

// list is never null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
