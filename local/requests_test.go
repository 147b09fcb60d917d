package local

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// refused holds an answer to the API's error document.
func (a answer) refused(t *testing.T, status int, code string) {
	t.Helper()
	var document struct {
		Error struct{ Code, Message string }
	}
	if err := json.Unmarshal([]byte(a.Body), &document); err != nil {
		t.Fatalf("%v in %s", err, a.Body)
	}
	if a.Status != status || document.Error.Code != code || document.Error.Message == "" {
		t.Errorf("answers %d %.300s, want %d with the code %s and a message", a.Status, a.Body, status, code)
	}
}

func TestBadRequests(t *testing.T) {
	p := start(t, nil)
	const good = `{"bucket": "some-bucket", "key": "a.jpg"}`
	large := `{"bucket": "some-bucket", "key": "` + strings.Repeat("a", 11<<20) + `"}`
	tests := []struct {
		name, body string
		headers    []string
		says       string // a part of the message
	}{
		{"malformed", `{"bucket": `, nil, ""},
		{"not JSON", `bucket=some-bucket`, nil, ""},
		{"two documents", good + good, nil, ""},
		{"no body", "", nil, "key"},
		{"blank body", " \n", nil, "key"},
		{"a list", `[]`, nil, "array"},
		{"null", `null`, nil, "null"},
		{"extra field", `{"bucket": "some-bucket", "key": "a.jpg", "width": 5}`, nil, "width"},
		{"extra field with a difficult name", `{"bucket": "some-bucket", "key": "a.jpg", "q\"u'o\\t\ne\u0001é🦊$x{}</": 1}`, nil, "🦊"},
		{"no key", `{"bucket": "some-bucket"}`, nil, "key"},
		{"no bucket", `{"key": "a.jpg"}`, nil, "bucket"},
		{"empty key", `{"bucket": "some-bucket", "key": ""}`, nil, "too short"},
		{"long key", `{"bucket": "some-bucket", "key": "` + strings.Repeat("k", 1025) + `"}`, nil, "too long"},
		{"empty version", `{"bucket": "some-bucket", "key": "a.jpg", "versionId": ""}`, nil, "too short"},
		{"number for the key", `{"bucket": "some-bucket", "key": 5}`, nil, "number"},
		{"null for the key", `{"bucket": "some-bucket", "key": null}`, nil, "null"},
		{"list for the bucket", `{"bucket": ["some-bucket"], "key": "a.jpg"}`, nil, "array"},
		{"unknown rendition", `{"bucket": "some-bucket", "key": "a.jpg", "renditions": ["large", "huge"]}`, nil, `instance value (\"huge\") not found in enum (possible values: [\"large\",\"medium\",\"square\"])`},
		{"rendition in another case", `{"bucket": "some-bucket", "key": "a.jpg", "renditions": ["Large"]}`, nil, "not found in enum"},
		{"no renditions", `{"bucket": "some-bucket", "key": "a.jpg", "renditions": []}`, nil, "array is too short"},
		{"a rendition twice", `{"bucket": "some-bucket", "key": "a.jpg", "renditions": ["large", "square", "large"]}`, nil, "duplicate"},
		{"number for a rendition", `{"bucket": "some-bucket", "key": "a.jpg", "renditions": [5]}`, nil, "number"},
		{"name for the renditions", `{"bucket": "some-bucket", "key": "a.jpg", "renditions": "large"}`, nil, "string"},
		{"null for the renditions", `{"bucket": "some-bucket", "key": "a.jpg", "renditions": null}`, nil, "null"},
		{"11 MB", large, nil, "too large"},
		{"another content type", good, []string{"Content-Type", "text/plain"}, "application/json"},
		{"a form", good, []string{"Content-Type", "application/x-www-form-urlencoded"}, "application/json"},
		{"Idempotency-Key of 65 characters", good, []string{contract.HeaderIdempotencyKey, strings.Repeat("k", 65)}, contract.IdempotencyKeyPattern},
		{"Idempotency-Key with a space", good, []string{contract.HeaderIdempotencyKey, "a b"}, contract.IdempotencyKeyPattern},
		{"Idempotency-Key with a dot", good, []string{contract.HeaderIdempotencyKey, "a.b"}, contract.IdempotencyKeyPattern},
		{"Idempotency-Key with a letter beyond ASCII", good, []string{contract.HeaderIdempotencyKey, "é"}, contract.IdempotencyKeyPattern},
		{"Idempotency-Key with a quote", good, []string{contract.HeaderIdempotencyKey, `a"b`}, contract.IdempotencyKeyPattern},
		{"empty Idempotency-Key", good, []string{contract.HeaderIdempotencyKey, ""}, contract.IdempotencyKeyPattern},
	}
	t.Run("each", func(t *testing.T) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				a := p.call(t, http.MethodPost, "/process", test.body, test.headers...)
				a.refused(t, http.StatusBadRequest, contract.CodeInvalidRequest)
				if !strings.Contains(a.Body, test.says) {
					t.Errorf("the message of %s does not say %q", a.Body, test.says)
				}
			})
		}
		for _, id := range []string{"unknown", "00000000-0000-0000-0000-000000000000", strings.Repeat("x", 81), "a:b", "a%2Fb", "%22", "it's", "é", "$x"} {
			t.Run("unknown execution "+id, func(t *testing.T) {
				t.Parallel()
				p.call(t, http.MethodGet, "/executions/"+id, "").refused(t, http.StatusNotFound, contract.CodeExecutionNotFound)
			})
		}
		for _, route := range []string{
			"POST //process", "GET /executions/../process",
			"GET /process", "PUT /process", "DELETE /process", "POST /process/more", "POST /Process", "POST /executions/x", "POST /executions", "POST /",
		} {
			t.Run("no route "+route, func(t *testing.T) {
				t.Parallel()
				method, path, _ := strings.Cut(route, " ")
				p.call(t, method, path, "{}").refused(t, http.StatusForbidden, "unknown_route")
			})
		}
	})
}

