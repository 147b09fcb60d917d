package queue

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics/query"
)

const namespace = "http://queue.amazonaws.com/doc/2012-11-05/"

// operations are what the service answers to. Each is authorised under permission.
var operations = map[string]struct {
	permission string
	run        func(*Service, context.Context, string, request) (result, error)
	entry      string // the element of a batch's successes in the query protocol
}{
	"CreateQueue":                  {"CreateQueue", (*Service).createQueue, ""},
	"DeleteQueue":                  {"DeleteQueue", (*Service).deleteQueue, ""},
	"ListQueues":                   {"ListQueues", (*Service).listQueues, ""},
	"GetQueueUrl":                  {"GetQueueUrl", (*Service).getQueueURL, ""},
	"GetQueueAttributes":           {"GetQueueAttributes", (*Service).getQueueAttributes, ""},
	"SetQueueAttributes":           {"SetQueueAttributes", (*Service).setQueueAttributes, ""},
	"PurgeQueue":                   {"PurgeQueue", (*Service).purgeQueue, ""},
	"ListDeadLetterSourceQueues":   {"ListDeadLetterSourceQueues", (*Service).listSources, ""},
	"SendMessage":                  {"SendMessage", (*Service).sendMessage, ""},
	"SendMessageBatch":             {"SendMessage", (*Service).sendMessageBatch, "SendMessageBatchResultEntry"},
	"ReceiveMessage":               {"ReceiveMessage", (*Service).receiveMessage, ""},
	"DeleteMessage":                {"DeleteMessage", (*Service).deleteMessage, ""},
	"DeleteMessageBatch":           {"DeleteMessage", (*Service).deleteMessageBatch, "DeleteMessageBatchResultEntry"},
	"ChangeMessageVisibility":      {"ChangeMessageVisibility", (*Service).changeMessageVisibility, ""},
	"ChangeMessageVisibilityBatch": {"ChangeMessageVisibility", (*Service).changeMessageVisibilityBatch, "ChangeMessageVisibilityBatchResultEntry"},
}

// queryCodes are the names of errors in the query protocol where they are not
// those of the JSON protocol. Source: the service's model, "awsQueryError".
var queryCodes = map[string]string{
	"QueueDoesNotExist":            "AWS.SimpleQueueService.NonExistentQueue",
	"QueueNameExists":              "QueueAlreadyExists",
	"MessageNotInflight":           "AWS.SimpleQueueService.MessageNotInflight",
	"EmptyBatchRequest":            "AWS.SimpleQueueService.EmptyBatchRequest",
	"TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
	"BatchEntryIdsNotDistinct":     "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
	"InvalidBatchEntryId":          "AWS.SimpleQueueService.InvalidBatchEntryId",
	"BatchRequestTooLong":          "AWS.SimpleQueueService.BatchRequestTooLong",
	"UnsupportedOperation":         "AWS.SimpleQueueService.UnsupportedOperation",
}

// ServeHTTP answers SQS requests in both protocols, for the principal in the
// request's context.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if action, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonSQS."); ok {
		s.serveJSON(w, r, action)
		return
	}
	s.serveQuery(w, r)
}

func (s *Service) serveJSON(w http.ResponseWriter, r *http.Request, action string) {
	in, err := readJSON(w, r)
	var out result
	if err == nil {
		out, err = s.perform(r.Context(), action, in)
	}
	if err == nil {
		awsapi.WriteJSON(w, http.StatusOK, out)
		return
	}
	e := *awsapi.As(err)
	if e.Code == "AccessDenied" {
		e.Code = "AccessDeniedException"
	}
	code, differs := queryCodes[e.Code]
	if !differs {
		code = e.Code
	}
	fault := "Sender"
	if e.Status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	// SDKs give their callers this older name as the error's code.
	w.Header().Set("X-Amzn-Query-Error", code+";"+fault)
	awsapi.WriteJSONError(w, &e)
}

type queryResponse struct {
	XMLName   xml.Name
	Result    *queryResult
	RequestID string `xml:"ResponseMetadata>RequestId"`
}

type queryResult struct {
	XMLName xml.Name
	result
}

func (s *Service) serveQuery(w http.ResponseWriter, r *http.Request) {
	fail := func(err error) {
		e := *awsapi.As(err)
		if code, differs := queryCodes[e.Code]; differs {
			e.Code = code
		}
		awsapi.WriteQueryError(w, &e)
	}
	form, err := query.Parse(w, r, maxRequest)
	if err != nil {
		fail(err)
		return
	}
	action := form.Get("Action")
	in, err := readForm(form, action)
	if err != nil {
		fail(err)
		return
	}
	if in.QueueURL == "" && r.URL.Path != "/" {
		in.QueueURL = r.URL.Path // the older way: to post to the queue's own URL
	}
	out, err := s.perform(r.Context(), action, in)
	if err != nil {
		fail(err)
		return
	}
	out.XMLURLs = append(out.QueueURLs, out.SourceURLs...)
	if out.QueueURL != "" {
		out.XMLURLs = []string{out.QueueURL}
	}
	for _, d := range out.Successful {
		out.Done = append(out.Done, namedDone{XMLName: xml.Name{Local: operations[action].entry}, done: d})
	}
	awsapi.WriteXML(w, http.StatusOK, queryResponse{
		XMLName:   xml.Name{Space: namespace, Local: action + "Response"},
		Result:    &queryResult{XMLName: xml.Name{Local: action + "Result"}, result: out},
		RequestID: uuid.NewString(),
	})
}

// perform authorises and runs an operation.
func (s *Service) perform(ctx context.Context, action string, in request) (result, error) {
	operation, known := operations[action]
	if !known {
		return result{}, awsapi.Errorf(http.StatusBadRequest, "InvalidAction", "The local runner's SQS does not know the action %q.", action)
	}
	name := in.QueueName
	if in.QueueURL != "" {
		name = in.QueueURL[strings.LastIndexByte(in.QueueURL, '/')+1:]
	}
	if name == "" && action != "ListQueues" {
		return result{}, awsapi.Errorf(http.StatusBadRequest, "MissingParameter", "The request must contain the parameter QueueUrl or QueueName.")
	}
	if err := s.authorize(ctx, operation.permission, name); err != nil {
		return result{}, err
	}
	return operation.run(s, ctx, name, in)
}

func duration(seconds *int) *time.Duration {
	if seconds == nil {
		return nil
	}
	d := time.Duration(*seconds) * time.Second
	return &d
}

func base64Text(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
