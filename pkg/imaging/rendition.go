package imaging

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
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

// DefaultQuality is the JPEG quality where a rendition gives none.
const DefaultQuality = 80

// Fit says how an image is put into a rendition's box.
type Fit string

// The fits; [Rendition] has their exact rules.
const (
	// Contain keeps the whole image and its aspect.
	Contain Fit = "contain"
	// Cover fills the box and keeps the aspect; what protrudes is cropped, centred.
	Cover Fit = "cover"
	// Fill stretches the image to the box.
	Fill Fit = "fill"
)

// Rendition describes one output image. With w x h the source as displayed, and
// W x H the box:
//
//   - contain: scaled by min(W/w, H/h). The side that decides is met exactly, the
//     other is rounded half up and is at least 1, so no side exceeds the box. A side left out
//     (0) is bounded by MaxOutputSide and MaxOutputPixels alone.
//   - cover: the centred largest part of the source with the box's aspect (its
//     shorter side rounded half up), scaled to exactly W x H.
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
	// Format of the output; empty is the source's.
	Format Format `json:"format,omitempty"`
	// Quality of a JPEG, 1 to 100; 0 is DefaultQuality. Not for PNG.
	Quality int `json:"quality,omitempty"`
	// Enlarge allows an output larger than the source.
	Enlarge bool `json:"enlarge,omitempty"`
}

var validName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

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
		bad("fit is %q; it must be %s, %s or %s", r.Fit, Contain, Cover, Fill)
	}
	if _, ok := codecs[r.Format]; !ok && r.Format != "" {
		bad("format is %q; it must be %s, %s, or left out for the source's", r.Format, JPEG, PNG)
	}
	if r.Quality < 0 || r.Quality > 100 {
		bad("quality is %d; it must be 1 to 100, or left out for %d", r.Quality, DefaultQuality)
	}
	if r.Quality != 0 && r.Format == PNG {
		bad("quality is for jpeg; a png is always lossless")
	}
	return errors.Join(problems...)
}

// ParseRenditions reads a JSON array of renditions. Unknown fields, a name used
// twice, an empty array and anything after the array are refused; all that
// is wrong with the renditions is reported, joined.
func ParseRenditions(text string) ([]Rendition, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	var renditions []Rendition
	if err := decoder.Decode(&renditions); err != nil {
		return nil, fmt.Errorf("renditions: reading the JSON array: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("renditions: there is more after the JSON array")
	}
	if len(renditions) == 0 {
		return nil, errors.New("renditions: at least one is needed")
	}
	var problems []error
	seen := map[string]bool{}
	for _, r := range renditions {
		problems = append(problems, r.Validate())
		if seen[r.Name] {
			problems = append(problems, fmt.Errorf("rendition %q: the name is used twice", r.Name))
		}
		seen[r.Name] = true
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return renditions, nil
}
