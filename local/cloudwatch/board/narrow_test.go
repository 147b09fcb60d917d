package board

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// TestNarrow draws one column of the same data, for which it asks nobody again.
func TestNarrow(t *testing.T) {
	t.Parallel()
	b, err := Parse(`{"widgets":[
		{"type":"log","x":12,"y":0,"width":12,"properties":{"title":"second","query":"fields @timestamp"}},
		{"type":"metric","x":0,"y":0,"width":12,"properties":{"title":"first","metrics":[["a","b"]]}},
		{"type":"alarm","x":0,"y":6,"width":24,"height":2,"properties":{"title":"third","alarms":["x:a","x:i","x:o"]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	from := sources()
	answer, asked := from.Logs, 0
	from.Logs = func(ctx context.Context, query string, start, end time.Time) (Table, error) {
		asked++
		return answer(ctx, query, start, end)
	}
	wide, err := b.Draw(t.Context(), from, noon.Add(-time.Hour), noon, scene.Light)
	if err != nil {
		t.Fatal(err)
	}
	narrow := wide.Narrow()
	var got []string
	for _, w := range narrow.Widgets {
		got = append(got, fmt.Sprintf("%s %d %d %dx%d %t", w.Title, w.X, w.Y, w.Width, w.Height, strings.HasPrefix(w.SVG, "<svg")))
	}
	if diff := cmp.Diff([]string{"first 0 0 8x6 true", "second 0 6 8x6 true", "third 0 12 8x4 true"}, got); diff != "" {
		t.Error(diff)
	}
	if asked != 1 {
		t.Errorf("the logs were asked %d times", asked)
	}
	if w := wide.Widgets[0]; w.Title != "second" || w.Width != 12 {
		t.Errorf("the drawing itself was changed: %s is %d wide", w.Title, w.Width)
	}
}
