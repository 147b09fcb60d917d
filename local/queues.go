package local

import (
	"context"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/runtime"
	"github.com/pixline/pixline/local/topics"
	"github.com/pixline/pixline/local/topics/attribute"
	"github.com/pixline/pixline/local/topics/queue"
)

// startTopics starts SQS, then SNS, which delivers into it.
func (r *Runner) startTopics(o Options) error {
	specs, err := queues(r.Graph)
	if err != nil {
		return err
	}
	r.queues, err = queue.Open(queue.Options{
		Dir: filepath.Join(o.Data, "sqs"), Endpoint: r.AWSURL, Account: graph.AccountID, Region: r.Graph.Region,
		Queues: specs, Authorize: r.encryption.Authorize, SetPolicy: r.access.SetResourcePolicy, Observe: r.meter.Queue,
	})
	if err != nil {
		return err
	}
	declared, subscriptions, err := topicsOf(r.Graph)
	if err != nil {
		return err
	}
	r.topics, err = topics.Open(topics.Options{
		Dir: filepath.Join(o.Data, "sns"), Endpoint: r.AWSURL, Account: graph.AccountID, Region: r.Graph.Region,
		Topics: declared, Subscriptions: subscriptions,
		Authorize: r.encryption.Authorize, SetPolicy: r.access.SetResourcePolicy, Queues: r.queues,
		FailPublish: r.faults.publication, FailDelivery: r.faults.delivery, Observe: r.meter.Topic,
		OnHeld: func(h topics.Held) {
			r.log.Info("notification held: it would leave this machine", "topic", h.TopicARN, "protocol", h.Protocol, "endpoint", h.Endpoint)
		},
		OnFailed: func(f topics.Failure) {
			r.log.Warn("notification not delivered", "topic", f.TopicARN, "endpoint", f.Endpoint, "reason", f.Reason, "deadLettered", f.DeadLettered)
		},
	})
	return err
}

// queues are the graph's queues.
func queues(g *graph.Graph) ([]queue.Spec, error) {
	var specs []queue.Spec
	for _, r := range g.Of("aws:sqs/queue:Queue") {
		var q struct {
			Name              string `json:"name"`
			URL               string `json:"url"`
			VisibilityTimeout int    `json:"visibilityTimeoutSeconds"`
			MessageRetention  int    `json:"messageRetentionSeconds"`
			MaxMessageSize    int    `json:"maxMessageSize"`
			Delay             int    `json:"delaySeconds"`
			ReceiveWait       int    `json:"receiveWaitTimeSeconds"`
			RedrivePolicy     string `json:"redrivePolicy"`
			Policy            string `json:"policy"`
		}
		if err := r.Decode(&q); err != nil {
			return nil, err
		}
		for _, p := range g.Of("aws:sqs/queuePolicy:QueuePolicy") {
			if p.String("queueUrl") == q.URL {
				q.Policy = p.String("policy")
			}
		}
		specs = append(specs, queue.Spec{
			Name:              q.Name,
			VisibilityTimeout: time.Duration(q.VisibilityTimeout) * time.Second,
			MessageRetention:  time.Duration(q.MessageRetention) * time.Second,
			MaximumSize:       q.MaxMessageSize,
			Delay:             time.Duration(q.Delay) * time.Second,
			ReceiveWait:       time.Duration(q.ReceiveWait) * time.Second,
			RedrivePolicy:     q.RedrivePolicy,
			Policy:            q.Policy,
		})
	}
	return specs, nil
}

// topicsOf are the graph's topics and their subscriptions.
func topicsOf(g *graph.Graph) ([]topics.Topic, []topics.Subscription, error) {
	var declared []topics.Topic
	for _, r := range g.Of("aws:sns/topic:Topic") {
		t := topics.Topic{Name: r.String("name"), DisplayName: r.String("displayName"), Policy: r.String("policy")}
		for _, p := range g.Of("aws:sns/topicPolicy:TopicPolicy") {
			if p.String("arn") == r.String("arn") {
				t.Policy = p.String("policy")
			}
		}
		declared = append(declared, t)
	}
	var subscriptions []topics.Subscription
	for _, r := range g.Of("aws:sns/topicSubscription:TopicSubscription") {
		var s struct {
			Topic              string `json:"topic"`
			Protocol           string `json:"protocol"`
			Endpoint           string `json:"endpoint"`
			RawMessageDelivery bool   `json:"rawMessageDelivery"`
			FilterPolicy       string `json:"filterPolicy"`
			FilterPolicyScope  string `json:"filterPolicyScope"`
			RedrivePolicy      string `json:"redrivePolicy"`
			DeliveryPolicy     string `json:"deliveryPolicy"`
		}
		if err := r.Decode(&s); err != nil {
			return nil, nil, err
		}
		subscriptions = append(subscriptions, topics.Subscription{
			TopicARN: s.Topic, Protocol: s.Protocol, Endpoint: s.Endpoint, RawMessageDelivery: s.RawMessageDelivery,
			FilterPolicy: s.FilterPolicy, FilterPolicyScope: s.FilterPolicyScope, RedrivePolicy: s.RedrivePolicy, DeliveryPolicy: s.DeliveryPolicy,
		})
	}
	return declared, subscriptions, nil
}

// sendDeadLetter sends what a function could not handle to its queue, as the
// function's role.
func (r *Runner) sendDeadLetter(ctx context.Context, letter runtime.DeadLetter) error {
	if !strings.HasPrefix(letter.Target, "arn:aws:sqs:") {
		return awsapi.Errorf(http.StatusNotImplemented, "NotImplemented", "the local runner sends dead letters to queues, not to %s", letter.Target)
	}
	ctx, err := r.access.ActAs(ctx, letter.RoleARN, access.Lambda, "")
	if err != nil {
		return err
	}
	code := strconv.Itoa(letter.ErrorCode)
	_, err = r.queues.Send(ctx, letter.Target, queue.Message{
		Body: string(letter.Payload),
		Attributes: map[string]attribute.Value{
			"RequestID":    attribute.String(letter.RequestID),
			"ErrorCode":    {DataType: "Number", StringValue: &code},
			"ErrorMessage": attribute.String(letter.ErrorMessage),
		},
	})
	return err
}
