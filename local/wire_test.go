package local

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
)

// wire stands before the AWS endpoint and interferes with the requests that a
// test picks. Its wrap is for Options.WrapAWS.
type wire struct {
	mu    sync.Mutex
	rules []rule
}

type rule struct {
	match func(*http.Request) bool
	serve func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

func (x *wire) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x.mu.Lock()
		rules := x.rules
		x.mu.Unlock()
		for _, rule := range rules {
			if rule.match(r) {
				rule.serve(w, r, next)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// on serves the requests that match in its own way.
func (x *wire) on(match func(*http.Request) bool, serve func(http.ResponseWriter, *http.Request, http.Handler)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rules = append(x.rules[:len(x.rules):len(x.rules)], rule{match, serve})
}

// held are requests that wait until they are released, or their caller is gone.
type held struct {
	arrived <-chan struct{}
	release func()
}

// hold holds the first n requests that match, and releases them at the latest
// when the test ends.
func (x *wire) hold(t *testing.T, n int, match func(*http.Request) bool) held {
	t.Helper()
	arrived, open := make(chan struct{}, n), make(chan struct{})
	release := sync.OnceFunc(func() { close(open) })
	t.Cleanup(release)
	x.on(first(n, match), func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		arrived <- struct{}{}
		select {
		case <-open:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
	return held{arrived, release}
}

// refuse answers an S3 error to the first n requests that match.
func (x *wire) refuse(n int, match func(*http.Request) bool, status int, document string) {
	x.on(first(n, match), func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, document)
	})
}

const slowDown = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>`

// first matches at most n times.
func first(n int, match func(*http.Request) bool) func(*http.Request) bool {
	var mu sync.Mutex
	return func(r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if n == 0 || !match(r) {
			return false
		}
		n--
		return true
	}
}

// reads matches a function's reads of an image: of its head by validate, of the
// whole of it by resize.
func (p *pipeline) reads(stage, key string) func(*http.Request) bool {
	path := "/" + p.output("inputBucket") + "/" + key
	return func(r *http.Request) bool {
		ofHead := r.Header.Get("Range") != ""
		return r.Method == http.MethodGet && r.URL.Path == path && !byAdmin(r) && ofHead == (stage == contract.StageValidate)
	}
}

// publishes matches notify's notification with a status about an execution.
func publishes(status, executionID string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		if r.Method != http.MethodPost || signingName(r) != "sns" || byAdmin(r) {
			return false
		}
		body, err := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		text := string(body)
		return err == nil && strings.Contains(text, "Action=Publish&") && strings.Contains(text, executionID) && strings.Contains(text, "StringValue="+status)
	}
}

func byAdmin(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Authorization"), "Credential="+AdminKey+"/")
}

// children are the processes that a process has started and not reaped, by
// number: their names.
func children(t *testing.T, parent int) map[int]string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		t.Skipf("SKIP: this test looks for processes in /proc, which is not here: %v", err)
	}
	found := map[int]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has just ended
		}
		// pid (name) state ppid …, and the name may have anything in it.
		start, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
		fields := strings.Fields(string(text[end+1:]))
		pid, err := strconv.Atoi(strings.TrimSpace(string(text[:start])))
		if err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		if fields[1] == strconv.Itoa(parent) {
			found[pid] = string(text[start+1 : end])
		}
	}
	return found
}
