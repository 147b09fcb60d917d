package png

import "encoding/binary"

// zlibReader takes a zlib stream (RFC 1950) apart.
type zlibReader struct {
	*inflater
	checksum uint32
}

func newZlibReader(c *chunks) *zlibReader {
	return &zlibReader{inflater: newInflater(c), checksum: 1}
}

// open reads the stream's header.
func (z *zlibReader) open() error {
	header, err := z.take(16)
	if err != nil {
		return err
	}
	method, flags := header&255, header>>8
	if method&15 != 8 || method>>4 > 7 || (method<<8|flags)%31 != 0 || flags&0x20 != 0 {
		return SyntaxError("the pixels are not compressed as PNG has it")
	}
	return nil
}

// fill decompresses more and sums it.
func (z *zlibReader) fill() error {
	err := z.inflater.fill()
	z.checksum = adler32(z.checksum, z.window[z.read:z.end])
	return err
}

// readFull fills p.
func (z *zlibReader) readFull(p []byte) error {
	for len(p) > 0 {
		if z.read == z.end {
			if z.state == atEnd {
				return errFewRows
			}
			if err := z.fill(); err != nil {
				return err
			}
			continue
		}
		n := copy(p, z.window[z.read:z.end])
		z.read += n
		p = p[n:]
	}
	return nil
}

// close checks that the stream ends where all has been read, and its checksum.
func (z *zlibReader) close() error {
	for z.read == z.end && z.state != atEnd {
		if err := z.fill(); err != nil {
			return err
		}
	}
	if z.read < z.end {
		return errManyRows
	}
	z.align()
	var sum uint32
	for range 4 {
		b, err := z.take(8)
		if err != nil {
			return err
		}
		sum = sum<<8 | uint32(b)
	}
	if sum != z.checksum {
		return SyntaxError("the pixels do not match their checksum")
	}
	return nil
}

// adler32 continues a checksum (RFC 1950, 8.2), eight bytes at a time. p is so short
// that its sums, which are reduced at the end, fit into 64 bits: up to some megabytes.
func adler32(sum uint32, p []byte) uint32 {
	const modulus = 65521
	const lanes, ones = 0x00ff00ff00ff00ff, 0x0001000100010001
	// What a byte's place in a word multiplies it by, in the order that puts the sum in the top lane.
	const evenWeights, oddWeights = 0x0008000600040002, 0x0007000500030001
	a, b := uint64(sum&0xffff), uint64(sum>>16)
	for ; len(p) >= 8; p = p[8:] {
		word := binary.LittleEndian.Uint64(p)
		even, odd := word&lanes, word>>8&lanes
		b += 8*a + (even*evenWeights+odd*oddWeights)>>48
		a += (even + odd) * ones >> 48
	}
	for _, v := range p {
		a += uint64(v)
		b += a
	}
	return uint32(a%modulus) | uint32(b%modulus)<<16
}
