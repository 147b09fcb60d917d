package imaging

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"image"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/gen2brain/jpegn"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

var update = flag.Bool("update", false, "write testdata/golden from what the code does now")

const goldenFolder = "testdata/golden"

// golden are the hashes of all cases' pixels, and where they were made: there
// they are exact. Elsewhere floating point may round a weight differently: the pictures
// beside the hashes then allow 1 per channel.
type golden struct {
	Architecture string            `json:"architecture"`
	Hashes       map[string]string `json:"hashes"`
}

// goldenCases are files and what is made of them.
func goldenCases(t *testing.T) map[string]struct {
	data []byte
	r    Rendition
} {
	cases := map[string]struct {
		data []byte
		r    Rendition
	}{}
	add := func(name string, data []byte, r Rendition) {
		r.Name = "r"
		cases[name] = struct {
			data []byte
			r    Rendition
		}{data, r}
	}
	small := Rendition{Width: 24, Height: 24, Format: PNG}
	for name, chart := range sample.Charts {
		data := pngOf(t, chart(181, 133))
		add(name+"-down", data, small)
		add(name+"-up", pngOf(t, chart(23, 17)), Rendition{Width: 30, Enlarge: true})
		add(name+"-cover", data, Rendition{Width: 24, Height: 24, Fit: Cover, Position: Right})
		add(name+"-jpeg", data, Rendition{Width: 24, Format: JPEG, Background: "#8090a0"})
	}
	for n := range 8 {
		add("orientation-"+string(rune('1'+n)), sample.Oriented(n+1), small)
	}
	for name, ratio := range map[string]jpegn.Subsampling{"444": jpegn.Subsample444, "440": jpegn.Subsample440, "422": jpegn.Subsample422, "420": jpegn.Subsample420, "grey": jpegn.SubsampleGray} {
		for _, progressive := range []bool{false, true} {
			var b bytes.Buffer
			if err := jpegn.Encode(&b, sample.Ramp(203, 151), &jpegn.EncodeOptions{Quality: 90, Subsampling: ratio, Progressive: progressive}); err != nil {
				t.Fatal(err)
			}
			name := "jpeg-" + name
			if progressive {
				name += "-progressive"
			}
			add(name, b.Bytes(), small)
			add(name+"-to-jpeg", b.Bytes(), Rendition{Width: 24})
		}
	}
	photo := sample.Photo(240, 160, 3)
	add("entropy", photo, Rendition{Width: 24, Height: 24, Fit: Cover, Position: Entropy, Format: PNG})
	add("attention", photo, Rendition{Width: 24, Height: 24, Fit: Cover, Position: Attention, Format: PNG})
	add("sharpen", photo, Rendition{Width: 24, Sharpen: 1, Format: PNG})
	add("webp", photo, Rendition{Width: 24, Format: WebP})
	add("cmyk", flatCMYK(0, [4]byte{200, 100, 50, 255}, true), Rendition{Width: 8, Format: PNG})
	return cases
}

// TestGolden holds the pixels of every case. Renew with: make golden.
func TestGolden(t *testing.T) {
	t.Parallel()
	cases := goldenCases(t)
	if *update {
		if err := os.RemoveAll(goldenFolder); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(goldenFolder, 0o755); err != nil {
			t.Fatal(err)
		}
		made := golden{Architecture: runtime.GOARCH, Hashes: map[string]string{}}
		for name, c := range cases {
			img, _ := process(t, c.data, c.r)
			made.Hashes[name] = hash(img)
			if err := os.WriteFile(goldenPicture(name), pngOf(t, img), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, err := json.MarshalIndent(made, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(goldenFolder, "hashes.json"), append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var want golden
	text, err := os.ReadFile(filepath.Join(goldenFolder, "hashes.json"))
	if err != nil {
		t.Fatalf("%v; make golden writes it", err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if have, listed := slices.Sorted(maps.Keys(cases)), slices.Sorted(maps.Keys(want.Hashes)); !slices.Equal(have, listed) {
		t.Errorf("the cases are\n%v, and the goldens\n%v; make golden renews them", have, listed)
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := process(t, c.data, c.r)
			if hash(got) == want.Hashes[name] {
				return
			}
			picture, err := os.ReadFile(goldenPicture(name))
			if err != nil {
				t.Fatalf("%v; make golden writes it", err)
			}
			img, err := png.Decode(bytes.NewReader(picture))
			if err != nil {
				t.Fatal(err)
			}
			if d := farthest(t, got, copyOf(img, img.Bounds())); d > 1 || runtime.GOARCH == want.Architecture {
				t.Errorf("differs from %s by %d; if that is meant, make golden renews it", goldenPicture(name), d)
			}
		})
	}
}

func goldenPicture(name string) string { return filepath.Join(goldenFolder, name+".png") }

func hash(img *image.RGBA) string {
	sum := sha256.New()
	_, _ = sum.Write([]byte(img.Rect.String())) // a hash takes every write
	_, _ = sum.Write(img.Pix)
	return hex.EncodeToString(sum.Sum(nil))
}
