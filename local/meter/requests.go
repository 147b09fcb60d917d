package meter

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	bucketNamespace = "AWS/S3"
	headRequests    = "HeadRequests"
)

// Filter is a metrics configuration of a bucket, without which S3 publishes no
// request metrics. It is one for the entire bucket: no prefix, no tag.
type Filter struct{ Bucket, ID string }

// Requests measures the S3 requests that next answers, by BucketName and FilterId,
// for the buckets that have a filter. A bucket is named by the path or by the host.
//
// Source: S3 User Guide, "Metrics and dimensions", "Amazon S3 request metrics in
// CloudWatch".
func (m *Meter) Requests(filters []Filter, next http.Handler) http.Handler {
	sets := map[string][]dimensions{}
	for _, f := range filters {
		sets[f.Bucket] = append(sets[f.Bucket], dimensions{{Name: "BucketName", Value: f.Bucket}, {Name: "FilterId", Value: f.ID}})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bucket, key := address(sets, r)
		if sets[bucket] == nil {
			next.ServeHTTP(w, r)
			return
		}
		// Handlers may change the request: what was asked is noted first.
		x := &transfer{ResponseWriter: w, began: time.Now(), kind: requestKind(r.Method, key, r.URL.RawQuery)}
		x.upload.received.Store(x.began.UnixNano())
		decoded, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
		if x.decoded = -1; err == nil {
			x.decoded = decoded
		}
		// A request without a body keeps being so: that decides how it is passed on.
		if r.Body != nil && r.Body != http.NoBody {
			x.upload.ReadCloser, r.Body = r.Body, &x.upload
		}
		// Deferred for a client that goes away in the middle.
		defer func() {
			x.left = r.Context().Err() != nil || x.upload.broken.Load()
			now := time.Now()
			lasted := now.Sub(x.began)
			m.putBegun(now, lasted, bucketNamespace, sets[bucket], x.values(now, lasted)...)
		}()
		next.ServeHTTP(x, r)
	})
}

// address is the bucket and the key that a request is for: bucket.host/key if the
// host begins with the name of a known bucket, and host/bucket/key otherwise.
func address(known map[string][]dimensions, r *http.Request) (bucket, key string) {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	path := strings.TrimPrefix(r.URL.Path, "/")
	for end := len(host) - 1; end > 0; end-- {
		if host[end] == '.' && known[host[:end]] != nil {
			return host[:end], path
		}
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

// requestKind is the metric that counts a request beside AllRequests; "" if none
// does, as with the settings of a bucket.
func requestKind(method, key, rawQuery string) string {
	// What cannot be parsed names no operation; the store refuses it.
	query, _ := url.ParseQuery(rawQuery)
	switch {
	case method == http.MethodHead:
		return headRequests
	case method == http.MethodPost && query.Has("delete"), method == http.MethodDelete && key != "":
		return "DeleteRequests"
	case method == http.MethodPost:
		return "PostRequests"
	case method == http.MethodPut && key != "":
		return "PutRequests"
	case method == http.MethodGet && key != "":
		return "GetRequests"
	case method == http.MethodGet && lists(query):
		return "ListRequests"
	}
	return ""
}

// lists tells whether a GET of a bucket lists it: its objects, their versions or
// its uploads, rather than reads a setting.
func lists(query url.Values) bool {
	if query.Has("versions") || query.Has("uploads") || query.Has("list-type") {
		return true
	}
	for name := range query {
		switch name {
		case "prefix", "delimiter", "marker", "max-keys", "encoding-type", "fetch-owner", "start-after", "continuation-token", "x-id":
		default:
			if !strings.HasPrefix(strings.ToLower(name), "x-amz-") { // of a presigned request
				return false
			}
		}
	}
	return true
}

// transfer is one request on its way through.
type transfer struct {
	http.ResponseWriter

	kind            string // of requestKind
	began, answered time.Time
	status          int
	left            bool  // the client, before it was answered
	downloaded      int64 // bytes
	upload          upload
	// decoded is the length of the object in a body that is signed in chunks, each
	// with its frame; -1 of any other body.
	decoded int64
}

// values are what a request measured that ended now.
func (x *transfer) values(now time.Time, lasted time.Duration) []value {
	if x.answered.IsZero() {
		x.answered = now
	}
	class := x.status / 100
	if class == 5 && x.left {
		// The answer is to nobody. S3 calls it the client's error: RequestTimeout, 400.
		class = 4
	}
	first := x.answered.Sub(time.Unix(0, x.upload.received.Load()))
	values := []value{
		{"AllRequests", unitCount, 1},
		occurred("4xxErrors", class == 4), occurred("5xxErrors", class == 5),
		took("FirstByteLatency", max(first, 0)), took("TotalRequestLatency", lasted),
	}
	if x.kind != "" {
		values = append(values, value{x.kind, unitCount, 1})
	}
	if uploaded := x.upload.bytes.Load(); uploaded > 0 {
		if x.decoded >= 0 {
			uploaded = x.decoded
		}
		values = append(values, value{"BytesUploaded", unitBytes, float64(uploaded)})
	}
	if x.downloaded > 0 && x.kind != headRequests {
		values = append(values, value{"BytesDownloaded", unitBytes, float64(x.downloaded)})
	}
	return values
}

// WriteHeader implements http.ResponseWriter.
func (x *transfer) WriteHeader(status int) {
	if status >= 200 && x.status == 0 { // the others announce that more is to come
		x.status, x.answered = status, time.Now()
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (x *transfer) Write(p []byte) (int, error) {
	if x.status == 0 {
		x.status, x.answered = http.StatusOK, time.Now()
	}
	n, err := x.ResponseWriter.Write(p)
	x.downloaded += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (x *transfer) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// upload is a request's body. It may be read on after the request is answered.
type upload struct {
	io.ReadCloser

	bytes    atomic.Int64
	received atomic.Int64 // when the last of it came, or the request without one: Unix nanoseconds
	broken   atomic.Bool  // it ended early
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if n > 0 {
		u.bytes.Add(int64(n))
		u.received.Store(time.Now().UnixNano())
	}
	if err != nil && err != io.EOF {
		u.broken.Store(true)
	}
	return n, err
}
