package imaging

import (
	"image"
	"image/color"
	"image/draw"

	"github.com/pixline/pixline/pkg/imaging/internal/colour"
	"github.com/pixline/pixline/pkg/imaging/internal/jpeg"
	"github.com/pixline/pixline/pkg/imaging/internal/resample"
)

// model is what the samples of an image mean.
type model int

const (
	modelRGBA  model = iota // one plane of premultiplied R, G, B, A
	modelGray               // one plane
	modelYCbCr              // three planes, full range (JFIF)
	modelRGB                // three planes
	modelCMYK               // four planes, 255 is full ink
	modelYCCK               // four planes: the inks as Y, Cb, Cr, and K
)

func (m model) planes() int {
	return map[model]int{modelRGBA: 1, modelGray: 1, modelYCbCr: 3, modelRGB: 3, modelCMYK: 4, modelYCCK: 4}[m]
}

func jpegModel(h jpeg.Header) model {
	return map[jpeg.Model]model{jpeg.Gray: modelGray, jpeg.YCbCr: modelYCbCr, jpeg.RGB: modelRGB, jpeg.CMYK: modelCMYK, jpeg.YCCK: modelYCCK}[h.Model]
}

// plane is one channel, or four interleaved ones.
type plane struct {
	pix                   []byte
	stride, width, height int
	layout                resample.Layout
}

// raster is an image in its model, small enough to be held as a whole.
type raster struct {
	model         model
	inverted      bool // the inks: 255 is none (Adobe)
	width, height int
	planes        []plane
}

// newRaster returns a black raster. subsampled halves Cb and Cr along both axes.
func newRaster(m model, w, h int, subsampled bool) raster {
	r := raster{model: m, width: w, height: h}
	for i := range m.planes() {
		pw, ph, layout := w, h, resample.Single
		if m == modelRGBA {
			layout = resample.Premultiplied
		}
		if subsampled && i > 0 {
			pw, ph = (w+1)/2, (h+1)/2
		}
		r.planes = append(r.planes, newPlane(pw, ph, layout))
	}
	return r
}

func newPlane(w, h int, layout resample.Layout) plane {
	stride := w * layout.Channels()
	return plane{pix: make([]byte, h*stride), stride: stride, width: w, height: h, layout: layout}
}

// subsampling is how many pixels a sample of the plane covers along each axis.
func (r *raster) subsampling(plane int) int {
	p := r.planes[plane]
	if p.width < r.width || p.height < r.height {
		return 2
	}
	return 1
}

// image returns the raster, whose model is RGBA, as an image that shares its pixels.
func (r *raster) image() *image.RGBA {
	p := r.planes[0]
	return &image.RGBA{Pix: p.pix, Stride: p.stride, Rect: image.Rect(0, 0, p.width, p.height)}
}

func (r *raster) setImage(img *image.RGBA) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	*r = raster{model: modelRGBA, width: w, height: h, planes: []plane{{pix: img.Pix, stride: img.Stride, width: w, height: h, layout: resample.Premultiplied}}}
}

// planar returns the raster, whose model is Gray or YCbCr, as an image that
// shares its pixels.
func (r *raster) planar() image.Image {
	y := r.planes[0]
	bounds := image.Rect(0, 0, r.width, r.height)
	if r.model == modelGray {
		return &image.Gray{Pix: y.pix, Stride: y.stride, Rect: bounds}
	}
	ratio := image.YCbCrSubsampleRatio444
	if r.planes[1].width < r.width || r.planes[1].height < r.height {
		ratio = image.YCbCrSubsampleRatio420
	}
	return &image.YCbCr{
		Y: y.pix, Cb: r.planes[1].pix, Cr: r.planes[2].pix, YStride: y.stride, CStride: r.planes[1].stride,
		SubsampleRatio: ratio, Rect: bounds,
	}
}

// toRGBA converts to sRGB, premultiplied. profile is the source's, nil for sRGB
// and for inks without a profile.
func (r *raster) toRGBA(profile *colour.Profile) {
	switch r.model {
	case modelRGBA:
		if profile != nil {
			unpremultiply(r.planes[0].pix)
			profile.ConvertRGBA(r.planes[0].pix)
			premultiply(r.planes[0].pix)
		}
		return
	case modelCMYK, modelYCCK:
		r.inks(profile)
		return
	}
	img := image.NewRGBA(image.Rect(0, 0, r.width, r.height))
	if r.model == modelRGB {
		interleave(img.Pix, r.planes)
	} else {
		draw.Draw(img, img.Rect, r.planar(), image.Point{}, draw.Src)
	}
	if profile != nil {
		profile.ConvertRGBA(img.Pix)
	}
	r.setImage(img)
}

