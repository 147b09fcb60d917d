package sigv4_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pixline/pixline/local/access/sigv4"
)

const secret = "a secret"

// onTheWire is a request as its bytes, so that the verifier sees what a server
// reads, not what a client built.
type onTheWire struct {
	Method, Target string
	Header         []string // "Name: value", Host included
	Body           []byte
}

func (w onTheWire) read() (*http.Request, []byte, error) {
	text := w.Method + " " + w.Target + " HTTP/1.1\r\n" + strings.Join(w.Header, "\r\n") + "\r\n\r\n"
	r, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(text), bytes.NewReader(w.Body))))
	return r, w.Body, err
}

func (w onTheWire) check() error {
	r, body, err := w.read()
	if err != nil {
		return err
	}
	s, err := sigv4.Parse(r)
	if err != nil {
		return err
	}
	if s.AccessKeyID != "AKID" {
		return errors.New("no such key") // it only says which secret to use
	}
	return s.Check(r, body, secret)
}

func drawRequest(t *rapid.T) onTheWire {
	segment := rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ019-._~ +:=&%/'é漢😀()*!,;@$")), 1, 8, -1)
	path := "/" + strings.Join(rapid.SliceOfN(segment, 0, 3).Draw(t, "path"), "/")
	service := rapid.SampledFrom([]string{"s3", "sqs", "execute-api"}).Draw(t, "service")
	query := url.Values{}
	for range rapid.IntRange(0, 3).Draw(t, "parameters") {
		query.Add(rapid.StringMatching(`[a-zA-Z-]{1,6}`).Draw(t, "key"), segment.Draw(t, "value"))
	}
	body := []byte(rapid.String().Draw(t, "body"))
	u := &url.URL{Scheme: "http", Host: "127.0.0.1:4566", Path: path, RawQuery: query.Encode()}
	r, err := http.NewRequest(rapid.SampledFrom([]string{"GET", "PUT", "POST", "DELETE"}).Draw(t, "method"), u.String(), bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/"+rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "type"))
	r.Header.Add("X-Amz-Meta-Two", "first")
	r.Header.Add("X-Amz-Meta-Two", "second   spaced")
	hash := sha256.Sum256(body)
	payload := hex.EncodeToString(hash[:])
	credentials := aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: secret}
	if rapid.Bool().Draw(t, "session") {
		credentials.SessionToken = "token"
	}
	how := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }
	target := u.RequestURI()
	if rapid.Bool().Draw(t, "presigned") {
		if service == "s3" {
			payload = "UNSIGNED-PAYLOAD"
		}
		q := r.URL.Query()
		q.Set("X-Amz-Expires", "60")
		r.URL.RawQuery = q.Encode()
		signed, header, err := v4.NewSigner().PresignHTTP(context.Background(), credentials, r, payload, service, "us-east-1", time.Now(), how)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := url.Parse(signed)
		if err != nil {
			t.Fatal(err)
		}
		target = parsed.RequestURI()
		r.Header = header
	} else {
		if service == "s3" {
			r.Header.Set("X-Amz-Content-Sha256", payload)
		}
		if err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, payload, service, "us-east-1", time.Now(), how); err != nil {
			t.Fatal(err)
		}
	}
	r.Header.Del("Host")
	r.Header.Del("Content-Length")
	w := onTheWire{Method: r.Method, Target: target, Body: body}
	w.Header = []string{"Host: 127.0.0.1:4566", fmt.Sprintf("Content-Length: %d", len(body))}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			w.Header = append(w.Header, name+": "+value)
		}
	}
	return w
}

