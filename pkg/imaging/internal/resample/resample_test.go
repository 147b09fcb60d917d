package resample

import (
	"bytes"
	"math"
	"runtime"
	"testing"

	"github.com/anthonynsimon/bild/transform"
	"pgregory.net/rapid"
)

// TestFractionalSpan samples a ramp through a span that begins and ends within samples,
// or a little beyond the edge. Every symmetrical kernel leaves a ramp as it is, so the outputs
// whose kernels are not cut at an edge are the ramp at the positions that they are mapped to.
func TestFractionalSpan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		_, f := drawFilter(t)
		n, out := rapid.IntRange(8, 128).Draw(t, "n"), rapid.IntRange(1, 200).Draw(t, "out")
		from := rapid.Float64Range(-0.5, float64(n)/2).Draw(t, "from")
		to := rapid.Float64Range(from+1, float64(n)+0.5).Draw(t, "to")
		a := mustAxis(t, n, from, to, out, f)
		ramp, line := make([]byte, n), make([]byte, out)
		for i := range ramp {
			ramp[i] = byte(2 * i)
		}
		if err := Resize(line, out, ramp, n, Single, a, mustAxis(t, 1, 0, 1, 1, f), 1); err != nil {
			t.Fatal(err)
		}
		delta := (to - from) / float64(out)
		radius := math.Max(delta, 1) * f.Support
		for i, v := range line {
			centre := from + (float64(i)+0.5)*delta - 0.5
			// Box and the bell-shaped kernels are no exact interpolators of a ramp: Box is off by up to half a
			// sample, and the others by what their few taps do not sum to.
			tolerance := 1.0
			if f.Support < 3 {
				tolerance = 2
			}
			whole := centre-radius >= math.Ceil(from) && centre+radius <= math.Floor(to)-1
			if d := math.Abs(float64(v) - 2*centre); whole && d > tolerance {
				t.Fatalf("output %d is %d; the ramp at %f is %f", i, v, centre, 2*centre)
			}
			if v < ramp[max(0, int(from))] || v > ramp[min(n-1, int(to))] {
				if f.Support <= 1 { // without overshoot
					t.Fatalf("output %d is %d, of samples outside [%f, %f)", i, v, from, to)
				}
			}
		}
	})
}

// TestSums: every output's weights add up to exactly one, so that a flat area stays flat.
func TestSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		_, f := drawFilter(t)
		n, out := rapid.IntRange(1, 300).Draw(t, "n"), rapid.IntRange(1, 300).Draw(t, "out")
		from := rapid.Float64Range(-1, float64(n)-0.01).Draw(t, "from")
		to := rapid.Float64Range(from+0.001, float64(n)+1).Draw(t, "to")
		a := mustAxis(t, n, from, to, out, f)
		for i := range out {
			var sum uint64
			for _, w := range a.weights[i*a.taps:][:a.taps] {
				sum += w
			}
			first := int(a.first[i])
			if sum != one || first < 0 || first+a.taps > n || i > 0 && a.first[i] < a.first[i-1] {
				t.Fatalf("output %d: weights from %d on, of %d, add up to %d/%d", i, first, a.taps, int64(sum), one)
			}
		}
	})
}

// TestCopies: a span of as many samples as outputs is copied with every filter, the
// ones that blur included.
func TestCopies(t *testing.T) {
	t.Parallel()
	pix := make([]byte, 40*30*4)
	for i := range pix {
		pix[i] = byte(i * i)
	}
	for name, f := range filters {
		h, v := mustAxis(t, 40, 3, 33, 30, f), mustAxis(t, 30, 5, 30, 25, f)
		got := make([]byte, 30*25*4)
		if err := Resize(got, 120, pix, 160, Premultiplied, h, v, 2); err != nil {
			t.Fatal(err)
		}
		for y := range 25 {
			if !bytes.Equal(got[y*120:][:120], pix[(y+5)*160+12:][:120]) {
				t.Fatalf("%s: row %d is not a copy", name, y)
			}
		}
	}
}

