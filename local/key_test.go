package local

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
)

const kmsKey = "aws:kms/key:Key"

// withKey runs the dev stack with a key of its own.
func withKey(edit func(*graph.Graph)) func(*Options) {
	return func(o *Options) {
		o.Configuration = map[string]string{"pixline:encryption": "kms"}
		o.Edit = func(g *graph.Graph) {
			shortenRetries(g)
			edit(g)
		}
	}
}

// without takes a statement out of the key's policy.
func without(t *testing.T, sid string) func(*graph.Graph) {
	return func(g *graph.Graph) {
		key := resourceNamed(t, g, kmsKey, "data")
		statements := statementsOf(t, *key)
		left := slices.DeleteFunc(slices.Clone(statements), func(s map[string]any) bool { return s["Sid"] == sid })
		if len(left) != len(statements)-1 {
			t.Fatalf("the key's policy has no statement %s", sid)
		}
		setStatements(t, key, left)
	}
}

// TestKeyPolicy takes one statement after another out of the key's policy: each
// is there for something.
func TestKeyPolicy(t *testing.T) {
	t.Run("LogGroups", func(t *testing.T) {
		p, err := tryStart(t, t.TempDir(), withKey(without(t, "LogGroups")))
		if err == nil {
			p.stop(t)
			t.Fatal("the pipeline starts")
		}
		if !strings.Contains(err.Error(), "create log group /aws/lambda/pixline-dev-validate") || !strings.Contains(err.Error(), "logs.eu-west-1.amazonaws.com is not authorized to perform: kms:") {
			t.Error(err)
		}
	})
	t.Run("AdministrationByIAM", func(t *testing.T) {
		p := start(t, withKey(without(t, "AdministrationByIAM")))
		// What IAM allows is not enough: not even the administrator's everything.
		if _, err := p.tryStore("cat.jpg", []byte("a picture")); err == nil || !strings.Contains(err.Error(), "is not authorized to perform: kms:GenerateDataKey") {
			t.Error(err)
		}
	})
	t.Run("Events", func(t *testing.T) {
		p := start(t, withKey(func(g *graph.Graph) {
			without(t, "Events")(g)
			setFunction(g, contract.StageValidate, "code", "local/testdata/functions/stuck")
		}))
		p.stopOne(t)
		p.deniedTo(t, "events.amazonaws.com", "kms:GenerateDataKey")
	})
	t.Run("DeadLettersOfTopics", func(t *testing.T) {
		p := start(t, withKey(without(t, "DeadLettersOfTopics")))
		p.publishNowhere(t)
		p.deniedTo(t, "sns.amazonaws.com", "kms:GenerateDataKey")
	})
	t.Run("all", func(t *testing.T) {
		p := start(t, withKey(func(*graph.Graph) {}))
		p.publishNowhere(t)
		arn := p.output(infra.OutputUndelivered)
		p.receive(t, p.queues.URL(arn[strings.LastIndexByte(arn, ':')+1:]), 1)
	})
}

// stopOne starts an execution and stops it.
func (p *pipeline) stopOne(t *testing.T) {
	t.Helper()
	accepted := p.process(t, "cat.jpg")
	if _, err := p.states.StopExecution(context.Background(), accepted.ExecutionARN, "Enough", "by hand"); err != nil {
		t.Fatal(err)
	}
}

// publishNowhere publishes to a subscriber that does not exist, as a subscription
// of the program's would: with the queue for what is not delivered.
func (p *pipeline) publishNowhere(t *testing.T) {
	t.Helper()
	client := sns.New(sns.Options{BaseEndpoint: &p.AWSURL, Region: p.Graph.Region, Credentials: credentials.NewStaticCredentialsProvider(AdminKey, AdminSecret, "")})
	topic := p.output(infra.OutputTopicARN)
	nowhere := strings.Replace(topic[:strings.LastIndexByte(topic, ':')+1]+"nowhere", ":sns:", ":sqs:", 1)
	if _, err := client.Subscribe(context.Background(), &sns.SubscribeInput{
		TopicArn: &topic, Protocol: aws.String("sqs"), Endpoint: &nowhere,
		Attributes: map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"` + p.output(infra.OutputUndelivered) + `"}`},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Publish(context.Background(), &sns.PublishInput{TopicArn: &topic, Message: aws.String("{}")}); err != nil {
		t.Fatal(err)
	}
}

// deniedTo waits until a service was denied something.
func (p *pipeline) deniedTo(t *testing.T, service, action string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if slices.ContainsFunc(p.denials(), func(d denial) bool { return d.principal == service && d.action == action }) {
			return
		}
	}
	t.Errorf("%s was not denied %s: %v", service, action, p.denials())
}
