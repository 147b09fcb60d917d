package handler

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/pixline/pixline/pkg/contract"
)

type topic struct {
	published []*sns.PublishInput
	err       error
}

func (t *topic) Publish(_ context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	t.published = append(t.published, in)
	return &sns.PublishOutput{MessageId: aws.String("m")}, t.err
}

func event(t *testing.T, name string) contract.Notice {
	t.Helper()
	text, err := os.ReadFile("../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var notice contract.Notice
	if err := json.Unmarshal(text, &notice); err != nil {
		t.Fatal(err)
	}
	return notice
}

func handle(t *testing.T, topic *topic, name string) (contract.Outcome, error) {
	t.Helper()
	h := &Handler{TopicARN: "arn", Topic: topic, Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	return h.Handle(context.Background(), event(t, name))
}

func TestOutcomeIsPublishedWithAttributes(t *testing.T) {
	t.Parallel()
	sink := &topic{}
	outcome, err := handle(t, sink, "succeeded.json")
	if err != nil {
		t.Fatal(err)
	}
	in := sink.published[0]
	var body contract.Outcome
	if err := json.Unmarshal([]byte(*in.Message), &body); err != nil {
		t.Fatal(err)
	}
	if body.ExecutionID != "holiday-1" || body.Status != contract.StatusSucceeded || len(body.Renditions) != 1 || !body.FinishedAt.Equal(outcome.FinishedAt) {
		t.Errorf("%+v", body)
	}
	if body.Source.ThumbHash != "1QcSHQRnh493V4dIh4eXh1h4kJUI" {
		t.Errorf("the source is %+v", body.Source)
	}
	if *in.MessageAttributes["status"].StringValue != "succeeded" || *in.MessageAttributes["executionId"].StringValue != "holiday-1" {
		t.Errorf("%+v", in.MessageAttributes)
	}
}

func TestFailureIsReadable(t *testing.T) {
	t.Parallel()
	outcome, err := handle(t, &topic{}, "failed.json")
	if err != nil {
		t.Fatal(err)
	}
	if outcome.Reason.Message != "Task timed out after 60.00 seconds" || outcome.Reason.Code != "Sandbox.Timedout" || outcome.Renditions == nil {
		t.Errorf("%+v, reason %+v", outcome, outcome.Reason)
	}
}

func TestPublishingFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("throttled")
	if _, err := handle(t, &topic{err: broken}, "succeeded.json"); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}
