package meter

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
)

// TestRequests sends each kind of request through a proxy, as the runner does.
func TestRequests(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		switch {
		case strings.HasSuffix(r.URL.Path, "missing"):
			http.Error(w, "none", http.StatusNotFound)
		case strings.HasSuffix(r.URL.Path, "busy"):
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Method == http.MethodGet:
			_, _ = io.WriteString(w, "twelve bytes")
		}
	}))
	t.Cleanup(store.Close)
	target, err := url.Parse(store.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(m.Requests([]Filter{{"in.put", "EntireBucket"}, {"out", "EntireBucket"}}, httputil.NewSingleHostReverseProxy(target)))
	t.Cleanup(front.Close)
	for _, c := range []struct {
		method, path, host, body string
		header                   string // X-Amz-Decoded-Content-Length
		want                     string // the metrics beside those of every request
		status                   int    // class of the error
	}{
		{method: "GET", path: "/in.put/photos/cat.jpg?x-id=GetObject", want: "GetRequests=1 BytesDownloaded=12"},
		{method: "GET", path: "/photos/cat.jpg", host: "in.put.s3.eu-west-1.amazonaws.com", want: "GetRequests=1 BytesDownloaded=12"},
		{method: "GET", path: "/", host: "in.put.127.0.0.1:4566", want: "ListRequests=1 BytesDownloaded=12"},
		{method: "GET", path: "/in.put?list-type=2&prefix=p", want: "ListRequests=1 BytesDownloaded=12"},
		{method: "GET", path: "/in.put/?versions", want: "ListRequests=1 BytesDownloaded=12"},
		{method: "GET", path: "/in.put?prefix=a&X-Amz-Signature=1", want: "ListRequests=1 BytesDownloaded=12"},
		{method: "GET", path: "/in.put?policy", want: "BytesDownloaded=12"},
		{method: "HEAD", path: "/in.put/missing", want: "HeadRequests=1", status: 4},
		{method: "HEAD", path: "/in.put", want: "HeadRequests=1"},
		{method: "PUT", path: "/in.put/a", body: "12345", want: "PutRequests=1 BytesUploaded=5"},
		{method: "PUT", path: "/in.put/a", body: "5;chunk-signature=x\r\n12345", header: "5", want: "PutRequests=1 BytesUploaded=5"},
		{method: "PUT", path: "/in.put/busy", body: "12345", want: "PutRequests=1 BytesUploaded=5", status: 5},
		{method: "DELETE", path: "/in.put/a", want: "DeleteRequests=1"},
		{method: "POST", path: "/in.put?delete", body: "<Delete/>", want: "DeleteRequests=1 BytesUploaded=9"},
		{method: "POST", path: "/in.put/a?uploads", want: "PostRequests=1"},
		{method: "GET", path: "/in.put/missing", want: "GetRequests=1 BytesDownloaded=5", status: 4},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, front.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Host = c.host
		if c.header != "" {
			request.Header.Set("X-Amz-Decoded-Content-Length", c.header)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		got := r.wait(t)
		for name, least := range map[string]float64{"FirstByteLatency Milliseconds": 0, "TotalRequestLatency Milliseconds": 0.001} {
			if value, there := got[name]; !there || value < least || value > 60_000 {
				t.Errorf("%s %s: %s is %v", c.method, c.path, name, value)
			}
			delete(got, name)
		}
		want := map[string]float64{"AllRequests Count": 1, "4xxErrors Count": 0, "5xxErrors Count": 0}
		if c.status > 0 {
			want[string(rune('0'+c.status))+"xxErrors Count"] = 1
		}
		for field := range strings.FieldsSeq(c.want) {
			name, value, _ := strings.Cut(field, "=")
			unit := " Count"
			if strings.HasPrefix(name, "Bytes") {
				unit = " Bytes"
			}
			want[name+unit] = number(t, value)
		}
		if len(got) != len(want) {
			t.Errorf("%s %s: %v, want %v", c.method, c.path, got, want)
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s %s: %s is %v, want %v", c.method, c.path, name, got[name], value)
			}
		}
	}
	// A bucket without a filter has no request metrics.
	response, err := http.Get(front.URL + "/another/cat.jpg")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	r.expect(t, map[string]float64{})
}

// TestAbortedRequest: the client of a request that is broken off is counted too.
func TestAbortedRequest(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	handler := m.Requests([]Filter{{"in", "EntireBucket"}}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	func() {
		defer func() {
			if p := recover(); p != http.ErrAbortHandler {
				t.Errorf("recovered %v", p)
			}
		}()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/in/a", nil))
	}()
	if got := r.wait(t); got["AllRequests Count"] != 1 || got["GetRequests Count"] != 1 {
		t.Errorf("%v", got)
	}
}

// TestClientLeaves: that a client goes away in the middle, as a function does that
// is ended at its timeout, is no error of S3's, whatever the proxy writes then.
func TestClientLeaves(t *testing.T) {
	t.Parallel()
	m, r := newMeter()
	reached := make(chan struct{}, 1)
	store := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	t.Cleanup(store.Close)
	target, err := url.Parse(store.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusServiceUnavailable) }
	front := httptest.NewServer(m.Requests([]Filter{{"in", "EntireBucket"}}, proxy))
	t.Cleanup(front.Close)
	for name, request := range map[string]string{
		"within the upload":     "PUT /in/a HTTP/1.1\r\nHost: s3\r\nContent-Length: 100\r\n\r\n12345",
		"waiting for an answer": "GET /in/a HTTP/1.1\r\nHost: s3\r\n\r\n",
	} {
		connection, err := net.Dial("tcp", front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(connection, request); err != nil {
			t.Fatal(err)
		}
		<-reached
		if err := connection.Close(); err != nil {
			t.Fatal(err)
		}
		if got := r.wait(t); got["5xxErrors Count"] != 0 || got["4xxErrors Count"] != 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func BenchmarkRequests(b *testing.B) {
	m, r := newMeter()
	handler := m.Requests([]Filter{{"in", "EntireBucket"}}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	w, request := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/in/photos/cat.jpg", nil)
	b.ReportAllocs()
	for b.Loop() {
		handler.ServeHTTP(w, request)
		r.data = r.data[:0]
	}
}
