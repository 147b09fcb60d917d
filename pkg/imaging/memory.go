package imaging

// Bytes per source pixel that are alive at once, at worst, with the decoders of
// the standard library.
const (
	// A progressive CMYK JPEG: 4 components of 4-byte coefficients (16), the
	// samples (4) and the interleaved result (4). Others need less: baseline 4:2:0 1.5, a
	// progressive 4:4:4 JPEG 15, an interlaced 16-bit PNG 12.
	decodeBytes = 24
	// While orienting: the decoded image (8 for a 16-bit PNG), its RGBA copy and the
	// oriented one.
	orientBytes = 8 + 4 + 4
	// While rendering: the decoded image and the oriented one.
	renderBytes = 8 + 4
)

// PeakBytes returns how many bytes of heap are alive at most while a source of
// width x height, as displayed, is decoded and rendered: the worst case over formats.
//
//	max(24 n, 16 n, 12 n + the outputs + the largest rendition's working set)
//
// with n = width*height. A rendition's working set, at 4 bytes a pixel, is the
// pre-reduced source, Lanczos's horizontal pass, the result, its flattened copy and
// twice the output for the buffer that grows. An output is taken as 4 bytes a pixel,
// which no photo reaches.
//
// Not included: the encoded source, the runtime, and garbage that is not yet
// collected. Set GOMEMLIMIT (a Lambda: 80 % of its memory) so that the
// collector holds the heap to it.
func PeakBytes(width, height int64, renditions ...Rendition) int64 {
	const pixel = 4
	var outputs, working int64
	for _, r := range renditions {
		g := r.plan(int(width), int(height))
		cropW, cropH := g.crop.Dx(), g.crop.Dy()
		reducedW, reducedH := preReduced(cropW, g.width), preReduced(cropH, g.height)
		out := pixel * int64(g.width) * int64(g.height)
		var reduced int64
		if reducedW != cropW || reducedH != cropH {
			reduced = pixel * int64(reducedW) * int64(reducedH)
		}
		horizontal := pixel * int64(g.width) * int64(reducedH)
		working = max(working, reduced+horizontal+out+out+2*out)
		outputs += out
	}
	n := width * height
	return max(decodeBytes*n, orientBytes*n, renderBytes*n+outputs+working)
}
