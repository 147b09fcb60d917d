package jpeg

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// layout is a JPEG file for writing: random coefficients in any layout that the
// standard allows, which encoders of libraries do not offer.
type layout struct {
	width, height int
	components    []Component
	scans         [][]int // the components of each; sequential
	interval      int
	segments      []byte // between SOI and the frame header
	marker        byte   // of the frame header; 0 for SOF0
}

// segment returns a marker segment.
func segment(marker byte, body ...byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
}

// adobe returns Adobe's marker segment.
func adobe(transform byte) []byte {
	return segment(app14, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), transform)...)
}

// interleaved returns a file's only scan.
func interleaved(components []Component) [][]int {
	s := make([]int, len(components))
	for i := range s {
		s[i] = i
	}
	return [][]int{s}
}

// sampled returns components with these factors, "21" for H 2 and V 1, named 1, 2...
func sampled(factors ...string) []Component {
	var components []Component
	for i, f := range factors {
		components = append(components, Component{ID: uint8(i + 1), H: int(f[0] - '0'), V: int(f[1] - '0')})
	}
	return components
}

// write returns the file. The code of each symbol is the symbol plus a little, in 4
// and 8 bits, so some codes do not exist.
func (l layout) write(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 1))
	quant := make([]byte, 65)
	for i := range 64 {
		quant[i+1] = byte(1 + rng.IntN(12))
	}
	file := slices.Concat([]byte{0xff, soi}, l.segments, segment(dqt, quant...))
	frame := []byte{8, byte(l.height >> 8), byte(l.height), byte(l.width >> 8), byte(l.width), byte(len(l.components))}
	hMax, vMax := 1, 1
	for _, c := range l.components {
		frame = append(frame, c.ID, byte(c.H<<4|c.V), 0)
		hMax, vMax = max(hMax, c.H), max(vMax, c.V)
	}
	file = append(file, segment(max(l.marker, sof0), frame...)...)
	dc := append([]byte{0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	ac := append([]byte{0x10, 0, 0, 0, 0, 0, 0, 0, 250, 0, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 250)...)
	for i := range 250 {
		ac[17+i] = byte(i)
	}
	file = slices.Concat(file, segment(dht, dc...), segment(dht, ac...))
	if l.interval > 0 {
		file = append(file, segment(dri, byte(l.interval>>8), byte(l.interval))...)
	}
	for _, scan := range l.scans {
		body := []byte{byte(len(scan))}
		for _, i := range scan {
			body = append(body, l.components[i].ID, 0)
		}
		file = append(file, segment(sos, append(body, 0, 63, 0)...)...)
		w := bitWriter{rng: rng}
		mcus := ceilDiv(l.width, 8*hMax) * ceilDiv(l.height, 8*vMax)
		if len(scan) == 1 {
			c := l.components[scan[0]]
			if len(l.components) == 1 {
				c.H, c.V, hMax, vMax = 1, 1, 1, 1
			}
			mcus = ceilDiv(l.width*c.H, 8*hMax) * ceilDiv(l.height*c.V, 8*vMax)
		}
		for m := range mcus {
			if l.interval > 0 && m > 0 && m%l.interval == 0 {
				w.flush()
				w.out = append(w.out, 0xff, rst0+byte(m/l.interval-1)&7)
				w.level = [4]int{}
			}
			for _, i := range scan {
				blocks := l.components[i].H * l.components[i].V
				if len(scan) == 1 {
					blocks = 1
				}
				for range blocks {
					w.block(i)
				}
			}
		}
		w.flush()
		file = append(file, w.out...)
	}
	return append(file, 0xff, eoi)
}

// bitWriter writes random blocks.
type bitWriter struct {
	rng   *rand.Rand
	out   []byte
	acc   uint32
	n     int
	level [4]int // DC
}

func (w *bitWriter) put(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		w.acc = w.acc<<1 | v>>i&1
		if w.n++; w.n == 8 {
			w.out = append(w.out, byte(w.acc))
			if byte(w.acc) == 0xff {
				w.out = append(w.out, 0)
			}
			w.n = 0
		}
	}
}

// flush pads with ones.
func (w *bitWriter) flush() {
	for w.n != 0 {
		w.put(1, 1)
	}
}

func (w *bitWriter) symbol(run, value, codeBits int) {
	magnitude, extra := value, value
	if value < 0 {
		magnitude, extra = -value, value-1
	}
	size := bits.Len(uint(magnitude))
	w.put(uint32(run<<4|size), codeBits)
	w.put(uint32(extra), size)
}

func (w *bitWriter) block(component int) {
	level := w.rng.IntN(160) - 80
	w.symbol(0, level-w.level[component], 4)
	w.level[component] = level
	if w.rng.IntN(4) == 0 {
		w.put(0, 8)
		return
	}
	k := 1
	for k < 64 {
		run := min(w.rng.IntN(1+w.rng.IntN(20)), 63-k)
		for k += run; run > 15; run -= 16 {
			w.put(0xf0, 8)
		}
		value := 1 + w.rng.IntN(1+60/k)
		if w.rng.IntN(2) == 0 {
			value = -value
		}
		w.symbol(run, value, 8)
		if k++; k < 64 && w.rng.IntN(12) == 0 {
			w.put(0, 8)
			return
		}
	}
}
