package local

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/topics"
)

// maxServiceBody is more than any request of the services takes: Lambda's six
// megabytes. S3 is not bound by it.
const maxServiceBody = 8 << 20

// endpoint is the one address of all AWS services. A request says which
// service it is for by the scope of its signature, as with any SDK.
type endpoint struct {
	access   *access.Service
	services map[string]http.Handler // by signing name
	topics   *topics.Service
	s3       http.Handler
}

// ServeHTTP verifies who calls and hands over to the service.
func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service := signingName(r)
	if service == "" && e.topics.Unsigned(r) {
		e.topics.ServeHTTP(w, r)
		return
	}
	if service == "" || service == "s3" {
		e.s3.ServeHTTP(w, r)
		return
	}
	handler, known := e.services[service]
	if !known {
		e.refuse(w, r, service, awsapi.Errorf(http.StatusNotImplemented, "NotImplemented", "the local runner does not serve %s", service))
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxServiceBody+1))
	if err != nil {
		e.refuse(w, r, service, awsapi.Errorf(http.StatusBadRequest, "IncompleteBody", "the request's body ended early: %v", err))
		return
	}
	if len(body) > maxServiceBody {
		e.refuse(w, r, service, awsapi.Errorf(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "the request has more than %d bytes", maxServiceBody))
		return
	}
	principal, err := e.access.Verify(r, body)
	if err != nil {
		e.refuse(w, r, service, err)
		return
	}
	r = r.WithContext(access.WithPrincipal(r.Context(), principal))
	r.Body = io.NopCloser(bytes.NewReader(body))
	handler.ServeHTTP(w, r)
}

// refuse answers for the service before it is asked: itself where it speaks
// several protocols.
func (e *endpoint) refuse(w http.ResponseWriter, r *http.Request, service string, err error) {
	if polyglot, ok := e.services[service].(interface {
		WriteError(http.ResponseWriter, *http.Request, error)
	}); ok {
		polyglot.WriteError(w, r, err)
		return
	}
	writeError(w, service, err)
}

// signingName is the service in the credential scope:
// KEY/date/region/service/aws4_request.
func signingName(r *http.Request) string {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if _, rest, found := strings.Cut(r.Header.Get("Authorization"), "Credential="); found {
		credential, _, _ = strings.Cut(rest, ",")
	}
	scope := strings.Split(strings.TrimSpace(credential), "/")
	if len(scope) != 5 {
		return ""
	}
	return scope[3]
}

// writeError answers in the protocol that the service's clients read.
func writeError(w http.ResponseWriter, service string, err error) {
	switch service {
	case "", "s3":
		writeS3Error(w, err)
	case "sns", "sts", "monitoring":
		awsapi.WriteQueryError(w, err)
	case "sqs":
		// Clients of both protocols find the code: one in the header, one in the body.
		w.Header().Set("X-Amzn-ErrorType", awsapi.As(err).Code)
		awsapi.WriteQueryError(w, err)
	default:
		awsapi.WriteJSONError(w, err)
	}
}
