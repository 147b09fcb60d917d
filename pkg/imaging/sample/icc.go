package sample

import (
	"bytes"
	"encoding/binary"
)

// DisplayP3 returns an ICC profile (ICC.1:2001) of Apple's Display P3, of phones: its
// primaries as adapted to D50, and sRGB's curve.
func DisplayP3() []byte {
	// s15Fixed16: the columns of the matrix from linear RGB to XYZ under D50.
	xyz := func(x, y, z float64) []byte {
		b := []byte("XYZ \x00\x00\x00\x00")
		for _, v := range []float64{x, y, z} {
			b = binary.BigEndian.AppendUint32(b, uint32(int32(v*65536)))
		}
		return b
	}
	// A parametric curve of type 3 (IEC 61966-2-1): gamma, a, b, c, d.
	curve := []byte("para\x00\x00\x00\x00\x00\x03\x00\x00")
	for _, v := range []float64{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045} {
		curve = binary.BigEndian.AppendUint32(curve, uint32(int32(v*65536)))
	}
	tags := []struct {
		name string
		body []byte
	}{
		{"wtpt", xyz(0.9642, 1, 0.8249)},
		{"rXYZ", xyz(0.51512, 0.24120, -0.00105)},
		{"gXYZ", xyz(0.29198, 0.69225, 0.04189)},
		{"bXYZ", xyz(0.15710, 0.06657, 0.78407)},
		{"rTRC", curve},
		{"gTRC", curve},
		{"bTRC", curve},
	}
	header := make([]byte, 128)
	header[8] = 4 // version: parametric curves are of version 4
	copy(header[12:], "mntrRGB XYZ ")
	copy(header[36:], "acsp")
	copy(header[68:], xyz(0.9642, 1, 0.8249)[8:])
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	var bodies []byte
	start := len(header) + 4 + 12*len(tags)
	for _, t := range tags {
		table = append(table, t.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(start+len(bodies)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(t.body)))
		bodies = append(bodies, t.body...)
	}
	profile := bytes.Join([][]byte{header, table, bodies}, nil)
	binary.BigEndian.PutUint32(profile, uint32(len(profile)))
	return profile
}

// WithProfile puts an ICC profile of less than 64 KB into a JPEG.
func WithProfile(data, profile []byte) []byte {
	body := append([]byte("ICC_PROFILE\x00\x01\x01"), profile...)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe2}, uint16(len(body)+2))
	return bytes.Join([][]byte{data[:2], segment, body, data[2:]}, nil)
}
