package png

// The alphabets of DEFLATE (RFC 1951, 3.2.5 to 3.2.7).
const (
	endOfBlock    = 256
	mostLiterals  = 286
	mostDistances = 30
	maxSymbols    = 288 + 32 // the fixed codes have symbols that are not to be used
)

// literalEntries and distanceEntries are the symbols' meanings, for [table.build].
var (
	literalEntries  = makeLiterals()
	distanceEntries = makeDistances()
	lengthEntries   = makeLengths()
)

func makeLiterals() (e [288]entry) {
	for i := range endOfBlock {
		e[i] = flagLiteral | entry(i)<<16
	}
	e[endOfBlock] = flagEnd
	base := 3
	for i := range 28 {
		extra := max(i/4-1, 0)
		e[endOfBlock+1+i] = entry(extra) | entry(base)<<16
		base += 1 << extra
	}
	e[285] = longest << 16 // with no extra bits, where the rule has 5 for it
	return e
}

func makeDistances() (e [32]entry) {
	base := 1
	for i := range mostDistances {
		extra := max(i/2-1, 0)
		e[i] = entry(extra) | entry(base)<<16
		base += 1 << extra
	}
	return e
}

func makeLengths() (e [19]entry) {
	for i := range e {
		e[i] = flagLiteral | entry(i)<<16
	}
	return e
}

// lengthOrder is how the lengths of the code of lengths are stored.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func (z *inflater) fixedCodes() error {
	for i := range 288 {
		switch {
		case i < 144:
			z.lengths[i] = 8
		case i < 256:
			z.lengths[i] = 9
		case i < 280:
			z.lengths[i] = 7
		default:
			z.lengths[i] = 8
		}
	}
	for i := range 32 {
		z.lengths[288+i] = 5
	}
	return z.buildTables(288, 32)
}

// buildTables takes the lengths of the literals' code, and behind them the distances'.
func (z *inflater) buildTables(literals, distances int) error {
	if !z.literals.build(z.lengths[:literals], literalEntries[:], literalBits) ||
		!z.distances.build(z.lengths[literals:literals+distances], distanceEntries[:], distanceBits) {
		return errDeflate
	}
	return nil
}

// readCodes reads the codes of a block, whose lengths are themselves coded (RFC 1951, 3.2.7).
func (z *inflater) readCodes() error {
	sizes, err := z.take(14)
	if err != nil {
		return err
	}
	literals, distances, lengths := int(sizes&31)+257, int(sizes>>5&31)+1, int(sizes>>10)+4
	if literals > mostLiterals || distances > mostDistances {
		return errDeflate
	}
	var code [19]uint8
	for _, at := range lengthOrder[:lengths] {
		n, err := z.take(3)
		if err != nil {
			return err
		}
		code[at] = uint8(n)
	}
	// The distances' table is free until it is built.
	if !z.distances.build(code[:], lengthEntries[:], lengthBits) {
		return errDeflate
	}
	for i := 0; i < literals+distances; {
		n, value, err := z.readLength(i)
		if err != nil {
			return err
		}
		if i+n > literals+distances {
			return errDeflate
		}
		for range n {
			z.lengths[i] = value
			i++
		}
	}
	return z.buildTables(literals, distances)
}

// readLength reads one symbol of the code of lengths: a length and how many symbols, from the
// i-th on, have it.
func (z *inflater) readLength(i int) (n int, length uint8, err error) {
	if z.count < lengthBits {
		if err := z.refill(); err != nil {
			return 0, 0, err
		}
	}
	e := z.distances[z.bits&(1<<lengthBits-1)]
	if e == 0 {
		return 0, 0, errDeflate
	}
	if _, err := z.take(e.consumes()); err != nil {
		return 0, 0, err
	}
	base, extra := 0, uint(0)
	switch e.value() {
	case 16:
		if i == 0 {
			return 0, 0, errDeflate
		}
		base, extra, length = 3, 2, z.lengths[i-1]
	case 17:
		base, extra = 3, 3
	case 18:
		base, extra = 11, 7
	default:
		return 1, uint8(e.value()), nil
	}
	more, err := z.take(extra)
	return base + int(more), length, err
}
