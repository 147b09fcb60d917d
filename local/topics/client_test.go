package topics_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"github.com/pixline/pixline/local/topics"
)

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

func TestSDK(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	ctx := t.Context()
	created, err := a.client.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String("mine"), Attributes: map[string]string{"DisplayName": "Mine"}})
	if err != nil || *created.TopicArn != "arn:aws:sns:us-east-1:000000000000:mine" {
		t.Fatal(created, err)
	}
	subscribed, err := a.client.Subscribe(ctx, &sns.SubscribeInput{TopicArn: created.TopicArn, Protocol: aws.String("sqs"), Endpoint: aws.String(sqsARN + "inbox")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.client.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{SubscriptionArn: subscribed.SubscriptionArn, AttributeName: aws.String("RawMessageDelivery"), AttributeValue: aws.String("true")}); err != nil {
		t.Error(err)
	}
	if got, err := a.client.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: subscribed.SubscriptionArn}); err != nil || got.Attributes["RawMessageDelivery"] != "true" || got.Attributes["PendingConfirmation"] != "false" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := a.client.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: created.TopicArn}); err != nil || len(got.Subscriptions) != 1 || *got.Subscriptions[0].SubscriptionArn != *subscribed.SubscriptionArn {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := a.client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: created.TopicArn}); err != nil || got.Attributes["SubscriptionsConfirmed"] != "1" || got.Attributes["DisplayName"] != "Mine" {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := a.client.ListTopics(ctx, &sns.ListTopicsInput{}); err != nil || len(got.Topics) != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
	batch, err := a.client.PublishBatch(ctx, &sns.PublishBatchInput{TopicArn: aws.String(doneARN), PublishBatchRequestEntries: []types.PublishBatchRequestEntry{
		{Id: aws.String("good"), Message: aws.String("1"), MessageAttributes: map[string]types.MessageAttributeValue{"b": {DataType: aws.String("Binary"), BinaryValue: []byte{1}}}},
		{Id: aws.String("bad"), Message: aws.String("1"), Subject: aws.String("two\nlines")},
	}})
	if err != nil || len(batch.Successful) != 1 || len(batch.Failed) != 1 || *batch.Failed[0].Code != "InvalidParameter" {
		t.Errorf("got %+v, %v", batch, err)
	}
	subscribe := func(protocol, endpoint string, attributes map[string]string) error {
		_, err := a.client.Subscribe(ctx, &sns.SubscribeInput{TopicArn: aws.String(doneARN), Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes})
		return err
	}
	for name, got := range map[string]error{
		"beyond loopback":   subscribe("https", "https://example.com/", nil),
		"SMS":               subscribe("sms", "+1", nil),
		"unknown filter":    subscribe("sqs", sqsARN+"inbox", map[string]string{"FilterPolicy": `{"a":[{"cidr":"10.0.0.0/8"}]}`}),
		"raw mail":          subscribe("email", "a@example.com", map[string]string{"RawMessageDelivery": "true"}),
		"delivery policy":   subscribe("http", "http://127.0.0.1:1/", map[string]string{"DeliveryPolicy": `{"throttlePolicy":{"maxReceivesPerSecond":1}}`}),
		"unknown attribute": subscribe("sqs", sqsARN+"inbox", map[string]string{"Colour": "red"}),
	} {
		if code(got) != "InvalidParameter" {
			t.Errorf("%s: got %v", name, got)
		}
	}
	publish := func(message string) error {
		_, err := a.client.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(doneARN), Message: &message})
		return err
	}
	if err := publish(strings.Repeat("x", 256<<10)); err != nil {
		t.Error(err)
	}
	if err := publish(strings.Repeat("x", 256<<10+1)); code(err) != "InvalidParameter" || !strings.Contains(err.Error(), "Message too long") {
		t.Errorf("got %v", err)
	}
	if err := a.access.SetResourcePolicy(doneARN, []byte(`{"Statement":{"Sid":"Quiet","Effect":"Deny","Principal":"*","Action":"sns:Publish","Resource":"*"}}`)); err != nil {
		t.Fatal(err)
	}
	if err := publish("x"); code(err) != "AuthorizationError" {
		t.Errorf("got %v", err)
	}
	if _, err := a.client.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: subscribed.SubscriptionArn}); err != nil {
		t.Error(err)
	}
	if _, err := a.client.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: created.TopicArn}); err != nil {
		t.Error(err)
	}
	var missing *types.NotFoundException
	if _, err := a.client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: created.TopicArn}); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}

func TestCommandLine(t *testing.T) {
	t.Parallel()
	const cli = "/usr/bin/aws"
	if _, err := os.Stat(cli); err != nil {
		t.Skipf("Debian's awscli is not installed: %v", err)
	}
	a := newAccount(t)
	run := func(want string, args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), cli, append([]string{"--endpoint-url", a.url, "--region", "us-east-1", "--output", "json", "sns"}, args...)...)
		command.Env = []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
		if output, _ := command.CombinedOutput(); !strings.Contains(string(output), want) {
			t.Errorf("%v: got %s", args, output)
		}
	}
	run(doneARN+":", "subscribe", "--topic-arn", doneARN, "--protocol", "sqs", "--notification-endpoint", sqsARN+"inbox", "--attributes", "RawMessageDelivery=true")
	run("pending confirmation", "subscribe", "--topic-arn", doneARN, "--protocol", "email", "--notification-endpoint", "a@example.com")
	run(`"MessageId"`, "publish", "--topic-arn", doneARN, "--message", "héllo", "--message-attributes", `{"n":{"DataType":"Number","StringValue":"4"}}`)
	if got := a.take(t, "inbox"); got == nil || got["Body"] != "héllo" {
		t.Errorf("got %v", got)
	}
	run("PendingConfirmation", "list-subscriptions")
	run("NotFound", "publish", "--topic-arn", doneARN+"2", "--message", "x")
}

// What is declared is held to the same names as what clients create.
func TestDeclaredFIFO(t *testing.T) {
	t.Parallel()
	_, err := topics.Open(topics.Options{Dir: t.TempDir(), Account: "000000000000", Region: "us-east-1", Topics: []topics.Topic{{Name: "done.fifo"}}})
	if err == nil || !strings.Contains(err.Error(), "topic done.fifo: ") || !strings.Contains(err.Error(), "FIFO") {
		t.Errorf("a FIFO topic: %v", err)
	}
}
