package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/pkg/imaging"
)

type resizeCommand struct {
	In         string  `arg:"" help:"The image: a JPEG, PNG, WebP, GIF, BMP or TIFF."`
	Out        string  `arg:"" help:"Where to write; .jpg, .jpeg, .png or .webp says the format."`
	Width      int     `help:"Width of the box in pixels. May be left out with --fit contain."`
	Height     int     `help:"Height of the box in pixels. May be left out with --fit contain."`
	Fit        string  `enum:"contain,cover,fill" default:"contain" help:"How the image is put into the box: contain, cover or fill."`
	Position   string  `placeholder:"centre" help:"What --fit cover keeps: centre, top, bottom, left, right, top-left, top-right, bottom-left, bottom-right, entropy or attention."`
	Quality    int     `help:"Quality of a JPEG or a WebP, 1 to 100. Default: 80."`
	Background string  `placeholder:"#ffffff" help:"What transparency is flattened on in a JPEG."`
	Sharpen    float64 `help:"Amount of an unsharp mask of radius 1 pixel, 0 (none) to 5."`
	Enlarge    bool    `help:"Allow a result larger than the image."`
	Repeat     int     `default:"1" help:"Do it N times and report the median of decode to encode."`
	JSON       bool    `help:"Print one JSON object: width, height, bytes, format, medianMs."`
}

// Help implements kong.HelpProvider.
func (resizeCommand) Help() string {
	return `Examples:

  pixline resize cat.jpg small.jpg --width 720
  pixline resize cat.jpg icon.png --width 64 --height 64 --fit cover
  pixline resize cat.jpg square.webp --width 320 --height 320 --fit cover --position attention
  pixline resize cat.jpg small.jpg --width 720 --quality 80 --repeat 20 --json`
}

// Run resizes.
func (c *resizeCommand) Run(e *env) error {
	rendition, err := c.rendition()
	if err != nil {
		return usageError{err}
	}
	if c.Repeat < 1 {
		return usageError{fmt.Errorf("--repeat %d: at least 1", c.Repeat)}
	}
	data, err := os.ReadFile(c.In)
	if err != nil {
		return err
	}
	out, times, err := c.repeat(e, data, rendition)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, out.Data, 0o644); err != nil {
		return err
	}
	report := resizeReport{Width: out.Width, Height: out.Height, Bytes: len(out.Data), Format: string(out.Format), MedianMs: math.Round(1000*median(times)) / 1000}
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(report)
	}
	_, err = fmt.Fprintf(e.stdout, "%s  %s %dx%d  %s  %.1f ms\n", c.Out, report.Format, report.Width, report.Height, size(int64(report.Bytes)), report.MedianMs)
	return err
}

// repeat resizes as often as asked; times are in milliseconds.
func (c *resizeCommand) repeat(e *env, data []byte, rendition imaging.Rendition) (out imaging.Output, times []float64, err error) {
	step, done := progress(e.stderr, c.Repeat, "resize")
	defer done()
	for range c.Repeat {
		if err := e.ctx.Err(); err != nil {
			return out, nil, err
		}
		start := time.Now()
		if out, err = resizeOnce(e.ctx, data, rendition); err != nil {
			return out, nil, fmt.Errorf("%s: %w", c.In, err)
		}
		times = append(times, float64(time.Since(start).Microseconds())/1000)
		step()
	}
	return out, times, nil
}

type resizeReport struct {
	Width    int     `json:"width"`
	Height   int     `json:"height"`
	Bytes    int     `json:"bytes"`
	Format   string  `json:"format"`
	MedianMs float64 `json:"medianMs"`
}

func (c *resizeCommand) rendition() (imaging.Rendition, error) {
	r := imaging.Rendition{
		Name: "out", Width: c.Width, Height: c.Height, Fit: imaging.Fit(c.Fit), Position: imaging.Position(c.Position),
		Quality: c.Quality, Background: c.Background, Sharpen: c.Sharpen, Enlarge: c.Enlarge,
	}
	switch suffix := strings.ToLower(filepath.Ext(c.Out)); suffix {
	case ".jpg", ".jpeg":
		r.Format = imaging.JPEG
	case ".png":
		r.Format = imaging.PNG
	case ".webp":
		r.Format = imaging.WebP
	default:
		return r, fmt.Errorf("%s: the suffix %q says no format; use .jpg, .jpeg, .png or .webp", c.Out, suffix)
	}
	if c.Width == 0 && c.Height == 0 {
		return r, errors.New("say how large the result shall be, with --width, --height or both")
	}
	return r, r.Validate()
}

// resizeOnce does what the resize function does between download and upload.
func resizeOnce(ctx context.Context, data []byte, r imaging.Rendition) (imaging.Output, error) {
	made, err := imaging.Process(ctx, data, imaging.Options{Renditions: []imaging.Rendition{r}})
	if err != nil {
		return imaging.Output{}, err
	}
	return made.Outputs[0], nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// size formats bytes for people.
func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
}
