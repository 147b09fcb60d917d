package jpeg

import (
	"bytes"
	"errors"
	"image"
	stdjpeg "image/jpeg"
	"io"
	"math"
	"testing"

	"github.com/gen2brain/jpegn"
	"pgregory.net/rapid"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

// picture is a decoded file: the samples of each plane, without padding.
type picture struct {
	header Header
	planes []Plane
	pix    [][]uint8
}

// decode decodes a file and checks what every decode guarantees.
func decode(t testing.TB, data []byte, luma, chroma int) (picture, error) {
	d, err := New(data, luma, chroma)
	if err != nil {
		return picture{}, checked(t, err)
	}
	p := picture{header: d.Header(), planes: d.Planes()}
	p.pix = make([][]uint8, len(p.planes))
	bands := []*Band{d.NewBand(), d.NewBand()}
	for i := 0; ; i++ {
		b := bands[i%2]
		if err := d.Next(b); err == io.EOF {
			break
		} else if err != nil {
			if d.Next(b) != err {
				t.Error("the second call of Next forgot the error")
			}
			return picture{}, checked(t, err)
		}
		for j, rows := range b.Planes {
			plane := p.planes[j]
			if rows.Y*plane.Width != len(p.pix[j]) {
				t.Fatalf("band %d of plane %d begins at row %d, after %d samples", i, j, rows.Y, len(p.pix[j]))
			}
			for y := range rows.Rows {
				p.pix[j] = append(p.pix[j], rows.Pix[y*rows.Stride:][:plane.Width]...)
			}
		}
	}
	for j, plane := range p.planes {
		if len(p.pix[j]) != plane.Width*plane.Height {
			t.Fatalf("plane %d has %d samples, want %dx%d", j, len(p.pix[j]), plane.Width, plane.Height)
		}
	}
	return p, nil
}

// checked fails if an error of a file is not of this package's types.
func checked(t testing.TB, err error) error {
	var syntax SyntaxError
	var unsupported UnsupportedError
	if !errors.As(err, &syntax) && !errors.As(err, &unsupported) {
		t.Errorf("%T is neither a SyntaxError nor an UnsupportedError: %v", err, err)
	}
	return err
}

// oracle decodes with the standard library, to planes as stored.
func oracle(t testing.TB, data []byte) [][]uint8 {
	img, err := stdjpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("the oracle: %v", err)
	}
	size := img.Bounds().Size()
	crop := func(pix []uint8, stride, width, height int) []uint8 {
		var out []uint8
		for y := range height {
			out = append(out, pix[y*stride:][:width]...)
		}
		return out
	}
	take := func(pix []uint8, stride, channel, channels int, invert uint8) []uint8 {
		var out []uint8
		for y := range size.Y {
			for x := range size.X {
				out = append(out, pix[y*stride+x*channels+channel]^invert)
			}
		}
		return out
	}
	switch m := img.(type) {
	case *image.Gray:
		return [][]uint8{crop(m.Pix, m.Stride, size.X, size.Y)}
	case *image.YCbCr:
		h, v := 1, 1
		switch m.SubsampleRatio {
		case image.YCbCrSubsampleRatio422:
			h = 2
		case image.YCbCrSubsampleRatio420:
			h, v = 2, 2
		case image.YCbCrSubsampleRatio440:
			v = 2
		case image.YCbCrSubsampleRatio411:
			h = 4
		case image.YCbCrSubsampleRatio410:
			h, v = 4, 2
		}
		w, d := ceilDiv(size.X, h), ceilDiv(size.Y, v)
		return [][]uint8{crop(m.Y, m.YStride, size.X, size.Y), crop(m.Cb, m.CStride, w, d), crop(m.Cr, m.CStride, w, d)}
	case *image.RGBA:
		return [][]uint8{take(m.Pix, m.Stride, 0, 4, 0), take(m.Pix, m.Stride, 1, 4, 0), take(m.Pix, m.Stride, 2, 4, 0)}
	case *image.CMYK: // which the oracle inverts
		return [][]uint8{take(m.Pix, m.Stride, 0, 4, 255), take(m.Pix, m.Stride, 1, 4, 255), take(m.Pix, m.Stride, 2, 4, 255), take(m.Pix, m.Stride, 3, 4, 255)}
	}
	t.Fatalf("the oracle gives a %T", img)
	return nil
}

// compare fails if planes differ by more than 1, or by much on average.
func compare(t testing.TB, got, want [][]uint8) {
	if len(got) != len(want) {
		t.Fatalf("there are %d planes, want %d", len(got), len(want))
	}
	for i := range want {
		if len(got[i]) != len(want[i]) {
			t.Fatalf("plane %d has %d samples, want %d", i, len(got[i]), len(want[i]))
		}
		sum := 0
		for j, v := range want[i] {
			difference := int(got[i][j]) - int(v)
			if difference < -1 || difference > 1 {
				t.Fatalf("sample %d of plane %d is %d, want %d", j, i, got[i][j], v)
			}
			sum += difference
		}
		// A block of equal samples that lie between two values may be rounded to either.
		if n := len(want[i]); math.Abs(float64(sum)) > 4*64+0.02*float64(n) {
			t.Fatalf("plane %d differs by %d in sum of %d samples", i, sum, n)
		}
	}
}

