package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const unsignedPayload = "UNSIGNED-PAYLOAD"

// Check tells whether secret signed the request with this body: nil,
// ErrMismatch, ErrContentMismatch, ErrStreaming, or an error that holds
// ErrMalformed when a header that must be signed is not.
func (s *Signature) Check(r *http.Request, body []byte, secret string) error {
	if err := s.checkHeaders(r); err != nil {
		return err
	}
	payload, err := s.payload(r, body)
	if err != nil {
		return err
	}
	if !hmac.Equal([]byte(s.sign(r, payload, secret)), []byte(s.signature)) {
		return ErrMismatch
	}
	return nil
}

// sign computes the signature of the request, its body told by payload.
func (s *Signature) sign(r *http.Request, payload, secret string) string {
	canonical := strings.Join([]string{
		r.Method, s.path(r.URL), s.query(r.URL), s.canonicalHeaders(r), strings.Join(s.headers, ";"), payload,
	}, "\n")
	hash := sha256.Sum256([]byte(canonical))
	toSign := strings.Join([]string{algorithm, s.Time.Format(timeLayout), s.scope(), hex.EncodeToString(hash[:])}, "\n")
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(s.scope(), "/") {
		key = sum(key, part)
	}
	return hex.EncodeToString(sum(key, toSign))
}

// scope is what the signing key is made for.
func (s *Signature) scope() string {
	return strings.Join([]string{s.date, s.Region, s.Service, "aws4_request"}, "/")
}

func sum(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text)) // a hash never fails
	return mac.Sum(nil)
}

// checkHeaders holds that whatever directs the request is signed.
func (s *Signature) checkHeaders(r *http.Request) error {
	if !slices.Contains(s.headers, "host") {
		return malformed("the host header must be signed")
	}
	for name := range r.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(s.headers, lower) {
			return malformed("the header %s is present but not signed", lower)
		}
	}
	return nil
}

// declared is what the client says about the body: its hash, that it is not
// signed, or nothing.
func (s *Signature) declared(r *http.Request) string {
	declared := r.Header.Get("X-Amz-Content-Sha256")
	if s.presigned && declared == "" {
		declared = r.URL.Query().Get("X-Amz-Content-Sha256")
		if declared == "" && s.Service == "s3" {
			declared = unsignedPayload
		}
	}
	return declared
}

// payload is the canonical request's last line. Only S3 accepts a body that
// the signature does not cover.
func (s *Signature) payload(r *http.Request, body []byte) (string, error) {
	declared := s.declared(r)
	hash := sha256.Sum256(body)
	actual := hex.EncodeToString(hash[:])
	switch {
	case declared == "" || declared == actual:
		return actual, nil
	case declared == unsignedPayload && s.Service == "s3":
		return unsignedPayload, nil
	case strings.HasPrefix(declared, "STREAMING-"):
		return "", ErrStreaming
	}
	return "", ErrContentMismatch
}

// path is the path as sent, encoded once more for every service but S3.
// Segments . and .. are not resolved: the SDKs disagree, and none sends them.
func (s *Signature) path(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	if s.Service == "s3" {
		return path
	}
	return escape(path, true)
}

// query holds the parameters encoded anew, in the order of their encoded form.
func (s *Signature) query(u *url.URL) string {
	var pairs []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if part == "" {
			continue
		}
		key, value, _ := strings.Cut(part, "=")
		key, value = unescape(key), unescape(value)
		if s.presigned && key == "X-Amz-Signature" {
			continue
		}
		// \x00 sorts below every character: a key before its extensions.
		pairs = append(pairs, escape(key, false)+"\x00"+escape(value, false))
	}
	slices.Sort(pairs)
	return strings.ReplaceAll(strings.Join(pairs, "&"), "\x00", "=")
}

// unescape leaves text that is no valid encoding as it is: it then differs
// from what the client signed, as it should.
func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

func (s *Signature) canonicalHeaders(r *http.Request) string {
	var b strings.Builder
	for _, name := range s.headers {
		values := r.Header.Values(name)
		switch {
		case name == "host":
			values = []string{r.Host}
		case name == "content-length" && len(values) == 0:
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
		b.WriteString(name + ":")
		for i, value := range values {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strings.Join(strings.FieldsFunc(value, func(c rune) bool { return c == ' ' }), " "))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// escape percent-encodes all but RFC 3986's unreserved characters.
func escape(text string, keepSlash bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0, keepSlash && c == '/':
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}
