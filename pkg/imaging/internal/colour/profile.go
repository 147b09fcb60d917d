// Package colour converts 8-bit pixels from the colour space of an embedded ICC
// profile to sRGB. Tables in profiles are evaluated by github.com/kovidgoyal/imaging; what
// is here makes that safe on hostile profiles and fast on pixels. Curves are read
// here: the library panics on those that are linear, and does not read grey.
//
// Guarantees:
//   - [Parse] gives a profile or an error for any input: it never panics. It
//     allocates at most 4 MB and ten times the profile's size, which is at most [MaxBytes].
//   - A profile that was parsed converts every pixel: the converters cannot fail.
//     Where a hostile profile is undefined (not a number), the result is black.
//   - Colours outside of sRGB are clipped per channel, as by lcms2 and browsers.
//   - A [Profile] may be used by several goroutines at once.
//
// The rendering intent is perceptual, the one meant for photographs, whatever
// the profile's header asks for, with black point compensation for table profiles, so that
// the darkest ink becomes black. Matrix profiles have a single intent.
//
// Non-goals: depths other than 8 bits, spaces other than RGB, grey and CMYK, device
// links, named colours, and the rare CMYK profiles of version 4 with lutAToB tables
// (Parse says so; [CMYKWithoutProfile] is the way out).
package colour

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
)

// MaxBytes is the largest profile that is read: 4 MiB. Profiles of presses, the largest
// in use, have 0.5 to 2.7 MB.
const MaxBytes = 4 << 20

// Space is the colour space of a profile's pixels.
type Space string

// The spaces that are converted.
const (
	RGB  Space = "RGB"
	Gray Space = "grey"
	CMYK Space = "CMYK"
)

// Profile converts pixels of its colour space to sRGB.
type Profile struct {
	space  Space
	isSRGB bool
	// One of these is set:
	grey   *[256]byte // grey
	matrix *matrix    // RGB by curves and a matrix
	table  *grid      // RGB or CMYK by a table
}

// sRGBTolerance is by how many of the 256 levels a colour may move under a
// profile that [Profile.IsSRGB] calls sRGB. The tiny sRGB profiles (Facebook's "c2",
// "sRGB-nano" and their like) approximate the curve with few points or are rounded; none
// moves a colour further.
const sRGBTolerance = 1

// Parse reads an ICC profile of version 2 or 4 (ICC.1:2022), as embedded in a file.
func Parse(profile []byte) (p *Profile, err error) {
	// The library recovers from its own panics when it reads the list of tags,
	// but not when it reads a table.
	defer func() {
		if v := recover(); v != nil {
			p, err = nil, fmt.Errorf("reading an ICC profile: %v", v)
		}
	}()
	c, err := open(profile)
	if err != nil {
		return nil, fmt.Errorf("reading an ICC profile: %w", err)
	}
	p, err = c.build()
	if err != nil {
		return nil, fmt.Errorf("reading an ICC profile for %s: %w", c.space, err)
	}
	p.isSRGB = p.farthest() <= sRGBTolerance
	return p, nil
}

// build prepares the tables.
func (c container) build() (*Profile, error) {
	p := &Profile{space: c.space}
	var err error
	table := c.table()
	switch {
	case c.space == Gray:
		p.grey, err = c.grey()
	case table != nil:
		p.table, err = c.grid(table)
	case c.space == RGB:
		p.matrix, err = c.matrix()
	default:
		err = errors.New("it has no table")
	}
	return p, err
}

// grid hands a table to the library.
func (c container) grid(table []byte) (*grid, error) {
	if err := checkTable(table, c.space.channels()); err != nil {
		return nil, err
	}
	parsed, err := icc.DecodeProfile(bytes.NewReader(c.repack(table)))
	if err != nil {
		return nil, err
	}
	const blackPoint, clamp, mapGamut, optimise = true, true, false, true
	toSRGB, err := parsed.CreateTransformerToSRGB(icc.PerceptualRenderingIntent, blackPoint, c.space.channels(), clamp, mapGamut, optimise)
	if err != nil {
		return nil, err
	}
	var g *grid
	if c.space == CMYK {
		g = newGrid(cmykGrid, 4, func(in [4]float64) (r, g, b float64) {
			var out [4]float64
			toSRGB.TransformGeneral(out[:], in[:])
			return out[0], out[1], out[2]
		})
	} else {
		g = newGrid(rgbGrid, 3, func(in [4]float64) (r, g, b float64) {
			return toSRGB.Transform(in[0], in[1], in[2])
		})
	}
	if !g.defined() {
		return nil, errors.New("its table gives no colours")
	}
	return g, nil
}

func (s Space) channels() int {
	switch s {
	case Gray:
		return 1
	case CMYK:
		return 4
	default:
		return 3
	}
}

// Space returns the colour space of the pixels that the profile is for. A
// profile that does not fit an image's pixels is to be ignored.
func (p *Profile) Space() Space { return p.space }

// IsSRGB says that pixels need no conversion: none of a grid of 18 levels per channel
// moves by more than 1 of 256 levels in any channel. CMYK never is.
func (p *Profile) IsSRGB() bool { return p.isSRGB }

// farthest returns the largest move of a channel over a grid of colours, 256 for CMYK.
func (p *Profile) farthest() int {
	const step = 15
	most := 0
	compare := func(pixel [4]byte) {
		out := pixel
		p.ConvertRGBA(out[:])
		for c := range 3 {
			most = max(most, int(out[c])-int(pixel[c]), int(pixel[c])-int(out[c]))
		}
	}
	switch p.space {
	case CMYK:
		return 256
	case Gray:
		for v := range 256 {
			compare([4]byte{byte(v), byte(v), byte(v), 255})
		}
		return most
	}
	for r := 0; r < 256; r += step {
		for g := 0; g < 256; g += step {
			for b := 0; b < 256; b += step {
				if compare([4]byte{byte(r), byte(g), byte(b), 255}); most > sRGBTolerance {
					return most
				}
			}
		}
	}
	return most
}
