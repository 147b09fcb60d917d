package colour

import (
	"bytes"
	"encoding/binary"
	"image/color"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

func mustParse(t testing.TB, profile []byte) *Profile {
	t.Helper()
	p, err := Parse(profile)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// near fails if a channel is more than tolerance from what is expected.
func near(t *testing.T, what any, got []byte, want [3]float64, tolerance float64) {
	t.Helper()
	for i := range want {
		if math.Abs(float64(got[i])-want[i]) > tolerance {
			t.Fatalf("%v: got %d, want %.2f", what, got[:3], want)
		}
	}
}

// The result is what the spaces' published primaries, whites and curves give,
// computed without a profile. The tolerance has half a level of rounding in it.
func TestRGBAgreesWithThePublishedPrimaries(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		space   space
		profile []byte
		isSRGB  bool
	}{
		{"sRGB v4", sRGB, matrixProfile(sRGB, 4, sRGBParametric), true},
		{"sRGB v2, 1024 points", sRGB, matrixProfile(sRGB, 2, sampledCurve(1024, decodeSRGB)), true},
		{"sRGB, 42 points", sRGB, matrixProfile(sRGB, 2, sampledCurve(42, decodeSRGB)), true},
		{"sRGB as a table", sRGB, iccProfile(2, "mntr", "RGB ", "XYZ ", tag{"A2B0", modularTable()}), true},
		{"Display P3", displayP3, matrixProfile(displayP3, 4, sRGBParametric), false},
		{"Adobe RGB", adobeRGB, matrixProfile(adobeRGB, 2, gammaCurve(563./256)), false},
		{"ProPhoto", proPhoto, matrixProfile(proPhoto, 4, parametricCurve(3, 1.8, 1, 0, 1./16, 1./32)), false},
		{"linear", space{sRGB.primaries, d65, func(v float64) float64 { return v }}, matrixProfile(sRGB, 4, gammaCurve(1)), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := mustParse(t, test.profile)
			if p.Space() != RGB || p.IsSRGB() != test.isSRGB {
				t.Fatalf("%s, sRGB %t", p.Space(), p.IsSRGB())
			}
			random := rand.New(rand.NewPCG(1, 2))
			for range 20_000 {
				v := random.Uint32()
				pixel := []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}
				want, alpha := test.space.expected(pixel[0], pixel[1], pixel[2]), pixel[3]
				p.ConvertRGBA(pixel)
				near(t, test.name, pixel, want, 1.2)
				if pixel[3] != alpha {
					t.Fatal("alpha was touched")
				}
			}
		})
	}
}

// Numbers from outside this repository: lcms2 2.14, with displayp3.icc and adobergb.icc of the
// tests of github.com/kovidgoyal/imaging.
func TestKnownColours(t *testing.T) {
	t.Parallel()
	p3 := mustParse(t, matrixProfile(displayP3, 4, sRGBParametric))
	adobe := mustParse(t, matrixProfile(adobeRGB, 2, gammaCurve(563./256)))
	for _, test := range []struct {
		p        *Profile
		in, want [3]byte
	}{
		{p3, [3]byte{255, 0, 0}, [3]byte{255, 0, 0}},
		{p3, [3]byte{255, 255, 255}, [3]byte{255, 255, 255}},
		{p3, [3]byte{128, 128, 128}, [3]byte{128, 128, 128}},
		{p3, [3]byte{200, 100, 50}, [3]byte{215, 93, 31}},
		{adobe, [3]byte{200, 100, 50}, [3]byte{227, 100, 42}},
		{adobe, [3]byte{100, 150, 200}, [3]byte{66, 151, 203}},
	} {
		pixel := []byte{test.in[0], test.in[1], test.in[2], 7}
		test.p.ConvertRGBA(pixel)
		near(t, test.in, pixel, [3]float64{float64(test.want[0]), float64(test.want[1]), float64(test.want[2])}, 1)
	}
}

