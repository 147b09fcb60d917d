// Package handler tells the topic how an execution went.
package handler

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/function"
	"github.com/pixline/pixline/pkg/telemetry"
)

// Topic publishes; *sns.Client does.
type Topic interface {
	Publish(ctx context.Context, in *sns.PublishInput, opts ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Handler notifies.
type Handler struct {
	TopicARN string
	Topic    Topic
	Now      func() time.Time
}

// Handle publishes the outcome and answers it: it becomes the execution's
// output. Publishing twice is possible, when the function dies between the two.
func (h *Handler) Handle(ctx context.Context, notice contract.Notice) (contract.Outcome, error) {
	outcome := contract.Outcome{
		Status:      notice.Status,
		ExecutionID: notice.Execution.ID,
		Source:      notice.Source,
		Renditions:  notice.Renditions,
		Reason:      readable(notice.Reason),
		StartedAt:   notice.Execution.StartedAt,
		FinishedAt:  h.Now().UTC(),
	}
	if outcome.Renditions == nil {
		outcome.Renditions = []contract.Rendition{} // a list for every reader, never null
	}
	log := telemetry.From(ctx)
	describe(log, outcome)
	body, err := json.Marshal(outcome)
	if err != nil {
		return contract.Outcome{}, fmt.Errorf("encode the outcome: %w", err)
	}
	published, err := h.Topic.Publish(ctx, &sns.PublishInput{
		TopicArn: &h.TopicARN,
		Message:  aws.String(string(body)),
		MessageAttributes: map[string]types.MessageAttributeValue{
			contract.AttributeStatus:      attribute(outcome.Status),
			contract.AttributeExecutionID: attribute(outcome.ExecutionID),
		},
	})
	log.Count(contract.MetricPublished, err == nil)
	log.Count(contract.MetricPublishFailed, err != nil)
	if err != nil {
		return contract.Outcome{}, fmt.Errorf("publish the outcome to %s: %w", h.TopicARN, err)
	}
	log.Split(contract.MetricPublished, contract.DimensionOutcome, outcome.Status)
	log.Set(contract.FieldStatus, contract.StatusSucceeded)
	log.Set(contract.FieldMessageID, aws.ToString(published.MessageId))
	return outcome, nil
}

// describe puts on the line what is announced, before that can fail.
func describe(log *telemetry.Invocation, outcome contract.Outcome) {
	function.Describe(log, outcome.Source)
	log.Set(contract.FieldOutcome, outcome.Status)
	log.Set(contract.FieldRenditions, len(outcome.Renditions))
	if outcome.Reason != nil {
		log.Set(contract.FieldCode, outcome.Reason.Code)
		log.Set(contract.FieldReason, outcome.Reason.Message)
	}
}

func attribute(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
}

// readable takes the message out of the error document in which Lambda wraps
// it on the way through the state machine.
func readable(reason *contract.Reason) *contract.Reason {
	if reason == nil {
		return nil
	}
	var document struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if err := json.Unmarshal([]byte(reason.Message), &document); err != nil || document.ErrorMessage == "" {
		return reason // not such a document: the message is as readable as it gets
	}
	return &contract.Reason{Code: reason.Code, Message: document.ErrorMessage}
}
