package queue

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// errQueueName also meets FIFO queues, whose names end in .fifo.
var errQueueName = awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue",
	"Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length. (FIFO queues are not emulated by the local runner.)")

func (s *Service) create(_ context.Context, name string, attributes map[string]string) error {
	if !queueName.MatchString(name) {
		return errQueueName
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if existing := s.queues[name]; existing != nil {
		for attribute, value := range attributes {
			if s.reported(existing)[attribute] != value {
				return awsapi.Errorf(http.StatusBadRequest, "QueueNameExists", "A queue already exists with the same name and a different value for attribute %s", attribute)
			}
		}
		return nil
	}
	q := newMailbox(name)
	q.record = record{Created: time.Now()}
	if err := s.configure(q, attributes); err != nil {
		return err
	}
	s.queues[name] = q
	return nil
}

// configure checks and stores attributes over those that the queue has.
func (s *Service) configure(q *mailbox, attributes map[string]string) error {
	merged := maps.Clone(q.record.Attributes)
	if merged == nil {
		merged = map[string]string{}
	}
	for name, value := range attributes {
		if merged[name] = value; value == "" {
			delete(merged, name) // SQS takes "" as: no policy
		}
	}
	read, err := s.settings(merged)
	if err != nil {
		return err
	}
	if policy, changes := attributes["Policy"]; changes {
		if err := s.options.SetPolicy(s.arn(q.name), []byte(policy)); err != nil {
			return invalidValue("Policy", policy, err.Error())
		}
	}
	stored := q.record
	stored.Attributes, stored.Modified = merged, time.Now()
	if err := s.store.saveQueue(q.name, stored); err != nil {
		return err
	}
	q.record, q.settings = stored, read
	return nil
}

func (s *Service) setAttributes(name string, attributes map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return err
	}
	return s.configure(q, attributes)
}

func (s *Service) delete(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return err
	}
	if err := s.store.deleteQueue(name); err != nil {
		return err
	}
	delete(s.queues, name)
	close(q.changed) // a receive that waits finds the queue gone
	return s.options.SetPolicy(s.arn(name), nil)
}

func (s *Service) purge(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return err
	}
	var changes []change
	for sequence := range q.messages {
		changes = append(changes, change{queue: name, remove: sequence})
	}
	return s.commit(changes)
}

func (s *Service) list(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var urls []string
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		if strings.HasPrefix(name, prefix) {
			urls = append(urls, s.URL(name))
		}
	}
	return urls
}

func (s *Service) exists(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.find(name)
	return err
}

// reported is every attribute that GetQueueAttributes knows of a queue.
func (s *Service) reported(q *mailbox) map[string]string {
	counts := q.counts(time.Now())
	modified := q.record.Modified
	if modified.IsZero() {
		modified = q.record.Created
	}
	all := map[string]string{
		"QueueArn":                              s.arn(q.name),
		"CreatedTimestamp":                      strconv.FormatInt(q.record.Created.Unix(), 10),
		"LastModifiedTimestamp":                 strconv.FormatInt(modified.Unix(), 10),
		"ApproximateNumberOfMessages":           strconv.Itoa(counts.Visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(counts.InFlight),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(counts.Delayed),
	}
	for _, n := range numeric {
		all[n.name] = strconv.Itoa(n.initial)
	}
	maps.Copy(all, q.record.Attributes)
	return all
}

func (s *Service) attributes(name string, wanted []string) (map[string]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(name)
	if err != nil {
		return nil, err
	}
	all := s.reported(q)
	if slices.Contains(wanted, "All") {
		return all, nil
	}
	picked := map[string]string{}
	for _, name := range wanted {
		_, known := all[name]
		if !known && !slices.Contains(otherSettable, name) {
			return nil, awsapi.Errorf(http.StatusBadRequest, "InvalidAttributeName", "Unknown Attribute %s.", name)
		}
		if known {
			picked[name] = all[name]
		}
	}
	return picked, nil
}
