package png

import (
	"encoding/binary"
	"hash/crc32"
)

// chunks are the chunks of a file (PNG specification, 5.3) from the next one on.
type chunks struct{ data []byte }

const (
	chunkHead = 8 // length and name
	chunkTail = 4 // checksum
)

// peek returns the name of the next chunk.
func (c *chunks) peek() ([]byte, error) {
	if len(c.data) < chunkHead {
		return nil, errShort
	}
	return c.data[4:8], nil
}

// next returns the next chunk, whose checksum is right.
func (c *chunks) next() (name, body []byte, err error) {
	if name, err = c.peek(); err != nil {
		return nil, nil, err
	}
	length := int64(binary.BigEndian.Uint32(c.data))
	if length > int64(len(c.data)-chunkHead-chunkTail) {
		return nil, nil, errShort
	}
	end := chunkHead + int(length)
	if crc32.ChecksumIEEE(c.data[4:end]) != binary.BigEndian.Uint32(c.data[end:]) {
		return nil, nil, SyntaxError("the chunk " + string(name) + " does not match its checksum")
	}
	body, c.data = c.data[chunkHead:end], c.data[end+chunkTail:]
	return name, body, nil
}

// nextData returns the next IDAT chunk that is not empty, nil where another one follows.
func (c *chunks) nextData() ([]byte, error) {
	for {
		name, err := c.peek()
		if err != nil || string(name) != "IDAT" {
			return nil, err
		}
		if _, body, err := c.next(); err != nil || len(body) > 0 {
			return body, err
		}
	}
}
