package web

import (
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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
	server := serve(t, nil, func(o *Options) { o.Objects = objectsAt(storage.URL) })
	for key, want := range map[string]string{"a.png": "image/png", "a.html": "image/jpeg", "a.svg": "image/jpeg", "b.svg": "image/jpeg", "none": "image/jpeg"} {
		resp, _ := get(t, server, objectPath("in", key, "", 0), http.StatusOK)
		h := resp.Header
		if h.Get("Content-Type") != want || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'" {
			t.Errorf("%s is served with %v", key, h)
		}
	}
	get(t, server, objectPath("in", "unknown", "", 0), http.StatusNotFound)
	get(t, server, objectPath("out", "../in/a.png", "null", 0), http.StatusNotFound)
	get(t, server, "/ui/object", http.StatusNotFound)
	get(t, server, objectPath("in", "broken", "", 0), http.StatusBadGateway)
	get(t, server, "/ui/static/", http.StatusNotFound)
}

// TestPlaceholder shows an image for one that is not there any more, and never
// another one in its place.
func TestPlaceholder(t *testing.T) {
	t.Parallel()
	const picture = "twelve bytes"
	var gone atomic.Bool
	storage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("ETag", `"1"`)
		if gone.Load() {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write([]byte(picture))
	}))
	t.Cleanup(storage.Close)
	server := serve(t, nil, func(o *Options) { o.Objects = objectsAt(storage.URL) })
	for _, size := range []int64{0, int64(len(picture))} {
		if resp, body := get(t, server, objectPath("out", "a.png", "", size), http.StatusOK); body != picture || resp.Header.Get("Content-Type") != "image/png" {
			t.Errorf("with size %d it shows %q as %v", size, body, resp.Header)
		}
	}
	stands := func(says string) {
		t.Helper()
		resp, body := get(t, server, objectPath("out", "a.png", "", int64(len(picture))+1), http.StatusOK)
		h := resp.Header
		if h.Get("Content-Type") != "image/svg+xml" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Security-Policy") != "default-src 'none'" {
			t.Errorf("the placeholder is served with %v", h)
		}
		if h.Get("ETag") != "" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("a browser keeps the placeholder in the place of the picture: %v", h)
		}
		var image struct {
			XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
			Title   string   `xml:"title"`
		}
		if err := xml.Unmarshal([]byte(body), &image); err != nil || image.Title != says || strings.Contains(body, "style") {
			t.Errorf("the placeholder is %s (%v), want one that says %q without a style, which the policy refuses", body, err, says)
		}
	}
	stands("replaced since")
	gone.Store(true)
	stands("no longer there")
	get(t, server, objectPath("out", "a.png", "", 0), http.StatusNotFound)
}
