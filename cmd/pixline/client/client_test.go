package client

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
)

const machine = "arn:aws:states:eu-west-1:000000000000:stateMachine:m"

// TestCredentials: each way to know the callers gets what it wants, and each
// attempt of a request that is throttled has its whole body.
func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ auth, key, header, begins string }{
		{"", "", "", ""}, // outputs from before there was a choice
		{"none", "", "", ""},
		{"iam", "", "Authorization", "AWS4-HMAC-SHA256 Credential=test/"},
		{"apiKey", "open-sesame", "X-Api-Key", "open-sesame"},
	} {
		var attempts atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			attempt := attempts.Add(1)
			body, err := io.ReadAll(r.Body)
			if err != nil || !strings.Contains(string(body), "cat.jpg") {
				t.Errorf("%s: attempt %d has the body %q, %v", c.auth, attempt, body, err)
			}
			for _, header := range []string{"Authorization", "X-Api-Key"} {
				got := r.Header.Get(header)
				if want := header == c.header; (got != "") != want || want && !strings.HasPrefix(got, c.begins) {
					t.Errorf("%s: the header %s is %q", c.auth, header, got)
				}
			}
			if attempt < 3 {
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, `{"executionId": "e-1"}`)
		}))
		defer server.Close()
		cl, err := New(t.Context(), Stack{ProcessURL: server.URL + contract.PathProcess, StateMachineARN: machine, AWSEndpoint: server.URL, APIAuth: c.auth, APIKey: c.key})
		if err != nil {
			t.Fatal(err)
		}
		accepted, err := cl.Process(t.Context(), contract.Request{Bucket: "bucket", Key: "cat.jpg"}, "")
		if err != nil || accepted.ExecutionID != "e-1" || attempts.Load() != 3 {
			t.Errorf("%s: %+v, %v after %d attempts", c.auth, accepted, err, attempts.Load())
		}
	}
}

// TestNoCredentials: outputs that can get through nowhere are refused at once.
func TestNoCredentials(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "[secret]"} {
		if _, err := New(t.Context(), Stack{StateMachineARN: machine, APIAuth: "apiKey", APIKey: key}); !errors.Is(err, ErrNoKey) {
			t.Errorf("key %q: %v", key, err)
		}
	}
	if _, err := New(t.Context(), Stack{StateMachineARN: machine, APIAuth: "oauth"}); err == nil || !strings.Contains(err.Error(), `apiAuth is "oauth"`) {
		t.Error(err)
	}
}
