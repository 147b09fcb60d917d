package board

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// picture is what a widget's content gives.
type picture struct {
	paint       func(*scene.Layer, scene.Box)
	html        string
	alternative Table
	problems    []string
	bare        bool // without a surface
}

// Widget is a widget that was drawn.
type Widget struct {
	Title string
	Kind  string // metric, text, alarm, log; or one that is not drawn

	X, Y, Width, Height int // in units of the grid, which has 24 columns

	SVG string // an element for a page; see [scene.Scene.Inline]
	// HTML is the content of text and log widgets without the title, safe for a page;
	// else "".
	HTML string
	// Alternative says what the drawing shows to who does not see it.
	Alternative Table
	// Err is what could not be drawn; it is shown in the drawing, too.
	Err error
}

// Drawing is a dashboard that was drawn.
type Drawing struct {
	Widgets []Widget
	whole   *scene.Scene
	theme   scene.Theme
	filled  []filled
}

// SVG is the whole dashboard as a file.
func (d Drawing) SVG() []byte { return d.whole.SVG(d.theme) }

// PNG is the whole dashboard as an image with scale pixels to a CSS pixel.
func (d Drawing) PNG(scale float64) ([]byte, error) { return d.whole.PNG(d.theme, scale) }

// Draw draws the board for a range of time, whose end is taken for the present.
// The drawing is complete even when there is an error, which joins those of the
// widgets.
func (b Board) Draw(ctx context.Context, from Sources, start, end time.Time, theme scene.Theme) (Drawing, error) {
	widgets := make([]filled, len(b.widgets))
	each(len(widgets), func(i int) {
		widgets[i] = b.widgets[i].fill(ctx, request{Sources: from, start: start, end: end, inherit: b.inherit})
	})
	d := arrange(widgets, theme, start.UTC().Format("2006-01-02 15:04")+" to "+end.UTC().Format("2006-01-02 15:04")+" UTC")
	var errs []error
	for i, w := range d.Widgets {
		if w.Err != nil {
			errs = append(errs, fmt.Errorf("widget %d (%s): %w", i+1, nameOf(w), w.Err))
		}
	}
	return d, errors.Join(errs...)
}

// each does the same to all, several at a time.
func each(n int, do func(i int)) {
	var working sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), n) {
		working.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	working.Wait()
}

// arrange draws widgets at their places.
func arrange(widgets []filled, theme scene.Theme, description string) Drawing {
	d := Drawing{Widgets: make([]Widget, len(widgets)), theme: theme, filled: widgets}
	scenes := make([]*scene.Scene, len(widgets))
	each(len(widgets), func(i int) {
		width, height := widgets[i].size()
		scenes[i], d.Widgets[i] = widgets[i].scene(width, height)
		d.Widgets[i].SVG = scenes[i].Inline()
	})
	rows, columns := 1, gridColumns
	if len(widgets) > 0 {
		columns = 1
	}
	for _, w := range widgets {
		rows, columns = max(rows, w.y+w.height), max(columns, w.x+w.width)
	}
	d.whole = &scene.Scene{
		Width: float64(columns*columnWidth + gap), Height: float64(rows*rowHeight + gap), Title: "Dashboard", Description: description,
	}
	d.whole.Rect(scene.Box{W: d.whole.Width, H: d.whole.Height}, 0, scene.Style{Fill: scene.Page})
	for i, s := range scenes {
		d.whole.Place(widgets[i].corner(), s)
	}
	return d
}

// Narrow draws the same data as one column of widgets in the order of their rows,
// each a third of the grid wide, for the screen of a phone.
func (d Drawing) Narrow() Drawing {
	const width = gridColumns / 3
	widgets := inReadingOrder(d.filled)
	y := 0
	for i := range widgets {
		height := widgets[i].height
		if a, ok := widgets[i].content.(alarmTiles); ok {
			height = max(height, 1+len(a.arns))
		}
		widgets[i].box = box{y: y, width: width, height: height}
		y += height
	}
	return arrange(widgets, d.theme, d.whole.Description)
}

