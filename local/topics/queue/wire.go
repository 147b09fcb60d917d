package queue

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/attribute"
	"github.com/pixline/pixline/local/topics/query"
)

// request holds the parameters of all operations, under the names that the
// JSON protocol gives them.
type request struct {
	QueueURL                    string `json:"QueueUrl"`
	QueueName                   string
	QueueNamePrefix             string
	MessageBody                 string
	MessageGroupID              string `json:"MessageGroupId"`
	MessageDeduplicationID      string `json:"MessageDeduplicationId"`
	ReceiptHandle               string
	DelaySeconds                *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
	MaxNumberOfMessages         *int
	Attributes                  map[string]string
	Tags                        map[string]string `json:"tags"`
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	MessageAttributes           map[string]attribute.Value
	MessageSystemAttributes     map[string]attribute.Value
	Entries                     []entry
}

// entry is one element of a batch.
type entry struct {
	ID                      string `json:"Id"`
	MessageBody             string
	MessageGroupID          string `json:"MessageGroupId"`
	ReceiptHandle           string
	DelaySeconds            *int
	VisibilityTimeout       *int
	MessageAttributes       map[string]attribute.Value
	MessageSystemAttributes map[string]attribute.Value
}

// maxRequest is more than a batch of 1 MiB needs once it is encoded.
const maxRequest = 8 << 20

func readJSON(w http.ResponseWriter, r *http.Request) (request, error) {
	var in request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(&in); err != nil {
		return request{}, awsapi.Errorf(http.StatusBadRequest, "SerializationException", "The request cannot be read: %v", err)
	}
	return in, nil
}

// readForm reads the same parameters as the query protocol spells them. action
// tells the name of a batch's entries.
func readForm(f query.Form, action string) (in request, err error) {
	in = request{
		QueueURL: f.Get("QueueUrl"), QueueName: f.Get("QueueName"), QueueNamePrefix: f.Get("QueueNamePrefix"),
		MessageBody: f.Get("MessageBody"), MessageGroupID: f.Get("MessageGroupId"), MessageDeduplicationID: f.Get("MessageDeduplicationId"),
		ReceiptHandle: f.Get("ReceiptHandle"),
		Attributes:    f.Map("Attribute", "Name", "Value"), Tags: f.Map("Tag", "Key", "Value"),
		AttributeNames: f.Strings("AttributeName"), MessageSystemAttributeNames: f.Strings("MessageSystemAttributeName"),
		MessageAttributeNames: f.Strings("MessageAttributeName"),
	}
	for name, into := range map[string]**int{
		"DelaySeconds": &in.DelaySeconds, "VisibilityTimeout": &in.VisibilityTimeout,
		"WaitTimeSeconds": &in.WaitTimeSeconds, "MaxNumberOfMessages": &in.MaxNumberOfMessages,
	} {
		if *into, err = f.Int(name); err != nil {
			return request{}, err
		}
	}
	if in.MessageAttributes, in.MessageSystemAttributes, err = formAttributes(f); err != nil {
		return request{}, err
	}
	for _, form := range f.Structures(action + "RequestEntry") {
		e := entry{
			ID: form.Get("Id"), MessageBody: form.Get("MessageBody"), MessageGroupID: form.Get("MessageGroupId"), ReceiptHandle: form.Get("ReceiptHandle"),
		}
		if e.DelaySeconds, err = form.Int("DelaySeconds"); err != nil {
			return request{}, err
		}
		if e.VisibilityTimeout, err = form.Int("VisibilityTimeout"); err != nil {
			return request{}, err
		}
		if e.MessageAttributes, e.MessageSystemAttributes, err = formAttributes(form); err != nil {
			return request{}, err
		}
		in.Entries = append(in.Entries, e)
	}
	return in, nil
}

func formAttributes(f query.Form) (own, system map[string]attribute.Value, err error) {
	if own, err = attribute.FromForm(f, "MessageAttribute"); err == nil {
		system, err = attribute.FromForm(f, "MessageSystemAttribute")
	}
	if err != nil {
		return nil, nil, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValue", "%s", err)
	}
	return own, system, nil
}

