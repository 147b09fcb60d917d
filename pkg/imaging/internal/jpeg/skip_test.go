package jpeg

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// TestSkip: going past coefficients by the table for skipping takes the same bits, leaves the
// same workspace and finds the same damage as decoding each, in any data.
func TestSkip(t *testing.T) {
	t.Parallel()
	file := files(t)["baseline"]
	quant := new([64]uint16)
	for i := range quant {
		quant[i] = 3
	}
	rapid.Check(t, func(rt *rapid.T) {
		var channels [2]channel
		for i := range channels {
			s := segments{data: file} // each with tables of its own
			if _, err := s.open(); err != nil {
				rt.Fatal(err)
			}
			dc, err := s.huffman[0][0].table(forDC)
			if err != nil {
				rt.Fatal(err)
			}
			ac, err := s.huffman[1][0].table(forAC)
			if err != nil {
				rt.Fatal(err)
			}
			channels[i] = channel{dc: dc, ac: ac}
		}
		size := rapid.SampledFrom([]int{1, 2, 4}).Draw(rt, "size")
		for i := range channels {
			channels[i].places, channels[i].needed = newPlaces(quant, size), needed(size)
		}
		channels[1].ac.makeSkip()
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		data := make([]byte, 3000)
		for i := range data {
			data[i] = byte(rng.IntN(255)) // no markers
		}
		var readers [2]reader
		for i := range readers {
			readers[i].data = data
			readers[i].start(0)
		}
		for block := range 40 {
			var spaces [2]workspace
			var good [2]bool
			var taken [2]int
			for i := range readers {
				readers[i].prepare()
				good[i] = readers[i].block(&channels[i], &spaces[i], 1) >= 0
				taken[i] = 8*readers[i].pos - int(readers[i].n)
			}
			if good[0] != good[1] || good[0] && (spaces[0] != spaces[1] || taken[0] != taken[1]) {
				rt.Fatalf("block %d: %t after %d bits, and with skipping %t after %d", block, good[0], taken[0], good[1], taken[1])
			}
			if !good[0] {
				return
			}
		}
	})
}
