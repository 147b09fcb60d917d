package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"go.uber.org/goleak"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/attribute"
	"github.com/pixline/pixline/local/topics/queue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const deadARN = "arn:aws:sqs:us-east-1:000000000000:dead"

func options(t *testing.T) queue.Options {
	return queue.Options{
		Dir: t.TempDir(), Endpoint: "http://127.0.0.1:4566", Account: "000000000000", Region: "us-east-1",
		Authorize: func(context.Context, string, string) error { return nil },
		Queues: []queue.Spec{
			{Name: "work", RedrivePolicy: `{"deadLetterTargetArn":"` + deadARN + `","maxReceiveCount":"2"}`},
			{Name: "dead"},
		},
	}
}

func open(t *testing.T, o queue.Options) *queue.Service {
	t.Helper()
	s, err := queue.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// serve gives an SDK client of the service, over HTTP.
func serve(t *testing.T, s *queue.Service) (*sqs.Client, string) {
	t.Helper()
	server := httptest.NewServer(s)
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); server.Close() })
	return sqs.New(sqs.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}), server.URL
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

// TestSDK walks through every operation; the SDK itself checks the digests of
// bodies and attributes.
func TestSDK(t *testing.T) {
	t.Parallel()
	s := open(t, options(t))
	client, _ := serve(t, s)
	ctx := t.Context()
	created, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("mine"), Attributes: map[string]string{"DelaySeconds": "0", "VisibilityTimeout": "7"}})
	if err != nil {
		t.Fatal(err)
	}
	url := created.QueueUrl
	if _, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("mine"), Attributes: map[string]string{"DelaySeconds": "1"}}); code(err) != "QueueAlreadyExists" {
		t.Errorf("create it otherwise: %v", err)
	}
	if got, err := client.ListQueues(ctx, &sqs.ListQueuesInput{QueueNamePrefix: aws.String("mi")}); err != nil || len(got.QueueUrls) != 1 || got.QueueUrls[0] != *url {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("mine")}); err != nil || *got.QueueUrl != *url {
		t.Errorf("got %+v, %v", got, err)
	}
	sent, err := client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: url, MessageBody: aws.String("<é & 😀>\r\n"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"a.text":  {DataType: aws.String("String.label"), StringValue: aws.String("x")},
			"b-bytes": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
			"c_count": {DataType: aws.String("Number"), StringValue: aws.String("1.5")},
		},
		MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{"AWSTraceHeader": {DataType: aws.String("String"), StringValue: aws.String("Root=1")}},
	})
	if err != nil || sent.MD5OfMessageSystemAttributes == nil {
		t.Fatal(sent, err)
	}
	got, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: url, MessageAttributeNames: []string{"a.*", "c_count"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil || len(got.Messages) != 1 {
		t.Fatalf("got %+v, %v", got, err)
	}
	m := got.Messages[0]
	if *m.Body != "<é & 😀>\r\n" || len(m.MessageAttributes) != 2 || m.Attributes["ApproximateReceiveCount"] != "1" || m.Attributes["AWSTraceHeader"] != "Root=1" {
		t.Errorf("got %+v", m)
	}
	attributes, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil || attributes.Attributes["ApproximateNumberOfMessagesNotVisible"] != "1" || attributes.Attributes["VisibilityTimeout"] != "7" {
		t.Errorf("got %+v, %v", attributes, err)
	}
	if _, err := client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0}); err != nil {
		t.Error(err)
	}
	if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		t.Error(err)
	}
	if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: aws.String("nonsense")}); code(err) != "ReceiptHandleIsInvalid" {
		t.Errorf("nonsense: %v", err)
	}
	batch, err := client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("good"), MessageBody: aws.String("1")}, {Id: aws.String("bad"), MessageBody: aws.String("\x01")},
	}})
	if err != nil || len(batch.Successful) != 1 || len(batch.Failed) != 1 || *batch.Failed[0].Code != "InvalidMessageContents" {
		t.Errorf("got %+v, %v", batch, err)
	}
	if _, err := client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: url}); err != nil || s.Counts()["mine"] != (queue.Counts{}) {
		t.Errorf("purge: %v, %+v", err, s.Counts())
	}
	if _, err := client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + deadARN + `x","maxReceiveCount":1}`}}); code(err) != "InvalidAttributeValue" {
		t.Errorf("unknown dead letter queue: %v", err)
	}
	if got, err := client.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: aws.String(s.URL("dead"))}); err != nil || len(got.QueueUrls) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: url}); err != nil {
		t.Error(err)
	}
	var gone *types.QueueDoesNotExist
	if _, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("x")}); !errors.As(err, &gone) || code(err) != "AWS.SimpleQueueService.NonExistentQueue" {
		t.Errorf("after deletion: %v", err)
	}
}

