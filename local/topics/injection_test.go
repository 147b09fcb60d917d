package topics_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/topics"
)

// What Options.FailPublish and FailDelivery say fails as at AWS, and is counted.
func TestInjectedFailures(t *testing.T) {
	t.Parallel()
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the endpoint was reached") }))
	defer endpoint.Close()
	a := newAccount(t,
		topics.Subscription{TopicARN: doneARN, Protocol: "sqs", Endpoint: sqsARN + "inbox", RawMessageDelivery: true, RedrivePolicy: `{"deadLetterTargetArn":"` + sqsARN + `dead"}`},
	)
	if err := a.topics.Close(); err != nil {
		t.Fatal(err)
	}
	var publish, deliver bool
	a.options.FailPublish = func(ctx context.Context, topicARN string) bool {
		caller, _ := access.FromContext(ctx)
		return publish && caller.Admin && topicARN == doneARN
	}
	a.options.FailDelivery = func(topicARN string) bool { return deliver && topicARN == doneARN }
	a.open(t)
	send := func(message string) error {
		_, err := a.client.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(doneARN), Message: &message}, func(o *sns.Options) { o.Retryer = retry.AddWithMaxAttempts(retry.NewStandard(), 1) })
		return err
	}
	publish = true
	answer, _ := errors.AsType[*smithyhttp.ResponseError](send("never sent"))
	if answer == nil || answer.HTTPStatusCode() != 500 || code(answer) != "InternalError" {
		t.Errorf("Publish answered %v", answer)
	}
	publish, deliver = false, true
	if err := send("not delivered"); err != nil {
		t.Fatal(err)
	}
	if got := a.take(t, "dead"); got == nil || got["Body"] != "not delivered" {
		t.Errorf("dead letters: %v", got)
	}
	deliver = false
	if err := send("delivered"); err != nil {
		t.Fatal(err)
	}
	if got := a.take(t, "inbox"); got == nil || got["Body"] != "delivered" {
		t.Errorf("inbox: %v", got)
	}
	for metric, want := range map[string]float64{topics.MetricPublished: 2, topics.MetricDelivered: 1, topics.MetricFailed: 1, topics.MetricRedriven: 1} {
		if a.metrics["done "+metric] != want {
			t.Errorf("%s: got %v, want %v", metric, a.metrics["done "+metric], want)
		}
	}
}
