package local

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// events are the history of an execution.
func (p *pipeline) events(t *testing.T, a answer) []history.Event {
	t.Helper()
	events, _, err := p.states.GetExecutionHistory(context.Background(), a.ExecutionARN, states.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// object reads an object whole.
func (p *pipeline) object(t *testing.T, bucket, key string) []byte {
	t.Helper()
	out, err := p.s3.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (p *pipeline) sqs() *sqs.Client {
	return sqs.New(sqs.Options{BaseEndpoint: &p.AWSURL, Region: p.Graph.Region, Credentials: credentials.NewStaticCredentialsProvider(AdminKey, AdminSecret, "")})
}

// subscribedQueue makes a queue that receives the outcomes as they are.
func (p *pipeline) subscribedQueue(t *testing.T, name string) {
	t.Helper()
	ctx := context.Background()
	topic := p.output("topicArn")
	arn := strings.Replace(topic[:strings.LastIndex(topic, ":")+1]+name, ":sns:", ":sqs:", 1)
	policy := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},
		"Action":"sqs:SendMessage","Resource":%q,"Condition":{"ArnEquals":{"aws:SourceArn":%q}}}]}`, arn, topic)
	if _, err := p.sqs().CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"Policy": policy}}); err != nil {
		t.Fatal(err)
	}
	client := sns.New(sns.Options{BaseEndpoint: &p.AWSURL, Region: p.Graph.Region, Credentials: credentials.NewStaticCredentialsProvider(AdminKey, AdminSecret, "")})
	if _, err := client.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: &topic, Protocol: new("sqs"), Endpoint: &arn, Attributes: map[string]string{"RawMessageDelivery": "true"},
	}); err != nil {
		t.Fatal(err)
	}
}

// received takes messages out of a queue until it has those about the
// executions, and answers how many there were.
func (p *pipeline) received(t *testing.T, name string, executions ...string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	url, err := p.sqs().GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for len(executions) > 0 {
		got, err := p.sqs().ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url.QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatalf("waiting for messages about %v: %v", executions, err)
		}
		for _, m := range got.Messages {
			count++
			executions = slices.DeleteFunc(executions, func(id string) bool { return strings.Contains(*m.Body, `"executionId":"`+id+`"`) })
		}
	}
	return count
}

func checkSucceeded(t *testing.T, ended answer) {
	t.Helper()
	if o := ended.Outcome; ended.State != "SUCCEEDED" || o == nil || o.Status != contract.StatusSucceeded || len(o.Renditions) != 3 {
		t.Fatalf("%s", ended.Body)
	}
}

// A runner that is stopped and started again with the same data is the same
// runner.
func TestRestart(t *testing.T) {
	x := &wire{}
	data := t.TempDir()
	p, err := tryStart(t, data, func(o *Options) { o.WrapAWS = x.wrap })
	if err != nil {
		t.Fatal(err)
	}
	p.subscribedQueue(t, "outcomes")
	p.upload(t, "before.jpg", sample.Oriented(1))
	before := p.process(t, "before.jpg")
	ended := p.wait(t, before)
	checkSucceeded(t, ended)
	events := p.events(t, before)
	rendition := ended.Outcome.Renditions[0]
	pixels := p.object(t, rendition.Bucket, rendition.Key)

	p.upload(t, "during.jpg", sample.Oriented(6))
	reading := x.hold(t, 1, p.reads(contract.StageResize, "during.jpg"))
	during := p.process(t, "during.jpg", contract.HeaderIdempotencyKey, "during")
	<-reading.arrived
	p.stop(t)

	p, err = tryStart(t, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop(t)
	if got := p.call(t, http.MethodGet, before.StatusURL, ""); got.Body != ended.Body {
		t.Errorf("the execution is %s, was %s", got.Body, ended.Body)
	}
	if got := p.events(t, before); len(got) != len(events) || got[len(got)-1].Type != events[len(events)-1].Type {
		t.Errorf("the history has %d events, had %d", len(got), len(events))
	}
	if !bytes.Equal(p.object(t, rendition.Bucket, rendition.Key), pixels) {
		t.Error("a rendition is another one")
	}
	resumed := p.wait(t, during)
	checkSucceeded(t, resumed)
	if entered := p.entered(t, during); !slices.Equal(entered, []string{"Validate", "IsAccepted", "Resize", "IsResized", "NotifySucceeded", "Succeeded"}) {
		t.Errorf("it entered %v, want each state once", entered)
	}
	if n := p.received(t, "outcomes", before.ExecutionID, "during"); n != 2 {
		t.Errorf("the queue has %d messages, want one for each execution", n)
	}
	p.process(t, "during.jpg", contract.HeaderIdempotencyKey, "during").refused(t, http.StatusConflict, contract.CodeExecutionExists)
	p.upload(t, "after.jpg", sample.Oriented(1))
	checkSucceeded(t, p.wait(t, p.process(t, "after.jpg")))
}

// entered are the states that an execution has entered, in order.
func (p *pipeline) entered(t *testing.T, a answer) []string {
	t.Helper()
	var names []string
	for _, e := range p.events(t, a) {
		if e.StateEntered != nil {
			names = append(names, e.StateEntered.Name)
		}
	}
	return names
}
