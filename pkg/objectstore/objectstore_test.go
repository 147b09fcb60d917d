package objectstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/pkg/fault"
)

// request is what a test looks at of what S3 was asked.
type request struct {
	Method, Query, Range, IfMatch, IfNoneMatch, Digest, Body string
}

// answer is what S3 says.
type answer struct {
	status  int
	headers map[string]string
	body    string
}

func refusal(status int, code string) answer {
	return answer{status: status, body: "<Error><Code>" + code + "</Code><Message>no</Message></Error>"}
}

// store is a Store whose S3 gives the answers in their order. It records the
// requests.
func store(t *testing.T, answers ...answer) (*Store, *[]request) {
	t.Helper()
	var asked []request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		query := r.URL.Query()
		query.Del("x-id") // the SDK's own
		asked = append(asked, request{
			Method: r.Method, Query: query.Encode(), Range: r.Header.Get("Range"), IfMatch: r.Header.Get("If-Match"),
			IfNoneMatch: r.Header.Get("If-None-Match"), Digest: r.Header.Get("X-Amz-Meta-Pixline-Sha256"), Body: string(body),
		})
		if len(asked) > len(answers) {
			t.Errorf("an unexpected request: %s %s", r.Method, r.URL)
			w.WriteHeader(http.StatusNotImplemented)
			return
		}
		a := answers[len(asked)-1]
		for name, value := range a.headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, a.body) // a client that has gone is the test's own doing
	}))
	t.Cleanup(server.Close)
	return New(aws.Config{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
		Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}), &asked
}

var ref = Ref{Bucket: "b", Key: "k"}

func TestHeadPins(t *testing.T) {
	t.Parallel()
	s, asked := store(t, answer{
		http.StatusPartialContent,
		map[string]string{"Content-Range": "bytes 0-3/9", "ETag": `"e"`, "X-Amz-Version-Id": "v"},
		"abcd",
	})
	got, err := s.Head(context.Background(), ref, 4)
	want := Head{Ref: Ref{Bucket: "b", Key: "k", VersionID: "v", ETag: `"e"`}, Size: 9, Bytes: []byte("abcd")}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff([]request{{Method: "GET", Range: "bytes=0-3"}}, *asked); diff != "" {
		t.Error(diff)
	}
}

// TestErrorsOfReads: S3 says in many ways that an object is not there.
func TestErrorsOfReads(t *testing.T) {
	t.Parallel()
	pinned := Ref{Bucket: "b", Key: "k", VersionID: "v", ETag: `"e"`}
	for _, c := range []struct {
		name   string
		ref    Ref
		answer answer
		want   error
		kind   fault.Kind
	}{
		{"no key", ref, refusal(404, "NoSuchKey"), ErrNotFound, fault.KindPermanent},
		{"no version", pinned, refusal(404, "NoSuchVersion"), ErrNotFound, fault.KindPermanent},
		{"delete marker", pinned, refusal(405, "MethodNotAllowed"), ErrNotFound, fault.KindPermanent},
		{"no version id at all", pinned, refusal(400, "InvalidArgument"), ErrNotFound, fault.KindPermanent},
		{"replaced", pinned, refusal(412, "PreconditionFailed"), ErrChanged, fault.KindPermanent},
		{"not our mistake", ref, refusal(400, "InvalidArgument"), nil, fault.KindPermanent},
		{"denied", ref, refusal(403, "AccessDenied"), nil, fault.KindPermanent},
		{"slow down", ref, refusal(503, "SlowDown"), nil, fault.KindTransient},
		{"late", ref, refusal(400, "RequestTimeout"), nil, fault.KindTransient},
		{"cut off", ref, answer{200, map[string]string{"Content-Length": "9"}, "abc"}, nil, fault.KindTransient},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for what, read := range map[string]func(*Store) error{
				"Head": func(s *Store) error { _, err := s.Head(context.Background(), c.ref, 99); return err },
				"Read": func(s *Store) error { _, err := s.Read(context.Background(), c.ref, 99); return err },
			} {
				s, asked := store(t, c.answer)
				err := read(s)
				if err == nil || c.want != nil && !errors.Is(err, c.want) || c.want == nil && (errors.Is(err, ErrNotFound) || errors.Is(err, ErrChanged)) {
					t.Errorf("%s: %v, want %v", what, err, c.want)
				}
				if kind := fault.KindOf(err); kind != c.kind || !strings.Contains(err.Error(), "s3://b/k") {
					t.Errorf("%s: %v is of kind %d, want %d", what, err, kind, c.kind)
				}
				if got := (*asked)[0]; c.ref == pinned && (got.Query != "versionId=v" || got.IfMatch != `"e"`) {
					t.Errorf("%s is not pinned: %+v", what, got)
				}
			}
		})
	}
}

