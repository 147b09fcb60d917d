package queue

import (
	"context"
	"crypto/md5" // SQS's own digest, compared by its clients
	"encoding/hex"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/attribute"
)

// Message is what a sender gives.
type Message struct {
	Body       string
	Attributes map[string]attribute.Value // at most 10
	// Delay replaces the queue's own; nil keeps that.
	Delay *time.Duration
	// Trace is the X-Ray header, AWSTraceHeader.
	Trace string
	// Group is the MessageGroupId; a standard queue only hands it on.
	Group string
}

// Sent is the receipt of a message.
type Sent struct {
	MessageID       string
	MD5OfBody       string
	MD5OfAttributes string // empty without attributes
}

// maxAttributes is SQS's limit for one message.
const maxAttributes = 10

// Send puts a message on the queue with this ARN, on behalf of the principal
// in ctx (sqs:SendMessage). Its errors are *awsapi.Error: AccessDenied,
// QueueDoesNotExist, InvalidParameterValue, InvalidMessageContents.
func (s *Service) Send(ctx context.Context, queueARN string, m Message) (Sent, error) {
	name := nameOfARN(queueARN)
	if s.arn(name) != queueARN {
		return Sent{}, awsapi.Errorf(http.StatusBadRequest, "QueueDoesNotExist", "The specified queue does not exist: %s is not in this account and region.", queueARN)
	}
	if err := s.authorize(ctx, "SendMessage", name); err != nil {
		return Sent{}, err
	}
	return s.send(ctx, name, m)
}

func (s *Service) send(ctx context.Context, name string, sent Message) (Sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return Sent{}, err
	}
	size := len(sent.Body) + attribute.Size(sent.Attributes)
	if err := q.settings.check(sent, size); err != nil {
		return Sent{}, err
	}
	now := time.Now()
	delay := q.settings.delay
	if sent.Delay != nil {
		delay = *sent.Delay
	}
	principal, _ := access.FromContext(ctx) // authorised above, with or without a name
	s.sequence++
	m := &message{
		Sequence: s.sequence, ID: uuid.NewString(), Body: sent.Body, Attributes: sent.Attributes, Trace: sent.Trace,
		Group: sent.Group, Sender: principal.String(), Sent: now, Due: now.Add(delay),
	}
	if err := s.store.apply(change{queue: name, put: m}); err != nil {
		return Sent{}, err
	}
	q.add(m)
	s.options.Observe(name, MetricSent, 1)
	s.options.Observe(name, MetricSentSize, float64(size))
	return Sent{MessageID: m.ID, MD5OfBody: digest(m.Body), MD5OfAttributes: attribute.MD5(m.Attributes)}, nil
}

func (st settings) check(m Message, size int) error {
	switch {
	case m.Body == "":
		return awsapi.Errorf(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter MessageBody.")
	case size > st.maximumSize:
		return awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", st.maximumSize)
	case !validCharacters(m.Body):
		return awsapi.Errorf(http.StatusBadRequest, "InvalidMessageContents", "The message contains characters outside the allowed set.")
	case len(m.Attributes) > maxAttributes:
		return awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "Number of message attributes [%d] exceeds the allowed maximum [%d].", len(m.Attributes), maxAttributes)
	case m.Delay != nil && (*m.Delay < 0 || *m.Delay > 15*time.Minute):
		return awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", int(m.Delay.Seconds()))
	}
	if err := attribute.Validate(m.Attributes); err != nil {
		return awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "%s", err)
	}
	return nil
}

// validCharacters holds what XML 1.0 can carry: #x9 #xA #xD, #x20 to #xD7FF,
// #xE000 to #xFFFD, and the planes above. Source: SQS API Reference, SendMessage.
func validCharacters(text string) bool {
	for i, char := range text {
		if char == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return false
			}
		}
		if char < 0x20 && char != '\t' && char != '\n' && char != '\r' || char == 0xFFFE || char == 0xFFFF {
			return false
		}
	}
	return true
}

func digest(text string) string {
	sum := md5.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