// TestCommandLine speaks the query protocol, as the older command line does.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	const cli = "/usr/bin/aws"
	if _, err := os.Stat(cli); err != nil {
		t.Skipf("Debian's awscli is not installed: %v", err)
	}
	s := open(t, options(t))
	_, endpoint := serve(t, s)
	run := func(args ...string) (map[string]any, string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), cli, append([]string{"--endpoint-url", endpoint, "--region", "us-east-1", "--output", "json", "sqs"}, args...)...)
		command.Env = []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
		output, err := command.CombinedOutput()
		var parsed map[string]any
		if err == nil && len(output) > 0 {
			if err := json.Unmarshal(output, &parsed); err != nil {
				t.Fatalf("%v: %s", err, output)
			}
		}
		return parsed, string(output)
	}
	url := endpoint + "/000000000000/work"
	sent, text := run("send-message", "--queue-url", url, "--message-body", "hello", "--message-attributes", `{"n":{"DataType":"Number","StringValue":"4"}}`)
	if sent["MD5OfMessageBody"] != "5d41402abc4b2a76b9719d911017c592" {
		t.Fatal(text)
	}
	got, text := run("receive-message", "--queue-url", url, "--attribute-names", "All", "--message-attribute-names", "All", "--wait-time-seconds", "1")
	messages, _ := got["Messages"].([]any)
	if len(messages) != 1 || !strings.Contains(text, `"StringValue": "4"`) || !strings.Contains(text, `"ApproximateReceiveCount": "1"`) {
		t.Fatal(text)
	}
	handle := messages[0].(map[string]any)["ReceiptHandle"].(string)
	if out, text := run("delete-message-batch", "--queue-url", url, "--entries", "Id=one,ReceiptHandle="+handle); len(out["Successful"].([]any)) != 1 {
		t.Error(text)
	}
	if out, text := run("get-queue-attributes", "--queue-url", url, "--attribute-names", "QueueArn", "ApproximateNumberOfMessagesNotVisible"); !strings.Contains(text, `"ApproximateNumberOfMessagesNotVisible": "0"`) || len(out) != 1 {
		t.Error(text)
	}
	if out, text := run("list-queues"); len(out["QueueUrls"].([]any)) != 2 {
		t.Error(text)
	}
	if _, text := run("get-queue-url", "--queue-name", "none"); !strings.Contains(text, "AWS.SimpleQueueService.NonExistentQueue") {
		t.Error(text)
	}
}

// receive asks through the handler, without a network, for use in a bubble.
func receive(t *testing.T, s *queue.Service, name, more string) []map[string]any {
	t.Helper()
	r := httptest.NewRequest("POST", "/", strings.NewReader(`{"QueueUrl":"`+s.URL(name)+`","AttributeNames":["All"]`+more+`}`))
	r.Header.Set("X-Amz-Target", "AmazonSQS.ReceiveMessage")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var out struct{ Messages []map[string]any }
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return out.Messages
}

