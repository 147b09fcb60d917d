package board

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// draw parses and draws a body on the tests' sources.
func draw(t *testing.T, body string) (Drawing, error) {
	t.Helper()
	b, err := Parse(body)
	if err != nil {
		t.Fatal(err)
	}
	start, end := b.Range(noon)
	return b.Draw(t.Context(), sources(), start, end, scene.Light)
}

// one is a body of one metric widget.
func one(properties string) string {
	return `{"start":"-PT1H","widgets":[{"type":"metric","properties":{` + properties + `}}]}`
}

func TestMetricsArray(t *testing.T) {
	t.Parallel()
	d, err := draw(t, one(`"period":60,"metrics":[
		["AWS/Lambda","Errors","FunctionName","a",{"label":"first"}],
		["...","b",{"label":"second","stat":"p99","color":"#112233","yAxis":"right"}],
		[".","Throttles",".",".",{"label":"third","visible":false,"id":"m1"}],
		[{"expression":"m1*2","label":"fourth"}],
		[{"expression":"m1+1"}]]`))
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, row := range d.Widgets[0].Alternative.Rows {
		labels = append(labels, row[0])
	}
	if diff := cmp.Diff([]string{"first", "second", "fourth", "m1+1"}, labels); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(d.Widgets[0].SVG, "light-dark(#112233,") {
		t.Error("a colour of the body is not in the drawing")
	}
	for _, c := range []struct{ words, before, want string }{
		{"... c", "n m D a", "n m D c"},
		{". M . .", "n m D a", "n M D a"},
		{"...", "n m D a", "n m D a"},
		{". ... X b", "n m D a", "n m X b"},
		{"... a b c d e", "n m", "none"},
		{". .", "", "none"},
	} {
		got, ok := expand(strings.Fields(c.words), strings.Fields(c.before))
		if ok && strings.Join(got, " ") != c.want || !ok && c.want != "none" {
			t.Errorf("%q after %q is %q (%v), want %q", c.words, c.before, got, ok, c.want)
		}
	}
}

// TestNothingIsLeftOutSilently draws bodies with something that cannot be drawn.
func TestNothingIsLeftOutSilently(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"type":         {`{"widgets":[{"type":"explorer","properties":{}}]}`, `widgets of type "explorer"`},
		"property":     {one(`"metrics":[["a","b"]],"foo":1`), "properties.foo is not known"},
		"widget":       {`{"widgets":[{"type":"text","bar":1,"properties":{"markdown":"a"}}]}`, "bar is not known"},
		"option":       {one(`"metrics":[["a","b",{"foo":1}]]`), "properties.metrics[0].foo is not known"},
		"view":         {one(`"metrics":[["a","b"]],"view":"heat"`), `properties.view is "heat"`},
		"row":          {one(`"metrics":[["a","b"],["a"]]`), "properties.metrics[1] is not a namespace"},
		"axis":         {one(`"metrics":[["a","b"]],"yAxis":{"left":{"scale":"log"}}`), "properties.yAxis.left.scale is not known"},
		"gauge":        {one(`"metrics":[["a","b"]],"view":"gauge"`), "left.min and left.max"},
		"color":        {one(`"metrics":[["a","b",{"color":"red"}]]`), `color is "red"`},
		"annotation":   {one(`"metrics":[["a","b"]],"annotations":{"horizontal":[{"label":"x"}]}`), "horizontal[0] has no value"},
		"period":       {one(`"metrics":[["a","b",{"period":61}]]`), "Period must be"},
		"statistic":    {one(`"metrics":[["a","b",{"stat":"median"}]]`), "median"},
		"expression":   {one(`"metrics":[[{"expression":"FOO(m1)"}]]`), "FOO"},
		"alarm":        {`{"widgets":[{"type":"alarm","properties":{"alarms":["x:zzz"]}}]}`, "there is no alarm x:zzz"},
		"alarm widget": {one(`"annotations":{"alarms":["x:zzz"]}`), "there is no alarm x:zzz"},
		"beside":       {`{"widgets":[{"type":"text","x":20,"y":0,"properties":{"markdown":"a"}}]}`, "x is 20, not from 0 to 18"},
		"width":        {`{"widgets":[{"type":"text","width":25,"properties":{"markdown":"a"}}]}`, "width is 25"},
	} {
		d, err := draw(t, c.body)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %q", name, err, c.want)
			continue
		}
		if d.Widgets[0].Err == nil || !strings.Contains(d.Widgets[0].SVG, "Not drawn: ") {
			t.Errorf("%s: the widget does not say it", name)
		}
	}
	for _, body := range []string{"", "[]", "{}", `{"widgets":1}`, `{"widgets":[],"variables":[]}`, `{"widgets":[],"start":"yesterday"}`, `{"widgets":[],"periodOverride":"never"}`} {
		if _, err := Parse(body); err == nil {
			t.Errorf("%s is a dashboard", body)
		}
	}
}