func nameOf(w Widget) string {
	if w.Title != "" {
		return w.Title
	}
	return w.Kind
}

// filled is a widget with its data, which can be drawn at any size.
type filled struct {
	widget
	picture
	problems []string // the widget's, and those of its data
	err      error
}

// fill gets the data of one widget.
func (w widget) fill(ctx context.Context, r request) filled {
	if w.start != nil {
		r.start = w.start.at(r.end)
	}
	if w.end != nil {
		r.end = w.end.at(r.end)
	}
	f := filled{widget: w, problems: slices.Clone(w.problems)}
	if w.content != nil {
		if f.picture, f.err = w.content.draw(ctx, r); f.err != nil {
			f.problems = append(f.problems, f.err.Error())
		}
		f.problems = append(f.problems, f.picture.problems...)
	}
	if len(f.problems) > 0 {
		switch {
		case f.err == nil:
			f.err = errors.New("not drawn: " + strings.Join(f.problems, "; "))
		case len(w.problems) > 0: // the error itself stays, so that its code can be told
			f.err = fmt.Errorf("%s: %w", strings.Join(w.problems, "; "), f.err)
		}
	}
	return f
}

// scene draws one widget at a size.
func (f filled) scene(width, height float64) (*scene.Scene, Widget) {
	drawn := Widget{
		Title: f.title, Kind: f.kind, X: f.x, Y: f.y, Width: f.width, Height: f.height,
		HTML: f.html, Alternative: f.alternative, Err: f.err,
	}
	s := &scene.Scene{Width: width, Height: height, Title: nameOf(drawn), Description: describe(drawn)}
	f.frame(s)
	return s, drawn
}

// frame draws the surface, the title, what is wrong, and the content in what is
// left.
func (f filled) frame(s *scene.Scene) {
	inner := scene.Box{X: 14, Y: 12, W: s.Width - 28, H: s.Height - 24}
	if !f.bare {
		s.Rect(scene.Box{X: .5, Y: .5, W: s.Width - 1, H: s.Height - 1}, 8, scene.Style{Fill: scene.Surface, Stroke: scene.Border, Width: 1})
	}
	take := func(height float64) { inner.Y, inner.H = inner.Y+height, max(inner.H-height, 0) }
	if f.title != "" {
		g := s.Group(scene.Group{Tip: f.title})
		g.Text(scene.Point{X: inner.X, Y: inner.Y + 13}, scene.Fit(f.title, 14, scene.Bold, inner.W),
			scene.Type{Size: 14, Font: scene.Bold, Color: scene.Ink})
		take(26)
	}
	if len(f.problems) > 0 {
		text := "Not drawn: " + strings.Join(f.problems, "; ")
		lines := wrap([]span{{text: text, set: scene.Type{Size: 12, Color: scene.Alarm}}}, inner.W-24, 12)
		most := len(lines)
		if f.paint != nil {
			most = 2 // the rest is for what can be drawn
		}
		sign(s.Group(scene.Group{At: scene.Point{X: inner.X + 10, Y: inner.Y + 9}, Tip: text}), scene.Point{}, "ALARM")
		top := inner.Y
		for i, line := range lines[:min(len(lines), most)] {
			if top+float64(i)*16+16 > s.Height-8 {
				break
			}
			line.paint(s.Group(scene.Group{}), scene.Point{X: inner.X + 24, Y: top + 13 + float64(i)*16})
		}
		take(float64(min(len(lines), most))*16 + 8)
	}
	if f.paint != nil && inner.H > 0 {
		f.paint(s.Group(scene.Group{}), inner)
	}
}

// describe says in a sentence what a drawing shows.
func describe(w Widget) string {
	var parts []string
	for _, row := range w.Alternative.Rows[:min(len(w.Alternative.Rows), 20)] {
		if len(row) > 1 {
			parts = append(parts, row[0]+": "+row[1])
		}
	}
	if w.Err != nil {
		parts = append(parts, w.Err.Error())
	}
	return strings.Join(parts, "; ")
}
