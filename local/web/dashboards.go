package web

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// Dashboard is a dashboard as the program declares it.
type Dashboard struct {
	Name string
	Body string // JSON
}

// drawable is a dashboard that can be drawn.
type drawable struct {
	name  string
	board board.Board
}

// tile is a drawn widget.
type tile struct {
	board.Widget
	Wide, Narrow template.HTML // SVG elements that follow the page's colours, for a desk and for a phone
	Text         template.HTML // what a text or log widget says, in place of the drawings
}

// ranges are how far a page looks back.
var ranges = []struct {
	Name string
	Long time.Duration
}{
	{"5m", 5 * time.Minute},
	{"15m", 15 * time.Minute},
	{"1h", time.Hour},
	{"3h", 3 * time.Hour},
	{"8h", 8 * time.Hour},
	{"1d", 24 * time.Hour},
	{"1w", 7 * 24 * time.Hour},
}

// dashboardPage is the body of the page of one.
type dashboardPage struct {
	Tabs   []link
	Ranges []link
	Tiles  []tile
}

// readDashboards reads the bodies.
func readDashboards(all []Dashboard) ([]drawable, error) {
	var read []drawable
	for _, d := range all {
		b, err := board.Parse(d.Body)
		if err != nil {
			return nil, fmt.Errorf("read the dashboard %s: %w", d.Name, err)
		}
		read = append(read, drawable{d.Name, b})
	}
	return read, nil
}

// firstDashboard leads to the first one.
func (s *server) firstDashboard(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, dashboardPath(s.dashboards[0].name), http.StatusSeeOther)
}

func dashboardPath(name string) string { return "/ui/dashboards/" + url.PathEscape(name) }

// dashboard is the page of one.
func (s *server) dashboard(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	at := slices.IndexFunc(s.dashboards, func(d drawable) bool { return d.name == name })
	if at < 0 {
		s.lost(w, r, "There is no dashboard "+name+".", "The page of the dashboards has all that the stack declares.")
		return
	}
	var p dashboardPage
	long, chosen := period(r.URL.Query().Get("range"))
	for _, other := range s.dashboards {
		address := dashboardPath(other.name) + "?" + url.Values{"range": {chosen}}.Encode()
		p.Tabs = append(p.Tabs, link{s.short(other.name), address, other.name == name})
	}
	for _, of := range ranges {
		p.Ranges = append(p.Ranges, link{of.Name, "?" + url.Values{"range": {of.Name}}.Encode(), of.Name == chosen})
	}
	end := s.options.Now()
	p.Tiles = s.tiles(r.Context(), s.dashboards[at].board, end.Add(-long), end)
	s.render(w, r, http.StatusOK, page{Name: "dashboard", Title: s.short(name), Section: "Dashboards", Refresh: 5000, Body: p, Inline: true})
}

// tiles draws a dashboard. A widget that cannot be drawn says so in its drawing,
// which is why the errors are left there; the colours are the page's, and the theme
// is for files alone.
func (s *server) tiles(ctx context.Context, b board.Board, start, end time.Time) []tile {
	wide, _ := b.Draw(ctx, s.options.Sources, start, end, scene.Light)
	narrow := wide.Narrow()
	slices.SortStableFunc(wide.Widgets, func(a, b board.Widget) int { // as Narrow does
		return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	var tiles []tile
	for i, w := range wide.Widgets {
		t := tile{Widget: w, Wide: template.HTML(w.SVG), Narrow: template.HTML(narrow.Widgets[i].SVG)} //nolint:gosec // package scene escapes all text
		if w.Err == nil {
			t.Text = template.HTML(w.HTML) //nolint:gosec // package board says that it is safe
		}
		tiles = append(tiles, t)
	}
	return tiles
}

// period reads how far to look back; an hour where nothing else is asked for.
func period(asked string) (time.Duration, string) {
	for _, of := range ranges {
		if of.Name == asked {
			return of.Long, of.Name
		}
	}
	return time.Hour, "1h"
}
