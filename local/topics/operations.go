package topics

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/attribute"
	"github.com/pixline/pixline/local/topics/query"
)

// The shapes of the answers. Source: SNS API Reference.
type (
	topicResult struct {
		TopicARN string `xml:"TopicArn"`
	}
	topicMember struct {
		TopicARN string `xml:"TopicArn"`
	}
	topicList struct {
		Topics []topicMember `xml:"Topics>member"`
	}
	attributesResult struct {
		Entries []attributeEntry `xml:"Attributes>entry"`
	}
	attributeEntry struct {
		Key   string `xml:"key"`
		Value string `xml:"value"`
	}
	publishResult struct {
		MessageID string `xml:"MessageId"`
	}
	batchResult struct {
		Successful []batchDone   `xml:"Successful>member"`
		Failed     []batchFailed `xml:"Failed>member"`
	}
	batchDone struct {
		ID        string `xml:"Id"`
		MessageID string `xml:"MessageId"`
	}
	batchFailed struct {
		ID          string `xml:"Id"`
		Code        string
		Message     string
		SenderFault bool
	}
)

// topicOf reads the topic that a request acts upon; Publish may call it TargetArn.
func topicOf(f query.Form) string {
	if arn := f.Get("TopicArn"); arn != "" {
		return arn
	}
	return f.Get("TargetArn")
}

// withConditions adds SNS's own condition keys.
func withConditions(ctx context.Context, f query.Form) context.Context {
	keys := map[string][]string{}
	for parameter, key := range map[string]string{"Protocol": "sns:Protocol", "Endpoint": "sns:Endpoint"} {
		if value := f.Get(parameter); value != "" {
			keys[key] = []string{value}
		}
	}
	return access.WithConditions(ctx, keys)
}

func entries(attributes map[string]string) attributesResult {
	var out attributesResult
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		out.Entries = append(out.Entries, attributeEntry{name, attributes[name]})
	}
	return out
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// errTopicName also meets FIFO topics, whose names end in .fifo.
var errTopicName = invalid("Topic Name (FIFO topics are not emulated by the local runner)")

// topicAttributes are those that may be set. Encryption changes nothing that a
// client could see: the key is kept and returned.
var topicAttributes = []string{"DisplayName", "Policy", "KmsMasterKeyId"}

func (s *Service) createTopic(_ context.Context, f query.Form) (any, error) {
	name := f.Get("Name")
	attributes := f.Map("Attributes.entry", "key", "value")
	if !topicName.MatchString(name) {
		return nil, errTopicName
	}
	if len(f.Structures("Tags.member")) > 0 {
		return nil, invalid("Tags are not emulated by the local runner")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := s.arn(name)
	if existing := s.topics[arn]; existing != nil {
		for attribute, value := range attributes {
			if existing.Attributes[attribute] != value {
				return nil, invalid("Attributes Reason: Topic already exists with different attributes")
			}
		}
		return topicResult{arn}, nil
	}
	if err := s.configure(&topic{ARN: arn, Attributes: map[string]string{}}, attributes); err != nil {
		return nil, err
	}
	return topicResult{arn}, nil
}

// configure checks and stores attributes over those that a topic has. The
// lock is held.
func (s *Service) configure(t *topic, attributes map[string]string) error {
	changed := *t
	changed.Attributes = maps.Clone(t.Attributes)
	for name, value := range attributes {
		if !slices.Contains(topicAttributes, name) {
			return invalid("AttributeName: %s is not known to the local runner", name)
		}
		changed.Attributes[name] = value
	}
	if policy, changes := attributes["Policy"]; changes {
		if err := s.options.SetPolicy(t.ARN, []byte(policy)); err != nil {
			return invalid("Policy Error: %v", err)
		}
	}
	if err := s.store.put(topicsBucket, t.ARN, &changed); err != nil {
		return err
	}
	s.topics[t.ARN] = &changed
	return nil
}

func (s *Service) deleteTopic(_ context.Context, f query.Form) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := f.Get("TopicArn")
	if s.topics[arn] == nil {
		return nil, nil // deleting is idempotent
	}
	for _, sub := range s.subscriptions {
		if sub.TopicARN != arn {
			continue
		}
		if err := s.store.remove(subscriptionsBucket, sub.ARN); err != nil {
			return nil, err
		}
		delete(s.subscriptions, sub.ARN)
	}
	if err := s.store.remove(topicsBucket, arn); err != nil {
		return nil, err
	}
	delete(s.topics, arn)
	return nil, s.options.SetPolicy(arn, nil)
}