// inks converts CMYK and YCCK.
func (r *raster) inks(profile *colour.Profile) {
	img := image.NewRGBA(image.Rect(0, 0, r.width, r.height))
	interleave(img.Pix, r.planes)
	if r.model == modelYCCK {
		for p := img.Pix; len(p) >= 4; p = p[4:] {
			red, green, blue := color.YCbCrToRGB(p[0], p[1], p[2])
			p[0], p[1], p[2] = 255-red, 255-green, 255-blue // as libjpeg defines it
		}
	}
	if r.inverted {
		for i, v := range img.Pix {
			img.Pix[i] = 255 - v
		}
	}
	if profile != nil {
		profile.ConvertCMYK(img.Pix, img.Pix)
	} else {
		colour.CMYKWithoutProfile(img.Pix, img.Pix)
	}
	r.setImage(img)
}

// interleave writes planes of one size into pixels of four bytes; the fourth is
// 255 if there are three.
func interleave(pix []byte, planes []plane) {
	for i := range planes[0].pix {
		p := pix[4*i : 4*i+4 : 4*i+4]
		p[0], p[1], p[2], p[3] = planes[0].pix[i], planes[1].pix[i], planes[2].pix[i], 255
		if len(planes) == 4 {
			p[3] = planes[3].pix[i]
		}
	}
}

// toRGBA returns a decoded image as premultiplied 8-bit RGBA with its origin at
// 0, 0. It may reuse the pixels of img.
func toRGBA(img image.Image) *image.RGBA {
	b := img.Bounds()
	switch img := img.(type) {
	case *image.RGBA:
		return &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: image.Rect(0, 0, b.Dx(), b.Dy())}
	case *image.NRGBA: // in place: the copy would be as large as the source
		premultiply(img.Pix)
		return &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: image.Rect(0, 0, b.Dx(), b.Dy())}
	}
	dst := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(dst, dst.Rect, img, b.Min, draw.Src)
	return dst
}

// premultiply multiplies the colours of straight pixels by their alpha, rounded.
func premultiply(pix []byte) {
	for ; len(pix) >= 4; pix = pix[4:] {
		switch a := uint32(pix[3]); a {
		case 255:
		case 0:
			pix[0], pix[1], pix[2] = 0, 0, 0
		default:
			pix[0], pix[1], pix[2] = scale(pix[0], a), scale(pix[1], a), scale(pix[2], a)
		}
	}
}

// scale returns v*a/255, rounded: exact for all bytes (Blinn, "Three wrongs make a right").
func scale(v byte, a uint32) byte {
	t := uint32(v)*a + 128
	return byte((t + t>>8) >> 8)
}

// unpremultiply is its inverse, as far as 8 bits keep the colour.
func unpremultiply(pix []byte) {
	for ; len(pix) >= 4; pix = pix[4:] {
		if a := uint32(pix[3]); a != 0 && a != 255 {
			for i := range 3 {
				pix[i] = byte(min(255, (uint32(pix[i])*255+a/2)/a))
			}
		}
	}
}

// profileFor reads an embedded profile. One that is broken, does not fit the
// image's model, or is sRGB, is none: the picture matters more than its shades.
func profileFor(icc []byte, m model) *colour.Profile {
	if len(icc) == 0 {
		return nil
	}
	p, err := colour.Parse(icc)
	if err != nil || p.IsSRGB() {
		return nil
	}
	space := colour.RGB
	switch m {
	case modelGray:
		space = colour.Gray
	case modelCMYK, modelYCCK:
		space = colour.CMYK
	}
	// A PNG's grey is RGBA here, and its profile may be a grey one.
	if p.Space() != space && !(m == modelRGBA && p.Space() == colour.Gray) {
		return nil
	}
	return p
}

// clampToAlpha limits colours to their alpha, beyond which a sharpened edge can go.
func clampToAlpha(pix []byte) {
	for ; len(pix) >= 4; pix = pix[4:] {
		pix[0], pix[1], pix[2] = min(pix[0], pix[3]), min(pix[1], pix[3]), min(pix[2], pix[3])
	}
}
