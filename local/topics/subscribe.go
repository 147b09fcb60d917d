package topics

import (
	"context"
	"crypto/subtle"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/query"
)

type (
	subscriptionResult struct {
		SubscriptionARN string `xml:"SubscriptionArn"`
	}
	subscriptionMember struct {
		SubscriptionARN string `xml:"SubscriptionArn"`
		Owner           string
		Protocol        string
		Endpoint        string
		TopicARN        string `xml:"TopicArn"`
	}
	subscriptionList struct {
		Subscriptions []subscriptionMember `xml:"Subscriptions>member"`
	}
)

// clientProtocols are those that a client may subscribe by.
var clientProtocols = []string{"sqs", "http", "https", "email", "email-json"}

func (s *Service) subscribe(_ context.Context, f query.Form) (any, error) {
	protocol, endpoint := f.Get("Protocol"), f.Get("Endpoint")
	if !slices.Contains(clientProtocols, protocol) {
		return nil, invalid("Does not support this protocol string: %s", protocol)
	}
	sub, err := s.newSubscription(f.Get("TopicArn"), protocol, endpoint, f.Map("Attributes.entry", "key", "value"))
	if err != nil {
		return nil, err
	}
	if sub.held && (protocol == "http" || protocol == "https") {
		return nil, invalid("Endpoint Reason: the local runner delivers to loopback only, not to %s", endpoint)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.find(sub.TopicARN); err != nil {
		return nil, err
	}
	for _, existing := range s.subscriptions {
		if existing.TopicARN != sub.TopicARN || existing.Protocol != protocol || existing.Endpoint != endpoint {
			continue
		}
		// Subscribing twice is idempotent, unless the attributes differ.
		if len(sub.Attributes) > 0 && !maps.Equal(sub.Attributes, existing.Attributes) {
			return nil, invalid("Attributes Reason: Subscription already exists with different attributes")
		}
		sub.ARN, sub.Token, sub.Pending, sub.Attributes, sub.Declared = existing.ARN, existing.Token, existing.Pending, existing.Attributes, existing.Declared
		if err := sub.read(); err != nil {
			return nil, err
		}
	}
	if err := s.store.put(subscriptionsBucket, sub.ARN, sub); err != nil {
		return nil, err
	}
	s.subscriptions[sub.ARN] = sub
	s.askConfirmation(sub)
	if sub.Pending && f.Get("ReturnSubscriptionArn") != "true" {
		return subscriptionResult{"pending confirmation"}, nil
	}
	return subscriptionResult{sub.ARN}, nil
}

func (s *Service) confirmSubscription(_ context.Context, f query.Form) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.find(f.Get("TopicArn")); err != nil {
		return nil, err
	}
	for _, sub := range s.subscriptions {
		if sub.TopicARN != f.Get("TopicArn") || subtle.ConstantTimeCompare([]byte(sub.Token), []byte(f.Get("Token"))) != 1 {
			continue
		}
		confirmed := *sub
		confirmed.Pending = false
		return subscriptionResult{sub.ARN}, s.replace(&confirmed)
	}
	return nil, invalid("Token")
}

// replace stores a changed subscription. The lock is held.
func (s *Service) replace(sub *subscription) error {
	if err := s.store.put(subscriptionsBucket, sub.ARN, sub); err != nil {
		return err
	}
	s.subscriptions[sub.ARN] = sub
	return nil
}

func (s *Service) unsubscribe(_ context.Context, f query.Form) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := f.Get("SubscriptionArn")
	if err := s.store.remove(subscriptionsBucket, arn); err != nil {
		return nil, err
	}
	delete(s.subscriptions, arn)
	return nil, nil
}

func (s *Service) listSubscriptions(context.Context, query.Form) (any, error) {
	return s.list(""), nil
}

func (s *Service) listSubscriptionsByTopic(_ context.Context, f query.Form) (any, error) {
	s.mu.Lock()
	_, err := s.find(f.Get("TopicArn"))
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.list(f.Get("TopicArn")), nil
}

func (s *Service) list(topicARN string) subscriptionList {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out subscriptionList
	for _, arn := range slices.Sorted(maps.Keys(s.subscriptions)) {
		sub := s.subscriptions[arn]
		if topicARN != "" && sub.TopicARN != topicARN {
			continue
		}
		if sub.Pending {
			arn = "PendingConfirmation"
		}
		out.Subscriptions = append(out.Subscriptions, subscriptionMember{arn, s.options.Account, sub.Protocol, sub.Endpoint, sub.TopicARN})
	}
	return out
}

func (s *Service) findSubscription(arn string) (*subscription, error) {
	if sub := s.subscriptions[arn]; sub != nil {
		return sub, nil
	}
	return nil, awsapi.Errorf(http.StatusNotFound, "NotFound", "Subscription does not exist")
}

func (s *Service) getSubscriptionAttributes(_ context.Context, f query.Form) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.findSubscription(f.Get("SubscriptionArn"))
	if err != nil {
		return nil, err
	}
	all := map[string]string{
		"SubscriptionArn": sub.ARN, "TopicArn": sub.TopicARN, "Owner": s.options.Account, "Protocol": sub.Protocol, "Endpoint": sub.Endpoint,
		"PendingConfirmation": strconv.FormatBool(sub.Pending), "ConfirmationWasAuthenticated": strconv.FormatBool(sub.Protocol == "sqs"),
		"RawMessageDelivery": "false",
	}
	maps.Copy(all, sub.Attributes)
	return entries(all), nil
}

func (s *Service) setSubscriptionAttributes(_ context.Context, f query.Form) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sub, err := s.findSubscription(f.Get("SubscriptionArn"))
	if err != nil {
		return nil, err
	}
	changed := *sub
	changed.Attributes = maps.Clone(sub.Attributes)
	if changed.Attributes == nil {
		changed.Attributes = map[string]string{}
	}
	name, value := f.Get("AttributeName"), f.Get("AttributeValue")
	if changed.Attributes[name] = value; value == "" {
		delete(changed.Attributes, name)
	}
	if err := changed.read(); err != nil {
		return nil, err
	}
	return nil, s.replace(&changed)
}
