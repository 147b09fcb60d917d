package board

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// alarmTiles is an alarm status widget.
type alarmTiles struct {
	arns   []string
	sortBy string
	states []string // nil shows all
}

// The states of an alarm, the most urgent first, with their colours.
var states = []struct {
	name, shown string
	color       scene.Color
}{
	{"ALARM", "In alarm", scene.Alarm},
	{"INSUFFICIENT_DATA", "Insufficient data", scene.Insufficient},
	{"OK", "OK", scene.OK},
}

func parseAlarms(o object) alarmTiles {
	var a alarmTiles
	if !o.take("alarms", &a.arns) || len(a.arns) == 0 {
		o.problem("alarms", "has no ARN")
	}
	a.sortBy = o.choose("sortBy", "default", "stateUpdatedTimestamp", "timestamp")
	o.take("states", &a.states)
	return a
}

// urgency is the index of a state; one that is not known is as one without data.
func urgency(state string) int {
	for i, s := range states {
		if s.name == state {
			return i
		}
	}
	return 1
}

func (a alarmTiles) draw(_ context.Context, r request) (picture, error) {
	if r.Alarm == nil {
		return picture{}, errors.New("there are no alarms here")
	}
	var alarms []AlarmState
	var missing []string
	for _, arn := range a.arns {
		alarm, ok := r.Alarm(arn)
		if !ok {
			missing = append(missing, arn)
			continue
		}
		if a.states == nil || slices.Contains(a.states, alarm.Value) {
			alarms = append(alarms, alarm)
		}
	}
	slices.SortStableFunc(alarms, func(x, y AlarmState) int {
		byTime := y.Updated.Compare(x.Updated)
		byName := cmp.Compare(x.Name, y.Name)
		switch a.sortBy {
		case "timestamp":
			return cmp.Or(byTime, byName)
		case "stateUpdatedTimestamp":
			return cmp.Or(urgency(x.Value)-urgency(y.Value), byTime, byName)
		}
		return byName
	})
	p := picture{
		paint:       func(l *scene.Layer, b scene.Box) { paintTiles(l, b, alarms, r.end) },
		alternative: Table{Columns: []string{"Alarm", "State", "Since", "Reason"}},
	}
	for _, s := range alarms {
		p.alternative.Rows = append(p.alternative.Rows, []string{s.Name, states[urgency(s.Value)].shown, since(s), s.Reason})
	}
	if missing != nil {
		p.problems = append(p.problems, "there is no alarm "+strings.Join(missing, ", "))
	}
	return p, nil
}

func since(a AlarmState) string {
	if a.Updated.IsZero() {
		return ""
	}
	return a.Updated.UTC().Format("2006-01-02 15:04") + " UTC"
}

// paintTiles draws a tile for each alarm, in as many columns as leave room for
// the names.
func paintTiles(l *scene.Layer, b scene.Box, alarms []AlarmState, now time.Time) {
	if len(alarms) == 0 {
		l.Text(scene.Point{X: b.X, Y: b.Y + 14}, "No alarms", scene.Type{Size: 12, Color: scene.Muted})
		return
	}
	columns := tileColumns(b, alarms)
	rows := (len(alarms) + columns - 1) / columns
	width := b.W / float64(columns)
	height := min(max(b.H/float64(rows), 24), 56)
	for i, a := range alarms {
		tile := scene.Box{X: b.X + width*float64(i%columns), Y: b.Y + height*float64(i/columns), W: width, H: height}
		if tile.Bottom() > b.Bottom()+1 {
			l.Text(scene.Point{X: b.X, Y: b.Bottom()}, "more alarms do not fit", scene.Type{Size: 11, Color: scene.Muted})
			return
		}
		paintTile(l, tile.Inset(2), a, now)
	}
}

