package scene

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
)

// sample has every kind of mark, and texts that would break out of an element.
func sample() *Scene {
	s := &Scene{Width: 200, Height: 100, Title: `<script>alert("1")</script>`, Description: "a & b\x00\x1b"}
	s.Rect(Box{0, 0, 200, 100}, 4, Style{Fill: Surface, Stroke: Border, Width: 1})
	s.Line(Style{Stroke: Series(0), Width: 2, Dash: 3}, Point{0, 0}, Point{100, math.NaN()}, Point{200, 100})
	s.Polygon(Style{Fill: "#ff0000", Opacity: .5}, Point{0, 0}, Point{10, 0}, Point{10, 10})
	s.Circle(Point{50, 50}, 5, Style{Fill: Series(3)})
	g := s.Group(Group{At: Point{10, 10}, Clip: &Box{0, 0, 50, 50}, Tip: `"><script>`, Link: `https://example.org/?a="b"&c`})
	g.Text(Point{0, 20}, `</text><script>x</script>`, Type{Size: 12, Font: Bold, Color: Ink, Anchor: Middle})
	s.Group(Group{Link: "javascript:alert(1)"}).Text(Point{0, 90}, "no link", Type{Size: 12, Font: Mono, Color: `"/><script>`})
	return s
}

func TestSVGIsWellFormedAndEscaped(t *testing.T) {
	t.Parallel()
	for name, svg := range map[string]string{"inline": sample().Inline(), "light": string(sample().SVG(Light)), "dark": string(sample().SVG(Dark))} {
		d := xml.NewDecoder(strings.NewReader(svg))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v\n%s", name, err, svg)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "script" {
				t.Errorf("%s has a script", name)
			}
		}
		for _, bad := range []string{"javascript:", "NaN", "\x00"} {
			if strings.Contains(svg, bad) {
				t.Errorf("%s has %q", name, bad)
			}
		}
		if name != "inline" && (strings.Contains(svg, "light-dark") || strings.Contains(svg, "var(--cw-ink")) {
			t.Errorf("%s needs a page's colours", name)
		}
		if name == "inline" && strings.Contains(svg, ` id="`) {
			t.Errorf("%s has ids, of which a page would have each twice", name)
		}
	}
}

func TestTheSameMarksAreTheSameBytes(t *testing.T) {
	t.Parallel()
	first, second := sample(), sample()
	if first.Inline() != second.Inline() || !bytes.Equal(first.SVG(Dark), second.SVG(Dark)) {
		t.Error("two SVGs of one scene differ")
	}
	one, err := sample().PNG(Light, 2)
	if err != nil {
		t.Fatal(err)
	}
	two, err := sample().PNG(Light, 2)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("two PNGs of one scene differ (%v)", err)
	}
	m, err := png.Decode(bytes.NewReader(one))
	if err != nil || m.Bounds().Dx() != 400 || m.Bounds().Dy() != 200 {
		t.Errorf("the PNG is %v (%v), not of 400 x 200 pixels", m.Bounds(), err)
	}
}

func TestPNGRefusesSizes(t *testing.T) {
	t.Parallel()
	for _, size := range []float64{0, -1, math.NaN(), math.Inf(1), 1e6} {
		if _, err := (&Scene{Width: size, Height: size}).PNG(Light, 1); err == nil {
			t.Errorf("a drawing of %g pixels is an image", size)
		}
	}
}

// TestContrast holds the palette to WCAG 2.2, level AA: 4.5:1 for text, 3:1 for
// lines and shapes.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, theme := range []Theme{Light, Dark} {
		need := map[Color]float64{Ink: 4.5, Muted: 4.5, Accent: 4.5, OK: 4.5, Alarm: 4.5, Insufficient: 4.5}
		for n := range seriesColors {
			need[Series(n)] = 3
		}
		for _, own := range []Color{"#ffffff", "#000000", "#88ccee", "#332288", "#ddcc77", "#161d26"} {
			need[own] = 3
		}
		for _, state := range []Color{OK, Alarm, Insufficient} {
			tint := mix(Surface.in(theme), state.in(theme), .1) // of an alarm's tile
			if got := contrast(state.in(theme), tint); got < 4.5 {
				t.Errorf("%s on its tint in the %s theme has a contrast of %.2f:1", state, theme, got)
			}
		}
		for c, least := range need {
			if got := contrast(c.in(theme), Surface.in(theme)); got < least {
				t.Errorf("%s in the %s theme has a contrast of %.2f:1, less than %g:1", c, theme, got, least)
			}
		}
	}
}

// TestSeriesAreToldApart measures how far apart the series' colours are for
// readers with full colour vision, with deuteranopia and with protanopia
// (Machado, Oliveira, Fernandes 2009, severity 1), as CIE 1976 ΔE. 2.3 is just
// noticeable.
func TestSeriesAreToldApart(t *testing.T) {
	t.Parallel()
	visions := map[string][3][3]float64{
		"full":         {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"deuteranopia": {{.367322, .860646, -.227968}, {.280085, .672501, .047413}, {-.011820, .042940, .968881}},
		"protanopia":   {{.152286, 1.052583, -.204868}, {.114503, .786281, .099216}, {-.003882, -.048116, 1.051998}},
	}
	for _, theme := range []Theme{Light, Dark} {
		for vision, m := range visions {
			for i := range seriesColors {
				for j := range i {
					a, b := lab(Series(i).in(theme), m), lab(Series(j).in(theme), m)
					distance := math.Sqrt(math.Pow(a[0]-b[0], 2) + math.Pow(a[1]-b[1], 2) + math.Pow(a[2]-b[2], 2))
					least := 10.0
					if i < 6 {
						least = 20
					}
					if distance < least {
						t.Errorf("%s theme, %s: series %d and %d are %.1f apart, less than %g", theme, vision, j+1, i+1, distance, least)
					}
				}
			}
		}
	}
}

// lab is a colour in CIE 1976 L*a*b* (D65) as a vision sees it.
func lab(c rgb, vision [3][3]float64) [3]float64 {
	light := [3]float64{linear(c.R), linear(c.G), linear(c.B)}
	times := func(m [3][3]float64, v [3]float64) (out [3]float64) {
		for i, row := range m {
			for j := range row {
				out[i] += row[j] * v[j]
			}
		}
		return out
	}
	seen := times(vision, light)
	for i := range seen {
		seen[i] = min(max(seen[i], 0), 1)
	}
	xyz := times([3][3]float64{{.4124, .3576, .1805}, {.2126, .7152, .0722}, {.0193, .1192, .9505}}, seen)
	for i, white := range []float64{.9505, 1, 1.089} {
		if v := xyz[i] / white; v > .008856 {
			xyz[i] = math.Cbrt(v)
		} else {
			xyz[i] = 7.787*v + 16./116
		}
	}
	return [3]float64{116*xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])}
}

func TestFit(t *testing.T) {
	t.Parallel()
	whole := "a label"
	if got := Fit(whole, 12, Regular, Measure(whole, 12, Regular)); got != whole {
		t.Errorf("a text of just the width is %q", got)
	}
	short := Fit("a much longer label, naïve 漢字", 12, Bold, 60)
	if !strings.HasSuffix(short, "…") || Measure(short, 12, Bold) > 60 {
		t.Errorf("%q is not shortened to 60 pixels", short)
	}
	if got := Fit("wide", 12, Regular, 3); got != "" {
		t.Errorf("%q is in 3 pixels", got)
	}
}
