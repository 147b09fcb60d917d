package imaging

import (
	"image/color"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRenditions(t *testing.T) {
	t.Parallel()
	got, err := ParseRenditions(`[
		{"name":"small","width":320,"height":320},
		{"name":"card-2","width":640,"height":480,"fit":"cover","format":"jpeg","quality":75,"enlarge":true},
		{"name":"p","height":96,"fit":"contain","format":"png","sharpen":0.5},
		{"name":"w","width":64,"height":64,"fit":"cover","position":"attention","format":"webp","quality":60,"background":"#0a1B2c"}]`)
	want := []Rendition{
		{Name: "small", Width: 320, Height: 320},
		{Name: "card-2", Width: 640, Height: 480, Fit: Cover, Format: JPEG, Quality: 75, Enlarge: true},
		{Name: "p", Height: 96, Fit: Contain, Format: PNG, Sharpen: 0.5},
		{Name: "w", Width: 64, Height: 64, Fit: Cover, Position: Attention, Format: WebP, Quality: 60, Background: "#0a1B2c"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("%v\n%s", err, diff)
	}
	for _, c := range []struct {
		text string
		want []string // all of them in the one error
	}{
		{``, []string{"reading the JSON array"}},
		{`{}`, []string{"reading the JSON array"}},
		{`[]`, []string{"at least one"}},
		{`null`, []string{"at least one"}},
		{`[{"name":"a","width":1}] x`, []string{"more after"}},
		{`[{"name":"a","widht":1}]`, []string{`unknown field "widht"`}},
		{`[{"name":"a","width":1},{"name":"a","width":2}]`, []string{`"a": the name is used twice`}},
		{`[{"name":"A b"},{"name":"c","width":-1,"height":9000,"fit":"zoom","format":"gif","quality":101}]`, []string{
			`"A b": name must be`, `"A b": width or height is needed`, "width is -1", "height is 9000; it must be 0 to 8192",
			`fit is "zoom"; it must be contain, cover or fill`, `format is "gif"; it must be jpeg, png or webp`, "quality is 101",
		}},
		{`[{"name":"a","width":10,"fit":"cover"},{"name":"b","height":10,"fit":"fill"}]`, []string{"fit cover needs both", "fit fill needs both"}},
		{`[{"name":"a","width":8192,"height":8192}]`, []string{"67108864 pixels; the limit is 33554432"}},
		{`[{"name":"a","width":10,"format":"png","quality":80}]`, []string{"quality is for jpeg and webp"}},
		{`[{"name":"a","width":10,"position":"top","background":"red","sharpen":5.5},{"name":"b","width":1,"height":1,"fit":"cover","position":"center","background":"#ffff","sharpen":-1}]`, []string{
			`"a": position is for fit cover`, `"a": background is "red"; it must be a colour such as #ffffff`, `"a": sharpen is 5.5; it must be 0 to 5`,
			`"b": position is "center"; it must be centre, top, bottom, left, right, top-left, top-right, bottom-left, bottom-right, entropy or attention`,
			`"b": background is "#ffff"`, `"b": sharpen is -1`,
		}},
		{`[{"name":"a","width":10,"background":"#12345g"},{"name":"b","width":10,"background":"#+12345"}]`, []string{`"a": background`, `"b": background`}},
		{`[{"name":"a","width":10,"format":"tiff"}]`, []string{`format is "tiff"`}},
		{`[{"name":"` + strings.Repeat("a", 33) + `","width":10}]`, []string{"1 to 32"}},
		{`[{"name":"a\n","width":10}]`, []string{"name must be"}},
	} {
		_, err := ParseRenditions(c.text)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", c.text, err, want)
			}
		}
	}
}

// TestEveryPosition: each is taken, with the fit that crops.
func TestEveryPosition(t *testing.T) {
	t.Parallel()
	for _, p := range append([]Position{""}, positions...) {
		if err := (Rendition{Name: "a", Width: 10, Height: 10, Fit: Cover, Position: p}).Validate(); err != nil {
			t.Errorf("%v", err)
		}
		for _, fit := range []Fit{"", Contain, Fill} {
			err := Rendition{Name: "a", Width: 10, Height: 10, Fit: fit, Position: p}.Validate()
			if (err == nil) != (p == "") {
				t.Errorf("position %q with fit %q: %v", p, fit, err)
			}
		}
	}
	if err := (Rendition{Name: "a", Width: 10, Sharpen: math.NaN()}).Validate(); err == nil {
		t.Error("an amount that is no number is taken")
	}
}

func TestBackground(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]color.RGBA{
		"":        {255, 255, 255, 255},
		"#ffffff": {255, 255, 255, 255},
		"#000000": {0, 0, 0, 255},
		"#0a1B2c": {0x0a, 0x1b, 0x2c, 255},
	} {
		if got := (Rendition{Background: text}).background(); got != want {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func TestOutputFormat(t *testing.T) {
	t.Parallel()
	for source, want := range map[Format]Format{JPEG: JPEG, PNG: PNG, WebP: WebP, GIF: PNG, BMP: PNG, TIFF: PNG} {
		if got := (Rendition{}).OutputFormat(source); got != want {
			t.Errorf("%s becomes %s, want %s", source, got, want)
		}
		if got := (Rendition{Format: WebP}).OutputFormat(source); got != WebP {
			t.Errorf("%s becomes %s where webp is asked for", source, got)
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	all := []Rendition{{Name: "large"}, {Name: "medium"}, {Name: "square"}}
	for _, c := range []struct {
		names []string
		want  []Rendition
	}{
		{nil, all},
		{[]string{}, all},
		{[]string{"square", "large"}, []Rendition{all[0], all[2]}}, // in the configured order
		{[]string{"medium", "medium"}, all[1:2]},
	} {
		got, err := Select(all, c.names)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%v: %v\n%s", c.names, err, diff)
		}
	}
	_, err := Select(all, []string{"huge", "large", "Square"})
	if want := `there is no rendition "huge", "Square"; the renditions are large, medium, square`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestFormatsOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		suffixes []string
		want     []Format
	}{
		{[]string{".jpg", ".jpeg", ".png"}, []Format{JPEG, PNG}},
		{[]string{".PNG", ".jpe", ".JFIF"}, []Format{JPEG, PNG}},
		{[]string{".tif", ".webp", ".gif", ".tiff", ".bmp"}, []Format{BMP, GIF, TIFF, WebP}},
	} {
		got, err := FormatsOf(c.suffixes)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%v: %v\n%s", c.suffixes, err, diff)
		}
	}
	_, err := FormatsOf([]string{".heic", ".jpg", "png"})
	for _, want := range []string{
		`".heic" is not a suffix of an image; known are .bmp .gif .jfif .jpe .jpeg .jpg .png .tif .tiff .webp`, `"png" is not a suffix`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := FormatsOf(nil); err == nil {
		t.Error("no suffix is taken for every format")
	}
}
