package jpeg

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestTransform: the transforms are close to their definition in floating point, for both
// blocks of a pair, with coefficients stronger than those of pictures. Of the error 0.5 is
// due to the samples' rounding, the rest to that of coefficients and constants.
func TestTransform(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(t, "size")
		last := rapid.SampledFrom([]int{0, 1, 4, 9, 10, 30, 63}).Draw(t, "last")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		coarsest := rapid.IntRange(1, 100).Draw(t, "coarsest")
		quant := new([64]uint16)
		for i := range quant {
			quant[i] = uint16(1 + rng.IntN(coarsest))
		}
		places := newPlaces(quant, size)
		var ws workspace
		var blocks [2][64]float64 // dequantised, in natural order
		for i := range blocks {
			for k := range last + 1 {
				most := 600 / int32(quant[k]) / int32(1+k)
				value := rng.Int32N(2*most+1) - most
				blocks[i][zigzag[k]] = float64(value) * float64(quant[k])
				p := places[k+1]
				ws[p.at] += scaled(value, p.factor) << (32 * i)
			}
		}
		pix := make([]uint8, 8*16)
		transform(&ws, size, last, pix, pix[8:], 16)
		most := 0.9
		if size == 8 { // the coefficients of high frequency have the smallest factors
			most = 1.4
		}
		for i := range blocks {
			for y := range size {
				for x := range size {
					want := min(255, max(0, definition(&blocks[i], size, x, y)))
					if got := float64(pix[y*16+i*8+x]); math.Abs(got-want) > most {
						t.Fatalf("size %d, block %d, sample %d, %d: %v, want %v", size, i, x, y, got, want)
					}
				}
			}
		}
		if ws != (workspace{}) {
			t.Fatal("the workspace is not clear")
		}
	})
}

// definition is the inverse transform of T.81, A.3.3, with the sums and the
// samples' places those of a transform of size x size.
func definition(block *[64]float64, size, x, y int) float64 {
	basis := func(u, x int) float64 {
		if u == 0 {
			return math.Sqrt(0.5)
		}
		return math.Cos(float64(2*x+1) * float64(u) * math.Pi / float64(2*size))
	}
	sum := 0.0
	for v := range size {
		for u := range size {
			sum += block[8*v+u] * basis(u, x) * basis(v, y)
		}
	}
	return sum/4 + 128
}
