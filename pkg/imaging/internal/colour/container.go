package colour

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Sizes of the container (ICC.1:2022, 7.2 and 7.3).
const (
	headerBytes   = 128
	tagEntryBytes = 12
	maxTags       = 1000 // profiles in use have 9 to 40
)

// container is a profile whose list of tags was checked: each lies inside.
type container struct {
	header []byte
	space  Space
	tags   map[string][]byte
}

// open checks the header and the list of tags. The library allocates what the
// list declares, up to 48 GB, before it looks whether that is there.
func open(profile []byte) (container, error) {
	var c container
	if len(profile) > MaxBytes {
		return c, fmt.Errorf("it has %d bytes; the limit is %d", len(profile), MaxBytes)
	}
	if len(profile) < headerBytes+4 || string(profile[36:40]) != "acsp" {
		return c, errors.New("it has no ICC header")
	}
	c.header = profile[:headerBytes]
	if class := string(profile[12:16]); !slices.Contains([]string{"scnr", "mntr", "prtr", "spac"}, class) {
		return c, fmt.Errorf("its class is %q, which describes no image", class)
	}
	switch space := string(profile[16:20]); space {
	case "RGB ":
		c.space = RGB
	case "GRAY":
		c.space = Gray
	case "CMYK":
		c.space = CMYK
	default:
		return c, fmt.Errorf("its colour space is %q", space)
	}
	count := int64(binary.BigEndian.Uint32(profile[headerBytes:]))
	list := profile[headerBytes+4:]
	if count > maxTags || count*tagEntryBytes > int64(len(list)) {
		return c, fmt.Errorf("it declares %d tags", count)
	}
	c.tags = make(map[string][]byte, count)
	for i := range count {
		entry := list[i*tagEntryBytes:]
		offset, size := int64(binary.BigEndian.Uint32(entry[4:])), int64(binary.BigEndian.Uint32(entry[8:]))
		// Damage to a tag that is not used does not matter.
		if offset+size <= int64(len(profile)) {
			c.tags[string(entry[:4])] = profile[offset : offset+size]
		}
	}
	return c, nil
}

// table returns the table from the device's values to the connection space, or
// nil. It precedes curves and a matrix when there are both (ICC.1:2022, 9.2.1). A profile
// that has none for the perceptual intent is read by another one's.
func (c container) table() []byte {
	if c.space == Gray {
		return nil
	}
	for _, name := range []string{"A2B0", "A2B1", "A2B2"} {
		if tag := c.tags[name]; tag != nil {
			return tag
		}
	}
	return nil
}

// repack returns a profile of the same meaning that holds nothing but the table, which
// was checked for what the library would not survive.
func (c container) repack(table []byte) []byte {
	header := slices.Clone(c.header)
	// The connection space's illuminant is D50 by definition (7.2.16).
	copy(header[68:], "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d")
	const at = headerBytes + 4 + tagEntryBytes
	binary.BigEndian.PutUint32(header, uint32(at+len(table)))
	out := binary.BigEndian.AppendUint32(header, 1)
	out = append(out, "A2B0"...)
	out = binary.BigEndian.AppendUint32(out, at)
	out = binary.BigEndian.AppendUint32(out, uint32(len(table)))
	return append(out, table...)
}

// curve returns the curve of a tag.
func (c container) curve(name string) (curve, error) {
	f, err := parseCurve(c.tags[name])
	if err != nil {
		return nil, fmt.Errorf("its %s: %w", name, err)
	}
	return f, nil
}

// colorant returns the XYZ values of a tag, relative to D50.
func (c container) colorant(name string) (xyz [3]float64, err error) {
	tag := c.tags[name]
	if len(tag) < 20 || string(tag[:4]) != "XYZ " {
		return xyz, fmt.Errorf("its %s is missing or damaged", name)
	}
	for i := range xyz {
		xyz[i] = fixed(tag[8+4*i:])
	}
	return xyz, nil
}

// connection returns the connection space, "XYZ " or "Lab " in all that can be read.
func (c container) connection() string { return string(c.header[20:24]) }
