package execution

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/pixline/pixline/local/states/asl"
	"github.com/pixline/pixline/local/states/history"
)

// errDeadline ends the context of a task whose state has timed out.
var errDeadline = errors.New("the state has timed out")

// task performs a Task state once.
func (v *visit) task(ctx context.Context) (json.RawMessage, error) {
	s := v.state
	arguments := v.input
	if s.Arguments != nil {
		var err error
		if arguments, err = s.Arguments.Eval(ctx, &v.scope, "Arguments"); err != nil {
			return nil, v.evaluation(err)
		}
	}
	if len(arguments) > maxPayload {
		return nil, v.tooLarge(s.Name)
	}
	limit, err := v.limits(ctx)
	if err != nil {
		return nil, err
	}
	d := details(s.Resource)
	v.frame.record(history.Event{Type: history.TaskScheduled, TaskScheduled: &history.ScheduledDetails{
		TaskDetails:        d,
		Region:             v.frame.run.Identity.Region,
		Parameters:         string(arguments),
		TimeoutInSeconds:   limit.timeout,
		HeartbeatInSeconds: limit.heartbeat,
	}})
	v.frame.record(history.Event{Type: history.TaskStarted, TaskStarted: &d})
	result, err := v.call(ctx, arguments, limit)
	return v.called(ctx, d, result, err)
}

// limits are a task's timeouts in seconds; 0: none.
type limits struct{ timeout, heartbeat int64 }

// end returns what ends first, and its error name. The tasks here have no way
// to send a heartbeat, so that the heartbeat ends them as on AWS.
func (l limits) end() (time.Duration, string) {
	if l.heartbeat > 0 && (l.timeout == 0 || l.heartbeat < l.timeout) {
		return time.Duration(l.heartbeat) * time.Second, asl.ErrorHeartbeat
	}
	return time.Duration(l.timeout) * time.Second, asl.ErrorTimeout
}

func (v *visit) limits(ctx context.Context) (l limits, err error) {
	if s := v.state.TimeoutSeconds; s != nil {
		if l.timeout, err = s.Eval(ctx, &v.scope, "TimeoutSeconds"); err != nil {
			return l, v.evaluation(err)
		}
	}
	if s := v.state.HeartbeatSeconds; s != nil {
		if l.heartbeat, err = s.Eval(ctx, &v.scope, "HeartbeatSeconds"); err != nil {
			return l, v.evaluation(err)
		}
	}
	return l, nil
}

// call calls the task within its limits. A task that is cut short fails with a
// *timeout.
func (v *visit) call(ctx context.Context, arguments json.RawMessage, l limits) (json.RawMessage, error) {
	limited := ctx
	after, name := l.end()
	if after > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, after, errDeadline)
		defer cancel()
	}
	result, err := v.frame.run.Tasks.Call(limited, v.frame.run.Identity.RoleARN, v.state.Resource, arguments)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(limited), errDeadline) {
		return nil, &timeout{name}
	}
	return result, err
}

// timeout is the failure of a task by a limit of its state.
type timeout struct{ name string }

func (t *timeout) Error() string { return t.name }

// called journals how a call ended.
func (v *visit) called(ctx context.Context, d history.TaskDetails, result json.RawMessage, err error) (json.RawMessage, error) {
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var late *timeout
	if errors.As(err, &late) {
		v.frame.record(history.Event{Type: history.TaskTimedOut, TaskTimedOut: &history.TaskErrorDetails{
			TaskDetails: d, FailureDetails: history.FailureDetails{Error: late.name},
		}})
		return nil, &Failure{Name: late.name}
	}
	var f *Failure
	var named *TaskError
	switch {
	case errors.As(err, &named):
		f = &Failure{Name: named.Name, Cause: named.Cause}
	case err != nil:
		f = &Failure{Name: asl.ErrorTaskFailed, Cause: err.Error()}
	case !json.Valid(result):
		f = &Failure{Name: asl.ErrorTaskFailed, Cause: "The task returned a result that is not JSON."}
	case len(result) > maxPayload:
		f = v.tooLarge(d.ResourceType)
	}
	if f != nil {
		v.frame.record(history.Event{Type: history.TaskFailed, TaskFailed: &history.TaskErrorDetails{
			TaskDetails: d, FailureDetails: history.FailureDetails{Error: f.Name, Cause: f.Cause},
		}})
		return nil, f
	}
	v.frame.record(history.Event{Type: history.TaskSucceeded, TaskSucceeded: &history.TaskResultDetails{
		TaskDetails: d, Output: string(result), OutputDetails: whole,
	}})
	return result, nil
}

// details names a task as the history does: arn:aws:states:::lambda:invoke is
// invoke of lambda.
func details(resource string) history.TaskDetails {
	parts := strings.Split(resource, ":")
	return history.TaskDetails{ResourceType: parts[len(parts)-2], Resource: parts[len(parts)-1]}
}
