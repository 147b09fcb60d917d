package access

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/pixline/pixline/local/access/sigv4"
	"github.com/pixline/pixline/local/awsapi"
)

// maxSkew is how far a client's clock may be off.
const maxSkew = 15 * time.Minute

var (
	errKey     = errors.New("the security token included in the request is invalid")
	errToken   = errors.New("the session token does not belong to the access key")
	errExpired = errors.New("the security token included in the request is expired")
	errSkew    = errors.New("the difference between the request time and the current time is too large")
	errLate    = errors.New("request has expired")
)

// Verify finds who signed the request and checks the signature, over body too.
// The errors are *awsapi.Error with the names of the service that is called.
func (s *Service) Verify(r *http.Request, body []byte) (Principal, error) {
	signature, err := sigv4.Parse(r)
	if err != nil {
		return Principal{}, refusal(r, nil, err)
	}
	p, err := s.principal(signature.AccessKeyID, signature.Token)
	if err != nil {
		return Principal{}, refusal(r, signature, err)
	}
	if err := checkTime(signature, time.Now()); err != nil {
		return Principal{}, refusal(r, signature, err)
	}
	secret, _ := s.Secret(signature.AccessKeyID) // principal found the key
	if err := signature.Check(r, body, secret); err != nil {
		return Principal{}, refusal(r, signature, err)
	}
	return p, nil
}

// Identify finds who the request says it comes from, by access key and session
// token, without checking the signature: for services whose back end does.
// The errors are those of Verify.
func (s *Service) Identify(r *http.Request) (Principal, error) {
	signature, err := sigv4.Parse(r)
	if err != nil {
		return Principal{}, refusal(r, nil, err)
	}
	p, err := s.principal(signature.AccessKeyID, signature.Token)
	if err != nil {
		return Principal{}, refusal(r, signature, err)
	}
	return p, nil
}

// SignHere signs a request to S3 anew, in place, if it was signed for another
// region: clients may name any, the object store knows only this one. A payload
// signed chunk by chunk stays as it is; the store's refusal names the region.
// The errors are those of Verify.
func (s *Service) SignHere(r *http.Request) error {
	signature, err := sigv4.Parse(r)
	if err != nil {
		return refusal(r, nil, err)
	}
	if signature.Region == s.region {
		return nil
	}
	secret, known := s.Secret(signature.AccessKeyID)
	if !known {
		return refusal(r, signature, errKey)
	}
	err = signature.Move(r, secret, s.region)
	if errors.Is(err, sigv4.ErrStreaming) {
		return nil
	}
	return refusal(r, signature, err)
}

func checkTime(signature *sigv4.Signature, now time.Time) error {
	age := now.Sub(signature.Time)
	switch {
	case age < -maxSkew:
		return errSkew
	case signature.Expires > 0 && age > signature.Expires:
		return errLate
	case signature.Expires == 0 && age > maxSkew:
		return errSkew
	}
	return nil
}

// dialect is a family of services that name the same error alike.
type dialect int

const (
	query    dialect = iota
	rest             // S3
	jsonRPC          // X-Amz-Target
	restJSON         // API Gateway, Lambda
	dialects
)

// refusals names each error in each dialect. Sources: "Common error types" of
// the services' API references, and the S3 API reference, "Error responses".
var refusals = []struct {
	err    error
	codes  [dialects]string
	status [dialects]int
}{
	{sigv4.ErrMissing, [...]string{"MissingAuthenticationToken", "AccessDenied", "MissingAuthenticationTokenException", "MissingAuthenticationTokenException"}, [...]int{403, 403, 400, 403}},
	{sigv4.ErrMalformed, [...]string{"IncompleteSignature", "AuthorizationHeaderMalformed", "IncompleteSignatureException", "IncompleteSignatureException"}, [...]int{400, 400, 400, 403}},
	{errKey, [...]string{"InvalidClientTokenId", "InvalidAccessKeyId", "UnrecognizedClientException", "UnrecognizedClientException"}, [...]int{403, 403, 400, 403}},
	{errToken, [...]string{"InvalidClientTokenId", "InvalidToken", "UnrecognizedClientException", "UnrecognizedClientException"}, [...]int{403, 400, 400, 403}},
	{errExpired, [...]string{"ExpiredToken", "ExpiredToken", "ExpiredTokenException", "ExpiredTokenException"}, [...]int{403, 400, 400, 403}},
	{errSkew, [...]string{"RequestTimeTooSkewed", "RequestTimeTooSkewed", "InvalidSignatureException", "InvalidSignatureException"}, [...]int{403, 403, 400, 403}},
	{errLate, [...]string{"RequestExpired", "AccessDenied", "InvalidSignatureException", "InvalidSignatureException"}, [...]int{400, 403, 400, 403}},
	{sigv4.ErrMismatch, [...]string{"SignatureDoesNotMatch", "SignatureDoesNotMatch", "InvalidSignatureException", "InvalidSignatureException"}, [...]int{403, 403, 400, 403}},
	{sigv4.ErrContentMismatch, [...]string{"SignatureDoesNotMatch", "XAmzContentSHA256Mismatch", "InvalidSignatureException", "InvalidSignatureException"}, [...]int{403, 400, 400, 403}},
	{sigv4.ErrStreaming, [...]string{"SignatureDoesNotMatch", "NotImplemented", "InvalidSignatureException", "InvalidSignatureException"}, [...]int{403, 501, 400, 403}},
}

func refusal(r *http.Request, signature *sigv4.Signature, err error) error {
	d := dialectOf(r, signature)
	for _, known := range refusals {
		if errors.Is(err, known.err) {
			message := err.Error()
			return awsapi.Errorf(known.status[d], known.codes[d], "%s.", strings.ToUpper(message[:1])+message[1:])
		}
	}
	return err
}

func dialectOf(r *http.Request, signature *sigv4.Signature) dialect {
	service := ""
	if signature != nil {
		service = signature.Service
	}
	switch {
	case r.Header.Get("X-Amz-Target") != "":
		return jsonRPC
	case service == "s3":
		return rest
	case service == "execute-api", service == "lambda":
		return restJSON
	case service == "" && r.Header.Get("X-Amz-Content-Sha256") != "":
		return rest
	}
	return query
}
