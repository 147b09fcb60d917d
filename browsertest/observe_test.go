package browsertest

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/pixline/pixline/browsertest/browser"
	"github.com/pixline/pixline/local"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// minutes a second: alarms look at whole minutes.
const speed = 60

// TestIncident rehearses an incident in the browser: resize is broken by the form,
// its alarm and the pipeline's health turn red, the dashboard shows it, and the
// alarm ends when the fault has.
func TestIncident(t *testing.T) {
	p := start(t, func(o *local.Options) {
		o.Clock = metric.NewClock(speed)
		o.Configuration = map[string]string{"pixline:dashboards": `["overview", "resize", "workflow", "api", "storage"]`}
	})
	const alarm = "pixline-dev-resize-errors"
	p.must(p.View(1280, 900, false))
	p.upload("a.jpg", sample.Oriented(1))
	p.upload("bomb.jpg", sample.Bomb())
	p.process("a.jpg")
	p.process("bomb.jpg")

	// The links lead everywhere.
	p.must(p.Go("/"))
	for _, section := range []string{"Dashboards", "Alarms", "Logs", "Faults"} {
		p.must(p.Click(fmt.Sprintf(`.top nav a[href="/ui/%s"]`, strings.ToLower(section))))
		p.must(p.Until(`document.querySelector(".top nav [aria-current=page]").textContent === ` + quoted(section)))
		p.clean(section)
	}

	// Break it.
	p.must(p.Go("/ui/faults"))
	p.must(p.Until(`document.querySelector("main").textContent.includes("The pipeline works as it should")`))
	_, err := browser.Eval[bool](p.Tab, `document.getElementById("fault").value = "resize:error", document.getElementById("rate").value = "100%", true`)
	p.must(err)
	p.must(p.Click(`.fields button.main`))
	p.must(p.Until(`document.querySelector(".faults tbody th")?.textContent === "resize: error"`))
	p.picture("faults-injected")

	// The alarm turns red while its page is open, and so does the header.
	p.must(p.Go("/ui/alarms/" + alarm))
	p.must(p.Mark())
	failed := p.process("a.jpg")
	p.must(p.Until(`document.querySelector("#state .pill.alarm")?.textContent === "in alarm"`))
	p.must(p.Until(`document.querySelector("#health.alarm")`))
	red, err := browser.Eval[bool](p.Tab, `(([r, g, b]) => r > 150 && g < 80 && b < 80)(getComputedStyle(document.querySelector("#state .pill")).color.match(/\d+/g).map(Number))`)
	if p.must(err); !red {
		t.Error("an alarm is not red")
	}
	if same, err := p.Marked(); err != nil || !same {
		t.Errorf("the page was loaded anew: %v", err)
	}
	p.must(p.Until(`document.querySelector(".runbook h2")?.textContent.trim()`))
	p.must(p.Until(`[...document.querySelectorAll(".runbook a")].some((a) => a.pathname.startsWith("/ui/docs/runbooks/"))`))
	p.must(p.Until(`document.querySelector("#history").textContent.includes("to ALARM")`))
	p.must(p.Until(`document.querySelector("#graph .wide-board svg")?.textContent.includes("` + alarm + ` > 0")`))
	p.picture("alarm-red")

	p.must(p.Go("/ui/executions/" + failed))
	p.must(p.Until(`document.querySelector(".node.caught .title")?.textContent === "Resize" && document.querySelectorAll(".edge.catch.taken").length === 1`))
	p.must(p.Until(`document.querySelector("#step-3 .lines")?.textContent.includes("InjectedFault")`))
	p.picture("execution-failed")
	p.must(p.Click(`a[href^="/ui/logs?execution="]`))
	p.must(p.Until(`["validate", "resize", "notify"].every((stage) => [...document.querySelectorAll(".result td")].some((cell) => cell.textContent === stage))`))

	// The dashboard draws data: lines with points, and numbers that are not empty.
	p.must(p.Go("/ui/dashboards/pixline-dev-resize?range=1h"))
	p.must(p.Until(`[...document.querySelectorAll(".widget.metric .wide-board svg")].length >= 4`))
	p.must(p.Until(`[...document.querySelectorAll(".widget details tbody tr")].some((row) => /error/i.test(row.textContent) && /[1-9]/.test(row.textContent))`))
	p.picture("dashboard-resize")

	p.must(p.Go("/ui/logs"))
	p.must(p.Until(`document.querySelectorAll("#query option").length >= 4`))
	_, err = browser.Eval[bool](p.Tab, `((s) => { s.value = [...s.options].find((o) => /error/i.test(o.textContent)).value; document.getElementById("range").value = "1d"; s.form.requestSubmit(); return true; })(document.getElementById("query"))`)
	p.must(err)
	p.must(p.Until(`document.querySelector(".result tbody tr")?.textContent.includes("InjectedFault")`))
	query, err := browser.Eval[string](p.Tab, `location.search`)
	p.must(err)

	for name, path := range map[string]string{
		"dashboard-overview": "/ui/dashboards/pixline-dev-overview", "alarms": "/ui/alarms", "alarm": "/ui/alarms/" + alarm,
		"runbooks": "/ui/docs/runbooks/README.md", "faults": "/ui/faults", "logs": "/ui/logs" + query, "execution-failed": "/ui/executions/" + failed,
	} {
		p.everywhere(name, path)
	}
	p.must(p.View(1280, 900, false))
	p.must(p.Go("/ui/dashboards"))
	boards, err := browser.Eval[[]string](p.Tab, `[...document.querySelectorAll(".tabs a")].map((a) => a.getAttribute("href"))`)
	p.must(err)
	for _, href := range boards {
		p.must(p.Go(href))
		name, err := url.PathUnescape(strings.TrimPrefix(strings.Split(href, "?")[0], "/ui/dashboards/pixline-dev-"))
		p.must(err)
		p.picture("dashboard-" + name)
	}

	// Mend it.
	p.must(p.Go("/ui/faults"))
	p.must(p.Click(`button[name="end"]`))
	p.must(p.Until(`document.querySelector("main").textContent.includes("The pipeline works as it should")`))
	p.must(p.Go("/ui/alarms"))
	p.must(p.Until(`document.querySelector("#alarm-` + alarm + ` .pill.ok")`))
	// The message about the failed execution stays until someone reads it.
	p.must(p.Until(`document.querySelector("#alarm-pixline-dev-dead-letters-failed-executions-visible .pill.alarm")`))
	p.picture("alarms-mended")
}
