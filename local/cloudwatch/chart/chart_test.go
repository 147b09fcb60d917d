package chart

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

var update = flag.Bool("update", false, "write the drawings in testdata anew")

var start = time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)

// series has a value every five minutes, and none where a value is NaN.
func series(label, unit string, values ...float64) Series {
	s := Series{Label: label, Unit: unit, Color: scene.Series(len(label)), Period: 5 * time.Minute}
	for i, v := range values {
		if !math.IsNaN(v) {
			s.Points = append(s.Points, metric.Point{Time: start.Add(time.Duration(i) * s.Period), Value: v})
		}
	}
	return s
}

func number(v float64) *float64 { return &v }

// TestDrawings compares each kind of chart, of fixed data, with its drawing in
// testdata.
func TestDrawings(t *testing.T) {
	t.Parallel()
	end, gap := start.Add(time.Hour), math.NaN()
	calls := series("calls", "Count", 3, 5, 9, 8, 4, 2, 1, 0, 3, 7, 9, 11)
	errors := series("errors", "Count", 0, 0, 1, gap, gap, 2, gap, gap, 0, 1, 0, 0)
	latency := series("p99 <&>", "Milliseconds", 120, 180, 950, 1400, 1380, 700, 310, 240, 230, 220, 200, 190)
	right := latency
	right.Right = true
	empty := series("nothing", "")
	charts := map[string]interface {
		Draw(*scene.Layer, scene.Box)
	}{
		"lines": Lines{
			Series: []Series{calls, errors, right}, Start: start, End: end, Legend: Bottom,
			Left: Axis{Label: "Count", Min: number(0)},
			Horizontal: []Horizontal{
				{Value: 1000, Label: "timeout", Color: scene.Alarm, Fill: Above, Right: true},
				{Value: 2, To: 4, Label: "usual", Color: scene.OK, Fill: Between},
			},
			Vertical: []Vertical{{Time: start.Add(20 * time.Minute), Label: "deployed", Color: "#9467bd"}},
		},
		"stacked": Lines{Series: []Series{calls, errors}, Start: start, End: end, Stacked: true, Legend: Right},
		"empty":   Lines{Series: []Series{empty}, Start: start, End: end},
		"numbers": Numbers{Series: []Series{calls, latency, empty}, Start: start, End: end, Sparkline: true},
		"gauge": Gauge{Series: []Series{latency}, Axis: Axis{Min: number(0), Max: number(2000)}, Horizontal: []Horizontal{
			{Value: 1600, Color: scene.Alarm, Fill: Above}, {Value: 1600, Color: scene.OK, Fill: Below},
		}},
		"bars":  Bars{Series: []Series{calls, latency, empty}},
		"pie":   Pie{Series: []Series{calls, latency}, Legend: Right},
		"table": Table{Columns: []string{"time", "error"}, Rows: [][]string{{"09:00", "<b>"}, {"09:05", "a"}, {"09:10", "b"}, {"09:15", "c"}, {"09:20", "d"}, {"09:25", "e"}, {"09:30", "f"}, {"09:35", "g"}}},
	}
	for name, c := range charts {
		s := &scene.Scene{Width: 480, Height: 200, Title: name}
		s.Rect(scene.Box{W: 480, H: 200}, 0, scene.Style{Fill: scene.Surface})
		c.Draw(&s.Layer, scene.Box{X: 10, Y: 10, W: 460, H: 180})
		path, got := filepath.Join("testdata", name+".svg"), s.SVG(scene.Light)
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v: go test ./cloudwatch/chart -update writes it", err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is drawn otherwise than in %s; if it should be, go test ./cloudwatch/chart -update", name, path)
		}
	}
}

// TestLonePoint sees a point alone of a stack as long as its period is, also where
// that began before the graph.
func TestLonePoint(t *testing.T) {
	t.Parallel()
	hour := Series{Color: "#112233", Period: time.Hour, Points: []metric.Point{{Time: start, Value: 3}}}
	s := scene.Scene{Width: 400, Height: 200}
	from := start.Add(30 * time.Minute)
	Lines{Series: []Series{hour}, Start: from, End: from.Add(time.Hour), Stacked: true}.Draw(&s.Layer, scene.Box{W: 400, H: 200})
	found := regexp.MustCompile(`<rect x="(-?[\d.]+)"[^>]* width="([\d.]+)"[^>]*fill="#112233" fill-opacity`).FindSubmatch(s.SVG(scene.Light))
	if found == nil {
		t.Fatalf("the point is not drawn: %s", s.SVG(scene.Light))
	}
	x, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	width, err := strconv.ParseFloat(string(found[2]), 64)
	if err != nil {
		t.Fatal(err)
	}
	if x >= 0 || x+width < 150 || x+width > 300 {
		t.Errorf("the point is drawn from %v to %v; its period ends in the middle", x, x+width)
	}
}

