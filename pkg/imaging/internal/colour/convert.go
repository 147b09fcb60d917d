package colour

import "image/color"

// ConvertRGBA converts interleaved R, G, B, A pixels to sRGB, in place. They are
// straight, not premultiplied: curves do not commute with alpha. Alpha is not touched. For a
// grey profile the pixels are grey, R = G = B. It does nothing for CMYK.
func (p *Profile) ConvertRGBA(pix []byte) {
	switch {
	case p.space == CMYK:
	case p.grey != nil:
		for ; len(pix) >= 4; pix = pix[4:] {
			pix[0], pix[1], pix[2] = p.grey[pix[0]], p.grey[pix[1]], p.grey[pix[2]]
		}
	case p.matrix != nil:
		p.matrix.convert(pix)
	default:
		p.table.convert(pix, pix)
	}
}

// ConvertGray converts grey samples of one byte to the grey of sRGB (the value of R, G
// and B), in place. It does nothing for a profile that is not grey.
func (p *Profile) ConvertGray(samples []byte) {
	if p.grey == nil {
		return
	}
	for i, v := range samples {
		samples[i] = p.grey[v]
	}
}

// ConvertCMYK converts C, M, Y, K pixels of src, 4 bytes each with 255 for full ink
// (Adobe's JPEGs store the inverse), to opaque R, G, B, A in dst, which may be
// src. It stops at the end of the shorter one, and does nothing for a profile that is
// not CMYK.
func (p *Profile) ConvertCMYK(dst, src []byte) {
	if p.space == CMYK {
		p.table.convert(dst, src)
	}
}

// CMYKWithoutProfile is [Profile.ConvertCMYK] for pixels of an unknown press, by the
// formula of [color.CMYKToRGB]: (255 - ink)(255 - black) / 255. Its colours are brighter than
// any press prints.
func CMYKWithoutProfile(dst, src []byte) {
	for len(src) >= 4 && len(dst) >= 4 {
		from, to := (*[4]byte)(src), (*[4]byte)(dst)
		to[0], to[1], to[2] = color.CMYKToRGB(from[0], from[1], from[2], from[3])
		to[3] = 255
		src, dst = src[4:], dst[4:]
	}
}
