package web

import (
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
)

// TestExecutions pages through the list, forth and back, whole, filtered and
// searched.
func TestExecutions(t *testing.T) {
	t.Parallel()
	all := many(230)
	server := serve(t, all, nil)
	ids := func(body string) []string { return between(body, `<tr id="x-`, `"`) }
	follow := func(body, rel string) string {
		links := between(body, `rel="`+rel+`" href="`, `"`)
		if len(links) == 0 {
			return ""
		}
		return html.UnescapeString(links[0])
	}
	walk := func(path string) (pages [][]string, bodies []string) {
		for path != "" {
			_, body := get(t, server, path, http.StatusOK)
			pages, bodies = append(pages, ids(body)), append(bodies, body)
			path = follow(body, "next")
		}
		return pages, bodies
	}
	want := func(is func(past) bool) (ids []string) {
		for _, x := range slices.Backward(all) {
			if is(x) {
				ids = append(ids, x.id)
			}
		}
		return ids
	}
	for path, is := range map[string]func(past) bool{
		"/":                             func(past) bool { return true },
		"/?status=succeeded":            func(x past) bool { return x.status == contract.StatusSucceeded },
		"/?status=rejected":             func(x past) bool { return x.status == contract.StatusRejected },
		"/?status=failed":               func(x past) bool { return x.status == contract.StatusFailed },
		"/?status=running":              func(past) bool { return false },
		"/?key=PHOTOS%2F2026%2F0010":    func(x past) bool { return strings.Contains(x.key, "/0010") },
		"/?key=00&status=rejected":      func(x past) bool { return x.status == contract.StatusRejected },
		"/?key=nowhere":                 func(past) bool { return false },
		"/?key=%3Cscript%3E&status=all": func(past) bool { return false },
	} {
		pages, bodies := walk(path)
		if got := slices.Concat(pages...); !slices.Equal(got, want(is)) {
			t.Errorf("%s lists %d executions %.60q, want %d", path, len(got), got, len(want(is)))
		}
		if len(want(is)) == 0 && !strings.Contains(bodies[0], "Nothing found") || strings.Contains(bodies[0], "<script>") {
			t.Errorf("%s: %s", path, bodies[0])
		}
		// Back from the last page, by the other link.
		back := bodies[len(bodies)-1]
		for i := len(pages) - 2; i >= 0; i-- {
			_, back = get(t, server, follow(back, "prev"), http.StatusOK)
			if !slices.Equal(ids(back), pages[i]) {
				t.Errorf("%s, back on page %d: %q, want %q", path, i, ids(back), pages[i])
			}
		}
	}
	if _, body := get(t, server, "/?before=unknown", http.StatusBadRequest); !strings.Contains(body, "Execution Does Not Exist") {
		t.Errorf("a page beside nothing: %s", body)
	}
}

// TestItems shows what a row says of each kind of execution, and that text stays
// text.
func TestItems(t *testing.T) {
	t.Parallel()
	const hostile = `a"><script>alert(1)</script>&lt;//../b.jpg`
	server := serve(t, []past{
		{id: "good", key: hostile, status: contract.StatusSucceeded},
		{id: "bad", key: "bomb.jpg", status: contract.StatusRejected, code: "too_many_pixels"},
		{id: "broken", key: "c.jpg", status: contract.StatusFailed, code: "States.Timeout"},
	}, nil)
	resp, body := get(t, server, "/", http.StatusOK)
	rows := between(body, `<tr id="x-`, `</tr>`)
	if len(rows) != 3 {
		t.Fatalf("%d rows in %s", len(rows), body)
	}
	if !strings.Contains(rows[0], "States.Timeout") || !strings.Contains(rows[0], "status failed") || strings.Contains(rows[0], "<img") {
		t.Errorf("the failed one: %s", rows[0])
	}
	if !strings.Contains(rows[1], "too_many_pixels") || !strings.Contains(rows[1], "status rejected") || strings.Contains(rows[1], "<img") {
		t.Errorf("the rejected one, whose source nobody may be made to decode: %s", rows[1])
	}
	if strings.Contains(rows[0], "none<") || !strings.Contains(rows[0], "not known here") || !strings.Contains(rows[1], "none<") {
		t.Errorf("what the failed one has made is not known, and the rejected one has made nothing: %s %s", rows[0], rows[1])
	}
	var keys []string
	for _, source := range between(rows[2], `<img src="`, `"`) {
		u, err := url.Parse(html.UnescapeString(source))
		if err != nil || u.Path != "/ui/object" {
			t.Errorf("a picture at %s: %v", source, err)
			continue
		}
		keys = append(keys, u.Query().Get("key"))
		if size := u.Query().Get("size"); size != "20000" && (size != "250000" || len(keys) > 1) {
			t.Errorf("a picture at %s has the size %q: another one in its place is shown for it", source, size)
		}
	}
	want := []string{hostile, "thumbnails/large/" + hostile, "thumbnails/medium/" + hostile, "thumbnails/square/" + hostile}
	if !slices.Equal(keys, want) || !strings.Contains(rows[2], html.EscapeString(hostile)) && !strings.Contains(html.UnescapeString(rows[2]), hostile) {
		t.Errorf("pictures %q, want %q; the row is %s", keys, want, rows[2])
	}
	if strings.Contains(body, "<script>alert") {
		t.Error("a key became a script")
	}
	if got := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'none'; style-src 'self'; script-src 'self';") {
		t.Errorf("the policy is %q", got)
	}
	_, one := get(t, server, "/ui/executions/good", http.StatusOK)
	if strings.Contains(one, "<script>alert") || !strings.Contains(one, "It has not entered a state yet") {
		t.Errorf("the page of one execution: %s", one)
	}
	if _, lost := get(t, server, "/ui/executions/unknown", http.StatusNotFound); !strings.Contains(lost, "There is no execution unknown.") {
		t.Errorf("the page of none: %s", lost)
	}
	if _, lost := get(t, server, "/ui/alarms", http.StatusNotFound); strings.Contains(lost, ">Alarms<") {
		t.Errorf("a page of what is not there is in the navigation: %s", lost)
	}
}

// TestTheme keeps the colours in a cookie and comes back to this site alone.
func TestTheme(t *testing.T) {
	t.Parallel()
	server := serve(t, nil, nil)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for back, want := range map[string]string{
		"/?status=failed&key=a%2Fb": "/?status=failed&key=a%2Fb", "https://example.com/x": "/", "//example.com/x": "/", "": "/", "javascript:alert(1)": "/",
	} {
		resp, err := client.PostForm(server.URL+"/ui/theme", url.Values{"theme": {"dark"}, "back": {back}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != want {
			t.Errorf("back to %q leads to %s %q", back, resp.Status, resp.Header.Get("Location"))
		}
	}
	resp, err := client.Get(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body := new(strings.Builder)
	if err := resp.Write(body); err != nil || !strings.Contains(body.String(), `data-theme="dark"`) {
		t.Errorf("the page is not dark: %v", err)
	}
}

// BenchmarkExecutions opens the list, whole, filtered and searched, among 10,000
// executions.
func BenchmarkExecutions(b *testing.B) {
	server := serve(b, many(10_000), nil)
	for name, path := range map[string]string{
		"first page": "/", "failed": "/?status=failed", "rejected": "/?status=rejected", "one key": "/?key=2026%2F00042.jpg",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, body := get(b, server, path, http.StatusOK); !strings.Contains(body, `<tr id="x-`) {
					b.Fatalf("%s lists nothing", path)
				}
			}
		})
	}
}
