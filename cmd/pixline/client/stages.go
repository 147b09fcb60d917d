package client

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/pixline/pixline/pkg/contract"
)

// Stage is one visit of a Task state, retries included.
type Stage struct {
	Name     string  `json:"name"`
	Millis   float64 `json:"ms"` // up to the last attempt's end
	Attempts int     `json:"attempts"`
	Error    string  `json:"error,omitempty"` // of the last attempt
	Running  bool    `json:"running,omitempty"`
}

// Stages reads the tasks of an execution from its history, in their order.
func (c *Client) Stages(ctx context.Context, id string) ([]Stage, error) {
	pages := sfn.NewGetExecutionHistoryPaginator(c.SFN, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(contract.ExecutionARN(c.Stack.StateMachineARN, id))})
	var stages []Stage
	var entered time.Time
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the history of execution %s: %w", id, err)
		}
		for _, event := range page.Events {
			if event.Type == types.HistoryEventTypeTaskStateEntered {
				entered = aws.ToTime(event.Timestamp)
				stages = append(stages, Stage{Name: aws.ToString(event.StateEnteredEventDetails.Name), Running: true})
				continue
			}
			if len(stages) == 0 {
				continue
			}
			stage := &stages[len(stages)-1]
			switch event.Type {
			case types.HistoryEventTypeTaskStateExited:
				stage.Running = false
				continue
			case types.HistoryEventTypeExecutionAborted, types.HistoryEventTypeExecutionFailed, types.HistoryEventTypeExecutionTimedOut:
				stage.Running = false // the state was never left
				continue
			case types.HistoryEventTypeTaskScheduled:
				stage.Attempts++
			case types.HistoryEventTypeTaskFailed:
				stage.Error = aws.ToString(event.TaskFailedEventDetails.Error)
			case types.HistoryEventTypeTaskTimedOut:
				stage.Error = aws.ToString(event.TaskTimedOutEventDetails.Error)
			case types.HistoryEventTypeTaskSucceeded:
				stage.Error = ""
			default:
				continue
			}
			stage.Millis = float64(aws.ToTime(event.Timestamp).Sub(entered).Microseconds()) / 1000
		}
	}
	return stages, nil
}
