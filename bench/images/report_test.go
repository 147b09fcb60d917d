package images

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pixline/pixline/bench/images/quality"
	"github.com/pixline/pixline/bench/images/trial"
)

// madeUp is a report with each kind of outcome: a promise that is met, one that is
// not, a contestant that is not installed and one that failed.
func madeUp() *Report {
	result := func(name, note string, milliseconds float64, peak int64, scores ...quality.Score) Result {
		r := Result{Contestant: name, Note: note, Milliseconds: []float64{milliseconds, milliseconds + 4, milliseconds + 2}, PeakBytes: peak, Scores: scores}
		for range scores {
			r.Bytes = append(r.Bytes, 100_000)
		}
		return r
	}
	one := quality.Score{PSNR: 34.5, SSIM: 0.98}
	two := []quality.Score{one, one}
	missing := func(name string) Result { return Result{Contestant: name, Problem: "not installed"} }
	single := Workload{Name: "6 MP", Format: "jpeg", Sizes: []trial.Size{{Width: 720, Height: 588}}, Must: 1.5, Aim: 1}
	several := Workload{Name: "24 MP", Format: "jpeg", Sizes: []trial.Size{{Width: 1600, Height: 1067}, {Width: 320, Height: 213}}, Must: 1.3, Aim: 0.8}
	memory := Workload{Name: "100 MP", Format: "jpeg", Sizes: []trial.Size{{Width: 320, Height: 240}}, Memory: true}
	return &Report{
		Versions: []Version{{pixline, "this tree"}, {sharp, "0.0"}, {resize, "not installed"}},
		Rounds:   5, Iterations: 5, Pinned: true,
		Trials: []Trial{
			{
				Workload: single, Cores: 1, InputBytes: 1_200_000,
				Results: []Result{
					result(pixline, "", 18, 60e6, one), result(sharp, "", 28, 90e6, one), missing(resize), missing(thumbnail),
					{Contestant: naive, Problem: "failed: a | b < c\nand more"},
				},
				SameSize: []SameSize{{Width: 720, Bytes: 100_000, Sharp: 34.7, Pixline: 34.2}},
			},
			{
				Workload: several, Cores: 1, InputBytes: 4_000_000,
				Results: []Result{
					result(pixline, "", 138, 60e6, two...), result(sharp, "a pipeline each", 98, 90e6, two...),
					result(sharp, "clones of one", 108, 90e6, two...), missing(resize), missing(thumbnail), result(naive, "", 9798, 90e6, two...),
				},
				SameSize: []SameSize{{Width: 1600, Bytes: 1, Sharp: 34, Pixline: 34.1}, {Width: 320, Bytes: 1, Sharp: 34, Pixline: 33.9}},
			},
			{Workload: single, Cores: 2, Results: []Result{result(pixline, "", 48, 60e6), missing(sharp)}},
			{Workload: memory, Cores: 2, Results: []Result{result(pixline, "", 500, 600e6), result(sharp, "", 300, 95e6)}},
		},
	}
}

// TestMarkdown: each figure is beside its promise, and what is not met says so.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	text := madeUp().Markdown("images.svg")
	for _, want := range []string{
		"![Time as a ratio to sharp's](images.svg)",
		"### Time on one core", "### Time on 2 cores",
		`| 6 MP (1.2 MB) | 20.0 ms | 30.0 ms | not installed | not installed | failed: a \| b < c and more | 0.67 | <= 1.5 | <= 1.0 | met, aim reached |`,
		"| 24 MP (4.0 MB) | 140.0 ms | 100.0 ms, a pipeline each | not installed | not installed | 9.80 s (98.00) | 1.40 | <= 1.3 | <= 0.8 | **not met** |",
		"| 50.0 ms | not installed | not measured | not measured | not measured | not measured | <= 1.5 | <= 1.0 | not measured |",
		"| 24 MP: 320x213 | 34.50 dB, 0.9800, 100.0 kB | 34.50 dB, 0.9800, 100.0 kB | not installed |",
		"| 34.70 dB | 34.20 dB | -0.50 dB | >= -0.3 dB | > 0.0 dB | **not met** |",
		"| +0.10 dB | >= -0.3 dB | > 0.0 dB | met, aim reached |",
		"| -0.10 dB | >= -0.3 dB | > 0.0 dB | met |",
		"| 100 MP | 2 | 600 MB | 95 MB | not measured | not measured | not measured | <= 512 MB | <= 128 MB | **not met** |",
		"| sharp | 0.0 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "NaN") || strings.Contains(text, "taskset") {
		t.Errorf("the report has what does not belong:\n%s", text)
	}
	// Every row of a table has as many cells as its head.
	columns := 0
	for line := range strings.Lines(text) {
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		switch {
		case n == 0:
			columns = 0
		case columns == 0:
			columns = n
		case n != columns:
			t.Errorf("%d cells, not %d: %s", n-1, columns-1, line)
		}
	}
	unpinned := &Report{}
	if text := unpinned.Markdown(""); !strings.Contains(text, "There is no taskset here") {
		t.Errorf("that nothing was pinned is not said:\n%s", text)
	}
}

