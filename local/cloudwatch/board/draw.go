package board

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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
	// HTML is the content of text and log widgets, safe for a page; else "".
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
}

// SVG is the whole dashboard as a file.
func (d Drawing) SVG() []byte { return d.whole.SVG(d.theme) }

// PNG is the whole dashboard as an image with scale pixels to a CSS pixel.
func (d Drawing) PNG(scale float64) ([]byte, error) { return d.whole.PNG(d.theme, scale) }

// Draw draws the board for a range of time, whose end is taken for the present.
// The drawing is complete even when there is an error, which joins those of the
// widgets.
func (b Board) Draw(ctx context.Context, from Sources, start, end time.Time, theme scene.Theme) (Drawing, error) {
	d := Drawing{Widgets: make([]Widget, len(b.widgets)), theme: theme}
	scenes := make([]*scene.Scene, len(b.widgets))
	var each sync.WaitGroup
	next := make(chan int)
	for range min(runtime.GOMAXPROCS(0), len(b.widgets)) {
		each.Go(func() {
			for i := range next {
				r := request{Sources: from, start: start, end: end, inherit: b.inherit}
				d.Widgets[i], scenes[i] = b.widgets[i].render(ctx, r)
			}
		})
	}
	for i := range b.widgets {
		next <- i
	}
	close(next)
	each.Wait()

	rows, columns := 1, gridColumns
	if len(b.widgets) > 0 {
		columns = 1
	}
	var errs []error
	for i, w := range d.Widgets {
		rows, columns = max(rows, w.Y+w.Height), max(columns, w.X+w.Width)
		if w.Err != nil {
			errs = append(errs, fmt.Errorf("widget %d (%s): %w", i+1, nameOf(w), w.Err))
		}
	}
	d.whole = &scene.Scene{
		Width: float64(columns*columnWidth + gap), Height: float64(rows*rowHeight + gap), Title: "Dashboard",
		Description: start.UTC().Format("2006-01-02 15:04") + " to " + end.UTC().Format("2006-01-02 15:04") + " UTC",
	}
	d.whole.Rect(scene.Box{W: d.whole.Width, H: d.whole.Height}, 0, scene.Style{Fill: scene.Page})
	for i, s := range scenes {
		d.whole.Place(b.widgets[i].corner(), s)
	}
	return d, errors.Join(errs...)
}

func nameOf(w Widget) string {
	if w.Title != "" {
		return w.Title
	}
	return w.Kind
}

// render draws one widget.
func (w widget) render(ctx context.Context, r request) (Widget, *scene.Scene) {
	width, height := w.size()
	s, drawn := w.scene(ctx, r, width, height)
	drawn.SVG = s.Inline()
	return drawn, s
}

// scene draws one widget at a size.
func (w widget) scene(ctx context.Context, r request, width, height float64) (*scene.Scene, Widget) {
	if w.start != nil {
		r.start = w.start.at(r.end)
	}
	if w.end != nil {
		r.end = w.end.at(r.end)
	}
	drawn := Widget{Title: w.title, Kind: w.kind, X: w.x, Y: w.y, Width: w.width, Height: w.height}
	problems := w.problems
	var p picture
	if w.content != nil {
		var err error
		if p, err = w.content.draw(ctx, r); err != nil {
			problems = append(problems[:len(problems):len(problems)], err.Error())
			drawn.Err = err
		}
		problems = append(problems[:len(problems):len(problems)], p.problems...)
	}
	drawn.HTML, drawn.Alternative = p.html, p.alternative
	if len(problems) > 0 {
		said := errors.New("not drawn: " + strings.Join(problems, "; "))
		if drawn.Err == nil {
			drawn.Err = said
		} else {
			// The error itself stays, so that its code can be told.
			drawn.Err = fmt.Errorf("%s: %w", strings.Join(w.problems, "; "), drawn.Err)
			if len(w.problems) == 0 {
				drawn.Err = errors.Unwrap(drawn.Err)
			}
		}
	}
	s := &scene.Scene{Width: width, Height: height, Title: nameOf(drawn), Description: describe(drawn)}
	w.frame(s, p, problems)
	return s, drawn
}

// frame draws the surface, the title, what is wrong, and the content in what is
// left.
func (w widget) frame(s *scene.Scene, p picture, problems []string) {
	inner := scene.Box{X: 14, Y: 12, W: s.Width - 28, H: s.Height - 24}
	if !p.bare {
		s.Rect(scene.Box{X: .5, Y: .5, W: s.Width - 1, H: s.Height - 1}, 8, scene.Style{Fill: scene.Surface, Stroke: scene.Border, Width: 1})
	}
	take := func(height float64) { inner.Y, inner.H = inner.Y+height, max(inner.H-height, 0) }
	if w.title != "" {
		g := s.Group(scene.Group{Tip: w.title})
		g.Text(scene.Point{X: inner.X, Y: inner.Y + 13}, scene.Fit(w.title, 14, scene.Bold, inner.W),
			scene.Type{Size: 14, Font: scene.Bold, Color: scene.Ink})
		take(26)
	}
	if len(problems) > 0 {
		text := "Not drawn: " + strings.Join(problems, "; ")
		lines := wrap([]span{{text: text, set: scene.Type{Size: 12, Color: scene.Alarm}}}, inner.W-24, 12)
		most := len(lines)
		if p.paint != nil {
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
	if p.paint != nil && inner.H > 0 {
		p.paint(s.Group(scene.Group{}), inner)
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
