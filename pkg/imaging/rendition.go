package imaging

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits of what one rendition may be. Both hold for the box that is asked for,
// and so for the output, which never exceeds its box.
const (
	// MaxOutputSide is in pixels.
	MaxOutputSide = 8192
	// MaxOutputPixels is width times height: 32 Mi, 128 MiB of RGBA.
	MaxOutputPixels = 32 << 20
)

// DefaultQuality is the quality of a JPEG or a WebP where a rendition gives none.
const DefaultQuality = 80

// MaxSharpen is the largest Rendition.Sharpen: beyond it every edge is a halo.
const MaxSharpen = 5

// Fit says how an image is put into a rendition's box.
type Fit string

// The fits; [Rendition] has their exact rules.
const (
	// Contain keeps the whole image and its aspect.
	Contain Fit = "contain"
	// Cover fills the box and keeps the aspect; what protrudes is cropped, as
	// the [Position] says.
	Cover Fit = "cover"
	// Fill stretches the image to the box.
	Fill Fit = "fill"
)

// Position says which part of the image [Cover] keeps.
type Position string

// The positions. A side or a corner is of the image as displayed; in the
// direction that is not cropped, it has no effect.
const (
	Centre      Position = "centre"
	Top         Position = "top"
	Bottom      Position = "bottom"
	Left        Position = "left"
	Right       Position = "right"
	TopLeft     Position = "top-left"
	TopRight    Position = "top-right"
	BottomLeft  Position = "bottom-left"
	BottomRight Position = "bottom-right"
	// Entropy keeps the part with the most detail.
	Entropy Position = "entropy"
	// Attention keeps the part that people look at first: edges, saturated
	// colours, skin.
	Attention Position = "attention"
)

var positions = []Position{
	Centre, Top, Bottom, Left, Right, TopLeft, TopRight, BottomLeft, BottomRight, Entropy, Attention,
}

// writables are the formats that a rendition may ask for.
var writables = []Format{JPEG, PNG, WebP}

// Rendition describes one output image. With w x h the source as displayed, and
// W x H the box:
//
//   - contain: scaled by min(W/w, H/h). The side that decides is met exactly, the
//     other is rounded half up and is at least 1, so no side exceeds the box. A side left out
//     (0) is bounded by MaxOutputSide and MaxOutputPixels alone.
//   - cover: the largest part of the source with the box's aspect (its shorter
//     side rounded half up), at Position, scaled to exactly W x H.
//   - fill: exactly W x H.
//
// Unless Enlarge is set, no output is larger than the source: contain scales by
// at most 1; cover whose part is smaller than the box is left at the source's
// scale; fill takes the smaller of source and box for each side.
type Rendition struct {
	// Name is [a-z0-9-]{1,32}, unique among its siblings.
	Name string `json:"name"`
	// Width and Height of the box, in pixels. One may be 0 for contain.
	Width  int `json:"width,omitempty"`
	Height int `json:"height,omitempty"`
	// Fit is Contain if empty.
	Fit Fit `json:"fit,omitempty"`
	// Position is Centre if empty. For Cover alone.
	Position Position `json:"position,omitempty"`
	// Format of the output: JPEG, PNG or WebP. Empty is the source's, and PNG
	// for a source of a format that is only read (GIF, BMP, TIFF): see OutputFormat.
	Format Format `json:"format,omitempty"`
	// Quality of a JPEG or a WebP, 1 to 100; 0 is DefaultQuality. Not for PNG.
	Quality int `json:"quality,omitempty"`
	// Background is what transparency is flattened on where the output has none, a
	// JPEG: #rrggbb in sRGB; empty is white. Other outputs stay transparent.
	Background string `json:"background,omitempty"`
	// Sharpen is the amount of an unsharp mask of radius 1 px, applied to the
	// output: 0, none, to MaxSharpen.
	Sharpen float64 `json:"sharpen,omitempty"`
	// Enlarge allows an output larger than the source.
	Enlarge bool `json:"enlarge,omitempty"`
}

// OutputFormat is the format that the rendition has of a source of this format.
func (r Rendition) OutputFormat(source Format) Format {
	return cmp.Or(r.Format, writable(source))
}

// quality is Quality, or what it is where it is left out.
func (r Rendition) quality() int { return cmp.Or(r.Quality, DefaultQuality) }

// background is Background, opaque. It is white where Background is empty or,
// which Validate refuses, no colour.
func (r Rendition) background() color.RGBA {
	rgb, err := strconv.ParseUint(strings.TrimPrefix(r.Background, "#"), 16, 24)
	if err != nil {
		return color.RGBA{R: 0xff, G: 0xff, B: 0xff, A: 0xff}
	}
	return color.RGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xff}
}

var (
	validName   = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	validColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

// Validate reports everything that is wrong with the rendition, joined.
func (r Rendition) Validate() error {
	var problems []error
	bad := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("rendition %q: %w", r.Name, fmt.Errorf(format, args...)))
	}
	if !validName.MatchString(r.Name) {
		bad("name must be 1 to 32 of a-z, 0-9 and -")
	}
	for _, side := range []struct {
		name  string
		value int
	}{{"width", r.Width}, {"height", r.Height}} {
		if side.value < 0 || side.value > MaxOutputSide {
			bad("%s is %d; it must be 0 to %d", side.name, side.value, MaxOutputSide)
		}
	}
	if int64(r.Width)*int64(r.Height) > MaxOutputPixels {
		bad("%dx%d is %d pixels; the limit is %d", r.Width, r.Height, int64(r.Width)*int64(r.Height), MaxOutputPixels)
	}
	switch r.Fit {
	case Contain, "":
		if r.Width == 0 && r.Height == 0 {
			bad("width or height is needed")
		}
	case Cover, Fill:
		if r.Width == 0 || r.Height == 0 {
			bad("fit %s needs both width and height", r.Fit)
		}
	default:
		bad("fit is %q; it must be %s", r.Fit, alternatives([]Fit{Contain, Cover, Fill}))
	}
	if r.Position != "" && !slices.Contains(positions, r.Position) {
		bad("position is %q; it must be %s", r.Position, alternatives(positions))
	}
	if r.Position != "" && r.Fit != Cover {
		bad("position is for fit %s, which alone crops", Cover)
	}
	if r.Format != "" && !slices.Contains(writables, r.Format) {
		bad("format is %q; it must be %s, or left out for the source's", r.Format, alternatives(writables))
	}
	if r.Quality < 0 || r.Quality > 100 {
		bad("quality is %d; it must be 1 to 100, or left out for %d", r.Quality, DefaultQuality)
	}
	if r.Quality != 0 && r.Format == PNG {
		bad("quality is for jpeg and webp; a png is always lossless")
	}
	if r.Background != "" && !validColour.MatchString(r.Background) {
		bad("background is %q; it must be a colour such as #ffffff", r.Background)
	}
	if !(r.Sharpen >= 0 && r.Sharpen <= MaxSharpen) { // NaN is neither
		bad("sharpen is %v; it must be 0 to %d", r.Sharpen, MaxSharpen)
	}
	return errors.Join(problems...)
}

// alternatives lists names as a sentence does: a, b or c.
func alternatives[S ~string](names []S) string {
	var text strings.Builder
	for i, name := range names {
		switch {
		case i > 0 && i == len(names)-1:
			text.WriteString(" or ")
		case i > 0:
			text.WriteString(", ")
		}
		text.WriteString(string(name))
	}
	return text.String()
}
