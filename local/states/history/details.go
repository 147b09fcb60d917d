package history

// Data says that an input or output is whole. Nothing is ever truncated here.
type Data struct {
	Truncated bool `json:"truncated"`
}

// StartedDetails is how an execution began.
type StartedDetails struct {
	Input        string `json:"input,omitempty"` // JSON
	InputDetails *Data  `json:"inputDetails,omitempty"`
	RoleARN      string `json:"roleArn"`
}

// SucceededDetails is how an execution ended well.
type SucceededDetails struct {
	Output        string `json:"output,omitempty"` // JSON
	OutputDetails *Data  `json:"outputDetails,omitempty"`
}

// FailureDetails is how an execution ended badly.
type FailureDetails struct {
	Error string `json:"error,omitempty"`
	Cause string `json:"cause,omitempty"`
}

// EnteredDetails is the entry into a state.
type EnteredDetails struct {
	Name         string `json:"name"`
	Input        string `json:"input,omitempty"` // JSON
	InputDetails *Data  `json:"inputDetails,omitempty"`
}

// ExitedDetails is the exit from a state. AssignedVariables holds JSON texts.
type ExitedDetails struct {
	Name                     string            `json:"name"`
	Output                   string            `json:"output,omitempty"` // JSON
	OutputDetails            *Data             `json:"outputDetails,omitempty"`
	AssignedVariables        map[string]string `json:"assignedVariables,omitempty"`
	AssignedVariablesDetails *Data             `json:"assignedVariablesDetails,omitempty"`
}

// TaskDetails names the service (lambda) and its action (invoke).
type TaskDetails struct {
	ResourceType string `json:"resourceType"`
	Resource     string `json:"resource"`
}

// ScheduledDetails is a call of a task. A retry is scheduled anew.
type ScheduledDetails struct {
	TaskDetails
	Region             string `json:"region"`
	Parameters         string `json:"parameters"` // JSON
	TimeoutInSeconds   int64  `json:"timeoutInSeconds,omitempty"`
	HeartbeatInSeconds int64  `json:"heartbeatInSeconds,omitempty"`
}

// TaskResultDetails is what a task returned.
type TaskResultDetails struct {
	TaskDetails
	Output        string `json:"output,omitempty"` // JSON
	OutputDetails *Data  `json:"outputDetails,omitempty"`
}

// TaskErrorDetails is how a task failed.
type TaskErrorDetails struct {
	TaskDetails
	FailureDetails
}

// MapDetails is how many items a Map state has.
type MapDetails struct {
	Length int `json:"length"`
}

// IterationDetails is one iteration of the Map state of that name.
type IterationDetails struct {
	Name  string `json:"name"`
	Index int    `json:"index"`
}

// EvaluationDetails is a JSONata string that failed; Location is its field.
type EvaluationDetails struct {
	FailureDetails
	Location string `json:"location"`
	State    string `json:"state"`
}

// WithoutData returns the event without inputs and outputs, for
// includeExecutionData=false.
func (e Event) WithoutData() Event {
	if d := e.ExecutionStarted; d != nil {
		e.ExecutionStarted = &StartedDetails{RoleARN: d.RoleARN}
	}
	if e.ExecutionSucceeded != nil {
		e.ExecutionSucceeded = &SucceededDetails{}
	}
	if d := e.StateEntered; d != nil {
		e.StateEntered = &EnteredDetails{Name: d.Name}
	}
	if d := e.StateExited; d != nil {
		e.StateExited = &ExitedDetails{Name: d.Name}
	}
	if d := e.TaskScheduled; d != nil {
		scheduled := *d
		scheduled.Parameters = "" // the field is required, so it stays, empty
		e.TaskScheduled = &scheduled
	}
	if d := e.TaskSucceeded; d != nil {
		e.TaskSucceeded = &TaskResultDetails{TaskDetails: d.TaskDetails}
	}
	return e
}
