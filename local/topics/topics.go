// Package topics is the local runner's SNS: topics, subscriptions and their
// deliveries.
//
// Guarantees:
//   - Publish answers when each queue that is subscribed has the message, and
//     when each HTTP delivery is on disk; one that was under way when the
//     process ended is resumed at the next start.
//   - Delivery into a queue is authorised as sns.amazonaws.com on behalf of the
//     topic, so a queue policy that AWS would refuse is refused here.
//   - A delivery that fails for good goes to the subscription's dead-letter
//     queue, and is reported in any case.
//   - Nothing leaves the machine: HTTP endpoints must be on loopback, and what
//     is subscribed by e-mail, or declared with an endpoint elsewhere, is
//     handed to Options.OnHeld instead.
//
// Messages are signed as SNS's are (SignatureVersion 1), but with a key made
// for this run, whose certificate the service itself serves at SigningCertURL.
// Clients that insist on a certificate from amazonaws.com refuse it.
//
// Not emulated, and refused: FIFO topics, tags, SMS, mobile push, and
// throttling in delivery policies.
package topics

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/queue"
)

// Names of AWS/SNS metrics, as given to Options.Observe.
const (
	MetricPublished   = "NumberOfMessagesPublished"
	MetricSize        = "PublishSize"
	MetricDelivered   = "NumberOfNotificationsDelivered"
	MetricFailed      = "NumberOfNotificationsFailed"
	MetricFilteredOut = "NumberOfNotificationsFilteredOut"
	MetricRedriven    = "NumberOfNotificationsRedrivenToDlq"
)

const servicePrincipal = "sns.amazonaws.com"

// Topic is a topic that the program declares.
type Topic struct {
	Name        string
	DisplayName string
	Policy      string // resource policy, or empty
}

// Subscription is a subscription that the program declares. The attributes are
// those of SetSubscriptionAttributes, or empty.
type Subscription struct {
	TopicARN           string
	Protocol           string // sqs, http, https, email or email-json; others are held
	Endpoint           string // ARN, URL or address
	RawMessageDelivery bool
	FilterPolicy       string
	FilterPolicyScope  string // MessageAttributes (default) or MessageBody
	RedrivePolicy      string
	DeliveryPolicy     string
}

// Queues is where messages for queues go.
type Queues interface {
	Send(ctx context.Context, queueARN string, m queue.Message) (queue.Sent, error)
}

// Held is a notification that would have left the machine.
type Held struct {
	Time               time.Time
	TopicARN           string
	Protocol, Endpoint string
	Subject, Message   string
}

// Failure is a notification that could not be delivered.
type Failure struct {
	Time               time.Time
	TopicARN           string
	Protocol, Endpoint string
	MessageID          string
	Reason             string
	// DeadLettered tells that the subscription's dead-letter queue has it.
	DeadLettered bool
}

// Options say where and for whom the topics are.
type Options struct {
	Dir           string // data directory
	Endpoint      string // where ServeHTTP is reached, such as http://127.0.0.1:4566
	Account       string
	Region        string
	Topics        []Topic
	Subscriptions []Subscription
	// Authorize is asked before every operation.
	Authorize awsapi.Authorize
	// SetPolicy is given a topic's resource policy whenever it changes; nil for none.
	SetPolicy func(topicARN string, document []byte) error
	Queues    Queues
	// FailPublish and FailDelivery, when set, tell whether a publication by the
	// principal in ctx, or a delivery to a subscription of a topic, is to fail for
	// good, so that it can be rehearsed.
	FailPublish  func(ctx context.Context, topicARN string) bool
	FailDelivery func(topicARN string) bool
	// Observe, OnHeld and OnFailed, when set, may be called from several
	// goroutines at once, and must return at once.
	Observe  func(topic, metric string, value float64)
	OnHeld   func(Held)
	OnFailed func(Failure)
	// RetryScale shortens the waits between HTTP attempts; 0 means 1: AWS's own.
	RetryScale float64
}

// Service is all topics of the account. It is safe for concurrent use.
type Service struct {
	options Options
	store   *store
	signer  *signer
	client  *http.Client
	// running is over at Close: HTTP deliveries then stop where they are.
	running context.Context
	stop    context.CancelFunc
	work    sync.WaitGroup

	mu            sync.Mutex
	topics        map[string]*topic        // by ARN
	subscriptions map[string]*subscription // by ARN
	closed        bool
}

// Open reads topics and subscriptions from the data directory, brings the
// declared ones in line with the program, and resumes HTTP deliveries.
func Open(o Options) (*Service, error) {
	o = withDefaults(o)
	st, stored, err := openStore(o.Dir)
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(context.Background())
	s := &Service{
		options: o, store: st, signer: newSigner(o.Endpoint), client: loopbackClient(), running: running, stop: stop,
		topics: map[string]*topic{}, subscriptions: map[string]*subscription{},
	}
	if err := s.load(stored); err != nil {
		stop()
		s.work.Wait()
		return nil, errors.Join(err, st.close())
	}
	return s, nil
}

