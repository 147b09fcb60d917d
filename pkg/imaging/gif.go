package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"
	"image/gif"
)

// Blocks of a GIF (GIF89a specification, appendix A).
const (
	gifExtension = 0x21
	gifImage     = 0x2c
	gifTrailer   = 0x3b
	gifControl   = 0xf9
)

// gifHeader walks the blocks to the first frame, and counts the others as far as the
// head reaches. A file whose end is reached without its trailer is truncated.
func gifHeader(f file) (header, error) {
	var h header
	const screen = 13 // signature and logical screen descriptor
	if err := f.need(screen); err != nil {
		return h, err
	}
	h.width, h.height = int64(binary.LittleEndian.Uint16(f.head[6:])), int64(binary.LittleEndian.Uint16(f.head[8:]))
	if r := checkSize(h.width, h.height, f.limits); r != nil {
		return h, r
	}
	transparent := false
	for pos := screen + gifColours(f.head[10]); ; {
		next, err := gifBlock(f, &h, pos, &transparent)
		var more *NeedMoreError
		switch {
		case h.frames > 0 && errors.As(err, &more):
			return h, nil // only more frames to count
		case err != nil:
			return h, err
		case next == 0 && h.frames == 0:
			return h, reject(Corrupt, "the GIF ends before any pixels")
		case next == 0:
			return h, nil
		}
		pos = next
	}
}

// gifBlock reads the block at pos. It returns where the next one is, 0 after the trailer.
func gifBlock(f file, h *header, pos int64, transparent *bool) (next int64, err error) {
	if err := f.need(pos + 1); err != nil {
		return 0, err
	}
	switch f.head[pos] {
	case gifTrailer:
		return 0, nil
	case gifExtension:
		if err := f.need(pos + 4); err != nil {
			return 0, err
		}
		if f.head[pos+1] == gifControl && f.head[pos+2] > 0 {
			*transparent = f.head[pos+3]&1 != 0
		}
		return gifSubBlocks(f, pos+2)
	case gifImage:
		const descriptor = 10
		if err := f.need(pos + descriptor); err != nil {
			return 0, err
		}
		if h.frames == 0 {
			if h.alpha, err = gifLeavesFree(f.head[pos+1:], h); err != nil {
				return 0, err
			}
			h.alpha = h.alpha || *transparent
		}
		h.frames++
		*transparent = false
		return gifSubBlocks(f, pos+descriptor+gifColours(f.head[pos+9])+1) // and the LZW code size
	default:
		return 0, reject(Corrupt, "the GIF has a block %#x at byte %d", f.head[pos], pos)
	}
}

// gifLeavesFree says whether the frame leaves a part of the screen free.
func gifLeavesFree(descriptor []byte, h *header) (bool, error) {
	var v [4]int64 // x, y, width, height
	for i := range v {
		v[i] = int64(binary.LittleEndian.Uint16(descriptor[2*i:]))
	}
	if v[2] == 0 || v[3] == 0 || v[0]+v[2] > h.width || v[1]+v[3] > h.height {
		return false, reject(Corrupt, "the GIF's first frame is empty or outside of its screen")
	}
	return v[2] != h.width || v[3] != h.height, nil
}

// gifColours returns the bytes of the colour table that flags announce.
func gifColours(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

// gifSubBlocks skips a chain of blocks, each with its size before it, up to the empty one.
func gifSubBlocks(f file, pos int64) (next int64, err error) {
	for {
		if err := f.need(pos + 1); err != nil {
			return 0, err
		}
		size := int64(f.head[pos])
		pos += 1 + size
		if size == 0 {
			return pos, nil
		}
	}
}

// decodeGIF decodes the first frame, on a transparent screen. (The background colour
// is ignored, as by browsers.)
func decodeGIF(data []byte) (image.Image, error) {
	h, err := gifHeader(file{head: data, size: int64(len(data))})
	if err != nil {
		return nil, err
	}
	frame, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	screen := image.Rect(0, 0, int(h.width), int(h.height))
	if frame.Bounds() == screen {
		return frame, nil
	}
	whole := image.NewRGBA(screen)
	draw.Draw(whole, frame.Bounds(), frame, frame.Bounds().Min, draw.Src)
	return whole, nil
}