// An Idempotency-Key names the execution: while it runs, the same request finds
// it again; afterwards, or with another request, the answer says where it is.
func TestIdempotencyKey(t *testing.T) {
	x := &wire{}
	p := start(t, func(o *Options) { o.WrapAWS = x.wrap })
	const key = "order_66-A"
	named := []string{contract.HeaderIdempotencyKey, key}
	p.upload(t, "a.jpg", sample.Oriented(1))
	reading := x.hold(t, 1, p.reads(contract.StageValidate, "a.jpg"))
	first := p.process(t, "a.jpg", named...)
	if first.Status != http.StatusAccepted || first.ExecutionID != key || first.StatusURL != "/executions/"+key {
		t.Fatalf("answers %d %s", first.Status, first.Body)
	}
	<-reading.arrived

	// Many clients at once, and one that writes its JSON in another way.
	bodies := []string{fmt.Sprintf("{\n\t\"bucket\" : %q,\n\t\"key\" : \"a.jpg\"\n}", p.output("inputBucket"))}
	for range 8 {
		bodies = append(bodies, fmt.Sprintf(`{"bucket":%q,"key":"a.jpg"}`, p.output("inputBucket")))
	}
	var clients sync.WaitGroup
	for _, body := range bodies {
		clients.Go(func() {
			again := p.call(t, http.MethodPost, "/process", body, named...)
			if again.Body != first.Body || again.Status != http.StatusAccepted {
				t.Errorf("the same request answers %d %s, want %s", again.Status, again.Body, first.Body)
			}
		})
	}
	clients.Wait()
	exists := func(a answer) {
		t.Helper()
		a.refused(t, http.StatusConflict, contract.CodeExecutionExists)
		if a.ExecutionID != key || a.StatusURL != first.StatusURL {
			t.Errorf("%s does not say where the execution is", a.Body)
		}
	}
	exists(p.process(t, "b.jpg", named...))
	exists(p.post(t, contract.Request{Bucket: p.output("inputBucket"), Key: "a.jpg", Renditions: []string{"large"}}, named...))
	if running := p.call(t, http.MethodGet, first.StatusURL, ""); running.Status != http.StatusOK || running.State != "RUNNING" || running.Outcome != nil {
		t.Errorf("while it runs, GET answers %d %s", running.Status, running.Body)
	}

	reading.release()
	ended := p.wait(t, first)
	if ended.State != "SUCCEEDED" || ended.Outcome == nil || ended.Outcome.ExecutionID != key {
		t.Fatalf("%s", ended.Body)
	}
	exists(p.process(t, "a.jpg", named...))
	exists(p.process(t, "b.jpg", named...))
	if after := p.call(t, http.MethodGet, first.StatusURL, ""); after.Body != ended.Body {
		t.Errorf("GET answers %s, want %s", after.Body, ended.Body)
	}
}