// tileColumns is how many columns leave room for the names, or more when else the
// rows do not fit.
func tileColumns(b scene.Box, alarms []AlarmState) int {
	widest := 0.0
	for _, a := range alarms {
		widest = max(widest, scene.Measure(a.Name, 12, scene.Bold))
	}
	const beside, least, low = 48, 120, 40 // of a tile: beside the name, its width, its height
	columns := max(int(b.W/(widest+beside)), 1)
	most := max(int(b.W/least), 1)
	for columns < most && float64((len(alarms)+columns-1)/columns)*low > b.H {
		columns++
	}
	return min(columns, len(alarms))
}

func paintTile(l *scene.Layer, b scene.Box, a AlarmState, now time.Time) {
	state := states[urgency(a.Value)]
	tip := a.Name + ": " + state.shown
	if a.Reason != "" {
		tip += ". " + a.Reason
	}
	g := l.Group(scene.Group{Tip: tip})
	g.Rect(scene.Box{X: b.X + .5, Y: b.Y + .5, W: b.W - 1, H: b.H - 1}, 4, scene.Style{Fill: state.color, Opacity: .1, Stroke: state.color, Width: 1})
	g.Rect(scene.Box{X: b.X, Y: b.Y, W: 4, H: b.H}, 2, scene.Style{Fill: state.color})
	middle := b.Y + b.H/2
	sign(g, scene.Point{X: b.X + 20, Y: middle}, a.Value)
	text := scene.Point{X: b.X + 36, Y: middle + 4}
	room := b.Right() - text.X - 6
	if b.H < 34 {
		shown := "  " + state.shown
		wide := scene.Measure(shown, 11, scene.Regular)
		name := scene.Fit(a.Name, 12, scene.Bold, room-wide)
		g.Text(text, name, scene.Type{Size: 12, Font: scene.Bold, Color: scene.Ink})
		g.Text(scene.Point{X: text.X + scene.Measure(name, 12, scene.Bold) + 6, Y: text.Y}, state.shown, scene.Type{Size: 11, Color: state.color})
		return
	}
	text.Y = middle - 3
	g.Text(text, scene.Fit(a.Name, 12, scene.Bold, room), scene.Type{Size: 12, Font: scene.Bold, Color: scene.Ink})
	text.Y = middle + 13
	g.Text(text, state.shown, scene.Type{Size: 11, Font: scene.Bold, Color: state.color})
	if !a.Updated.IsZero() {
		at := text.X + scene.Measure(state.shown, 11, scene.Bold) + 6
		when := "15:04"
		if now.Sub(a.Updated) > 18*time.Hour {
			when = "Jan 2, 15:04"
		}
		g.Text(scene.Point{X: at, Y: text.Y}, scene.Fit("since "+a.Updated.UTC().Format(when), 11, scene.Regular, b.Right()-at-4), scene.Type{Size: 11, Color: scene.Muted})
	}
}

// sign draws a state's sign, which tells it without its colour: a triangle with
// an exclamation mark, a ring with dots, a disc with a tick.
func sign(l *scene.Layer, c scene.Point, state string) {
	s := states[urgency(state)]
	at := func(x, y float64) scene.Point { return scene.Point{X: c.X + x, Y: c.Y + y} }
	mark := scene.Style{Stroke: scene.Surface, Width: 2}
	switch s.name {
	case "ALARM":
		l.Polygon(scene.Style{Fill: s.color}, at(0, -9), at(10, 8), at(-10, 8))
		l.Line(mark, at(0, -4), at(0, 2.5))
		l.Circle(at(0, 5.2), 1.2, scene.Style{Fill: scene.Surface})
	case "OK":
		l.Circle(c, 9, scene.Style{Fill: s.color})
		l.Line(mark, at(-4.2, .2), at(-1.2, 3.4), at(4.4, -3.2))
	default:
		l.Circle(c, 8, scene.Style{Stroke: s.color, Width: 1.75})
		for _, x := range []float64{-3.6, 0, 3.6} {
			l.Circle(at(x, 0), 1.2, scene.Style{Fill: s.color})
		}
	}
}
