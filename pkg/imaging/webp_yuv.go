package imaging

import "image"

// webpNRGBA converts the planes of a lossy WebP. They are YCbCr of ITU-R BT.601 with
// luma from 16 to 235, which [image.YCbCr] does not know: it takes luma to be full, as
// in JPEG, and contrast would be lost. Chroma is interpolated and the arithmetic is
// in 14 bits as in libwebp ("fancy upsampling", src/dsp/yuv.h), and gives the same pixels. Alpha
// may be nil.
func webpNRGBA(p *image.YCbCr, alpha []byte, alphaStride int) *image.NRGBA {
	width, height := p.Rect.Dx(), p.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	halfW, halfH := (width+1)/2, (height+1)/2
	// Chroma of one row, interpolated vertically, at 4 times its value.
	cb, cr := make([]int32, halfW), make([]int32, halfW)
	for y := range height {
		near := y / 2
		far := min(max(near-1+y&1*2, 0), halfH-1) // the row above for an even row, below for an odd one
		mixRows(cb, p.Cb[near*p.CStride:], p.Cb[far*p.CStride:])
		mixRows(cr, p.Cr[near*p.CStride:], p.Cr[far*p.CStride:])
		luma, to := p.Y[y*p.YStride:][:width], out.Pix[y*out.Stride:][:4*width]
		for x, l := range luma {
			i := x / 2
			j := min(max(i-1+x&1*2, 0), halfW-1)
			u, v := (3*cb[i]+cb[j]+8)>>4, (3*cr[i]+cr[j]+8)>>4
			// 19077 is 255/219 in 14 bits, and so on; each product loses 8 bits, 6 remain.
			yy := int32(l) * 19077 >> 8
			to[4*x] = clipWebP(yy + v*26149>>8 - 14234)
			to[4*x+1] = clipWebP(yy - u*6419>>8 - v*13320>>8 + 8708)
			to[4*x+2] = clipWebP(yy + u*33050>>8 - 17685)
			to[4*x+3] = 255
		}
		if alpha != nil {
			for x, a := range alpha[y*alphaStride:][:width] {
				to[4*x+3] = a
			}
		}
	}
	return out
}

// mixRows adds three parts of one row and one of another.
func mixRows(dst []int32, near, far []byte) {
	for i := range dst {
		dst[i] = 3*int32(near[i]) + int32(far[i])
	}
}

func clipWebP(v int32) byte { return byte(min(max(v>>6, 0), 255)) }