// TestVerdict is at the limits.
func TestVerdict(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, must, aim float64
		want             string
	}{
		{1, 1.5, 1, "met, aim reached"},
		{1.5, 1.5, 1, "met"},
		{1.501, 1.5, 1, "**not met**"},
		{math.NaN(), 1.5, 1, "not measured"},
		{9, 0, 0, ""},
	} {
		if got := verdict(c.value, c.must, c.aim); got != c.want {
			t.Errorf("%v of %v, %v: %q, want %q", c.value, c.must, c.aim, got, c.want)
		}
	}
}

// TestChart: the SVG is well-formed, has no script, and a bar for each ratio, none
// outside the picture.
func TestChart(t *testing.T) {
	t.Parallel()
	type element struct {
		Class string  `xml:"class,attr"`
		X     float64 `xml:"x,attr"`
		Y     float64 `xml:"y,attr"`
		Width float64 `xml:"width,attr"`
		Text  string  `xml:",chardata"`
	}
	var svg struct {
		XMLName xml.Name  `xml:"http://www.w3.org/2000/svg svg"`
		Width   float64   `xml:"width,attr"`
		Height  float64   `xml:"height,attr"`
		Rects   []element `xml:"rect"`
		Texts   []element `xml:"text"`
		Style   string    `xml:"style"`
	}
	chart := string(madeUp().Chart())
	decoder := xml.NewDecoder(strings.NewReader(chart))
	if err := decoder.Decode(&svg); err != nil {
		t.Fatal(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) && err != nil {
		t.Errorf("after the picture: %v", err)
	}
	var classes, texts []string
	for _, rect := range svg.Rects {
		classes = append(classes, rect.Class)
		if rect.X < 0 || rect.X+rect.Width > svg.Width || rect.Y > svg.Height {
			t.Errorf("a bar at %v,%v, %v wide, is not in %vx%v", rect.X, rect.Y, rect.Width, svg.Width, svg.Height)
		}
	}
	for _, text := range svg.Texts {
		texts = append(texts, text.Text)
	}
	if want := []string{"background", "pixline", "pixline", "other"}; !slices.Equal(classes, want) {
		t.Errorf("the bars are %q, want %q", classes, want)
	}
	for _, want := range []string{"6 MP", "24 MP", "0.67", "1.40", "98.00", "not installed", "failed: a | b < c and more", "sharp is not measured"} {
		if !slices.Contains(texts, want) {
			t.Errorf("no text %q among %q", want, texts)
		}
	}
	if !strings.Contains(svg.Style, "prefers-color-scheme: dark") || strings.Contains(chart, "<script") {
		t.Error("the chart has no colours for the dark, or a script")
	}
}

// TestPSNRAt finds the two qualities around a size and interpolates.
func TestPSNRAt(t *testing.T) {
	t.Parallel()
	at := func(q int) (encoded, error) { return encoded{int64(1000 * q), float64(q) / 2}, nil }
	for bytes, want := range map[int64]float64{80_000: 40, 80_250: 40.125, 1000: 0.5, 99_999: 49.9995} {
		if got, err := psnrAt(bytes, at); err != nil || math.Abs(got-want) > 1e-9 {
			t.Errorf("%d bytes: %v, %v, want %v", bytes, got, err, want)
		}
	}
	for _, bytes := range []int64{999, 100_001} {
		if _, err := psnrAt(bytes, at); err == nil {
			t.Errorf("a quality is found for %d bytes", bytes)
		}
	}
	failure := errors.New("no encoder")
	if _, err := psnrAt(1, func(int) (encoded, error) { return encoded{}, failure }); !errors.Is(err, failure) {
		t.Errorf("%v, want %v", err, failure)
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	for list, want := range map[string][]string{"0": {"0"}, "0-2,5": {"0", "1", "2", "5"}, "": nil, "x-1": nil} {
		if got := expand(list); !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", list, got, want)
		}
	}
}
