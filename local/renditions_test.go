package local

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/color/palette"
	"image/draw"
	"image/gif"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// A request may name some of the configured renditions: the others are not made.
func TestRequestedRenditions(t *testing.T) {
	p := start(t, nil)
	p.upload(t, "some.jpg", sample.Oriented(1))
	request := contract.Request{Bucket: p.output("inputBucket"), Key: "some.jpg", Renditions: []string{"square", "large"}}
	ended := p.wait(t, p.post(t, request))
	o := ended.Outcome
	if o == nil || o.Status != contract.StatusSucceeded || len(o.Renditions) != 2 || o.Renditions[0].Name != "large" || o.Renditions[1].Name != "square" {
		t.Fatalf("%s", ended.Body)
	}
	for _, r := range o.Renditions {
		p.checkRendition(t, r)
	}
	_, err := p.s3.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: new(p.output("outputBucket")), Key: new("thumbnails/medium/some.jpg")})
	if _, missing := errors.AsType[*types.NotFound](err); !missing {
		t.Errorf("the rendition that nobody asked for: %v", err)
	}

	// Who starts executions without the API is told in the outcome.
	request.Renditions = []string{"large", "huge"}
	input, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	started, err := p.states.StartExecution(context.Background(), p.output("stateMachineArn"), "past-the-api", input)
	if err != nil {
		t.Fatal(err)
	}
	ended = p.wait(t, answer{Status: http.StatusAccepted, ExecutionID: "past-the-api", ExecutionARN: started.ARN, StatusURL: "/executions/past-the-api"})
	checkRejected(t, ended, contract.CodeUnknownRendition, `"huge"; the renditions are large, medium, square`)
}

// What the configuration switches on reaches both functions: a WebP becomes
// WebPs, a GIF becomes PNGs, and the outcome has a placeholder.
func TestSwitchedOn(t *testing.T) {
	p := start(t, func(o *Options) {
		o.Edit = func(g *graph.Graph) {
			for _, stage := range []string{contract.StageValidate, contract.StageResize} {
				setVariable(g, stage, contract.EnvSupportedSuffixes, ".jpg,.webp,.gif")
				setVariable(g, stage, contract.EnvMaxFrames, "2")
			}
			setVariable(g, contract.StageResize, contract.EnvPlaceholder, contract.PlaceholderThumbHash)
		}
	})
	made, err := imaging.Process(context.Background(), sample.Oriented(1), imaging.Options{
		Renditions: []imaging.Rendition{{Name: "a", Width: 200, Format: imaging.WebP}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key            string
		data           []byte
		source, output imaging.Format
		suffix         string // of the renditions' keys
	}{
		{"photo.webp", made.Outputs[0].Data, imaging.WebP, imaging.WebP, "/photo.webp"},
		{"frames.gif", animation(t, 2), imaging.GIF, imaging.PNG, "/frames.gif.png"},
	} {
		p.upload(t, c.key, c.data)
		ended := p.wait(t, p.process(t, c.key))
		o := ended.Outcome
		if o == nil || o.Status != contract.StatusSucceeded || o.Source.Format != string(c.source) || len(o.Renditions) != 3 {
			t.Fatalf("%s", ended.Body)
		}
		for _, r := range o.Renditions {
			data := p.object(t, r.Bucket, r.Key)
			info, err := imaging.Probe(data, int64(len(data)), imaging.Limits{})
			if err != nil || info.Format != c.output || info.Width != r.Width || info.Height != r.Height || !strings.HasSuffix(r.Key, c.suffix) {
				t.Errorf("%+v is %+v, %v", r, info, err)
			}
		}
		if hash, err := base64.StdEncoding.DecodeString(o.Source.ThumbHash); err != nil || len(hash) < 5 {
			t.Errorf("the placeholder of %s is %q, %v", c.key, o.Source.ThumbHash, err)
		}
	}
	for _, c := range []struct {
		key  string
		data []byte
		code string
		says string
	}{
		{"chart.png", sample.Gradient(), contract.CodeUnsupportedSuffix, ".webp"},
		{"png.jpg", sample.Gradient(), string(imaging.UnsupportedFormat), "png"},
		{"long.gif", animation(t, 3), string(imaging.TooManyFrames), "2"},
	} {
		p.upload(t, c.key, c.data)
		checkRejected(t, p.wait(t, p.process(t, c.key)), c.code, c.says)
	}
}

// animation is a GIF with so many frames.
func animation(t *testing.T, frames int) []byte {
	t.Helper()
	var g gif.GIF
	for i := range frames {
		frame := image.NewPaletted(image.Rect(0, 0, 60, 40), palette.WebSafe)
		draw.Draw(frame, frame.Rect, image.NewUniform(color.RGBA{R: uint8(51 * i), G: 102, A: 255}), image.Point{}, draw.Src)
		g.Image, g.Delay = append(g.Image, frame), append(g.Delay, 10)
	}
	var file bytes.Buffer
	if err := gif.EncodeAll(&file, &g); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
