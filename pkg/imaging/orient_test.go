package imaging

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// TestOrientation: all eight orientations of a picture display the same pixels,
// in both formats, and Probe knows the displayed size.
func TestOrientation(t *testing.T) {
	t.Parallel()
	for format, picture := range map[Format]func(int) []byte{JPEG: sample.Oriented, PNG: sample.OrientedPNG} {
		want, _ := process(t, picture(1), original(PNG))
		for n := 1; n <= 8; n++ {
			data := picture(n)
			info, err := Probe(data, int64(len(data)), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if wantInfo := (Info{Format: format, Width: want.Rect.Dx(), Height: want.Rect.Dy(), Orientation: n}); info != wantInfo {
				t.Errorf("%s %d: info is %+v, want %+v", format, n, info, wantInfo)
			}
			if got, _ := process(t, data, original(PNG)); farthest(t, got, want) > 2 { // a transposed block is rounded otherwise
				t.Errorf("%s: orientation %d displays other pixels than 1, by %d", format, n, farthest(t, got, want))
			}
		}
	}
}

// TestOrientationOfScene checks one orientation against the world, not against
// our own inverse: a scene's sky is above its water.
func TestOrientationOfScene(t *testing.T) {
	t.Parallel()
	got, out := process(t, sample.Scene(), Rendition{Name: "small", Width: 300, Height: 400})
	if out.Width != 300 || out.Height != 400 {
		t.Fatalf("the scene is %dx%d, want 300x400", out.Width, out.Height)
	}
	if top, bottom := got.RGBAAt(150, 5), got.RGBAAt(150, 300); top.B <= top.R || bottom.R <= bottom.B {
		t.Errorf("the top is %v and the bottom %v; want blue sky above red water", top, bottom)
	}
}

// TestOddEXIF: whatever the EXIF holds, the image is good, and its orientation is
// that of the first directory or 1.
func TestOddEXIF(t *testing.T) {
	t.Parallel()
	tag := func(order binary.AppendByteOrder, typ uint16, value ...byte) []byte {
		b := order.AppendUint16(nil, 0x0112)
		b = order.AppendUint32(order.AppendUint16(b, typ), 1)
		return append(b, value...)
	}
	le, be := []byte("II*\x00\x08\x00\x00\x00"), []byte("MM\x00*\x00\x00\x00\x08")
	cases := map[string]struct {
		tiff []byte
		want int
	}{
		"little-endian":     {bytes.Join([][]byte{le, {1, 0}, tag(binary.LittleEndian, 3, 8, 0, 0, 0), {0, 0, 0, 0}}, nil), 8},
		"no next directory": {bytes.Join([][]byte{be, {0, 1}, tag(binary.BigEndian, 3, 0, 3, 0, 0)}, nil), 3},
		"zero":              {bytes.Join([][]byte{be, {0, 1}, tag(binary.BigEndian, 3, 0, 0, 0, 0)}, nil), 1},
		"nine":              {bytes.Join([][]byte{be, {0, 1}, tag(binary.BigEndian, 3, 0, 9, 0, 0)}, nil), 1},
		"a LONG in place":   {bytes.Join([][]byte{be, {0, 1}, tag(binary.BigEndian, 4, 0, 0, 0, 6)}, nil), 1},
		"the thumbnail's":   {bytes.Join([][]byte{be, {0, 0, 0, 0, 0, 14}, {0, 1}, tag(binary.BigEndian, 3, 0, 6, 0, 0)}, nil), 1},
		"a sub-directory's": {bytes.Join([][]byte{
			be,
			{0, 1},
			{0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 26},
			{0, 0, 0, 0},
			{0, 1},
			tag(binary.BigEndian, 3, 0, 6, 0, 0),
			{0, 0, 0, 0},
		}, nil), 1},
		"unknown type":          {bytes.Join([][]byte{be, {0, 1}, tag(binary.BigEndian, 99, 0, 6, 0, 0)}, nil), 1},
		"truncated":             {be, 1},
		"directory beyond":      {[]byte("MM\x00*\xff\xff\xff\xf0"), 1},
		"directory in itself":   {bytes.Join([][]byte{be, {0, 1}, {0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 8}}, nil), 1},
		"many entries declared": {append(bytes.Clone(be), 0xff, 0xff), 1},
		"nothing":               {nil, 1},
		"noise":                 {bytes.Repeat([]byte("noise"), 100), 1},
	}
	plain := sample.Photo(24, 16, 1)
	for name, c := range cases {
		body := append([]byte("Exif\x00\x00"), c.tiff...)
		segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2))
		data := bytes.Join([][]byte{plain[:2], segment, body, plain[2:]}, nil)
		if info, err := Probe(data, int64(len(data)), Limits{}); err != nil || info.Orientation != c.want {
			t.Errorf("%s: orientation is %d, want %d: %v", name, info.Orientation, c.want, err)
		}
		if code := accepts(t, data, Limits{}); code != "" {
			t.Errorf("%s: %s", name, code)
		}
	}
}
