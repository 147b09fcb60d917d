package board

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// FuzzParse draws any body without a panic, as well-formed SVG.
func FuzzParse(f *testing.F) {
	for _, body := range []string{
		busy(),
		one(`"metrics":[["a","b"],["..."],[".",".","D","v",{"id":"m"}],[{"expression":"m*2"}]],"view":"table"`),
		one(`"metrics":[["a","b"]],"view":"gauge","yAxis":{"left":{"min":3,"max":1e308}},"annotations":{"horizontal":[[{"value":1},{"value":-1e308}]],"vertical":[{"value":"2026-03-04T11:00:00Z","fill":"after"}]}`),
		one(`"metrics":[["a","b"]],"view":"pie","legend":{"position":"right"},"setPeriodToTimeRange":true,"start":"-P99Y","end":"-P98Y"`),
		`{"widgets":[{"type":"text","height":1,"properties":{"markdown":"# a\n> b\n\n1. c\n\n` + "```\\nd\\n```" + `\n\n|a|\n|-|\n|b|"}},{"type":"alarm","properties":{"alarms":["x:a","x:b"]}},{"type":"log","properties":{"query":"x"}}]}`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		b, err := Parse(body)
		if err != nil || len(b.widgets) > 10 && !strings.Contains(body, "Widget 1") {
			return
		}
		// Long ranges and fine periods would draw millions of the source's points.
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wide, _ := b.Draw(ctx, sources(), noon.Add(-time.Hour), noon, scene.Light)
		for _, d := range []Drawing{wide, wide.Narrow()} {
			wellFormed(t, string(d.SVG()))
			for _, w := range d.Widgets {
				wellFormed(t, w.SVG)
			}
		}
	})
}
