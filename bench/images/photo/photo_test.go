package photo

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"slices"
	"testing"
)

// TestSeams: strips that overlap paint the same pixels, so none can be seen to
// begin or end.
func TestSeams(t *testing.T) {
	t.Parallel()
	const w, h = 300, 260
	a, b := newStrip(w, 0, 128), newStrip(w, 90, 200)
	a.paint(7, w, h)
	b.paint(7, w, h)
	for y := 89; y <= 128; y++ {
		for name, planes := range map[string][2][]float32{"Y": {a.y, b.y}, "Cb": {a.cb, b.cb}, "Cr": {a.cr, b.cr}} {
			if !slices.Equal(planes[0][a.row(y):][:w], planes[1][b.row(y):][:w]) {
				t.Fatalf("row %d of %s differs between two strips", y, name)
			}
		}
	}
}

// TestDeterministic: the same arguments give the same picture, another seed
// another one, odd sides and both samplings included.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio444} {
		a, b, c := New(211, 133, 1, ratio), New(211, 133, 1, ratio), New(211, 133, 2, ratio)
		if !bytes.Equal(a.Y, b.Y) || !bytes.Equal(a.Cb, b.Cb) || !bytes.Equal(a.Cr, b.Cr) {
			t.Errorf("%v: two pictures of the same arguments differ", ratio)
		}
		if bytes.Equal(a.Y, c.Y) {
			t.Errorf("%v: two seeds give the same picture", ratio)
		}
	}
}

// TestNatural holds the picture to what photos have. An amplitude spectrum of
// 1/f means the same contrast in each octave: halved again and again, the
// differences of neighbours stay about as large (D. J. Field, "Relations between
// the statistics of natural images...", JOSA A 4, 1987). Edges make those
// differences many times more often large than a normal distribution would. And
// a camera's JPEG has 1.3 to 2.2 bits a pixel.
func TestNatural(t *testing.T) {
	t.Parallel()
	const w, h = 2048, 1536
	img := New(w, h, 1, image.YCbCrSubsampleRatio420)
	plane := make([]float64, w*h)
	for i := range plane {
		plane[i] = float64(img.Y[i/w*img.YStride+i%w])
	}
	var contrasts []float64
	for width, height := w, h; width >= 64; width, height = width/2, height/2 {
		contrast, kurtosis := neighbours(plane, width)
		t.Logf("at 1/%d: contrast %.1f, kurtosis %.1f", w/width, contrast, kurtosis)
		contrasts = append(contrasts, contrast)
		if width == w && kurtosis < 6 {
			t.Errorf("the differences' kurtosis is %.1f: there are no hard edges", kurtosis)
		}
		plane = halved(plane, width, height)
	}
	// The finest octave is softened by the lens.
	if least, most := slices.Min(contrasts[1:]), slices.Max(contrasts[1:]); most > 3*least {
		t.Errorf("the contrasts of the octaves are %.1f to %.1f, not alike", least, most)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 89}); err != nil {
		t.Fatal(err)
	}
	if bits := float64(8*b.Len()) / (w * h); bits < 1.3 || bits > 2.2 {
		t.Errorf("the JPEG has %.2f bits a pixel", bits)
	}
}

// neighbours returns the deviation and the kurtosis (3 for a normal
// distribution) of the differences of horizontal neighbours.
func neighbours(plane []float64, width int) (deviation, kurtosis float64) {
	var second, fourth, n float64
	for i := range plane {
		if i%width == 0 {
			continue
		}
		d := plane[i] - plane[i-1]
		second, fourth, n = second+d*d, fourth+d*d*d*d, n+1
	}
	return math.Sqrt(second / n), fourth * n / (second * second)
}

func halved(plane []float64, width, height int) []float64 {
	out := make([]float64, width/2*(height/2))
	for i := range out {
		at := i/(width/2)*2*width + i%(width/2)*2
		out[i] = (plane[at] + plane[at+1] + plane[at+width] + plane[at+width+1]) / 4
	}
	return out
}