// TestOneErrorLeavesTheRest draws a widget that fails beside one that does not.
func TestOneErrorLeavesTheRest(t *testing.T) {
	t.Parallel()
	d, err := draw(t, `{"widgets":[{"type":"metric","properties":{"metrics":[[{"expression":"1+"}]]}},{"type":"metric","properties":{"metrics":[["a","b"]]}}]}`)
	var failed *awsapi.Error
	if !errors.As(err, &failed) || failed.Code != "ValidationError" {
		t.Errorf("the error is %v, not a ValidationError", err)
	}
	if d.Widgets[0].Err == nil || d.Widgets[1].Err != nil || len(d.Widgets[1].Alternative.Rows) != 1 {
		t.Errorf("the widgets have %v and %v", d.Widgets[0].Err, d.Widgets[1].Err)
	}
}

func TestFlow(t *testing.T) {
	t.Parallel()
	d, err := draw(t, `{"widgets":[
		{"type":"text","width":12,"height":3,"properties":{"markdown":"a"}},
		{"type":"text","width":8,"height":5,"properties":{"markdown":"b"}},
		{"type":"text","width":12,"properties":{"markdown":"c"}},
		{"type":"text","x":0,"y":20,"properties":{"markdown":"d"}},
		{"type":"text","properties":{"markdown":"e"}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var got [][4]int
	for _, w := range d.Widgets {
		got = append(got, [4]int{w.X, w.Y, w.Width, w.Height})
	}
	want := [][4]int{{0, 0, 12, 3}, {12, 0, 8, 5}, {0, 3, 12, 6}, {0, 20, 6, 6}, {12, 5, 6, 6}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"-PT8H": noon.Add(-8 * time.Hour), "-P7D": noon.AddDate(0, 0, -7), "-P1M": noon.AddDate(0, -1, 0), "P0D": noon,
		"-P1DT1H30M": noon.Add(-25*time.Hour - 30*time.Minute), "2026-01-02T03:04:05.000Z": time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	} {
		if m, err := parseMoment(text); err != nil || !m.at(noon).Equal(want) {
			t.Errorf("%s is %v (%v), want %v", text, m.at(noon), err, want)
		}
	}
	for _, text := range []string{"", "P", "-PT", "8h", "-P8", "PT1H1H"} {
		if _, err := parseMoment(text); err == nil {
			t.Errorf("%q is a time", text)
		}
	}
	for _, c := range []struct{ period, span, want time.Duration }{
		{time.Minute, 8 * time.Hour, time.Minute},
		{time.Minute, 24 * time.Hour, time.Minute},
		{time.Second, 8 * time.Hour, time.Minute},
		{time.Minute, 72 * time.Hour, 5 * time.Minute},
		{time.Minute, 90 * 24 * time.Hour, 6 * time.Hour},
		{time.Hour, time.Hour, time.Hour},
	} {
		if got := automatic(c.period, noon.Add(-c.span), noon); got != c.want {
			t.Errorf("%v over %v becomes %v, want %v", c.period, c.span, got, c.want)
		}
	}
}

// TestWholeRange reads a range that no period is aligned with from a real store.
func TestWholeRange(t *testing.T) {
	t.Parallel()
	end := time.Now().UTC().Truncate(time.Minute)
	start := end.Add(-7*time.Hour - 13*time.Minute)
	store, err := metric.Open(metric.StoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	id := metric.New("n", "m", nil)
	store.Put(metric.Datum{ID: id, Time: start.Add(-time.Minute), Value: 1e6}, metric.Datum{ID: id, Time: end, Value: 1e6})
	for i := range 433 {
		store.Put(metric.Datum{ID: id, Time: start.Add(time.Duration(i) * time.Minute), Value: float64(i)})
	}
	for statistic, want := range map[string]string{"Sum": "93528", "SampleCount": "433", "Average": "216", "Minimum": "0", "Maximum": "432"} {
		b, err := Parse(one(`"view":"singleValue","setPeriodToTimeRange":true,"singleValueFullPrecision":true,"stat":"` + statistic + `","metrics":[["n","m",{"id":"a"}],[{"expression":"a*2","label":"twice"}]]`))
		if err != nil {
			t.Fatal(err)
		}
		for name, source := range map[string]query.Source{"a store": store, "a service": struct{ query.Source }{store}} {
			d, err := b.Draw(t.Context(), Sources{Metrics: source}, start, end, scene.Light)
			if err != nil || !strings.Contains(d.Widgets[0].SVG, ">"+want+"<") || len(d.Widgets[0].Alternative.Rows) != 2 {
				t.Errorf("%s of the range, by %s, is not %s (%v): %v", statistic, name, want, err, d.Widgets[0].Alternative)
			}
		}
	}
}

const hostile = `<script>alert(1)</script>"'&]]>`

// TestHostileTexts draws texts that would break out of a page, in every place
// that takes one.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	quoted, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	body := strings.ReplaceAll(`{"widgets":[
		{"type":"metric","properties":{"title":X,"view":"timeSeries","yAxis":{"left":{"label":X}},"metrics":[["a",X,X,X,{"label":X}]],"annotations":{"horizontal":[{"value":1,"label":X}]},"foo<script>":1}},
		{"type":"metric","properties":{"title":X,"view":"singleValue","metrics":[["a","b",{"label":X}]]}},
		{"type":"metric","properties":{"view":X,"metrics":[[{"expression":X}]]}},
		{"type":"text","properties":{"markdown":X}},
		{"type":"text","properties":{"markdown":"[a](javascript:alert(1)) ![b](https://example.org/x.png) <img src=x onerror=alert(1)> [button:primary:go](#x\"onclick=\"y)"}},
		{"type":"alarm","properties":{"title":X,"alarms":[X,"x:a<script>"]}},
		{"type":"log","properties":{"title":X,"query":X}},
		{"type":X}]}`, "X", string(quoted))
	d, err := draw(t, body)
	if err == nil {
		t.Error("there is no error, though much cannot be drawn")
	}
	for _, w := range d.Widgets {
		wellFormed(t, w.SVG)
		for _, bad := range []string{"<script", "<img", "javascript:", `" onclick`, `"onclick`} {
			if strings.Contains(w.HTML, bad) {
				t.Errorf("the HTML of %s has %s: %s", w.Kind, bad, w.HTML)
			}
		}
	}
	wellFormed(t, string(d.SVG()))
}

func wellFormed(t *testing.T, svg string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("an SVG is not well-formed: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok {
			if e.Name.Local == "script" {
				t.Error("an SVG has a script")
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "javascript:") {
					t.Errorf("an SVG has %s=%q", a.Name.Local, a.Value)
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	b, err := Parse(`{"widgets":[{"type":"text","width":12,"properties":{"markdown":"# Stage\n\nText with **bold**, *italic*, ` + "`code`" + ` and a [link](#dashboards/dashboard/x).\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[button:primary:Open](https://example.org/)"}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	from := Sources{Link: func(address string) string {
		return strings.Replace(address, "#dashboards/dashboard/", "/dashboards/", 1)
	}}
	d, err := b.Draw(t.Context(), from, noon.Add(-time.Hour), noon, scene.Dark)
	if err != nil {
		t.Fatal(err)
	}
	w := d.Widgets[0]
	for _, want := range []string{"<h1>Stage</h1>", "<strong>bold</strong>", "<em>italic</em>", "<code>code</code>", "<li>one</li>", "<td>1</td>", `href="/dashboards/x"`, `class="cw-button cw-primary"`, ">Open</a>"} {
		if !strings.Contains(w.HTML, want) {
			t.Errorf("the HTML lacks %s: %s", want, w.HTML)
		}
	}
	for _, want := range []string{">Stage<", ">bold<", ">code<", ">two<", `<a href="/dashboards/x">`, ">Open<"} {
		if !strings.Contains(w.SVG, want) {
			t.Errorf("the drawing lacks %s", want)
		}
	}
}

// TestAlarms tells states by words and shapes, not by colour alone, and sorts as
// the widget asks.
func TestAlarms(t *testing.T) {
	t.Parallel()
	d, err := draw(t, `{"widgets":[{"type":"alarm","width":18,"properties":{"sortBy":"stateUpdatedTimestamp","alarms":["x:ok","x:insufficient","x:alarm"]}},
		{"type":"alarm","properties":{"states":["ALARM"],"alarms":["x:ok","x:alarm"]}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range append(d.Widgets[0].Alternative.Rows, d.Widgets[1].Alternative.Rows...) {
		got = append(got, row[0]+" "+row[1])
	}
	if diff := cmp.Diff([]string{"alarm In alarm", "insufficient Insufficient data", "ok OK", "alarm In alarm"}, got); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{">In alarm<", ">Insufficient data<", ">OK<"} {
		if !strings.Contains(d.Widgets[0].SVG, want) {
			t.Errorf("the drawing lacks %s", want)
		}
	}
}

func TestImage(t *testing.T) {
	t.Parallel()
	data, err := Image(t.Context(), sources(), `{"width":300,"height":200,"theme":"dark","title":"x","metrics":[["a","b"]]}`, noon)
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil || m.Bounds().Dx() != 300 || m.Bounds().Dy() != 200 {
		t.Errorf("the image is %v (%v)", m.Bounds(), err)
	}
	for _, bad := range []string{``, `{}`, `{"metrics":[["a","b"]],"width":2001}`, `{"metrics":[["a","b"]],"foo":1}`, `{"metrics":[["a","b",{"stat":"x"}]]}`} {
		var failed *awsapi.Error
		if _, err := Image(t.Context(), sources(), bad, noon); !errors.As(err, &failed) || failed.Code != "ValidationError" {
			t.Errorf("%s: the error is %v, not a ValidationError", bad, err)
		}
	}
}
