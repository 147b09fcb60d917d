package imaging

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRenditions(t *testing.T) {
	t.Parallel()
	got, err := ParseRenditions(`[
		{"name":"small","width":320,"height":320},
		{"name":"card-2","width":640,"height":480,"fit":"cover","format":"jpeg","quality":75,"enlarge":true},
		{"name":"p","height":96,"fit":"contain","format":"png"}]`)
	want := []Rendition{
		{Name: "small", Width: 320, Height: 320},
		{Name: "card-2", Width: 640, Height: 480, Fit: Cover, Format: JPEG, Quality: 75, Enlarge: true},
		{Name: "p", Height: 96, Fit: Contain, Format: PNG},
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
			`fit is "zoom"`, `format is "gif"`, "quality is 101",
		}},
		{`[{"name":"a","width":10,"fit":"cover"},{"name":"b","height":10,"fit":"fill"}]`, []string{"fit cover needs both", "fit fill needs both"}},
		{`[{"name":"a","width":8192,"height":8192}]`, []string{"67108864 pixels; the limit is 33554432"}},
		{`[{"name":"a","width":10,"format":"png","quality":80}]`, []string{"quality is for jpeg"}},
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
