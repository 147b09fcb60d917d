package colour

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Points of a curve. The library inverts every curve when it reads it, in a
// time that grows with the square of the points if the curve is not monotonic.
const (
	maxPoints       = 1 << 16
	maxUnevenPoints = 1 << 12 // also the most in a lut8 or lut16 (ICC.1:2022, 10.10)
)

var (
	errTruncated = errors.New("it is truncated")
	errPoints    = errors.New("its curve has too many points")
)

// curveSize checks the curve that tag begins with, and returns its size in bytes. The library
// allocates the points that a curve declares, up to 8 GB, before it looks for them.
func curveSize(tag []byte) (int, error) {
	if len(tag) < 12 {
		return 0, errTruncated
	}
	switch name := string(tag[:4]); name {
	case "para":
		parameters := []int{1, 3, 4, 5, 7}
		kind := int(binary.BigEndian.Uint16(tag[8:]))
		if kind >= len(parameters) {
			return 0, fmt.Errorf("its curve is of the unknown kind %d", kind)
		}
		size := 12 + 4*parameters[kind]
		if len(tag) < size {
			return 0, errTruncated
		}
		return size, nil
	case "curv":
		count := int64(binary.BigEndian.Uint32(tag[8:]))
		if count > maxPoints {
			return 0, errPoints
		}
		size := 12 + 2*int(count)
		if len(tag) < size {
			return 0, errTruncated
		}
		if count > maxUnevenPoints && !rises(tag[12:size]) {
			return 0, errPoints
		}
		return size, nil
	default:
		return 0, fmt.Errorf("%q is no curve", name)
	}
}

// rises says whether a curve of 16-bit points never falls.
func rises(points []byte) bool {
	for i := 2; i < len(points); i += 2 {
		if binary.BigEndian.Uint16(points[i:]) < binary.BigEndian.Uint16(points[i-2:]) {
			return false
		}
	}
	return true
}

// checkTable checks a table from inputs channels to the three of the connection space.
func checkTable(tag []byte, inputs int) error {
	if len(tag) < 32 {
		return errTruncated
	}
	if int(tag[8]) != inputs || tag[9] != 3 {
		return fmt.Errorf("its table is from %d to %d channels", tag[8], tag[9])
	}
	switch name := string(tag[:4]); name {
	case "mft1":
		return checkLUT(tag, inputs, 48, 1, 256, 256)
	case "mft2":
		if len(tag) < 52 {
			return errTruncated
		}
		in, out := int64(binary.BigEndian.Uint16(tag[48:])), int64(binary.BigEndian.Uint16(tag[50:]))
		if min(in, out) < 2 || max(in, out) > maxUnevenPoints {
			return fmt.Errorf("its table has curves of %d and %d points", in, out)
		}
		return checkLUT(tag, inputs, 52, 2, in, out)
	case "mAB ":
		return checkModular(tag, inputs)
	default:
		return fmt.Errorf("its table is of the unknown type %q", name)
	}
}

// checkLUT checks a lut8 or lut16 (10.10 and 10.11): curves, grid, curves.
func checkLUT(tag []byte, inputs, header int, width, in, out int64) error {
	nodes, err := gridNodes(slices.Repeat([]byte{tag[10]}, inputs))
	if err != nil {
		return err
	}
	if int64(header)+width*(int64(inputs)*in+3*nodes+3*out) > int64(len(tag)) {
		return errTruncated
	}
	return nil
}

// gridNodes multiplies the points of each side, which the library does without a
// look at the overflow. It also takes all sides but the first for as long as the last.
func gridNodes(sides []byte) (int64, error) {
	nodes := int64(1)
	for _, side := range sides {
		if side < 2 || side != sides[0] {
			return 0, fmt.Errorf("its table's sides are %d", sides)
		}
		nodes *= int64(side) // at most 255^4
	}
	return nodes, nil
}

// checkModular checks a lutAToB (10.12) of three channels.
func checkModular(tag []byte, inputs int) error {
	if inputs != 3 {
		// The library reads as many output curves as there are input channels.
		return fmt.Errorf("a lutAToB table of %d channels is not supported", inputs)
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint32(tag[12+4*i:])) }
	b, matrix, m, clut, a := at(0), at(1), at(2), at(3), at(4)
	for _, offset := range []int64{b, matrix, m, clut, a} {
		if offset != 0 && (offset < 32 || offset >= int64(len(tag))) {
			return errTruncated
		}
	}
	for _, offset := range []int64{b, m, a} {
		if offset == 0 {
			continue
		}
		rest := tag[offset:]
		for range inputs {
			size, err := curveSize(rest)
			if err != nil {
				return err
			}
			rest = rest[min((size+3)&^3, len(rest)):]
		}
	}
	if matrix != 0 && int64(len(tag))-matrix < 48 {
		return errTruncated
	}
	if clut == 0 {
		return nil
	}
	rest := tag[clut:]
	if len(rest) < 20 {
		return errTruncated
	}
	nodes, err := gridNodes(rest[:inputs])
	if err != nil {
		return err
	}
	width := int64(rest[16])
	if width != 1 && width != 2 {
		return fmt.Errorf("its table has values of %d bytes", width)
	}
	if 20+width*3*nodes > int64(len(rest)) {
		return errTruncated
	}
	return nil
}
