// Package board draws CloudWatch dashboards: from a dashboard's body, and from
// sources of metrics, alarms and logs, to SVG and PNG.
//
// Nothing is left out silently: what the body has and the drawing does not is
// said in the widget, and is an error of the drawing. An error of one widget is shown
// in it, and the others are drawn.
package board

import (
	"context"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/query"
)

// gridColumns is the width of CloudWatch's grid.
const gridColumns = 24

// Board is a dashboard as its body describes it. Source of the structure:
// CloudWatch API Reference, "Dashboard Body Structure and Syntax".
type Board struct {
	start, end moment
	inherit    bool // periodOverride: the widgets' periods hold
	widgets    []widget
}

// box is a place on the grid.
type box struct{ x, y, width, height int }

// widget is one widget of a body.
type widget struct {
	kind, title string
	box
	problems   []string // what cannot be drawn
	start, end *moment  // of a range of its own
	content    content
}

// content is what a kind of widget shows.
type content interface {
	// draw gets the data and draws them; an error leaves the rest of the widget
	// empty.
	draw(context.Context, request) (picture, error)
}

// request is what a widget is drawn for.
type request struct {
	Sources
	start, end time.Time
	inherit    bool
}

// AlarmState is an alarm as a widget shows it.
type AlarmState struct {
	Name    string
	Value   string // OK, ALARM or INSUFFICIENT_DATA
	Reason  string
	Updated time.Time // when the state last changed

	// What the alarm watches, for a graph of it. A composite alarm has none.
	Queries    []query.Query
	Threshold  float64
	Comparison string // such as GreaterThanThreshold
}

// Table is rows of text.
type Table struct {
	Columns []string
	Rows    [][]string
}

// Sources are where the data of widgets come from. A widget whose source is nil
// says that it has none.
type Sources struct {
	// Metrics answers for metrics. If it also has Unit(metric.ID) string, as a
	// *metric.Store does, numbers are shown with their units.
	Metrics query.Source
	// Alarm finds an alarm by its ARN.
	Alarm func(arn string) (AlarmState, bool)
	// Logs runs a query of CloudWatch Logs Insights.
	Logs func(ctx context.Context, query string, start, end time.Time) (Table, error)
	// Link rewrites an address that a text widget links to, such as
	// #dashboards/dashboard/NAME; nil leaves it.
	Link func(address string) string
}

// Range is the time range that the body asks for; CloudWatch's default is the
// last three hours.
func (b Board) Range(now time.Time) (start, end time.Time) {
	return b.start.at(now), b.end.at(now)
}
