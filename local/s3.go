package local

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
)

// s3Front decides what an S3 request may do, and passes it on to the object
// store, which checks its signature.
type s3Front struct {
	access     *access.Service
	encryption *encryption
	faults     *injector
	proxy      *httputil.ReverseProxy
}

func newS3Front(a *access.Service, e *encryption, faults *injector, transport http.RoundTripper) *s3Front {
	f := &s3Front{access: a, encryption: e, faults: faults}
	f.proxy = &httputil.ReverseProxy{
		Transport: transport,
		// The signature covers the host that the client called: it must stay.
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", "s3", r.In.Host
			// Forwarded verbatim: the signature covers the query as it was sent.
			r.Out.URL.RawQuery = r.In.URL.RawQuery
		},
		ModifyResponse: func(r *http.Response) error { return errors.Join(f.hideMissing(r), explainName(r)) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			writeS3Error(w, awsapi.Errorf(http.StatusServiceUnavailable, "ServiceUnavailable", "the object store did not answer: %v", err))
		},
	}
	return f
}

// ServeHTTP authorizes and forwards.
func (f *s3Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if signingName(r) == "" {
		writeS3Error(w, awsapi.Errorf(http.StatusForbidden, "AccessDenied", "Anonymous access is not allowed; sign with access key test, secret test"))
		return
	}
	principal, err := f.access.Identify(r)
	if err != nil {
		writeS3Error(w, err)
		return
	}
	wanted, err := access.S3Requests(r)
	if err != nil {
		writeS3Error(w, err)
		return
	}
	for _, want := range wanted {
		err := f.access.Check(principal, want.Action, want.Resource, want.Context)
		if err == nil {
			err = checkName(want.Resource)
		}
		if err == nil {
			err = f.useKey(r, principal, want)
		}
		if err != nil {
			writeS3Error(w, err)
			return
		}
	}
	if err := checkUpload(r.URL.Query()); err != nil {
		writeS3Error(w, err)
		return
	}
	if err := f.faults.request(r.Context(), principal); err != nil {
		writeS3Error(w, err)
		return
	}
	if err := f.access.SignHere(r); err != nil {
		writeS3Error(w, err)
		return
	}
	f.proxy.ServeHTTP(plainMetadata{w}, r.WithContext(access.WithPrincipal(r.Context(), principal)))
}

// useKey asks for what a request does with the key of its bucket, if that has
// one. Source: Amazon S3 API Reference, HeadObject ("checksum mode") and
// CreateMultipartUpload, "Permissions".
func (f *s3Front) useKey(r *http.Request, principal access.Principal, want access.S3Request) error {
	uses := keyUses[want.Action]
	if r.Method == http.MethodHead && r.Header.Get("X-Amz-Checksum-Mode") == "" {
		return nil // what a HEAD tells is not encrypted
	}
	if query := r.URL.Query(); want.Action == "s3:PutObject" && (query.Has("uploads") || query.Has("uploadId")) {
		uses = []string{generateDataKey, decrypt}
	}
	return f.encryption.use(access.WithPrincipal(r.Context(), principal), want.Resource, uses...)
}

// plainMetadata sends the names of users' metadata in lower case, as S3 keeps
// them: clients that take names as they come would see another case.
// Source: Amazon S3 User Guide, "User-defined object metadata".
type plainMetadata struct{ http.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w plainMetadata) WriteHeader(status int) {
	header := w.Header()
	for name, values := range header {
		if lower := strings.ToLower(name); lower != name && strings.HasPrefix(lower, "x-amz-meta-") {
			delete(header, name)
			header[lower] = values
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w plainMetadata) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// hideMissing answers AccessDenied in place of NoSuchKey to those who may not
// list the bucket, as S3 does.
// Source: Amazon S3 API Reference, GetObject, "Permissions".
func (f *s3Front) hideMissing(response *http.Response) error {
	r := response.Request
	if response.StatusCode != http.StatusNotFound || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil
	}
	principal, _ := access.FromContext(r.Context())
	wanted, err := access.S3Requests(r)
	if err != nil || len(wanted) == 0 || wanted[0].BucketARN() == wanted[0].Resource {
		return err
	}
	denied := f.access.Check(principal, "s3:ListBucket", wanted[0].BucketARN(), nil)
	if denied == nil {
		return nil
	}
	if err := response.Body.Close(); err != nil {
		return err
	}
	replaceError(response, http.StatusForbidden, denied)
	return nil
}

// replaceError puts an error in place of the store's answer, whose body is
// closed already.
func replaceError(response *http.Response, status int, err error) {
	body := s3ErrorDocument(err)
	response.StatusCode, response.Status = status, strconv.Itoa(status)+" "+http.StatusText(status)
	response.Header = http.Header{"Content-Type": {"application/xml"}, "Content-Length": {strconv.Itoa(len(body))}}
	response.ContentLength = int64(len(body))
	response.Body = io.NopCloser(bytes.NewReader(body))
}

type s3Error struct {
	XMLName xml.Name `xml:"Error"`
	Code    string   `xml:"Code"`
	Message string   `xml:"Message"`
}

func s3ErrorDocument(err error) []byte {
	e := awsapi.As(err)
	document, marshalErr := xml.Marshal(s3Error{Code: e.Code, Message: e.Message})
	if marshalErr != nil { // text that XML cannot hold
		return []byte("<Error><Code>" + e.Code + "</Code></Error>")
	}
	return append([]byte(xml.Header), document...)
}

func writeS3Error(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(awsapi.As(err).Status)
	// The status line is out: a client that went away is not an error of ours.
	_, _ = w.Write(s3ErrorDocument(err))
}