func send(t *testing.T, s *queue.Service, body string, delay time.Duration) queue.Sent {
	t.Helper()
	sent, err := s.Send(t.Context(), "arn:aws:sqs:us-east-1:000000000000:work", queue.Message{Body: body, Delay: &delay, Attributes: map[string]attribute.Value{"a": attribute.String("b")}})
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

// TestTime holds visibility, delay, long polling, dead letters, retention and
// what a restart keeps, on the bubble's clock.
func TestTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := options(t)
		s, err := queue.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		sent := send(t, s, "one", 5*time.Second)
		if got := receive(t, s, "work", ""); len(got) != 0 || s.Counts()["work"] != (queue.Counts{Delayed: 1}) {
			t.Fatalf("delayed, yet got %v, %+v", got, s.Counts())
		}
		got := receive(t, s, "work", `,"WaitTimeSeconds":20`)
		if len(got) != 1 || got[0]["MessageId"] != sent.MessageID || time.Since(started) != 5*time.Second {
			t.Fatalf("got %v after %v", got, time.Since(started))
		}
		if ages := s.Oldest(); len(ages) != 1 || ages["work"] != 5*time.Second {
			t.Errorf("the oldest messages are of %v", ages)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s, err = queue.Open(o); err != nil {
			t.Fatal(err)
		}
		if s.Counts()["work"] != (queue.Counts{InFlight: 1}) {
			t.Fatalf("after a restart: %+v", s.Counts())
		}
		time.Sleep(31 * time.Second)
		if got = receive(t, s, "work", ""); len(got) != 1 || got[0]["Attributes"].(map[string]any)["ApproximateReceiveCount"] != "2" {
			t.Fatalf("after the visibility timeout: %v", got)
		}
		time.Sleep(31 * time.Second)
		if got = receive(t, s, "work", ""); len(got) != 0 {
			t.Fatalf("beyond maxReceiveCount: %v", got)
		}
		time.Sleep(time.Second)
		if ages := s.Oldest(); len(ages) != 1 || ages["dead"] != time.Second {
			t.Errorf("the oldest dead letters are of %v", ages)
		}
		got = receive(t, s, "dead", "")
		if len(got) != 1 || got[0]["MessageId"] != sent.MessageID || got[0]["Attributes"].(map[string]any)["DeadLetterQueueSourceArn"] != "arn:aws:sqs:us-east-1:000000000000:work" {
			t.Fatalf("dead letters: %v", got)
		}
		send(t, s, "two", 0)
		time.Sleep(4*24*time.Hour + time.Second)
		if got = receive(t, s, "work", ""); len(got) != 0 || s.Counts()["work"] != (queue.Counts{}) {
			t.Fatalf("after the retention: %v, %+v", got, s.Counts())
		}
		waiting := make(chan []map[string]any)
		go func() { waiting <- receive(t, s, "work", `,"WaitTimeSeconds":20`) }()
		synctest.Wait()
		send(t, s, "three", 0)
		if got := <-waiting; len(got) != 1 || got[0]["Body"] != "three" {
			t.Fatalf("a waiting receive got %v", got)
		}
		go func() { waiting <- receive(t, s, "work", `,"WaitTimeSeconds":20`) }()
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if got := <-waiting; len(got) != 0 {
			t.Fatalf("at the end got %v", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	o := options(t)
	var asked []string
	o.Authorize = func(_ context.Context, action, resource string) error {
		asked = append(asked, action+" "+resource)
		return awsapi.Errorf(http.StatusForbidden, "AccessDenied", "no")
	}
	s := open(t, o)
	client, _ := serve(t, s)
	if _, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: aws.String(s.URL("work"))}); !strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Send(t.Context(), deadARN, queue.Message{Body: "x"}); awsapi.As(err).Code != "AccessDenied" {
		t.Errorf("got %v", err)
	}
	if strings.Join(asked, ", ") != "sqs:ReceiveMessage arn:aws:sqs:us-east-1:000000000000:work, sqs:SendMessage "+deadARN {
		t.Errorf("asked %v", asked)
	}
	o = options(t)
	s = open(t, o)
	for want, m := range map[string]queue.Message{
		"MissingParameter":       {},
		"InvalidParameterValue":  {Body: strings.Repeat("x", 1<<20+1)},
		"InvalidMessageContents": {Body: "\ufffe"},
	} {
		if _, err := s.Send(t.Context(), deadARN, m); awsapi.As(err).Code != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	o.Dir, o.Queues = t.TempDir(), append(o.Queues, queue.Spec{Name: "ordered.fifo"})
	if _, err := queue.Open(o); err == nil || !strings.Contains(err.Error(), "queue ordered.fifo: ") || !strings.Contains(err.Error(), "FIFO") {
		t.Errorf("a FIFO queue: %v", err)
	}
	o.Dir, o.Queues = t.TempDir(), o.Queues[:1]
	if _, err := queue.Open(o); err == nil || !strings.Contains(err.Error(), "queue work: ") || !strings.Contains(err.Error(), "Dead letter target does not exist") {
		t.Errorf("a dead letter queue that is not declared: %v", err)
	}
}
