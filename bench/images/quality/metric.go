package quality

import (
	"errors"
	"math"
)

// Score is how near a picture is to its reference.
type Score struct {
	// PSNR is in dB, over all samples of R, G and B. +Inf if they are the same.
	PSNR float64
	// SSIM is at most 1, which is the same.
	SSIM float64
}

// ErrSize is a picture of another size than its reference.
var ErrSize = errors.New("the picture has another size than its reference")

// Compare scores a picture.
func Compare(picture, reference *Picture) (Score, error) {
	if picture.Width != reference.Width || picture.Height != reference.Height {
		return Score{}, ErrSize
	}
	return Score{psnr(picture, reference), ssim(picture, reference)}, nil
}

// psnr is 10 log10(255^2 / MSE).
func psnr(a, b *Picture) float64 {
	sum := 0.0
	for i, v := range a.Pix {
		d := v - b.Pix[i]
		sum += d * d
	}
	return 10 * math.Log10(255*255/(sum/float64(len(a.Pix))))
}

// The parameters of SSIM's authors: a window of 11x11, Gaussian of deviation
// 1.5, and K1 = 0.01, K2 = 0.03 at a range of 255.
const (
	window    = 11
	deviation = 1.5
	c1        = (0.01 * 255) * (0.01 * 255)
	c2        = (0.03 * 255) * (0.03 * 255)
)

// ssim is the mean structural similarity of the luma (ITU-R BT.601's weights)
// over all windows that lie inside: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P.
// Simoncelli, "Image quality assessment: from error visibility to structural
// similarity", IEEE Trans. Image Processing 13(4), 2004, equation 13. NaN for
// pictures smaller than a window.
func ssim(a, b *Picture) float64 {
	la, lb := luma(a), luma(b)
	product := func(p, q []float64) []float64 {
		out := make([]float64, len(p))
		for i, v := range p {
			out[i] = v * q[i]
		}
		return blur(out, a.Width, a.Height)
	}
	aa, bb, ab := product(la, la), product(lb, lb), product(la, lb)
	la, lb = blur(la, a.Width, a.Height), blur(lb, a.Width, a.Height)
	sum := 0.0
	for i, ma := range la {
		mb := lb[i]
		va, vb, cov := aa[i]-ma*ma, bb[i]-mb*mb, ab[i]-ma*mb
		sum += (2*ma*mb + c1) * (2*cov + c2) / ((ma*ma + mb*mb + c1) * (va + vb + c2))
	}
	return sum / float64(len(la))
}

func luma(p *Picture) []float64 {
	out := make([]float64, p.Width*p.Height)
	for i := range out {
		out[i] = 0.299*p.Pix[3*i] + 0.587*p.Pix[3*i+1] + 0.114*p.Pix[3*i+2]
	}
	return out
}

// blur returns the weighted mean of each window inside w x h values: fewer by
// window-1 in both directions.
func blur(in []float64, w, h int) []float64 {
	if w < window || h < window {
		return nil
	}
	var weights [window]float64
	sum := 0.0
	for i := range weights {
		d := float64(i - window/2)
		weights[i] = math.Exp(-d * d / (2 * deviation * deviation))
		sum += weights[i]
	}
	for i := range weights {
		weights[i] /= sum
	}
	outW, outH := w-window+1, h-window+1
	across := make([]float64, outW*h)
	for y := range h {
		for x := range outW {
			for i, weight := range weights {
				across[y*outW+x] += weight * in[y*w+x+i]
			}
		}
	}
	out := make([]float64, outW*outH)
	for y := range outH {
		for i, weight := range weights {
			row := across[(y+i)*outW:][:outW]
			for x, v := range row {
				out[y*outW+x] += weight * v
			}
		}
	}
	return out
}