func (s *Service) listTopics(context.Context, query.Form) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out topicList
	for _, arn := range slices.Sorted(maps.Keys(s.topics)) {
		out.Topics = append(out.Topics, topicMember{arn})
	}
	return out, nil
}

func (s *Service) getTopicAttributes(_ context.Context, f query.Form) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(f.Get("TopicArn"))
	if err != nil {
		return nil, err
	}
	counts := map[bool]int{}
	for _, sub := range s.subscriptions {
		if sub.TopicARN == t.ARN {
			counts[sub.Pending]++
		}
	}
	all := map[string]string{
		"TopicArn": t.ARN, "Owner": s.options.Account, "DisplayName": "", "SubscriptionsDeleted": "0", "SignatureVersion": "1",
		"SubscriptionsConfirmed": strconv.Itoa(counts[false]), "SubscriptionsPending": strconv.Itoa(counts[true]),
	}
	maps.Copy(all, t.Attributes)
	return entries(all), nil
}

func (s *Service) setTopicAttributes(_ context.Context, f query.Form) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(f.Get("TopicArn"))
	if err != nil {
		return nil, err
	}
	return nil, s.configure(t, map[string]string{f.Get("AttributeName"): f.Get("AttributeValue")})
}

func publication(f query.Form, topicARN string) (Publication, error) {
	if f.Get("PhoneNumber") != "" {
		return Publication{}, invalid("PhoneNumber: SMS is not emulated by the local runner")
	}
	attributes, err := attribute.FromForm(f, "MessageAttributes.entry")
	if err != nil {
		return Publication{}, invalid("MessageAttributes Reason: %v", err)
	}
	return Publication{
		TopicARN: topicARN, Message: f.Get("Message"), Subject: f.Get("Subject"), Structure: f.Get("MessageStructure"), Attributes: attributes,
	}, nil
}

func (s *Service) publishForm(ctx context.Context, f query.Form) (any, error) {
	p, err := publication(f, topicOf(f))
	if err != nil {
		return nil, err
	}
	id, err := s.publish(ctx, p)
	return publishResult{id}, err
}

func (s *Service) publishBatch(ctx context.Context, f query.Form) (any, error) {
	list := f.Structures("PublishBatchRequestEntries.member")
	bad := func(code, message string) (any, error) {
		return nil, awsapi.Errorf(http.StatusBadRequest, code, "%s", message)
	}
	if len(list) == 0 {
		return bad("EmptyBatchRequest", "The batch request doesn't contain any entries.")
	}
	if len(list) > 10 {
		return bad("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
	}
	seen, size := map[string]bool{}, 0
	publications := make([]Publication, len(list))
	for i, form := range list {
		if id := form.Get("Id"); id == "" || seen[id] {
			return bad("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
		}
		seen[form.Get("Id")] = true
		p, err := publication(form, f.Get("TopicArn"))
		if err != nil {
			return nil, err
		}
		publications[i], size = p, size+p.size()
	}
	if size > maxMessage {
		return bad("BatchRequestTooLong", "The length of all the batch messages put together is more than the limit.")
	}
	var out batchResult
	for i, p := range publications {
		id, err := s.publish(ctx, p)
		if err == nil {
			out.Successful = append(out.Successful, batchDone{list[i].Get("Id"), id})
			continue
		}
		why := awsapi.As(err)
		out.Failed = append(out.Failed, batchFailed{list[i].Get("Id"), why.Code, why.Message, why.Status < http.StatusInternalServerError})
	}
	return out, nil
}
