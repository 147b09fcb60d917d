package jpeg

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHeader: the geometry and the model follow the rules.
func TestHeader(t *testing.T) {
	t.Parallel()
	l := layouts["4:2:0"]
	l.width, l.height, l.scans = 101, 51, interleaved(l.components)
	d, err := New(l.write(1), 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	want := []Plane{{51, 26, 50.5, 25.5}, {51, 26, 50.5, 25.5}, {51, 26, 50.5, 25.5}}
	if diff := cmp.Diff(want, d.Planes()); diff != "" {
		t.Error(diff)
	}
	jfif := segment(app0, []byte("JFIF\x00\x01\x02\x00\x00\x01\x00\x01\x00\x00")...)
	for i, c := range []struct {
		ids      string
		segments []byte
		want     Model
		adobe    bool
	}{
		{"\x01", nil, Gray, false},
		{"\x01\x02\x03", nil, YCbCr, false},
		{"RGB", nil, RGB, false},
		{"RGB", jfif, YCbCr, false},
		{"\x01\x02\x03", adobe(0), RGB, true},
		{"RGB", adobe(1), YCbCr, true},
		{"\x01\x02\x03\x04", nil, CMYK, false},
		{"\x01\x02\x03\x04", adobe(0), CMYK, true},
		{"\x01\x02\x03\x04", adobe(2), YCCK, true},
	} {
		l := layout{width: 8, height: 8, segments: c.segments}
		for _, id := range []byte(c.ids) {
			l.components = append(l.components, Component{ID: id, H: 1, V: 1})
		}
		l.scans = interleaved(l.components)
		got, err := decode(t, l.write(1), 1, 1)
		if err != nil || got.header.Model != c.want || got.header.Adobe != c.adobe {
			t.Errorf("case %d: %+v, %v, want model %d", i, got.header, err, c.want)
		}
	}
	if _, err := New(l.write(1), 3, 1); err == nil {
		t.Error("a denominator of 3 is accepted")
	}
}
