package queue

import (
	"context"
	"net/http"
	"regexp"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/attribute"
)

// This file takes each operation from its request to the queues and back.

func (s *Service) createQueue(ctx context.Context, name string, in request) (result, error) {
	if len(in.Tags) > 0 {
		return result{}, awsapi.Errorf(http.StatusBadRequest, "UnsupportedOperation", "Tags are not emulated by the local runner.")
	}
	return result{QueueURL: s.URL(name)}, s.create(ctx, name, in.Attributes)
}

func (s *Service) deleteQueue(_ context.Context, name string, _ request) (result, error) {
	return result{}, s.delete(name)
}

func (s *Service) listQueues(_ context.Context, _ string, in request) (result, error) {
	return result{QueueURLs: s.list(in.QueueNamePrefix)}, nil
}

func (s *Service) getQueueURL(_ context.Context, name string, _ request) (result, error) {
	return result{QueueURL: s.URL(name)}, s.exists(name)
}

func (s *Service) getQueueAttributes(_ context.Context, name string, in request) (result, error) {
	attributes, err := s.attributes(name, in.AttributeNames)
	return result{Attributes: attributes}, err
}

func (s *Service) setQueueAttributes(_ context.Context, name string, in request) (result, error) {
	return result{}, s.setAttributes(name, in.Attributes)
}

func (s *Service) purgeQueue(_ context.Context, name string, _ request) (result, error) {
	return result{}, s.purge(name)
}

func (s *Service) listSources(_ context.Context, name string, _ request) (result, error) {
	if err := s.exists(name); err != nil {
		return result{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var out result
	for source, q := range s.queues {
		if q.settings.deadLetterARN == s.arn(name) {
			out.SourceURLs = append(out.SourceURLs, s.URL(source))
		}
	}
	return out, nil
}

func (s *Service) sendMessage(ctx context.Context, name string, in request) (result, error) {
	if in.MessageDeduplicationID != "" {
		return result{}, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "The request includes a parameter that is not valid for this queue type: MessageDeduplicationId.")
	}
	d, err := s.sendEntry(ctx, name, entry{
		MessageBody: in.MessageBody, MessageGroupID: in.MessageGroupID, DelaySeconds: in.DelaySeconds,
		MessageAttributes: in.MessageAttributes, MessageSystemAttributes: in.MessageSystemAttributes,
	})
	return result{
		MessageID: d.MessageID, MD5OfMessageBody: d.MD5OfMessageBody,
		MD5OfMessageAttributes: d.MD5OfMessageAttributes, MD5OfMessageSystemAttributes: d.MD5OfMessageSystemAttributes,
	}, err
}

func (s *Service) sendEntry(ctx context.Context, name string, e entry) (done, error) {
	trace := ""
	for system, v := range e.MessageSystemAttributes {
		if system != "AWSTraceHeader" || v.StringValue == nil {
			return done{}, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "Message system attribute name '%s' is invalid.", system)
		}
		trace = *v.StringValue
	}
	sent, err := s.send(ctx, name, Message{
		Body: e.MessageBody, Attributes: e.MessageAttributes, Delay: duration(e.DelaySeconds), Trace: trace, Group: e.MessageGroupID,
	})
	return done{
		ID: e.ID, MessageID: sent.MessageID, MD5OfMessageBody: sent.MD5OfBody, MD5OfMessageAttributes: sent.MD5OfAttributes,
		MD5OfMessageSystemAttributes: attribute.MD5(e.MessageSystemAttributes),
	}, err
}

var entryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// maxBatch is the total of a batch's messages in bytes.
const maxBatch = 1 << 20

// batch runs each entry; an entry's failure does not stop the others.
func batch(entries []entry, run func(entry) (done, error)) (result, error) {
	bad := func(code, message string) (result, error) {
		return result{}, awsapi.Errorf(http.StatusBadRequest, code, "%s", message)
	}
	switch {
	case len(entries) == 0:
		return bad("EmptyBatchRequest", "There should be at least one entry in the request.")
	case len(entries) > 10:
		return bad("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.")
	}
	seen, size := map[string]bool{}, 0
	for _, e := range entries {
		if !entryID.MatchString(e.ID) {
			return bad("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if seen[e.ID] {
			return bad("BatchEntryIdsNotDistinct", "Id "+e.ID+" repeated.")
		}
		seen[e.ID] = true
		size += len(e.MessageBody) + attribute.Size(e.MessageAttributes)
	}
	if size > maxBatch {
		return bad("BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes.")
	}
	var out result
	for _, e := range entries {
		d, err := run(e)
		if err == nil {
			d.ID = e.ID
			out.Successful = append(out.Successful, d)
			continue
		}
		why := awsapi.As(err)
		out.Failed = append(out.Failed, failed{ID: e.ID, SenderFault: why.Status < http.StatusInternalServerError, Code: why.Code, Message: why.Message})
	}
	return out, nil
}

func (s *Service) sendMessageBatch(ctx context.Context, name string, in request) (result, error) {
	if err := s.exists(name); err != nil {
		return result{}, err
	}
	return batch(in.Entries, func(e entry) (done, error) { return s.sendEntry(ctx, name, e) })
}

func (s *Service) receiveMessage(ctx context.Context, name string, in request) (result, error) {
	limit := 1
	if in.MaxNumberOfMessages != nil {
		limit = *in.MaxNumberOfMessages
	}
	within := func(value *int, most int) bool { return value == nil || (*value >= 0 && *value <= most) }
	if limit < 1 || limit > 10 || !within(in.WaitTimeSeconds, 20) || !within(in.VisibilityTimeout, 43_200) {
		return result{}, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "MaxNumberOfMessages must be between 1 and 10, WaitTimeSeconds between 0 and 20, and VisibilityTimeout between 0 and 43200.")
	}
	messages, err := s.receive(ctx, name, limit, duration(in.VisibilityTimeout), duration(in.WaitTimeSeconds))
	if err != nil {
		return result{}, err
	}
	var out result
	for _, m := range messages {
		own := pick(m.Attributes, in.MessageAttributeNames)
		out.Messages = append(out.Messages, outMessage{
			MessageID: m.ID, ReceiptHandle: s.receiptHandle(name, m), Body: m.Body, MD5OfBody: digest(m.Body),
			Attributes:        pick(m.systemAttributes(), append(in.AttributeNames, in.MessageSystemAttributeNames...)),
			MessageAttributes: own, MD5OfMessageAttributes: attribute.MD5(own),
		})
	}
	return out, nil
}

func (s *Service) deleteMessage(_ context.Context, name string, in request) (result, error) {
	return result{}, s.remove(name, in.ReceiptHandle)
}

func (s *Service) deleteMessageBatch(_ context.Context, name string, in request) (result, error) {
	if err := s.exists(name); err != nil {
		return result{}, err
	}
	return batch(in.Entries, func(e entry) (done, error) { return done{}, s.remove(name, e.ReceiptHandle) })
}

func (s *Service) changeMessageVisibility(_ context.Context, name string, in request) (result, error) {
	return result{}, s.changeVisibility(name, in.ReceiptHandle, in.VisibilityTimeout)
}

func (s *Service) changeMessageVisibilityBatch(_ context.Context, name string, in request) (result, error) {
	if err := s.exists(name); err != nil {
		return result{}, err
	}
	return batch(in.Entries, func(e entry) (done, error) {
		return done{}, s.changeVisibility(name, e.ReceiptHandle, e.VisibilityTimeout)
	})
}
