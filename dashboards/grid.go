package dashboards

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Sizes in the grid's units.
const (
	graphHeight  = 6
	numberHeight = 4
	tableHeight  = 6
	full         = columns
	half         = columns / 2
	third        = columns / 3
	quarter      = columns / 4
	alarmWidth   = columns - quarter
	alarmsInRow  = 4 // of an alarm widget of that width
)

// start is how far back a dashboard looks.
const start = "-PT8H"

// board places the widgets of one dashboard from left to right, and begins a
// row where the next does not fit.
type board struct {
	stack    Stack
	settings Settings
	alarms   []Alarm
	key      string

	widgets   []widget
	x, y      int
	rowHeight int
}

func (b *board) place(kind string, width, height int, properties map[string]any) {
	if b.x+width > columns {
		b.x, b.y, b.rowHeight = 0, b.y+b.rowHeight, 0
	}
	b.widgets = append(b.widgets, widget{Type: kind, X: b.x, Y: b.y, Width: width, Height: height, Properties: properties})
	b.x, b.rowHeight = b.x+width, max(b.rowHeight, height)
}

func (b *board) graph(width int, g graph) {
	b.place("metric", width, graphHeight, g.properties(b.stack.Region, b.alarms))
}

// number shows one value each for the whole time range.
func (b *board) number(width, height int, title string, series ...Metric) {
	g := graph{title: title, view: viewNumber, series: series, whole: true}
	b.place("metric", width, height, g.properties(b.stack.Region, b.alarms))
}

// states is the first row: the states of alarms, and the way to other pages.
func (b *board) states(title string, names []string) {
	arns := make([]string, len(names))
	for i, name := range names {
		arns[i] = b.stack.alarmARN(name)
	}
	height := max(3, 1+(len(arns)+alarmsInRow-1)/alarmsInRow)
	// Those that are on come first.
	b.place("alarm", alarmWidth, height, map[string]any{"title": title, "alarms": arns, "sortBy": "stateUpdatedTimestamp"})
	b.place("text", quarter, height, map[string]any{"markdown": b.links()})
}

// statesOf shows the alarms of stages.
func (b *board) statesOf(stages ...string) {
	var names []string
	for _, a := range b.alarms {
		if slices.Contains(stages, a.Stage) {
			names = append(names, a.Name)
		}
	}
	b.states("Alarms", names)
}

// links is a text with the other dashboards and the runbooks.
func (b *board) links() string {
	var others []string
	for _, key := range Names() {
		if key != b.key && slices.Contains(b.settings.Dashboards, key) {
			others = append(others, fmt.Sprintf("[%s](#dashboards/dashboard/%s)", key, b.stack.name(key)))
		}
	}
	text := fmt.Sprintf("**%s %s: %s**\n\n", b.stack.Project, b.stack.Name, b.key)
	if len(others) > 0 {
		text += "Dashboards: " + strings.Join(others, " · ") + "\n\n"
	}
	return text + fmt.Sprintf("[Runbooks](%s) · [Saved queries](#logsV2:logs-insights)", b.settings.runbooks())
}

// table shows what a query of the logs finds.
func (b *board) table(title string, groups []string, query string) {
	sources := make([]string, len(groups))
	for i, group := range groups {
		sources[i] = "SOURCE '" + group + "' | "
	}
	b.place("log", full, tableHeight, map[string]any{
		"title": title, "region": b.stack.Region, "view": "table", "query": strings.Join(sources, "") + query,
	})
}

// body encodes the dashboard. Every graph keeps its own period: with the default,
// CloudWatch would take another one for a longer time range.
func (b *board) body() (string, error) {
	var body strings.Builder
	e := json.NewEncoder(&body)
	e.SetEscapeHTML(false) // expressions stay readable
	err := e.Encode(map[string]any{"start": start, "periodOverride": "inherit", "widgets": b.widgets})
	return strings.TrimSpace(body.String()), err
}
