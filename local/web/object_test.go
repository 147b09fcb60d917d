package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestObject shows whatever S3 has as an image that is no document, and says what
// it has not.
func TestObject(t *testing.T) {
	t.Parallel()
	types := map[string]string{"a.png": "image/png", "a.html": "text/html", "a.svg": "image/svg+xml", "b.svg": "image/SVG+xml", "none": ""}
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := strings.TrimPrefix(r.URL.Path, "/in/")
		contentType, known := types[key]
		switch {
		case key == "broken":
			w.WriteHeader(http.StatusNotImplemented)
		case !known:
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.Header()["Content-Type"] = []string{contentType}
			_, _ = w.Write([]byte("<script>alert(1)</script>"))
		}
	}))
	t.Cleanup(storage.Close)
	server := serve(t, nil, func(o *Options) { o.AWSURL = storage.URL })
	for key, want := range map[string]string{"a.png": "image/png", "a.html": "image/jpeg", "a.svg": "image/jpeg", "b.svg": "image/jpeg", "none": "image/jpeg"} {
		resp, _ := get(t, server, objectPath("in", key, ""), http.StatusOK)
		h := resp.Header
		if h.Get("Content-Type") != want || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'" {
			t.Errorf("%s is served with %v", key, h)
		}
	}
	get(t, server, objectPath("in", "unknown", ""), http.StatusNotFound)
	get(t, server, objectPath("out", "../in/a.png", "null"), http.StatusNotFound)
	get(t, server, "/ui/object", http.StatusNotFound)
	get(t, server, objectPath("in", "broken", ""), http.StatusBadGateway)
	get(t, server, "/ui/static/", http.StatusNotFound)
}
