package resample

import "encoding/binary"

// horizontal is the state of one horizontal pass. It is a struct, used through
// its pointer, so that the inner loop's variables alone live in registers: as locals the
// rest would push them onto the stack, which takes twice as long.
type horizontal struct {
	out     []pair
	columns columns // from axis.start() on
	axis    *Axis
}

// run sets each of out to the weighted sum of its columns.
func (p *horizontal) run() {
	for i := 0; i < len(p.out); i++ { // not range, which would hold len(p.out) in a register
		w := p.axis.weights[i*p.axis.taps:][:p.axis.taps]
		first := int(p.axis.first[i] - p.axis.first[0])
		a := p.columns.a[first:][:len(w)]
		b := p.columns.b[first:][:len(w)]
		sumA, sumB := p.axis.bias, p.axis.bias
		k := 0
		for ; k < len(w)-3; k += 4 {
			w0, w1, w2, w3 := w[k], w[k+1], w[k+2], w[k+3]
			sumA += a[k] * w0
			sumB += b[k] * w0
			sumA += a[k+1] * w1
			sumB += b[k+1] * w1
			sumA += a[k+2] * w2
			sumB += b[k+2] * w2
			sumA += a[k+3] * w3
			sumB += b[k+3] * w3
		}
		for ; k < len(w); k++ {
			sumA += a[k] * w[k]
			sumB += b[k] * w[k]
		}
		p.out[i] = pair{sumA, sumB}
	}
	p.finish()
}

// finish replaces sums by samples.
func (p *horizontal) finish() {
	out, rounding := p.out, p.axis.rounding
	for i := range out {
		a, b := out[i][0], out[i][1]
		if !rounding.settles(a, b) {
			a, b = p.settle(i, a, p.columns.a), p.settle(i, b, p.columns.b)
		}
		out[i] = pair{a >> weightBits & sampleMask, b >> weightBits & sampleMask}
	}
}

// settle returns sums with the right samples in place.
func (p *horizontal) settle(i int, sums uint64, words []uint64) (result uint64) {
	for shift := 0; shift < 64; shift += 32 {
		v, ok := p.axis.sample(uint32(sums >> shift))
		if !ok {
			start := p.axis.start()
			v = p.axis.precise(i, func(k int) uint8 { return uint8(words[k-start] >> shift) })
		}
		result |= uint64(v) << weightBits << shift
	}
	return result
}

// The vertical pass goes along the rows, several at a time: all are in the cache, and
// sums are loaded and stored once for each four.

// begin sets sums to the biased, weighted sum of four rows.
func begin(bias uint64, sums, r0, r1, r2, r3 []pair, w [4]uint64) {
	n := len(sums)
	r0, r1, r2, r3 = r0[:n], r1[:n], r2[:n], r3[:n]
	w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
	for i := range sums {
		sums[i] = pair{
			bias + r0[i][0]*w0 + r1[i][0]*w1 + r2[i][0]*w2 + r3[i][0]*w3,
			bias + r0[i][1]*w0 + r1[i][1]*w1 + r2[i][1]*w2 + r3[i][1]*w3,
		}
	}
}

// addFour adds four weighted rows to sums.
func addFour(sums, r0, r1, r2, r3 []pair, w [4]uint64) {
	n := len(sums)
	r0, r1, r2, r3 = r0[:n], r1[:n], r2[:n], r3[:n]
	w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
	for i := range sums {
		s := &sums[i]
		s[0] += r0[i][0]*w0 + r1[i][0]*w1 + r2[i][0]*w2 + r3[i][0]*w3
		s[1] += r0[i][1]*w0 + r1[i][1]*w1 + r2[i][1]*w2 + r3[i][1]*w3
	}
}

// addOne adds one weighted row to sums.
func addOne(sums, row []pair, w uint64) {
	row = row[:len(sums)]
	for i := range sums {
		s := &sums[i]
		s[0] += row[i][0] * w
		s[1] += row[i][1] * w
	}
}

// settle puts the right samples in place, where they are not simply the sums' bits.
func (r *Resizer) settle(sums []pair) {
	rounding := r.v.rounding
	for i := range sums {
		if rounding.settles(sums[i][0], sums[i][1]) {
			continue
		}
		for j, word := range sums[i] {
			sums[i][j] = 0
			for shift := 0; shift < 64; shift += 32 {
				v, ok := rounding.sample(uint32(word >> shift))
				if !ok {
					v = r.v.precise(r.next, func(k int) uint8 { return uint8(r.slot(k)[i][j] >> shift) })
				}
				sums[i][j] |= uint64(v) << weightBits << shift
			}
		}
	}
}

// write writes samples, above weightBits, as bytes, four of each pair; pix may be too
// short for the last.
func write(pix []byte, sums []pair) {
	for i := range sums {
		a, b := sums[i][0]>>weightBits&sampleMask, sums[i][1]>>weightBits&sampleMask
		v := uint32(a) | uint32(a>>24) | uint32(b)<<16 | uint32(b>>8)
		if len(pix) >= 4 {
			binary.LittleEndian.PutUint32(pix, v)
			pix = pix[4:]
			continue
		}
		for k := range pix {
			pix[k] = byte(v >> (8 * k))
		}
	}
}

// clampToAlpha limits the colours of premultiplied RGBA to their alpha.
func clampToAlpha(row []byte) {
	for len(row) >= 4 {
		p := row[:4:4]
		row = row[4:]
		if a := p[3]; a != 255 {
			p[0], p[1], p[2] = min(p[0], a), min(p[1], a), min(p[2], a)
		}
	}
}