// result holds the answers of all operations; what an operation does not have
// is left out.
type result struct {
	QueueURL                     string       `json:"QueueUrl,omitempty" xml:"-"`
	QueueURLs                    []string     `json:"QueueUrls,omitempty" xml:"-"`
	SourceURLs                   []string     `json:"queueUrls,omitempty" xml:"-"`
	XMLURLs                      []string     `json:"-" xml:"QueueUrl,omitempty"`
	Attributes                   stringMap    `json:",omitempty" xml:"Attribute,omitempty"`
	MessageID                    string       `json:"MessageId,omitempty" xml:"MessageId,omitempty"`
	MD5OfMessageBody             string       `json:",omitempty" xml:",omitempty"`
	MD5OfMessageAttributes       string       `json:",omitempty" xml:",omitempty"`
	MD5OfMessageSystemAttributes string       `json:",omitempty" xml:",omitempty"`
	Messages                     []outMessage `json:",omitempty" xml:"Message,omitempty"`
	Successful                   []done       `json:",omitempty" xml:"-"`
	Failed                       []failed     `json:",omitempty" xml:"BatchResultErrorEntry,omitempty"`
	Done                         []namedDone  `json:"-" xml:",omitempty"`
}

// outMessage is a received message.
type outMessage struct {
	MessageID              string `json:"MessageId" xml:"MessageId"`
	ReceiptHandle          string
	MD5OfBody              string
	Body                   string
	Attributes             stringMap    `json:",omitempty" xml:"Attribute,omitempty"`
	MD5OfMessageAttributes string       `json:",omitempty" xml:",omitempty"`
	MessageAttributes      attributeMap `json:",omitempty" xml:"MessageAttribute,omitempty"`
}

// done and failed are the outcomes of a batch's entries.
type done struct {
	ID                           string `json:"Id" xml:"Id"`
	MessageID                    string `json:"MessageId,omitempty" xml:"MessageId,omitempty"`
	MD5OfMessageBody             string `json:",omitempty" xml:",omitempty"`
	MD5OfMessageAttributes       string `json:",omitempty" xml:",omitempty"`
	MD5OfMessageSystemAttributes string `json:",omitempty" xml:",omitempty"`
}

type failed struct {
	ID          string `json:"Id" xml:"Id"`
	SenderFault bool
	Code        string
	Message     string
}

// namedDone is done under the element name that the operation gives it.
type namedDone struct {
	XMLName xml.Name
	done
}

// stringMap is a flattened map of the query protocol: Name and Value, repeated.
type stringMap map[string]string

// MarshalXML implements xml.Marshaler.
func (m stringMap) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if err := e.EncodeElement(struct{ Name, Value string }{name, m[name]}, start); err != nil {
			return err
		}
	}
	return nil
}

// attributeMap is a flattened map of message attributes.
type attributeMap map[string]attribute.Value

type xmlAttribute struct {
	Name        string
	StringValue *string `xml:"Value>StringValue,omitempty"`
	BinaryValue string  `xml:"Value>BinaryValue,omitempty"`
	DataType    string  `xml:"Value>DataType"`
}

// MarshalXML implements xml.Marshaler.
func (m attributeMap) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		v := m[name]
		element := xmlAttribute{Name: name, StringValue: v.StringValue, DataType: v.DataType, BinaryValue: base64Text(v.BinaryValue)}
		if err := e.EncodeElement(element, start); err != nil {
			return err
		}
	}
	return nil
}

// systemAttributes are what SQS tells of a message besides its own attributes.
func (m message) systemAttributes() map[string]string {
	all := map[string]string{
		"SenderId": m.Sender, "SentTimestamp": strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.First.UnixMilli(), 10),
	}
	for name, value := range map[string]string{"AWSTraceHeader": m.Trace, "MessageGroupId": m.Group, "DeadLetterQueueSourceArn": m.Source} {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

// pick keeps what was asked for: names, All, .*, or prefix.*.
func pick[V any](all map[string]V, wanted []string) map[string]V {
	picked := map[string]V{}
	for name, value := range all {
		for _, want := range wanted {
			prefix, isPrefix := strings.CutSuffix(want, ".*")
			if want == "All" || want == name || (isPrefix && strings.HasPrefix(name, prefix)) {
				picked[name] = value
			}
		}
	}
	return picked
}