// TestVerifiesTheSDK: whatever the SDK signs is accepted, and after any change
// of a byte that changes the request's meaning it is not.
func TestVerifiesTheSDK(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawRequest(t)
		if err := w.check(); err != nil {
			t.Fatalf("%+v: %v", w, err)
		}
		changed := w
		flip := func(text string) string {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			by := rapid.SampledFrom([]byte("abzZ09_x")).Draw(t, "by")
			return text[:at] + string(by) + text[at+1:]
		}
		switch rapid.SampledFrom([]string{"method", "target", "header", "body"}).Draw(t, "part") {
		case "method":
			changed.Method = flip(w.Method)
		case "target":
			changed.Target = "/" + flip(w.Target[1:]+" ")
			changed.Target = strings.TrimSuffix(changed.Target, " ")
		case "header":
			i := rapid.IntRange(0, len(w.Header)-1).Draw(t, "header")
			name, value, _ := strings.Cut(w.Header[i], ": ")
			if name == "Content-Length" {
				t.Skip("the SDK does not always sign it")
			}
			changed.Header = append([]string(nil), w.Header...)
			changed.Header[i] = name + ": " + flip(value)
		case "body":
			if len(w.Body) == 0 || strings.Contains(w.Target, "%2Fs3%2F") {
				t.Skip("no body, or one that a URL presigned for S3 does not cover")
			}
			changed.Body = []byte(flip(string(w.Body)))
		}
		if sameMeaning(w, changed) {
			t.Skip("nothing changed")
		}
		if err := changed.check(); err == nil {
			t.Fatalf("accepted after a change:\n%+v\n%+v", w, changed)
		}
	})
}

// TestMove: what the SDK signed for S3 in one region holds in another one, and
// only for those who have the secret.
func TestMove(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, body, err := drawRequest(t).read()
		if err != nil {
			t.Fatal(err)
		}
		signature, err := sigv4.Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		if signature.Service != "s3" {
			t.Skip("other services take any region")
		}
		if err := signature.Move(r, "another secret", "eu-west-1"); !errors.Is(err, sigv4.ErrMismatch) {
			t.Fatalf("moved with another secret: %v", err)
		}
		if err := signature.Move(r, secret, "eu-west-1"); err != nil {
			t.Fatal(err)
		}
		moved, err := sigv4.Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := moved.Check(r, body, secret); err != nil || moved.Region != "eu-west-1" {
			t.Fatalf("after the move to %s: %v", moved.Region, err)
		}
	})
}

// sameMeaning also holds for %2f against %2F in a query, which both decode to /.
func sameMeaning(a, b onTheWire) bool {
	u, errU := url.ParseRequestURI(a.Target)
	v, errV := url.ParseRequestURI(b.Target)
	if errU != nil || errV != nil {
		return false
	}
	return a.Method == b.Method && u.EscapedPath() == v.EscapedPath() && cmp.Equal(u.Query(), v.Query()) &&
		cmp.Equal(a.Header, b.Header) && bytes.Equal(a.Body, b.Body)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const scope = "AKID/20260102/us-east-1/sqs/aws4_request"
	tests := map[string]struct {
		header map[string]string
		target string
		want   error
	}{
		"not signed":        {nil, "/", sigv4.ErrMissing},
		"other algorithm":   {map[string]string{"Authorization": "Bearer x"}, "/", sigv4.ErrMalformed},
		"short scope":       {map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=AKID, SignedHeaders=host, Signature=00", "X-Amz-Date": "20260102T030405Z"}, "/", sigv4.ErrMalformed},
		"date of the scope": {map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host, Signature=00", "X-Amz-Date": "20260103T030405Z"}, "/", sigv4.ErrMalformed},
		"host not signed":   {map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=x-amz-date, Signature=00", "X-Amz-Date": "20260102T030405Z"}, "/", sigv4.ErrMalformed},
		"date not signed":   {map[string]string{"Authorization": "AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=host, Signature=00", "X-Amz-Date": "20260102T030405Z"}, "/", sigv4.ErrMalformed},
		"too long a life":   {nil, "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604801", sigv4.ErrMalformed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onTheWire{Method: "GET", Target: test.target, Header: []string{"Host: localhost"}}
			for key, value := range test.header {
				w.Header = append(w.Header, key+": "+value)
			}
			if err := w.check(); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}
