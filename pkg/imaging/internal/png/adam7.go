package png

// passes are those of Adam7 (8.2): the first pixel of each, and the steps to the next ones.
var passes = [7]struct{ x, y, stepX, stepY int }{
	{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2},
}

// deinterlace decodes all passes.
func (d *Decoder) deinterlace() error {
	channels := d.header.Channels()
	stride := d.header.Width * channels
	d.whole = make([]byte, d.header.Height*stride)
	row := make([]byte, stride)
	for _, p := range passes {
		width := (d.header.Width - p.x + p.stepX - 1) / p.stepX
		if width <= 0 {
			continue
		}
		clear(d.current) // it will be the row before the first
		for y := p.y; y < d.header.Height; y += p.stepY {
			if err := d.interrupted(); err != nil {
				return err
			}
			if err := d.readRow(row[:width*channels], width); err != nil {
				return err
			}
			spread(d.whole[y*stride+p.x*channels:(y+1)*stride], row[:width*channels], channels, p.stepX*channels)
		}
	}
	return nil
}

// spread copies pixels to places that are step bytes apart.
func spread(to, pixels []byte, channels, step int) {
	if channels == 1 {
		for i, v := range pixels {
			to[i*step] = v
		}
		return
	}
	for ; len(pixels) >= 4; pixels = pixels[4:] {
		copy(to[:4], pixels)
		to = to[min(step, len(to)):]
	}
}
