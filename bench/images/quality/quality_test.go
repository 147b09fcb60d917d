package quality

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"
)

func near(t *testing.T, what string, got, want, most float64) {
	t.Helper()
	if !(math.Abs(got-want) <= most) {
		t.Errorf("%s is %.9f, want %.9f", what, got, want)
	}
}

// sourceOf returns a source of grey values.
func sourceOf(w, h int, value func(x, y int) float64) *Source {
	return &Source{Width: w, Height: h, row: func(y int, dst []float64) {
		for x := range w {
			dst[3*x], dst[3*x+1], dst[3*x+2] = value(x, y), value(x, y), value(x, y)
		}
	}}
}

// TestConstant: what is flat stays so, at any scale and up to the edges.
func TestConstant(t *testing.T) {
	t.Parallel()
	s := sourceOf(37, 23, func(int, int) float64 { return 77 })
	for _, size := range [][2]int{{1, 1}, {5, 9}, {37, 23}, {80, 60}} {
		p := Resize(s, size[0], size[1])
		if p.Width != size[0] || p.Height != size[1] || len(p.Pix) != 3*size[0]*size[1] {
			t.Fatalf("%dx%d with %d values, want %v", p.Width, p.Height, len(p.Pix), size)
		}
		for _, v := range p.Pix {
			near(t, "a value of a flat picture", v, 77, 1e-9)
		}
	}
}

// TestKernel: the kernel is Lanczos' at points that its formula gives by hand,
// and one bright pixel, halved, gives the kernel's values at the distances of the outputs.
func TestKernel(t *testing.T) {
	t.Parallel()
	for x, want := range map[float64]float64{
		0: 1, 1: 0, 2: 0, 3: 0, 4: 0,
		0.5: 6 / (math.Pi * math.Pi), // sin(pi/2) sin(pi/6) 3/(pi/2)^2
		1.5: -4 / (3 * math.Pi * math.Pi),
		2.5: 6 / (25 * math.Pi * math.Pi),
	} {
		near(t, "the kernel", lanczos3(x), want, 1e-12)
		near(t, "the kernel, mirrored", lanczos3(-x), want, 1e-12)
	}
	const bright = 20
	p := Resize(sourceOf(41, 1, func(x, _ int) float64 {
		if x == bright {
			return 200
		}
		return 20
	}), 41*2, 1)
	for x := 30; x < 52; x++ { // output x lies at (x + 1/2)/2 - 1/2
		distance := (float64(x)+0.5)/2 - 0.5 - bright
		total := 0.0
		for tap := -3.0; tap <= 3; tap++ {
			total += lanczos3(distance - math.Round(distance) - tap)
		}
		near(t, "the response", p.Pix[3*x], clamp(20+180*lanczos3(distance)/total), 1e-9)
	}
}

// TestIdentity: at its own size a picture is itself, for the kernel is 0 at the
// other samples.
func TestIdentity(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	pixels := [12 * 9]float64{}
	for i := range pixels {
		pixels[i] = 255 * random.Float64()
	}
	p := Resize(sourceOf(12, 9, func(x, y int) float64 { return pixels[12*y+x] }), 12, 9)
	for i, v := range p.Pix {
		near(t, "a value", v, pixels[i/3], 1e-9)
	}
}

// TestScores: pairs whose PSNR and SSIM follow from their formulas.
func TestScores(t *testing.T) {
	t.Parallel()
	flat := func(v float64) *Picture {
		p := &Picture{20, 16, make([]float64, 3*20*16)}
		for i := range p.Pix {
			p.Pix[i] = v
		}
		return p
	}
	same, err := Compare(flat(9), flat(9))
	if err != nil || !math.IsInf(same.PSNR, 1) || same.SSIM != 1 {
		t.Errorf("a picture and itself: %+v, %v", same, err)
	}
	// Without variance only the comparison of the means is left.
	far, err := Compare(flat(100), flat(110))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "PSNR at a distance of 10", far.PSNR, 20*math.Log10(25.5), 1e-9)
	near(t, "SSIM of two flat pictures", far.SSIM, (2*100*110+c1)/(100*100+110*110+c1), 1e-9)

	// A pattern and its negative around the mean have the same variance, and the
	// opposite covariance: SSIM is (-2v + c2)/(2v + c2) where the means agree.
	pattern := func(sign float64) *Picture {
		p := flat(128)
		for i := range p.Pix {
			p.Pix[i] += sign * 40 * float64(1-2*((i/3%20+i/3/20)%2))
		}
		return p
	}
	opposite, err := Compare(pattern(1), pattern(-1))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "PSNR of opposites", opposite.PSNR, 20*math.Log10(255.0/80), 1e-9)
	near(t, "SSIM of opposites", opposite.SSIM, (-2*1600+c2)/(2*1600+c2), 1e-3)
	if _, err := Compare(flat(1), &Picture{1, 1, make([]float64, 3)}); err == nil {
		t.Error("pictures of two sizes are compared")
	}
}

// TestChroma: chroma of half the resolution lies in the middle of its four
// pixels, and is interpolated linearly from there.
func TestChroma(t *testing.T) {
	t.Parallel()
	img := image.NewYCbCr(image.Rect(0, 0, 8, 2), image.YCbCrSubsampleRatio420)
	for i := range img.Y {
		img.Y[i] = 100
	}
	copy(img.Cb, []uint8{128, 128, 128, 128})
	copy(img.Cr, []uint8{128, 136, 144, 144})
	p := newSource(img).Picture()
	for x, cr := range []float64{0, 2, 6, 10, 14, 16, 16, 16} {
		near(t, "red", p.Pix[3*x], 100+1.402*cr, 1e-9)
		near(t, "green", p.Pix[3*x+1], 100-0.714136286*cr, 1e-6)
		near(t, "blue", p.Pix[3*x+2], 100, 1e-9)
	}
}

// TestDecode: a JPEG's samples and a PNG on white are within rounding of what
// went in.
func TestDecode(t *testing.T) {
	t.Parallel()
	img := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		img.SetNRGBA(i%16, i/16, color.NRGBA{200, 100, 40, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	check := func(format string, most float64, want [3]float64) {
		s, err := Decode(b.Bytes(), format)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range s.Picture().Pix {
			near(t, format, v, want[i%3], most)
		}
	}
	check("jpeg", 2, [3]float64{200, 100, 40})
	for i := range 256 {
		img.SetNRGBA(i%16, i/16, color.NRGBA{200, 100, 40, 51})
	}
	b.Reset()
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	check("png", 0.01, [3]float64{244, 224, 212}) // a fifth of the colour
	if _, err := Decode([]byte("no image"), "png"); err == nil {
		t.Error("text is decoded")
	}
}