// TestNearestSample: midway between two samples Box has none within its kernel; bild
// divides by zero there.
func TestNearestSample(t *testing.T) {
	t.Parallel()
	got := make([]byte, 3)
	if err := Resize(got, 3, []byte{10, 200}, 2, Single, mustAxis(t, 2, 0, 2, 3, transform.Box), mustAxis(t, 1, 0, 1, 1, transform.Box), 1); err != nil {
		t.Fatal(err)
	}
	// Which of the two is nearer depends on the last bit: arm64 fuses operations.
	if got[0] != 10 || got[1] != 10 && got[1] != 200 || got[2] != 200 {
		t.Errorf("%d, want 10, one of them, 200", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	lanczos := transform.Lanczos
	wild := Filter{Support: 2, Fn: func(x float64) float64 { return 1.1 - math.Abs(x) }}
	infinite := Filter{Support: 2, Fn: func(float64) float64 { return math.NaN() }}
	for name, axis := range map[string]func() (*Axis, error){
		"no samples":         func() (*Axis, error) { return NewAxis(0, 0, 0, 1, lanczos) },
		"no outputs":         func() (*Axis, error) { return NewAxis(5, 0, 5, 0, lanczos) },
		"huge":               func() (*Axis, error) { return NewAxis(math.MaxInt, 0, 1, 1, lanczos) },
		"empty span":         func() (*Axis, error) { return NewAxis(5, 2, 2, 1, lanczos) },
		"span of NaN":        func() (*Axis, error) { return NewAxis(5, math.NaN(), 2, 1, lanczos) },
		"infinite span":      func() (*Axis, error) { return NewAxis(5, 0, math.Inf(1), 1, lanczos) },
		"nearest neighbour":  func() (*Axis, error) { return NewAxis(5, 0, 5, 2, transform.NearestNeighbor) },
		"infinite support":   func() (*Axis, error) { return NewAxis(5, 0, 5, 2, Filter{Support: math.Inf(1), Fn: lanczos.Fn}) },
		"kernel that swings": func() (*Axis, error) { return NewAxis(50, 0, 50, 60, wild) },
		"kernel of NaN":      func() (*Axis, error) { return NewAxis(5, 0, 5, 2, infinite) },
	} {
		if a, err := axis(); err == nil {
			t.Errorf("%s: accepted, with %d taps", name, a.taps)
		}
	}
	a := mustAxis(t, 8, 0, 8, 4, lanczos)
	if _, err := New(make([]byte, 16), 4, 0, a, a); err == nil {
		t.Error("a layout of no kind is accepted")
	}
	if _, err := New(make([]byte, 15), 4, Single, a, a); err == nil {
		t.Error("a short destination is accepted")
	}
	r, err := New(make([]byte, 16), 4, Single, a, a)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Push(make([]byte, 15), 8, 2); err == nil {
		t.Error("a short source is accepted")
	}
	if err := r.Push(make([]byte, 64), 8, 8); err != nil || !r.Done() {
		t.Errorf("after a refusal: %v, done %v", err, r.Done())
	}
}

// TestBytes holds the memory that axes and resizer allocate against its formula. It is not
// parallel: it counts what the whole process allocates.
func TestBytes(t *testing.T) {
	for _, size := range [][4]int{{1000, 750, 128, 96}, {681, 557, 360, 294}, {100, 70, 900, 600}, {6000, 9, 11, 900}, {1, 1, 1, 1}} {
		for _, layout := range []Layout{Single, Quad} {
			var before, after runtime.MemStats
			dst, row := make([]byte, size[2]*size[3]*4), make([]byte, size[0]*4)
			runtime.ReadMemStats(&before)
			h := mustAxis(t, size[0], 0, float64(size[0]), size[2], transform.Lanczos)
			v := mustAxis(t, size[1], 0, float64(size[1]), size[3], transform.Lanczos)
			r, err := New(dst, size[2]*layout.Channels(), layout, h, v)
			for err == nil && !r.Done() {
				err = r.Push(row, len(row), 1)
			}
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			got, bound := int64(after.TotalAlloc-before.TotalAlloc), Bytes(layout, size[0], size[1], size[2], size[3], transform.Lanczos)
			// The allocator rounds up by an eighth at most, and the headers are some hundred bytes.
			if limit := bound + bound/8 + 2048; got > limit || got < bound/4 && bound > 10000 {
				t.Errorf("%v layout %d: allocates %d bytes, the formula says %d", size, layout, got, bound)
			}
		}
	}
}
