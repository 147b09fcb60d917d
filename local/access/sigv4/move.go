package sigv4

import (
	"crypto/hmac"
	"net/http"
	"strings"
)

// signedChunks begins the declaration of a body that is signed chunk by chunk,
// with the key of the client's region.
const signedChunks = "STREAMING-AWS4-"

// Move checks that secret signed the request, and signs it anew, in place, for
// another region. The body is not read: what the client declares of it (its
// hash, or that it is not signed) is covered by both signatures, and whoever
// reads the body checks it. The errors are those of Check.
func (s *Signature) Move(r *http.Request, secret, region string) error {
	if err := s.checkHeaders(r); err != nil {
		return err
	}
	payload := s.declared(r)
	switch {
	case payload == "":
		return malformed("the header x-amz-content-sha256 is missing")
	case strings.HasPrefix(payload, signedChunks):
		return ErrStreaming
	case !hmac.Equal([]byte(s.sign(r, payload, secret)), []byte(s.signature)):
		return ErrMismatch
	}
	moved := *s
	moved.Region = region
	credential := s.AccessKeyID + "/" + moved.scope()
	if !s.presigned {
		r.Header.Set("Authorization", algorithm+" Credential="+credential+
			", SignedHeaders="+strings.Join(s.headers, ";")+", Signature="+moved.sign(r, payload, secret))
		return nil
	}
	var query []string
	for part := range strings.SplitSeq(r.URL.RawQuery, "&") {
		switch key, _, _ := strings.Cut(part, "="); unescape(key) {
		case "X-Amz-Credential":
			query = append(query, "X-Amz-Credential="+escape(credential, false))
		case "X-Amz-Signature":
		default:
			query = append(query, part)
		}
	}
	r.URL.RawQuery = strings.Join(query, "&")
	r.URL.RawQuery += "&X-Amz-Signature=" + moved.sign(r, payload, secret)
	return nil
}
