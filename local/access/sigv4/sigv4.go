// Package sigv4 recomputes AWS Signature Version 4, from a request as a server
// sees it.
//
// Guarantees: the signature covers the method, the path, the query, every
// signed header and (unless the client declared otherwise) the body; host and
// every x-amz-* header must be signed; comparison takes constant time.
//
// Not handled: SigV4A, and payloads that are signed chunk by chunk, which Parse
// accepts and Check and Move refuse with ErrStreaming.
//
// Source: IAM User Guide, "Create a signed AWS API request", and the Amazon S3
// API reference, "Authenticating requests (AWS Signature Version 4)".
package sigv4

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	timeLayout = "20060102T150405Z"
	dateLayout = "20060102"

	// maxExpires is the longest life of a presigned request.
	maxExpires = 7 * 24 * time.Hour
)

var (
	// ErrMissing reports a request without a signature.
	ErrMissing = errors.New("the request is not signed")
	// ErrMalformed is within every error about a signature that cannot be read.
	ErrMalformed = errors.New("the request's signature cannot be read")
	// ErrMismatch reports a signature other than the expected one.
	ErrMismatch = errors.New("the request signature we calculated does not match the signature you provided: check your key and signing method")
	// ErrContentMismatch reports a body other than X-Amz-Content-Sha256 says.
	ErrContentMismatch = errors.New("the body does not have the hash that X-Amz-Content-Sha256 gives")
	// ErrStreaming reports a payload that is signed chunk by chunk.
	ErrStreaming = errors.New("chunked (STREAMING-*) payloads are not verified here")
)

// A Signature is what a request says about how it was signed.
type Signature struct {
	AccessKeyID string
	// Token is the session token; empty for a long-term key.
	Token   string
	Region  string
	Service string // as in the credential scope, such as s3
	// Time is when the client signed.
	Time time.Time
	// Expires is how long a presigned request lives; 0 for one signed by header.
	Expires time.Duration

	date      string
	headers   []string // signed, lower case, in order
	signature string
	presigned bool
}

// Parse reads the signature of a request, from the Authorization header or a
// presigned query. Its error is ErrMissing or holds ErrMalformed.
func Parse(r *http.Request) (*Signature, error) {
	authorization := r.Header.Get("Authorization")
	query := r.URL.Query()
	switch {
	case authorization != "":
		return parseHeader(r, authorization)
	case query.Get("X-Amz-Algorithm") != "" || query.Get("X-Amz-Signature") != "":
		return parseQuery(query)
	}
	return nil, ErrMissing
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

func parseHeader(r *http.Request, authorization string) (*Signature, error) {
	name, rest, _ := strings.Cut(authorization, " ")
	if name != algorithm {
		return nil, malformed("the Authorization header's algorithm is %q, not %s", name, algorithm)
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := fields[key]; !ok || twice {
			return nil, malformed("the Authorization header has %q", part)
		}
		fields[key] = value
	}
	// Without X-Amz-Date, the Date header carries the time.
	at := r.Header.Get("X-Amz-Date")
	if at == "" {
		if date, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			at = date.UTC().Format(timeLayout)
		}
	}
	s := &Signature{Token: r.Header.Get("X-Amz-Security-Token")}
	return s, s.fill(fields["Credential"], fields["SignedHeaders"], fields["Signature"], at)
}

func parseQuery(query url.Values) (*Signature, error) {
	if got := query.Get("X-Amz-Algorithm"); got != algorithm {
		return nil, malformed("X-Amz-Algorithm is %q, not %s", got, algorithm)
	}
	seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
	if err != nil || seconds < 1 || time.Duration(seconds)*time.Second > maxExpires {
		return nil, malformed("X-Amz-Expires must be between 1 and %d seconds", int(maxExpires.Seconds()))
	}
	s := &Signature{
		Token:     query.Get("X-Amz-Security-Token"),
		Expires:   time.Duration(seconds) * time.Second,
		presigned: true,
	}
	return s, s.fill(query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Signature"), query.Get("X-Amz-Date"))
}

func (s *Signature) fill(credential, headers, signature, at string) (err error) {
	scope := strings.Split(credential, "/")
	if len(scope) < 5 || scope[len(scope)-1] != "aws4_request" {
		return malformed("the credential %q is not KEY/DATE/REGION/SERVICE/aws4_request", credential)
	}
	// An access key may hold slashes: count the scope's parts from the end.
	n := len(scope)
	s.AccessKeyID = strings.Join(scope[:n-4], "/")
	s.date, s.Region, s.Service = scope[n-4], scope[n-3], scope[n-2]
	if s.Time, err = time.Parse(timeLayout, at); err != nil {
		return malformed("the time %q is not of the form %s", at, timeLayout)
	}
	if s.Time.Format(dateLayout) != s.date {
		return malformed("the credential's date %s is not that of %s", s.date, at)
	}
	if signature == "" || headers == "" {
		return malformed("Signature or SignedHeaders is missing")
	}
	s.headers, s.signature = strings.Split(headers, ";"), signature
	return nil
}