// layouts are files that the oracle decodes as well.
var layouts = map[string]layout{
	"grey":           {components: sampled("11")},
	"grey, factors":  {components: sampled("22")},
	"4:4:4":          {components: sampled("11", "11", "11")},
	"4:4:0":          {components: sampled("12", "11", "11")},
	"4:2:2":          {components: sampled("21", "11", "11")},
	"4:2:0":          {components: sampled("22", "11", "11")},
	"4:1:1":          {components: sampled("41", "11", "11")},
	"4:1:0":          {components: sampled("42", "11", "11")},
	"scans, 4:2:0":   {components: sampled("22", "11", "11"), scans: [][]int{{0}, {1}, {2}}},
	"scans, partial": {components: sampled("21", "11", "11"), scans: [][]int{{0}, {1, 2}}},
	"RGB":            {components: sampled("11", "11", "11"), segments: adobe(0)},
	"CMYK":           {components: sampled("11", "11", "11", "11"), segments: adobe(0)},
	"extended":       {components: sampled("22", "11", "11"), marker: sof1},
}

// TestLayouts: random coefficients in every layout and size decode as the standard library
// decodes them.
func TestLayouts(t *testing.T) {
	t.Parallel()
	for name, l := range layouts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				l := l
				l.width, l.height = rapid.IntRange(1, 100).Draw(rt, "width"), rapid.IntRange(1, 70).Draw(rt, "height")
				l.interval = rapid.IntRange(0, 5).Draw(rt, "interval")
				if l.scans == nil {
					l.scans = interleaved(l.components)
				}
				seed := rapid.Uint64().Draw(rt, "seed")
				got, err := decode(t, l.write(seed), 1, 1)
				if err != nil {
					rt.Fatal(err)
				}
				l.interval = 0 // the oracle miscounts MCUs that are not interleaved
				compare(t, got.pix, oracle(t, l.write(seed)))
			})
		})
	}
}

// TestEncoder: what an encoder makes of a picture, progressive or with its own tables,
// decodes as the standard library decodes it.
func TestEncoder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w, h := rapid.IntRange(1, 120).Draw(rt, "width"), rapid.IntRange(1, 90).Draw(rt, "height")
		img, err := stdjpeg.Decode(bytes.NewReader(sample.Photo(w, h, rapid.Uint32().Draw(rt, "seed"))))
		if err != nil {
			rt.Fatal(err)
		}
		options := &jpegn.EncodeOptions{
			Quality:         rapid.IntRange(1, 100).Draw(rt, "quality"),
			Subsampling:     subsamplings[rapid.IntRange(0, len(subsamplings)-1).Draw(rt, "subsampling")],
			OptimizeCoding:  rapid.Bool().Draw(rt, "optimised"),
			Progressive:     rapid.Bool().Draw(rt, "progressive"),
			RestartInterval: rapid.IntRange(0, 9).Draw(rt, "interval"),
		}
		got, err := decode(t, encode(t, img, options), 1, 1)
		if err != nil {
			rt.Fatal(err)
		}
		options.RestartInterval = 0 // see TestLayouts
		compare(t, got.pix, oracle(t, encode(t, img, options)))
	})
}

var subsamplings = []jpegn.Subsampling{
	jpegn.Subsample444, jpegn.Subsample440, jpegn.Subsample422, jpegn.Subsample420, jpegn.SubsampleGray,
}

func encode(t testing.TB, img image.Image, options *jpegn.EncodeOptions) []byte {
	var b bytes.Buffer
	if err := jpegn.Encode(&b, img, options); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestScaled: a reduced decode is close to the mean of the squares that its samples stand
// for, streamed and stored alike. At 1/8 it is the mean; the transforms to 4x4 and 2x2 keep more detail
// than the mean does, so they differ by it.
func TestScaled(t *testing.T) {
	t.Parallel()
	img, err := stdjpeg.Decode(bytes.NewReader(sample.Photo(801, 602, 3)))
	if err != nil {
		t.Fatal(err)
	}
	for _, progressive := range []bool{false, true} {
		data := encode(t, img, &jpegn.EncodeOptions{Quality: 92, Subsampling: jpegn.Subsample420, Progressive: progressive})
		full, err := decode(t, data, 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{2, 4, 8} {
			for i, p := range [][2]int{{n, 1}, {n, n}} {
				got, err := decode(t, data, p[0], p[1])
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					compare(t, got.pix[1:], full.pix[1:])
				}
				psnr, farthest := distance(full, got, 0, n)
				t.Logf("progressive %t, 1/%d: %.1f dB, at most %.1f", progressive, n, psnr, farthest)
				if least := map[int]float64{2: 40, 4: 40, 8: 50}[n]; psnr < least {
					t.Errorf("progressive %t, 1/%d: %.1f dB, want %.1f", progressive, n, psnr, least)
				}
				if n == 8 && farthest > 1 {
					t.Errorf("progressive %t, 1/8: a sample differs by %.2f from its mean", progressive, farthest)
				}
			}
		}
	}
}

// distance compares a plane with the means of squares of the full one, where these are whole.
func distance(full, got picture, plane, n int) (psnr, farthest float64) {
	width, squares := full.planes[plane].Width, 0.0
	w, h := width/n, full.planes[plane].Height/n
	for y := range h {
		for x := range w {
			sum := 0
			for i := range n * n {
				sum += int(full.pix[plane][(y*n+i/n)*width+x*n+i%n])
			}
			d := float64(got.pix[plane][y*got.planes[plane].Width+x]) - float64(sum)/float64(n*n)
			squares += d * d
			farthest = max(farthest, math.Abs(d))
		}
	}
	return 10 * math.Log10(255*255*float64(w*h)/squares), farthest
}
