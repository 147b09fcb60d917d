package png

import "encoding/binary"

const (
	historySize = 32 << 10 // how far back a match can reach
	windowSize  = 128 << 10
	longest     = 258 // bytes of a match
	// windowFull leaves room for what one round writes: literals, a match, and the bytes
	// that copying eight at a time writes too many.
	windowFull = windowSize - longest - 16
)

// inflater decompresses a DEFLATE stream (RFC 1951) that lies in the IDAT chunks of a
// file in memory. It accepts what compress/flate accepts, in less than half of its time: it loads eight
// bytes of input at once, since all of it is there.
type inflater struct {
	chunks *chunks
	in     []byte // the rest of the chunk
	// bits holds the next bits of the stream, count of them; what is above may be the bits
	// that follow or 0.
	bits  uint64
	count uint
	// padded is how many bits at the end of bits are not of the stream, which has ended.
	padded uint

	window *[windowSize]byte
	read   int // what of the window has been taken
	end    int // what is there

	state  blockState
	final  bool // the block is the last one
	stored int  // bytes of a stored block to come

	literals, distances *table
	lengths             [maxSymbols]uint8
}

type blockState uint8

const (
	betweenBlocks blockState = iota
	inStored
	inCoded
	atEnd
)

func newInflater(c *chunks) *inflater {
	return &inflater{chunks: c, window: new([windowSize]byte), literals: new(table), distances: new(table)}
}

