package topics

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/attribute"
	"github.com/pixline/pixline/local/topics/queue"
)

// errInjected ends deliveries that Options.FailDelivery lets fail.
var errInjected = errors.New("the local runner was told to let deliveries fail")

// maxMessage is the most that a message and its attributes may have, in bytes.
const maxMessage = 256 << 10

// Publication is what a publisher gives.
type Publication struct {
	TopicARN string
	Message  string
	Subject  string // at most 100 ASCII characters, or empty
	// Structure "json" means that Message is a JSON object with a message for
	// each protocol, and one named default.
	Structure  string
	Attributes map[string]attribute.Value
}

// Publish delivers to every confirmed subscription whose filter lets the
// message through, on behalf of the principal in ctx (sns:Publish), and
// returns the message's id. Its errors are *awsapi.Error: AuthorizationError,
// NotFound, InvalidParameter. A delivery that fails is not an error of the
// publisher's: it goes to the dead-letter queue and to Options.OnFailed.
func (s *Service) Publish(ctx context.Context, p Publication) (messageID string, err error) {
	if err := s.options.Authorize(ctx, "sns:Publish", p.TopicARN); err != nil {
		return "", authorizationError(err)
	}
	return s.publish(ctx, p)
}

func (s *Service) publish(ctx context.Context, p Publication) (string, error) {
	variants, err := p.check()
	if err != nil {
		return "", err
	}
	if s.options.FailPublish(ctx, p.TopicARN) {
		return "", awsapi.Errorf(http.StatusInternalServerError, "InternalError", "the local runner was told to let Publish fail")
	}
	s.mu.Lock()
	_, err = s.find(p.TopicARN)
	var subscribed []subscription
	for _, arn := range slices.Sorted(maps.Keys(s.subscriptions)) {
		if sub := s.subscriptions[arn]; sub.TopicARN == p.TopicARN {
			subscribed = append(subscribed, *sub)
		}
	}
	if err == nil {
		s.work.Add(1) // Close waits for this publication
	}
	s.mu.Unlock()
	if err != nil {
		return "", err
	}
	defer s.work.Done()
	n := notification{Publication: p, id: uuid.NewString(), at: time.Now()}
	s.observe(p.TopicARN, MetricPublished, 1)
	s.observe(p.TopicARN, MetricSize, float64(p.size()))
	for _, sub := range subscribed {
		n.Message = p.Message
		if variants != nil {
			n.Message = variants["default"]
			if own, ok := variants[sub.Protocol]; ok {
				n.Message = own
			}
		}
		if err := s.notify(ctx, sub, n); err != nil {
			return "", err
		}
	}
	return n.id, nil
}

// notify delivers to one subscription. Its error is one of the data directory.
func (s *Service) notify(ctx context.Context, sub subscription, n notification) error {
	switch {
	case sub.held:
		s.options.OnHeld(Held{Time: n.at, TopicARN: sub.TopicARN, Protocol: sub.Protocol, Endpoint: sub.Endpoint, Subject: n.Subject, Message: n.Message})
		return nil
	case sub.Pending:
		return nil
	case !sub.filter.accepts(n.Message, n.Attributes):
		s.observe(sub.TopicARN, MetricFilteredOut, 1)
		return nil
	}
	body := n.Message
	if !sub.raw {
		var err error
		if body, err = s.signer.sign(s.envelope(sub, n)); err != nil {
			return err
		}
	}
	d := &delivery{ID: uuid.NewString(), SubscriptionARN: sub.ARN, MessageID: n.id, Type: "Notification", Body: body, Raw: sub.raw}
	if sub.Protocol != "sqs" {
		if err := s.store.put(deliveriesBucket, d.ID, d); err != nil {
			return err
		}
		s.start(d)
		return nil
	}
	if sub.raw {
		d.Attributes = n.Attributes
	}
	if s.options.FailDelivery(sub.TopicARN) {
		s.giveUp(sub, d, errInjected.Error())
		return nil
	}
	// The queue answers at once and in this process: a failure is final.
	if _, err := s.options.Queues.Send(s.asService(ctx, sub.TopicARN), sub.Endpoint, queue.Message{Body: d.Body, Attributes: d.Attributes}); err != nil {
		s.giveUp(sub, d, err.Error())
		return nil
	}
	s.observe(sub.TopicARN, MetricDelivered, 1)
	return nil
}

// notification is a publication on its way.
type notification struct {
	Publication
	id string
	at time.Time
}

func (s *Service) envelope(sub subscription, n notification) envelope {
	return envelope{
		Type: "Notification", MessageID: n.id, TopicARN: n.TopicARN, Subject: n.Subject, Message: n.Message, Timestamp: timestamp(n.at),
		UnsubscribeURL:    s.link("Unsubscribe", "SubscriptionArn", sub.ARN),
		MessageAttributes: envelopeAttributes(n.Attributes),
	}
}

func (p Publication) size() int { return len(p.Message) + attribute.Size(p.Attributes) }

// check returns the messages by protocol when Structure is json.
func (p Publication) check() (map[string]string, error) {
	switch {
	case p.TopicARN == "":
		return nil, invalid("TopicArn or TargetArn Reason: no value for required parameter")
	case p.Message == "":
		return nil, invalid("Empty message")
	case !utf8.ValidString(p.Message):
		return nil, invalid("Message Reason: must be UTF-8")
	case p.size() > maxMessage:
		return nil, invalid("Message too long")
	case p.Structure != "" && p.Structure != "json":
		return nil, invalid("MessageStructure")
	case !validSubject(p.Subject):
		return nil, invalid("Subject")
	}
	if err := attribute.Validate(p.Attributes); err != nil {
		return nil, invalid("MessageAttributes Reason: %v", err)
	}
	for name, v := range p.Attributes {
		var list []any
		if v.DataType == "String.Array" && json.Unmarshal([]byte(*v.StringValue), &list) != nil {
			return nil, invalid("MessageAttributes Reason: the value of '%s' is not a JSON array", name)
		}
	}
	if p.Structure == "" {
		return nil, nil
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(p.Message), &raw); err != nil {
		return nil, invalid("Message Structure - JSON message body failed to parse")
	}
	variants := map[string]string{}
	for protocol, value := range raw {
		if text, ok := value.(string); ok {
			variants[protocol] = text
		}
	}
	if _, ok := variants["default"]; !ok {
		return nil, invalid("Message Structure - No default entry in JSON message body")
	}
	return variants, nil
}

// validSubject: printable ASCII on one line, at most 100 characters, not
// beginning with a space.
func validSubject(subject string) bool {
	if len(subject) > 100 || strings.HasPrefix(subject, " ") {
		return false
	}
	for i := range len(subject) {
		if subject[i] < ' ' || subject[i] > '~' {
			return false
		}
	}
	return true
}

func (s *Service) observe(topicARN, metric string, value float64) {
	s.options.Observe(topicARN[strings.LastIndexByte(topicARN, ':')+1:], metric, value)
}
