package wire

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/pixline/pixline/local/awsapi"
)

// protocol is a way to write requests, answers and errors.
type protocol interface {
	// read finds the operation's name and input.
	read(r *http.Request, body []byte) (string, node, error)
	// answer writes the output, nil where there is none, unless it cannot be
	// written in the protocol.
	answer(w http.ResponseWriter, operation, requestID string, out node) error
	// refuse writes an error, which the API's model calls shape.
	refuse(w http.ResponseWriter, e *awsapi.Error, shape string)
	// malformed is the code of a request that cannot be read.
	malformed() string
}

func (s *Service) protocolOf(r *http.Request) protocol {
	queryMode := r.Header.Get("X-Amzn-Query-Mode") == "true"
	switch {
	case r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		return cborProtocol{service: s.options.Name, queryMode: queryMode}
	case r.Header.Get("X-Amz-Target") != "":
		return jsonProtocol{service: s.options.Name, queryMode: queryMode}
	}
	return queryProtocol{namespace: s.options.Namespace}
}

// read reads the body; SDKs compress that of PutMetricData.
func (s *Service) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, s.options.MaxBody)
	var from io.Reader = limited
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "", "identity":
	case "gzip":
		unzipped, err := gzip.NewReader(limited)
		if err != nil {
			return nil, s.unreadable(err)
		}
		from = http.MaxBytesReader(w, unzipped, s.options.MaxBody)
	default:
		return nil, awsapi.Errorf(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "The content encoding %s is not known.", encoding)
	}
	body, err := io.ReadAll(from)
	if err != nil {
		return nil, s.unreadable(err)
	}
	return body, nil
}

func (s *Service) unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return awsapi.Errorf(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The request has more than %d bytes.", large.Limit)
	}
	return awsapi.Errorf(http.StatusBadRequest, "IncompleteBody", "The request's body cannot be read: %v", err)
}

// queryError is the header in which services that once spoke the query protocol
// keep the codes that clients know: Code;Sender.
func queryError(w http.ResponseWriter, wanted bool, e *awsapi.Error) {
	if !wanted {
		return
	}
	fault := "Sender"
	if e.Status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	w.Header().Set("X-Amzn-Query-Error", e.Code+";"+fault)
}

// reply writes a whole answer. The status line is out when a client goes away:
// that is not an error of ours.
func reply(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// malformedBody is the code that JSON and CBOR share.
const malformedBody = "SerializationException"

type jsonProtocol struct {
	service   string
	queryMode bool
}

func (p jsonProtocol) malformed() string { return malformedBody }

func (p jsonProtocol) read(r *http.Request, body []byte) (string, node, error) {
	target := r.Header.Get("X-Amz-Target")
	operation, ok := strings.CutPrefix(target, p.service+".")
	if !ok {
		return "", nil, fmt.Errorf("the target %q is not of %s", target, p.service)
	}
	in, err := readJSON(body)
	return operation, in, err
}

func (p jsonProtocol) answer(w http.ResponseWriter, _, _ string, out node) error {
	if out == nil {
		out = object{}
	}
	body, err := appendJSON(nil, out)
	if err != nil {
		return err
	}
	reply(w, http.StatusOK, "application/x-amz-json-1.0", body)
	return nil
}

func (p jsonProtocol) refuse(w http.ResponseWriter, e *awsapi.Error, shape string) {
	queryError(w, p.queryMode, e)
	shaped := *e
	shaped.Code = shape
	awsapi.WriteJSONError(w, &shaped)
}

type cborProtocol struct {
	service   string
	queryMode bool
}

func (p cborProtocol) malformed() string { return malformedBody }

func (p cborProtocol) read(r *http.Request, body []byte) (string, node, error) {
	operation, ok := strings.CutPrefix(r.URL.Path, "/service/"+p.service+"/operation/")
	if !ok {
		return "", nil, fmt.Errorf("the path %q names no operation of %s", r.URL.Path, p.service)
	}
	in, err := readCBOR(body)
	return operation, in, err
}

func (p cborProtocol) answer(w http.ResponseWriter, _, _ string, out node) error {
	if out == nil {
		out = object{}
	}
	value, err := toCBOR(out)
	if err != nil {
		return err
	}
	p.reply(w, http.StatusOK, value)
	return nil
}

func (p cborProtocol) refuse(w http.ResponseWriter, e *awsapi.Error, shape string) {
	queryError(w, p.queryMode, e)
	p.reply(w, e.Status, cbor.Map{"__type": cbor.String(shape), "message": cbor.String(e.Message)})
}

func (p cborProtocol) reply(w http.ResponseWriter, status int, value cbor.Value) {
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	reply(w, status, "application/cbor", cbor.Encode(value))
}

type queryProtocol struct{ namespace string }

func (p queryProtocol) malformed() string { return "MalformedInput" }

func (p queryProtocol) read(r *http.Request, body []byte) (string, node, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", nil, err
	}
	for name, values := range r.URL.Query() {
		form[name] = append(form[name], values...)
	}
	operation := form.Get("Action")
	if operation == "" {
		return "", nil, errors.New("the parameter Action is missing")
	}
	in, err := readForm(form)
	return operation, in, err
}

func (p queryProtocol) answer(w http.ResponseWriter, operation, requestID string, out node) error {
	var b bytes.Buffer
	name := operation + "Response"
	b.WriteString("<" + name + ` xmlns="` + p.namespace + `">`)
	if out != nil {
		if err := writeElement(&b, operation+"Result", out); err != nil {
			return err
		}
	}
	if err := writeElement(&b, "ResponseMetadata", object{{"RequestId", requestID}}); err != nil {
		return err
	}
	b.WriteString("</" + name + ">")
	reply(w, http.StatusOK, "text/xml", b.Bytes())
	return nil
}

func (p queryProtocol) refuse(w http.ResponseWriter, e *awsapi.Error, _ string) {
	awsapi.WriteQueryError(w, e)
}