func withDefaults(o Options) Options {
	if o.SetPolicy == nil {
		o.SetPolicy = func(string, []byte) error { return nil }
	}
	if o.FailPublish == nil {
		o.FailPublish = func(context.Context, string) bool { return false }
	}
	if o.FailDelivery == nil {
		o.FailDelivery = func(string) bool { return false }
	}
	if o.Observe == nil {
		o.Observe = func(string, string, float64) {}
	}
	if o.OnHeld == nil {
		o.OnHeld = func(Held) {}
	}
	if o.OnFailed == nil {
		o.OnFailed = func(Failure) {}
	}
	if o.RetryScale == 0 {
		o.RetryScale = 1
	}
	return o
}

// load holds the lock, because deliveries start while it runs.
func (s *Service) load(stored contents) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, declared := range s.options.Topics {
		if !topicName.MatchString(declared.Name) {
			return fmt.Errorf("topic %s: %w", declared.Name, errTopicName)
		}
		arn := s.arn(declared.Name)
		t := &topic{ARN: arn, Declared: true, Attributes: map[string]string{}}
		for name, value := range map[string]string{"DisplayName": declared.DisplayName, "Policy": declared.Policy} {
			if value != "" {
				t.Attributes[name] = value
			}
		}
		s.topics[arn] = t
	}
	var err error
	for arn, t := range stored.topics {
		switch {
		case s.topics[arn] != nil:
		case t.Declared:
			err = errors.Join(err, s.store.remove(topicsBucket, arn))
		default:
			s.topics[arn] = t
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(s.topics)) {
		t := s.topics[arn]
		err = errors.Join(err, s.store.put(topicsBucket, arn, t))
		if policy := t.Attributes["Policy"]; policy != "" {
			err = errors.Join(err, s.options.SetPolicy(arn, []byte(policy)))
		}
	}
	if err != nil {
		return err
	}
	if err := s.loadSubscriptions(stored.subscriptions); err != nil {
		return err
	}
	for _, d := range stored.deliveries {
		if s.subscriptions[d.SubscriptionARN] == nil {
			if err := s.store.remove(deliveriesBucket, d.ID); err != nil {
				return err
			}
			continue
		}
		s.start(d)
	}
	return nil
}

// loadSubscriptions keeps the ARN and confirmation of a declared subscription
// that was there before.
func (s *Service) loadSubscriptions(stored map[string]*subscription) error {
	for _, declared := range s.options.Subscriptions {
		if s.topics[declared.TopicARN] == nil {
			return fmt.Errorf("a subscription of %s: the topic %s does not exist", declared.Endpoint, declared.TopicARN)
		}
		sub, err := s.newSubscription(declared.TopicARN, declared.Protocol, declared.Endpoint, declared.attributes())
		if err != nil {
			return fmt.Errorf("the subscription of %s to %s: %w", declared.Endpoint, declared.TopicARN, err)
		}
		sub.Declared = true
		for arn, old := range stored {
			if old.TopicARN == sub.TopicARN && old.Protocol == sub.Protocol && old.Endpoint == sub.Endpoint {
				sub.ARN, sub.Pending, sub.Token = arn, old.Pending, old.Token
			}
		}
		s.subscriptions[sub.ARN] = sub
		if err := s.store.put(subscriptionsBucket, sub.ARN, sub); err != nil {
			return err
		}
		s.askConfirmation(sub)
	}
	for arn, old := range stored {
		switch {
		case s.subscriptions[arn] != nil:
		case old.Declared || s.topics[old.TopicARN] == nil:
			if err := s.store.remove(subscriptionsBucket, arn); err != nil {
				return err
			}
		default:
			if err := old.read(); err != nil {
				return fmt.Errorf("the stored subscription %s: %w", arn, err)
			}
			s.subscriptions[arn] = old
		}
	}
	return nil
}

// Close stops HTTP deliveries where they are (the data directory has them) and
// waits until all have stopped.
func (s *Service) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
	s.client.CloseIdleConnections()
	return s.store.close()
}

func (s *Service) arn(name string) string {
	return "arn:aws:sns:" + s.options.Region + ":" + s.options.Account + ":" + name
}

// asService is a context in which SNS acts for a topic.
func (s *Service) asService(ctx context.Context, topicARN string) context.Context {
	return access.WithPrincipal(ctx, access.Principal{Service: servicePrincipal, SourceARN: topicARN})
}

// find takes the lock's holder to a topic.
func (s *Service) find(arn string) (*topic, error) {
	if s.closed {
		return nil, awsapi.Errorf(http.StatusServiceUnavailable, "ServiceUnavailable", "The local runner is stopping.")
	}
	if t := s.topics[arn]; t != nil {
		return t, nil
	}
	return nil, awsapi.Errorf(http.StatusNotFound, "NotFound", "Topic does not exist")
}

func invalid(format string, args ...any) error {
	return awsapi.Errorf(http.StatusBadRequest, "InvalidParameter", "Invalid parameter: "+format, args...)
}