func TestGrey(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		pcs    string
		curve  []byte
		decode func(float64) float64
		isSRGB bool
	}{
		{"XYZ ", gammaCurve(1), func(v float64) float64 { return v }, false},
		{"XYZ ", parametricCurve(0, 1.8), func(v float64) float64 { return math.Pow(v, 1.8) }, false},
		{"XYZ ", sampledCurve(256, decodeSRGB), decodeSRGB, true},
		{"Lab ", gammaCurve(1), func(v float64) float64 { // the curve gives lightness
			if v <= 0.08 {
				return 100 * v * 27 / 24389
			}
			return math.Pow((100*v+16)/116, 3)
		}, false},
	} {
		p := mustParse(t, iccProfile(2, "mntr", "GRAY", test.pcs, tag{"kTRC", test.curve}))
		if p.Space() != Gray || p.IsSRGB() != test.isSRGB {
			t.Errorf("%s, sRGB %t", p.Space(), p.IsSRGB())
		}
		for v := range 256 {
			y := test.decode(float64(v) / 255)
			want := encoded(vector{y, y, y})
			pixel, sample := []byte{byte(v), byte(v), byte(v), 9}, []byte{byte(v)}
			p.ConvertRGBA(pixel)
			p.ConvertGray(sample)
			near(t, v, pixel, want, 0.6)
			if pixel[0] != pixel[1] || pixel[1] != pixel[2] || pixel[3] != 9 || sample[0] != pixel[0] {
				t.Fatalf("%d: pixel %d, sample %d", v, pixel, sample)
			}
		}
	}
}

// The press leaves 2 % of the light under full ink, which becomes black: the model with
// no such rest is what is expected.
func TestCMYKAgreesWithTheModelOfInks(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		profile   []byte
		tolerance float64
	}{
		{"16 bits", cmykProfile(17, true, 0.02), 2},
		{"8 bits", cmykProfile(17, false, 0.02), 4}, // a step of a* and b* is a level or two
	} {
		p := mustParse(t, test.profile)
		if p.Space() != CMYK || p.IsSRGB() {
			t.Fatalf("%s, sRGB %t", p.Space(), p.IsSRGB())
		}
		black := []byte{255, 255, 255, 255}
		p.ConvertCMYK(black, black)
		near(t, "full ink", black, [3]float64{}, 1)
		random := rand.New(rand.NewPCG(3, 4))
		for range 5000 {
			v := random.Uint32()
			// Not the last fifth of black, where interpolation is up to 6 levels off the model.
			in := []byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v>>24) % 204}
			part := func(i int) float64 { return float64(in[i]) / 255 }
			want := encoded(ink(part(0), part(1), part(2), part(3), 0))
			out := make([]byte, 4)
			p.ConvertCMYK(out, in)
			near(t, in, out, want, test.tolerance)
			if out[3] != 255 {
				t.Fatal("not opaque")
			}
		}
	}
}

func TestCMYKWithoutProfile(t *testing.T) {
	t.Parallel()
	for v := range 256 {
		in := []byte{byte(v), byte(v * 7), byte(v * 13), byte(v * 29), 1, 2, 3}
		out := make([]byte, 7)
		CMYKWithoutProfile(out, in)
		r, g, b := color.CMYKToRGB(in[0], in[1], in[2], in[3])
		if !bytes.Equal(out, []byte{r, g, b, 255, 0, 0, 0}) {
			t.Fatalf("%d gives %d", in, out)
		}
	}
}

// The points of a table are evaluated on demand: several goroutines may be the first.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	p := mustParse(t, cmykProfile(5, true, 0))
	results := make([][]byte, 4)
	var wg sync.WaitGroup
	for i := range results {
		wg.Go(func() {
			results[i] = make([]byte, 4000)
			for j := range results[i] {
				results[i][j] = byte(j * 31)
			}
			p.ConvertCMYK(results[i], results[i])
		})
	}
	wg.Wait()
	for _, r := range results[1:] {
		if !bytes.Equal(r, results[0]) {
			t.Fatal("the results differ")
		}
	}
}

