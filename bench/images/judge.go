package images

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pixline/pixline/bench/images/quality"
	"github.com/pixline/pixline/bench/images/trial"
)

// SameSize compares pixline and sharp on one output at sharp's file size.
type SameSize struct {
	Width   int
	Bytes   int64   // sharp's
	Sharp   float64 // PSNR in dB
	Pixline float64 // PSNR in dB, interpolated between two qualities
}

// judge scores the outputs of the warm-ups, and compares pixline with sharp at
// the same file size. The processes are still there for that.
func judge(t *Trial, entries []*entry, source []byte) error {
	decoded, err := quality.Decode(source, t.Format)
	if err != nil {
		return err
	}
	references := make([]*quality.Picture, len(t.Sizes))
	for i, size := range t.Sizes {
		references[i] = quality.Resize(decoded, size.Width, size.Height)
	}
	for _, e := range entries {
		if e.process == nil {
			continue
		}
		for i, reference := range references {
			score, err := score(e.outputs, i, t.Format, reference)
			if err != nil {
				e.fail(err)
				break
			}
			e.Scores = append(e.Scores, score)
		}
	}
	if t.Format == "jpeg" {
		t.SameSize, err = sameSizes(entries, t.Sizes, references)
	}
	return err
}

func score(dir string, i int, format string, reference *quality.Picture) (quality.Score, error) {
	data, err := os.ReadFile(filepath.Join(dir, strconv.Itoa(i)))
	if err != nil {
		return quality.Score{}, err
	}
	output, err := quality.Decode(data, format)
	if err != nil {
		return quality.Score{}, err
	}
	return quality.Compare(output.Picture(), reference)
}

// sameSizes returns nothing if one of the two is not there.
func sameSizes(entries []*entry, sizes []trial.Size, references []*quality.Picture) ([]SameSize, error) {
	ours, theirs := fastest(entries, pixline), fastest(entries, sharp)
	if ours == nil || theirs == nil {
		return nil, nil
	}
	made := map[int][]encoded{} // by quality
	at := func(q int) ([]encoded, error) {
		if made[q] != nil {
			return made[q], nil
		}
		answer, err := ours.ask(trial.Request{Iterations: 1, Quality: q, Save: ours.outputs})
		if err != nil {
			return nil, err
		}
		for i, reference := range references {
			s, err := score(ours.outputs, i, "jpeg", reference)
			if err != nil {
				return nil, err
			}
			made[q] = append(made[q], encoded{answer.Bytes[i], s.PSNR})
		}
		return made[q], nil
	}
	var list []SameSize
	for i, size := range sizes {
		psnr, err := psnrAt(theirs.Bytes[i], func(q int) (encoded, error) {
			all, err := at(q)
			if err != nil {
				return encoded{}, err
			}
			return all[i], nil
		})
		if err != nil {
			return nil, fmt.Errorf("pixline at sharp's size: %w", err)
		}
		list = append(list, SameSize{size.Width, theirs.Bytes[i], theirs.Scores[i].PSNR, psnr})
	}
	return list, nil
}

// fastest returns the entry of a contestant that the report shows, nil if it has none.
func fastest(entries []*entry, name string) *entry {
	var found *entry
	for _, e := range entries {
		if e.Contestant == name && e.process != nil && (found == nil || median(e.Milliseconds) < median(found.Milliseconds)) {
			found = e
		}
	}
	return found
}

// encoded is a file's size and what it is worth.
type encoded struct {
	bytes int64
	psnr  float64
}

// psnrAt returns the PSNR at a file size: that of the largest quality whose file
// is not above it and that of the next one, interpolated linearly. A file's size
// grows with its quality, from 1 to 100.
func psnrAt(bytes int64, at func(quality int) (encoded, error)) (float64, error) {
	low, high := 1, 100
	for high-low > 1 {
		middle := (low + high) / 2
		e, err := at(middle)
		if err != nil {
			return 0, err
		}
		if e.bytes <= bytes {
			low = middle
		} else {
			high = middle
		}
	}
	below, err := at(low)
	if err != nil {
		return 0, err
	}
	above, err := at(high)
	if err != nil {
		return 0, err
	}
	if bytes < below.bytes || bytes > above.bytes || above.bytes == below.bytes {
		return 0, fmt.Errorf("no quality from %d to %d gives a file of %d bytes", low, high, bytes)
	}
	part := float64(bytes-below.bytes) / float64(above.bytes-below.bytes)
	return below.psnr + part*(above.psnr-below.psnr), nil
}
