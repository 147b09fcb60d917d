package local

import (
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestPages reads the page as a browser does: the executions, their pictures,
// and no script out of a key.
func TestPages(t *testing.T) {
	p := start(t, nil)
	const hostile = `x"><script>alert(1)</script>&lt;.png`
	get := func(path string) (*http.Response, string) {
		t.Helper()
		resp, err := http.Get(p.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("GET %s answers %s: %s", path, resp.Status, body)
		}
		return resp, string(body)
	}
	if _, page := get("/"); !strings.Contains(page, "No executions yet") {
		t.Errorf("a fresh page says %s", page)
	}
	// A slash ends a folder's name, so the hostile key has folders, too.
	p.upload(t, hostile, sample.Gradient())
	p.wait(t, p.process(t, hostile))
	p.upload(t, "bomb.jpg", sample.Bomb())
	p.wait(t, p.process(t, "bomb.jpg"))

	resp, page := get("/")
	if strings.Contains(page, "<script>alert") {
		t.Error("a key became a script")
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the page may load from elsewhere: %q", policy)
	}
	for _, want := range []string{"too_many_pixels", `class="status succeeded"`, `class="status rejected"`, p.AWSURL} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	pictures := regexp.MustCompile(`<img src="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(pictures) != 4 { // the source and three renditions
		t.Fatalf("%d pictures, want 4", len(pictures))
	}
	for _, picture := range pictures {
		resp, data := get(html.UnescapeString(picture[1]))
		info, err := imaging.Probe([]byte(data), int64(len(data)), imaging.Limits{})
		if err != nil || info.Format != imaging.PNG || resp.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v, %v", picture[1], info, err)
		}
		if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "image/") {
			t.Errorf("%s is shown as %s", picture[1], kind)
		}
	}
	for _, file := range []string{"/ui/static/page.css", "/ui/static/page.js", "/ui/static/icon.svg"} {
		get(file)
	}
	// One of them, with what its functions logged.
	links := regexp.MustCompile(`<a class="key" href="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) != 2 {
		t.Fatalf("%d links to executions, want 2", len(links))
	}
	_, one := get(links[1][1])
	for _, want := range []string{"NotifySucceeded", `class="edge next taken"`, `class="lines"`, "Megapixels"} {
		if !strings.Contains(one, want) {
			t.Errorf("the page of an execution lacks %s: %s", want, one)
		}
	}
}
