package browsertest

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/pixline/pixline/browsertest/browser"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// hostile is a key that is a script wherever it is not escaped. A slash ends a
// folder's name, so it has folders, too.
const hostile = `x"><script>document.title="pwned"</script>&lt;.png`

// TestPages is a session of a user: pictures are processed while the list is open,
// and everything that it leads to is looked at.
func TestPages(t *testing.T) {
	p := start(t, nil)
	p.must(p.View(1280, 900, false))
	p.must(p.Go("/"))
	p.must(p.Until(`document.querySelector(".empty h2").textContent === "No executions yet"`))
	p.picture("executions-empty")

	// They appear without a reload.
	p.must(p.Mark())
	p.upload("photos/scene.jpg", sample.Scene())
	p.upload(hostile, sample.Gradient())
	p.upload("bomb.jpg", sample.Bomb())
	scene := p.process("photos/scene.jpg")
	script := p.process(hostile)
	bomb := p.process("bomb.jpg")
	p.must(p.Until(`document.querySelectorAll("#executions .status.succeeded").length === 2 && document.querySelectorAll("#executions .status.rejected").length === 1`))
	p.must(p.Until(`document.getElementById("news").textContent.includes("new execution")`))
	if same, err := p.Marked(); err != nil || !same {
		t.Errorf("the page was loaded anew: %v", err)
	}
	// The source and three renditions each, and all of them load.
	for _, id := range []string{scene, script} {
		row := `document.getElementById("x-" + ` + quoted(id) + `)`
		p.must(p.Until(row + `.querySelectorAll("img").length === 4 && [...` + row + `.querySelectorAll("img")].every((i) => i.complete && i.naturalWidth > 0)`))
	}
	row := `document.getElementById("x-" + ` + quoted(bomb) + `)`
	p.must(p.Until(row + `.textContent.includes("too_many_pixels") && ` + row + `.querySelectorAll("img").length === 0`))
	p.text(`document.querySelector("#x-" + CSS.escape(`+quoted(script)+`) + " .key").textContent`, hostile)
	p.picture("executions")

	t.Run("filter and search", func(t *testing.T) {
		p := p.in(t)
		p.must(p.Click(`.tabs a[href*="rejected"]`))
		p.must(p.Until(`location.search === "?status=rejected" && document.querySelectorAll("#executions tbody tr").length === 1`))
		p.must(p.Click(`.tabs a[href="/"]`))
		p.must(p.Until(`location.search === ""`))
		p.must(p.Type("#key", "SCENE"+kb.Enter))
		p.must(p.Until(`location.search === "?key=SCENE" && document.querySelectorAll("#executions tbody tr").length === 1`))
		p.must(p.Go("/?key=" + "nowhere"))
		p.must(p.Until(`document.querySelector(".empty h2").textContent === "Nothing found"`))
		p.clean("the search")
	})

	t.Run("one execution", func(t *testing.T) {
		p := p.in(t)
		p.must(p.Go("/ui/executions/" + scene))
		p.must(p.Until(`document.querySelectorAll(".diagram .node.succeeded").length === 6`))
		p.must(p.Until(`document.querySelectorAll(".diagram .edge.taken").length === 5`))
		p.must(p.Until(`[...document.querySelectorAll("#steps .lines")].length === 3`)) // of three functions
		p.must(p.Until(`[...document.querySelectorAll(".gallery img")].every((i) => i.complete && i.naturalWidth > 0)`))
		// A node leads to its step.
		p.must(p.Click(`.diagram a[href="#step-3"]`))
		p.must(p.Until(`location.hash === "#step-3" && document.querySelector("#step-3 h3").textContent.includes("Resize")`))
		p.picture("execution")
		p.must(p.Go("/ui/executions/" + script))
		p.text(`document.querySelector("h1").textContent`, hostile)
		p.must(p.Go("/ui/executions/" + bomb))
		p.must(p.Until(`document.querySelector(".diagram .edge.taken[d]") && !document.querySelector(".gallery")`))
		p.picture("execution-rejected")
	})

	t.Run("every page", func(t *testing.T) {
		p := p.in(t)
		p.everywhere("executions", "/")
		p.everywhere("execution", "/ui/executions/"+scene)
		p.everywhere("missing", "/ui/nowhere", "/ui/nowhere")
	})

	t.Run("by keyboard", func(t *testing.T) {
		p := p.in(t)
		p.must(p.View(1280, 900, false))
		p.must(p.Go("/"))
		var reached []string
		for range 40 {
			p.must(p.Press(kb.Tab))
			at, err := browser.Eval[string](p.Tab, `(document.activeElement.getAttribute("href") || document.activeElement.id || document.activeElement.value || document.activeElement.tagName) + (document.activeElement.matches(":focus-visible") ? "" : " invisible")`)
			p.must(err)
			reached = append(reached, at)
		}
		all := strings.Join(reached, "\n")
		if reached[0] != "#main" {
			t.Errorf("the first is %s, not the way to the content", reached[0])
		}
		for _, want := range []string{"/", "dark", "/?status=failed", "key", "/ui/executions/" + scene} {
			if !strings.Contains("\n"+all+"\n", "\n"+want+"\n") {
				t.Errorf("%s is not reached by the tab key, or the focus does not show: %q", want, reached)
			}
		}
		p.clean("the keyboard")
	})

	t.Run("paused", func(t *testing.T) {
		p := p.in(t)
		p.must(p.Go("/"))
		p.must(p.Click(".live"))
		p.must(p.Until(`document.querySelector(".live").getAttribute("aria-pressed") === "false"`))
		// Another page keeps the choice, and shows what happened when it is taken back.
		p.must(p.Go("/?status=succeeded"))
		p.must(p.Until(`document.querySelector(".live").textContent === "Paused"`))
		p.must(p.Mark())
		late := p.process("photos/scene.jpg")
		p.must(p.Click(".live"))
		p.must(p.Until(`document.getElementById("x-" + ` + quoted(late) + `)`))
		if same, err := p.Marked(); err != nil || !same {
			t.Errorf("the page was loaded anew: %v", err)
		}
		p.clean("the pause")
	})

	t.Run("without scripts", func(t *testing.T) {
		p := p.in(t)
		p.must(p.Scripts(false))
		t.Cleanup(func() { p.must(p.Scripts(true)) })
		p.must(p.Go("/"))
		p.must(p.Until(`document.querySelectorAll("#executions tbody tr").length >= 3 && !document.querySelector(".live")`))
		p.must(p.Click(`.tabs a[href*="rejected"]`))
		p.must(p.Until(`location.search === "?status=rejected" && document.querySelectorAll("#executions tbody tr").length === 1`))
		p.must(p.Click("#executions a.key"))
		p.must(p.Until(`document.querySelectorAll(".diagram .node").length === 10`))
		p.must(p.Click(`.theme button[value="light"]`))
		p.must(p.Until(`document.documentElement.dataset.theme === "light" && location.pathname.startsWith("/ui/executions/")`))
		p.must(p.Click(`.theme button[value="auto"]`))
		p.must(p.Until(`document.documentElement.dataset.theme === "auto"`))
		p.must(p.Go("/ui/faults"))
		p.must(p.Click(`.fields button.main`))
		p.must(p.Until(`document.querySelectorAll(".faults tbody tr").length === 1`))
		p.must(p.Click(`button[name="all"]`))
		p.must(p.Until(`!document.querySelector(".faults")`))
		p.clean("the pages without scripts")
	})

	t.Run("dark on demand", func(t *testing.T) {
		p := p.in(t)
		p.must(p.View(1280, 900, false))
		p.must(p.Go("/?status=succeeded"))
		light, err := browser.Eval[string](p.Tab, `getComputedStyle(document.body).backgroundColor`)
		p.must(err)
		p.must(p.Click(`.theme button[value="dark"]`))
		p.must(p.Until(`document.documentElement.dataset.theme === "dark" && location.search === "?status=succeeded"`))
		p.must(p.Until(`getComputedStyle(document.body).backgroundColor !== ` + quoted(light)))
		p.must(p.Click(`.theme button[value="auto"]`))
		p.must(p.Until(`document.documentElement.dataset.theme === "auto"`))
		p.clean("the colours")
	})
}