// fill decompresses more, once all of the window has been taken. It may add
// nothing; state says when the stream has ended.
func (z *inflater) fill() error {
	if z.end >= windowFull {
		copy(z.window[:], z.window[z.end-historySize:z.end])
		z.end = historySize
	}
	z.read = z.end
	for z.end < windowFull && z.state != atEnd {
		var err error
		switch z.state {
		case betweenBlocks:
			if z.final {
				z.state = atEnd
				return nil
			}
			err = z.openBlock()
		case inStored:
			err = z.copyStored()
		case inCoded:
			err = z.decode()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// refill makes 56 bits available, byte by byte: for the last bytes of a chunk. After the
// stream it pads with zeros, and fails when those have been used.
func (z *inflater) refill() error {
	for z.count < 56 {
		if len(z.in) == 0 {
			more, err := z.chunks.nextData()
			if err != nil {
				return err
			}
			if z.in = more; more == nil {
				if z.count < z.padded {
					return errShort
				}
				z.padded += 8
				z.count += 8
			}
			continue
		}
		z.bits |= uint64(z.in[0]) << z.count
		z.in = z.in[1:]
		z.count += 8
	}
	return nil
}

// take returns the next n bits, at most 32.
func (z *inflater) take(n uint) (uint, error) {
	if z.count < n {
		if err := z.refill(); err != nil {
			return 0, err
		}
	}
	v := uint(z.bits & (1<<n - 1))
	z.bits >>= n
	z.count -= n
	if z.count < z.padded {
		return 0, errShort
	}
	return v, nil
}

// align drops bits up to the next byte.
func (z *inflater) align() {
	n := z.count & 7
	z.bits >>= n
	z.count -= n
}

func (z *inflater) openBlock() error {
	header, err := z.take(3)
	if err != nil {
		return err
	}
	z.final = header&1 != 0
	switch header >> 1 {
	case 0:
		z.align()
		sizes, err := z.take(32)
		if err != nil {
			return err
		}
		if sizes&0xffff != ^sizes>>16&0xffff {
			return errDeflate
		}
		z.state, z.stored = inStored, int(sizes&0xffff)
		return nil
	case 1:
		z.state = inCoded
		return z.fixedCodes()
	case 2:
		z.state = inCoded
		return z.readCodes()
	}
	return errDeflate
}

// copyStored copies bytes of a stored block: those in bits first.
func (z *inflater) copyStored() error {
	for ; z.stored > 0 && z.end < windowFull && z.count > 0; z.stored-- {
		b, err := z.take(8)
		if err != nil {
			return err
		}
		z.window[z.end] = byte(b)
		z.end++
	}
	if z.count == 0 {
		z.bits = 0 // of bytes that are taken from in from now on
	}
	for z.stored > 0 && z.end < windowFull {
		if len(z.in) == 0 {
			var err error
			if z.in, err = z.chunks.nextData(); err != nil {
				return err
			}
			if z.in == nil {
				return errShort
			}
			continue
		}
		n := copy(z.window[z.end:min(windowFull, z.end+z.stored)], z.in)
		z.in, z.end, z.stored = z.in[n:], z.end+n, z.stored-n
	}
	if z.stored == 0 {
		z.state = betweenBlocks
	}
	return nil
}

// decode decodes symbols until the block ends or the window is full. A round takes up to three
// literals, or two and a match.
func (z *inflater) decode() error {
	window, literals, distances := z.window, z.literals, z.distances
	in, buffer, count, end := z.in, z.bits, z.count, z.end
	var err error
	for end < windowFull {
		if len(in) >= 8 {
			buffer |= binary.LittleEndian.Uint64(in) << (count & 63)
			in = in[(63-count)>>3&7:]
			count |= 56
		} else if in, buffer, count, err = z.slow(in, buffer, count); err != nil {
			return err
		}
		e := literals[buffer&(1<<literalBits-1)]
		if e&flagLiteral != 0 { // 56 bits are enough for two of these and the longest length
			window[end] = byte(e >> 16)
			end++
			buffer >>= e.consumes() & 63
			count -= e.consumes()
			e = literals[buffer&(1<<literalBits-1)]
			if e&flagLiteral != 0 {
				window[end] = byte(e >> 16)
				end++
				buffer >>= e.consumes() & 63
				count -= e.consumes()
				e = literals[buffer&(1<<literalBits-1)]
			}
		}
		if e&flagTable != 0 {
			buffer >>= literalBits
			count -= literalBits
			e = literals[(e.value()+int(buffer&(1<<e.codeBits()-1)))&(tableSize-1)]
		}
		if e&flagLiteral != 0 {
			window[end] = byte(e >> 16)
			end++
			buffer >>= e.consumes() & 63
			count -= e.consumes()
			continue
		}
		if e&flagEnd != 0 {
			buffer >>= e.consumes() & 63
			count -= e.consumes()
			z.state = betweenBlocks
			break
		}
		if e == 0 {
			return errDeflate
		}
		length := e.value() + int(buffer&(1<<(e.consumes()&63)-1)>>(e.codeBits()&63))
		buffer >>= e.consumes() & 63
		count -= e.consumes()

		if len(in) >= 8 {
			buffer |= binary.LittleEndian.Uint64(in) << (count & 63)
			in = in[(63-count)>>3&7:]
			count |= 56
		} else if in, buffer, count, err = z.slow(in, buffer, count); err != nil {
			return err
		}
		e = distances[buffer&(1<<distanceBits-1)]
		if e&flagTable != 0 {
			buffer >>= distanceBits
			count -= distanceBits
			e = distances[(e.value()+int(buffer&(1<<e.codeBits()-1)))&(tableSize-1)]
		}
		distance := e.value() + int(buffer&(1<<(e.consumes()&63)-1)>>(e.codeBits()&63))
		buffer >>= e.consumes() & 63
		count -= e.consumes()
		if e == 0 || distance > end {
			return errDeflate
		}
		repeat(window, end, distance, length)
		end += length
	}
	z.in, z.bits, z.count, z.end = in, buffer, count, end
	if count < z.padded {
		return errShort
	}
	return nil
}

// slow is refill for decode, whose state is in registers.
func (z *inflater) slow(in []byte, buffer uint64, count uint) ([]byte, uint64, uint, error) {
	z.in, z.bits, z.count = in, buffer, count
	err := z.refill()
	return z.in, z.bits, z.count, err
}

// repeat copies length bytes from distance bytes before end to end. It writes up to
// 7 bytes more.
func repeat(window *[windowSize]byte, end, distance, length int) {
	from, to := window[end-distance:], window[end:]
	if distance < 8 {
		// The pattern, repeated by what has been copied of it.
		to = to[:length]
		for n := copy(to, from[:distance]); n < length; {
			n += copy(to[n:], to[:n])
		}
		return
	}
	for ; length > 0; length -= 8 {
		binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(from))
		from, to = from[8:], to[8:]
	}
}
