package scene

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
)

// Theme is a scheme of colours.
type Theme int

// The themes.
const (
	Light Theme = iota
	Dark
)

func (t Theme) String() string { return [...]string{"light", "dark"}[t] }

// Color is a role, whose colour the theme says, or a colour as #rrggbb. The
// latter is made darker or lighter until it has a contrast of 3:1 with the
// theme's surface, which is what WCAG 2.2 (1.4.11) asks of lines and shapes.
type Color string

// The roles. Text is in Ink, Muted, Accent or a state's colour, which have a
// contrast of 4.5:1 with the surface (WCAG 2.2, 1.4.3, level AA).
const (
	Page         Color = "page"    // behind the widgets
	Surface      Color = "surface" // of a widget
	Border       Color = "border"
	Grid         Color = "grid"
	Axis         Color = "axis"
	Ink          Color = "ink"
	Muted        Color = "muted"
	Accent       Color = "accent" // of links
	OK           Color = "ok"
	Alarm        Color = "alarm"
	Insufficient Color = "insufficient"
)

// Series is the colour of the n-th series that has none of its own.
func Series(n int) Color { return Color("series-" + strconv.Itoa(n%seriesColors+1)) }

const seriesColors = 8

// palette has each role's colour in the light and in the dark theme. The series
// begin with the hues of CloudWatch's own palette; hue and lightness keep all of
// them apart for readers who do not tell red from green, which a test measures.
var palette = map[Color][2]string{
	Page:         {"#f2f3f5", "#0d1219"},
	Surface:      {"#ffffff", "#161d26"},
	Border:       {"#d5d9de", "#323c49"},
	Grid:         {"#e9ebed", "#29323d"},
	Axis:         {"#aab2bd", "#5a6675"},
	Ink:          {"#0f141a", "#e9ebed"},
	Muted:        {"#545b64", "#a9b2bd"},
	Accent:       {"#0064b8", "#6cb2f5"},
	OK:           {"#14692d", "#46c46a"},
	Alarm:        {"#c7251a", "#ff7b72"},
	Insufficient: {"#5f6b7a", "#a9b2bd"},
	"series-1":   {"#1f5fae", "#6fb0f5"},
	"series-2":   {"#c47f0a", "#f0a62a"},
	"series-3":   {"#2a9d7f", "#7fe0b8"},
	"series-4":   {"#8c1c13", "#e0564f"},
	"series-5":   {"#7b3fe4", "#a970ff"},
	"series-6":   {"#1793b5", "#97e6f5"},
	"series-7":   {"#b3306f", "#e06fb4"},
	"series-8":   {"#8f7030", "#d8cb78"},
}

// rgb is an opaque colour.
type rgb color.NRGBA

// RGBA makes rgb a color.Color.
func (c rgb) RGBA() (r, g, b, a uint32) { return color.NRGBA(c).RGBA() }

func (c rgb) hex() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func parse(s string) (rgb, bool) {
	if len(s) != 7 || s[0] != '#' {
		return rgb{}, false
	}
	v, err := strconv.ParseUint(s[1:], 16, 24)
	return rgb{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}, err == nil
}

// in is the colour in a theme. What is neither a role nor a colour is ink.
func (c Color) in(t Theme) rgb {
	if both, ok := palette[c]; ok {
		role, _ := parse(both[t])
		return role
	}
	own, ok := parse(string(c))
	if !ok {
		return Ink.in(t)
	}
	return legible(own, t)
}

// css is the colour for a page.
func (c Color) css() string {
	both := "light-dark(" + c.in(Light).hex() + "," + c.in(Dark).hex() + ")"
	if _, ok := palette[c]; ok {
		return "var(--cw-" + string(c) + "," + both + ")"
	}
	return both
}

// legible moves a colour towards black or white until it stands out from the
// theme's surface.
func legible(c rgb, t Theme) rgb {
	const enough = 3.0
	surface, target := Surface.in(t), rgb{A: 255}
	if t == Dark {
		target = rgb{255, 255, 255, 255}
	}
	for share := 0.0; share <= 1; share += .02 {
		if m := mix(c, target, share); contrast(m, surface) >= enough {
			return m
		}
	}
	return target
}

func mix(a, b rgb, share float64) rgb {
	at := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + share*(float64(y)-float64(x)))) }
	return rgb{at(a.R, b.R), at(a.G, b.G), at(a.B, b.B), 255}
}

// linear is a channel in linear light (IEC 61966-2-1).
func linear(v uint8) float64 {
	f := float64(v) / 255
	if f <= .04045 {
		return f / 12.92
	}
	return math.Pow((f+.055)/1.055, 2.4)
}

// contrast is WCAG's ratio of luminances, from 1 to 21.
func contrast(a, b rgb) float64 {
	luminance := func(c rgb) float64 { return .2126*linear(c.R) + .7152*linear(c.G) + .0722*linear(c.B) }
	x, y := luminance(a), luminance(b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

// Hex says whether s is a colour as #rrggbb.
func Hex(s string) bool {
	_, ok := parse(s)
	return ok
}