// in is the same pages in a subtest.
func (p *pages) in(t *testing.T) *pages {
	q := *p
	q.T = t
	return &q
}

// text checks what an expression says.
func (p *pages) text(expression, want string) {
	p.Helper()
	got, err := browser.Eval[string](p.Tab, expression)
	p.must(err)
	if got != want {
		p.Errorf("%s is %q, want %q", expression, got, want)
	}
	if title, err := browser.Eval[string](p.Tab, "document.title"); err != nil || title == "pwned" {
		p.Errorf("a key became a script (%v)", err)
	}
}

// picture keeps a picture of the page, with its own pictures loaded, and checks
// that nothing went wrong but for the addresses that are expected to.
func (p *pages) picture(name string, expected ...string) {
	p.Helper()
	p.must(p.Until(`[...document.images].every((i) => { i.loading = "eager"; return i.complete; })`))
	p.must(p.Screenshot(filepath.Join(pictures(), name+".png")))
	p.clean(name, expected...)
}

// everywhere looks at a page on a desktop and a phone, in the light and the dark.
func (p *pages) everywhere(name, path string, expected ...string) {
	p.Helper()
	for _, view := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"desktop-light", 1280, 900, false}, {"desktop-dark", 1280, 900, true}, {"phone-light", 360, 740, false}, {"phone-dark", 360, 740, true}} {
		p.must(p.View(view.width, view.height, view.dark))
		p.must(p.Go(path))
		where := name + ", " + view.name
		found, err := p.Audit()
		p.must(err)
		for _, f := range found {
			p.Errorf("%s: %s", where, f)
		}
		wide, err := p.Overflow()
		p.must(err)
		if len(wide) > 0 {
			p.Errorf("%s scrolls sideways: %s", where, strings.Join(wide, "\n"))
		}
		ribbons, err := p.Ribbons()
		p.must(err)
		if len(ribbons) > 0 {
			p.Errorf("%s has cells that are too narrow: %s", where, strings.Join(ribbons, "\n"))
		}
		p.picture(name+"-"+view.name, expected...)
	}
}
