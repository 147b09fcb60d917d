package board

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// busy is a body of 30 widgets with two series each.
func busy() string {
	var widgets []string
	for i := range 30 {
		widgets = append(widgets, fmt.Sprintf(`{"type":"metric","width":8,"properties":{"title":"Widget %d","period":60,"stat":"p99",
			"metrics":[["AWS/Lambda","Duration","FunctionName","f%d"],["...","g%d",{"stat":"Sum"}]],
			"annotations":{"horizontal":[{"value":100,"label":"limit"}]}}}`, i, i, i))
	}
	return `{"start":"-PT8H","widgets":[` + strings.Join(widgets, ",") + `]}`
}

// BenchmarkDashboard parses, queries and draws 30 widgets with 60 series of 480
// points, from a store with 100,000 data.
func BenchmarkDashboard(b *testing.B) {
	store, err := metric.Open(metric.StoreOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	end := time.Now()
	for i := range 100_000 {
		id := metric.New("AWS/Lambda", "Duration", map[string]string{"FunctionName": fmt.Sprintf("%c%d", "fg"[i%2], i/2%30)})
		store.Put(metric.Datum{ID: id, Unit: "Milliseconds", Time: end.Add(-time.Duration(i) * 8 * time.Hour / 100_000), Value: float64(i % 977)})
	}
	text := busy()
	measure := func(name string, finish func(Drawing) error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				board, err := Parse(text)
				if err != nil {
					b.Fatal(err)
				}
				drawing, err := board.Draw(b.Context(), Sources{Metrics: store}, end.Add(-8*time.Hour), end, scene.Light)
				if err != nil {
					b.Fatal(err)
				}
				if err := finish(drawing); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	measure("svg", func(d Drawing) error { d.SVG(); return nil })
	measure("png", func(d Drawing) error { _, err := d.PNG(1); return err })
}