// Damaged profiles are errors or convert; neither panics nor takes long.
func TestDamage(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	pixels := make([]byte, 4*64)
	for i := range pixels {
		pixels[i] = byte(random.Uint32())
	}
	use := func(profile []byte) {
		start := time.Now()
		if p, err := Parse(profile); err == nil {
			pix := bytes.Clone(pixels)
			p.ConvertRGBA(pix)
			p.ConvertGray(pix)
			p.ConvertCMYK(pix, pix)
		}
		if d := time.Since(start); d > 10*time.Second {
			t.Fatalf("took %v", d)
		}
	}
	for _, good := range fixtures() {
		mustParse(t, good)
		for n := 0; n < len(good); n += 1 + len(good)/300 {
			use(good[:n])
		}
		for range 1000 {
			bad := bytes.Clone(good)
			for range 1 + random.IntN(4) {
				// Mostly where the structure is, and not in the tables.
				at := random.IntN(len(bad))
				if random.IntN(4) > 0 {
					at = random.IntN(min(len(bad), 400))
				}
				switch random.IntN(3) {
				case 0:
					bad[at] ^= 1 << random.IntN(8)
				case 1:
					bad[at] = []byte{0, 1, 0x7f, 0x80, 0xff}[random.IntN(5)]
				case 2:
					if at+4 <= len(bad) {
						binary.BigEndian.PutUint32(bad[at:], []uint32{0, 1, 0x7fffffff, 0xffffffff, uint32(len(bad))}[random.IntN(5)])
					}
				}
			}
			use(bad)
		}
	}
}

// Declared sizes allocate nothing before they are checked.
func TestDeclaredSizes(t *testing.T) {
	t.Parallel()
	p3 := matrixProfile(displayP3, 4, sRGBParametric)
	tags := bytes.Clone(p3)
	binary.BigEndian.PutUint32(tags[128:], math.MaxUint32)
	points := matrixProfile(displayP3, 4, []byte("curv\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00"))
	modular := modularTable()
	binary.BigEndian.PutUint32(modular[32+8:], math.MaxUint32)
	falling := func(points int) []byte {
		return matrixProfile(sRGB, 2, sampledCurve(points, func(x float64) float64 { return math.Abs(math.Sin(50 * x)) }))
	}
	for name, profile := range map[string][]byte{
		"tags":          tags,
		"points":        points,
		"modular":       iccProfile(4, "mntr", "RGB ", "XYZ ", tag{"A2B0", modular}),
		"not monotonic": falling(65_000),
		"too large":     append(p3, make([]byte, MaxBytes)...),
		"empty":         nil,
		"no tags":       iccProfile(4, "mntr", "RGB ", "XYZ "),
		"device link":   iccProfile(4, "link", "RGB ", "XYZ "),
	} {
		if _, err := Parse(profile); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	mustParse(t, falling(4000))
}

func BenchmarkConvert(b *testing.B) {
	pix := make([]byte, 4*720*588)
	random := rand.New(rand.NewPCG(7, 8))
	var at [4]int
	for i := range pix { // a walk, as colours in photos are near to their neighbours
		at[i%4] = min(max(at[i%4]+random.IntN(17)-8, 0), 255)
		pix[i] = byte(at[i%4])
	}
	for name, profile := range map[string][]byte{
		"matrix": matrixProfile(displayP3, 4, sRGBParametric),
		"table":  iccProfile(4, "mntr", "RGB ", "XYZ ", tag{"A2B0", modularTable()}),
		"cmyk":   cmykProfile(9, true, 0),
	} {
		p, dst := mustParse(b, profile), make([]byte, len(pix))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				copy(dst, pix)
				p.ConvertRGBA(dst)
				p.ConvertCMYK(dst, dst)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(pix)/4), "ns/pixel")
		})
		b.Run(name+"/cold", func(b *testing.B) {
			for b.Loop() {
				p := mustParse(b, profile)
				copy(dst, pix)
				p.ConvertRGBA(dst)
				p.ConvertCMYK(dst, dst)
			}
		})
	}
}