// TestSmallBoxes draws charts where there is no room for them.
func TestSmallBoxes(t *testing.T) {
	t.Parallel()
	s := []Series{series("a", "Bytes", 1e300, -1e300, math.Inf(1), 5), series("b", "", 0)}
	for _, size := range []float64{0, 1, 7, 20, 60} {
		var l scene.Layer
		box := scene.Box{W: size, H: size}
		for _, end := range []time.Time{start.Add(-time.Hour), start, start.Add(time.Second), start.AddDate(80, 0, 0)} {
			Lines{Series: s, Start: start, End: end, Legend: Right}.Draw(&l, box)
			Lines{Series: s, Start: start, End: end, Stacked: true}.Draw(&l, box)
			Numbers{Series: s, Start: start, End: end, Sparkline: true}.Draw(&l, box)
		}
		Gauge{Series: s, Axis: Axis{Min: number(3), Max: number(2)}}.Draw(&l, box)
		Bars{Series: s}.Draw(&l, box)
		Pie{Series: s}.Draw(&l, box)
		Table{Columns: []string{"a"}, Rows: [][]string{{"b", "c"}, {}}}.Draw(&l, box)
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value float64
		unit  string
		want  string
	}{
		{0, "", "0"},
		{7, "Count", "7"},
		{1234, "Count", "1.23k"},
		{999.6, "", "1k"},
		{12_345_678, "", "12.3M"},
		{-1500, "", "-1.5k"},
		{0.0421, "", "0.0421"},
		{1e-9, "", "1e-09"},
		{99.96, "", "100"},
		{0, "Milliseconds", "0 ms"},
		{.25, "Milliseconds", "250 µs"},
		{950, "Milliseconds", "950 ms"},
		{1400, "Milliseconds", "1.4 s"},
		{90_000, "Milliseconds", "1.5 min"},
		{2, "Seconds", "2 s"},
		{7200, "Seconds", "2 h"},
		{5, "Microseconds", "5 µs"},
		{0, "Bytes", "0 B"},
		{1500, "Bytes", "1.5 kB"},
		{3, "Megabytes", "3 MB"},
		{2e6, "Bytes/Second", "2 MB/s"},
		{3, "Kilobits", "3k b"},
		{12.345, "Percent", "12.3%"},
		{12, "Count/Second", "12/s"},
		{math.NaN(), "Bytes", "–"},
	} {
		if got := Format(c.value, c.unit); got != c.want {
			t.Errorf("%g %s is %q, want %q", c.value, c.unit, got, c.want)
		}
	}
}

func TestTicks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		low, high float64
		unit      string
		want      []string
	}{
		{0, 9.3, "", []string{"0", "2", "4", "6", "8", "10"}},
		{0, 240_000, "Milliseconds", []string{"0 min", "1 min", "2 min", "3 min", "4 min"}},
		{0, 58, "Seconds", []string{"0 s", "20 s", "40 s", "60 s"}},
		{0, 41_000, "Count", []string{"0", "10k", "20k", "30k", "40k", "50k"}},
		{0, 0, "Count", []string{"0", "0.2", "0.4", "0.6", "0.8", "1"}},
		{-5, 5, "", []string{"-6", "-4", "-2", "0", "2", "4", "6"}},
		{0, 3.2e9, "Bytes", []string{"0 GB", "1 GB", "2 GB", "3 GB", "4 GB"}},
	} {
		got := newYAxis(Axis{}, c.low, c.high, c.unit, 200).texts()
		if len(got) != len(c.want) {
			t.Errorf("from %g to %g %s: %q, want %q", c.low, c.high, c.unit, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("from %g to %g %s: %q, want %q", c.low, c.high, c.unit, got, c.want)
				break
			}
		}
	}
	at, step := moments(start.Add(7*time.Minute), start.Add(8*time.Hour), 9)
	if step != time.Hour || len(at) != 8 || !at[0].Equal(start.Add(time.Hour)) {
		t.Errorf("eight hours have ticks each %v at %v", step, at)
	}
}