// TestEmptyObject: no range of nothing can be satisfied.
func TestEmptyObject(t *testing.T) {
	t.Parallel()
	s, _ := store(t, refusal(416, "InvalidRange"), answer{status: 200})
	if head, err := s.Head(context.Background(), ref, 9); err != nil || head.Size != 0 || len(head.Bytes) != 0 {
		t.Errorf("%+v, %v", head, err)
	}
	if data, err := s.Read(context.Background(), ref, 9); err != nil || len(data) != 0 {
		t.Errorf("%q, %v", data, err)
	}
}

func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	for size, want := range map[int]error{8: nil, 9: nil, 10: ErrTooLarge} {
		s, _ := store(t, answer{status: 200, body: strings.Repeat("x", size)})
		data, err := s.Read(context.Background(), ref, 9)
		if !errors.Is(err, want) || want == nil && len(data) != size {
			t.Errorf("%d bytes: %d, %v", size, len(data), err)
		}
	}
}

// TestWrite follows a key through what can be there.
func TestWrite(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte("new"))
	digest := hex.EncodeToString(sum[:])
	create := request{Method: "PUT", IfNoneMatch: "*", Digest: digest, Body: "new"}
	look := request{Method: "GET", Range: "bytes=0-0"}
	replace := request{Method: "PUT", IfMatch: `"old"`, Digest: digest, Body: "new"}
	exists := refusal(412, "PreconditionFailed")
	old := answer{206, map[string]string{"ETag": `"old"`, "X-Amz-Meta-Pixline-Sha256": "another", "Content-Range": "bytes 0-0/3"}, "o"}
	same := answer{206, map[string]string{"ETag": `"new"`, "X-Amz-Meta-Pixline-Sha256": digest, "Content-Range": "bytes 0-0/3"}, "n"}
	for _, c := range []struct {
		name    string
		answers []answer
		want    []request
		fails   bool
		kind    fault.Kind
	}{
		{"new", []answer{{status: 200}}, []request{create}, false, 0},
		{"the same", []answer{exists, same}, []request{create, look}, false, 0},
		{"replaced", []answer{exists, old, {status: 200}}, []request{create, look, replace}, false, 0},
		{"two writers at once", []answer{refusal(409, "ConditionalRequestConflict")}, []request{create}, true, fault.KindTransient},
		{"deleted before the look", []answer{exists, refusal(404, "NoSuchKey")}, []request{create, look}, true, fault.KindTransient},
		{"changed after the look", []answer{exists, old, exists}, []request{create, look, replace}, true, fault.KindTransient},
		{"deleted after the look", []answer{exists, old, refusal(404, "NoSuchKey")}, []request{create, look, replace}, true, fault.KindTransient},
		{"deleted before the look, which may not list", []answer{exists, refusal(403, "AccessDenied")}, []request{create, look}, true, fault.KindTransient},
		{"may not write", []answer{refusal(403, "AccessDenied")}, []request{create}, true, fault.KindPermanent},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, asked := store(t, c.answers...)
			err := s.Write(context.Background(), Object{Bucket: "b", Key: "k", ContentType: "image/png", Data: []byte("new")})
			if (err != nil) != c.fails || c.fails && (fault.KindOf(err) != c.kind || !strings.Contains(err.Error(), "s3://b/k")) {
				t.Errorf("%v, want a failure %t of kind %d", err, c.fails, c.kind)
			}
			if diff := cmp.Diff(c.want, *asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}
