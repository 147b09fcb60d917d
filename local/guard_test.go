package local

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	served := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	refuse := func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusForbidden) }
	pages, aws := &guard{next: served, links: true, refuse: refuse}, &guard{next: served, refuse: refuse}
	for name, test := range map[string]struct {
		method, host, site, mode, origin string
		pages, aws                       bool // answered
	}{
		"a client":              {host: "127.0.0.1:8080", pages: true, aws: true},
		"IPv6":                  {host: "[::1]:8080", pages: true, aws: true},
		"IPv6 without a port":   {host: "[::1]", pages: true, aws: true},
		"localhost":             {host: "LOCALHOST.:8080", pages: true, aws: true},
		"a bucket's host":       {host: "bucket.localhost:4566", pages: true, aws: true},
		"a container":           {host: "host.docker.internal:4566", pages: true, aws: true},
		"another container":     {host: "pixline:4566", pages: true, aws: true},
		"rebinding":             {host: "evil.example:8080"},
		"localhost as a label":  {host: "localhost.evil.example"},
		"no host":               {host: ""},
		"our own page":          {method: http.MethodPost, host: "127.0.0.1:8080", site: "same-origin", origin: "http://127.0.0.1:8080", pages: true, aws: true},
		"typed by hand":         {host: "127.0.0.1:8080", site: "none", mode: "navigate", pages: true, aws: true},
		"another port":          {method: http.MethodPost, host: "localhost:8080", site: "same-site", origin: "http://localhost:3000", pages: true, aws: true},
		"another site":          {method: http.MethodPost, host: "127.0.0.1:8080", site: "cross-site", origin: "https://evil.example"},
		"another site's form":   {method: http.MethodPost, host: "127.0.0.1:8080", site: "cross-site", mode: "navigate"},
		"another site's image":  {host: "127.0.0.1:8080", site: "cross-site", mode: "no-cors"},
		"a link":                {host: "127.0.0.1:8080", site: "cross-site", mode: "navigate", pages: true},
		"an older browser":      {method: http.MethodPost, host: "127.0.0.1:8080", origin: "https://evil.example"},
		"an opaque origin":      {method: http.MethodPost, host: "127.0.0.1:8080", origin: "null"},
		"an older browser here": {method: http.MethodPost, host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080", pages: true, aws: true},
	} {
		for _, at := range []struct {
			name string
			*guard
			want bool
		}{{"pages", pages, test.pages}, {"aws", aws, test.aws}} {
			method := test.method
			if method == "" {
				method = http.MethodGet
			}
			r := httptest.NewRequest(method, "/", nil)
			r.Host = test.host
			for header, value := range map[string]string{"Sec-Fetch-Site": test.site, "Sec-Fetch-Mode": test.mode, "Origin": test.origin} {
				if value != "" {
					r.Header.Set(header, value)
				}
			}
			w := httptest.NewRecorder()
			at.ServeHTTP(w, r)
			if answered := w.Code == http.StatusNoContent; answered != at.want {
				t.Errorf("%s, %s: answered %v, want %v", name, at.name, answered, at.want)
			}
		}
	}
}
