package local

import (
	"context"
	"encoding/json"
	"image"
	_ "image/jpeg" // renditions are read back
	_ "image/png"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

func TestSamples(t *testing.T) {
	p := start(t, nil)
	published := p.notifications(t)
	t.Run("each", func(t *testing.T) {
		for _, s := range sample.Samples() {
			t.Run(s.Key, func(t *testing.T) {
				t.Parallel()
				p.upload(t, s.Key, s.Data)
				ended := p.wait(t, p.process(t, s.Key))
				if ended.State != "SUCCEEDED" || ended.Outcome == nil || ended.Outcome.Status != s.WantStatus {
					t.Fatalf("%s", ended.Body)
				}
				if diff := cmp.Diff(*ended.Outcome, published(ended.ExecutionID)); diff != "" {
					t.Errorf("the notification is not the outcome:\n%s", diff)
				}
				for _, r := range ended.Outcome.Renditions {
					if r.Key != "thumbnails/"+r.Name+"/"+s.Key {
						t.Errorf("the rendition %s is at %s", r.Name, r.Key)
					}
					p.checkRendition(t, r)
				}
			})
		}
	})
}

// checkRendition reads a rendition back: it is the image that the outcome says.
func (p *pipeline) checkRendition(t *testing.T, r contract.Rendition) {
	t.Helper()
	out, err := p.s3.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &r.Bucket, Key: &r.Key})
	if err != nil {
		t.Fatalf("read the rendition %q: %v", r.Key, err)
	}
	defer out.Body.Close()
	config, format, err := image.DecodeConfig(out.Body)
	if err != nil {
		t.Fatalf("decode the rendition %q: %v", r.Key, err)
	}
	if format != r.Format || config.Width != r.Width || config.Height != r.Height || *out.ContentLength != r.Bytes || *out.ContentType != "image/"+r.Format {
		t.Errorf("%+v is %s of %dx%d, %d bytes of %s", r, format, config.Width, config.Height, *out.ContentLength, *out.ContentType)
	}
}

// setVariable changes an environment variable of a function.
func setVariable(g *graph.Graph, stage, name, value string) {
	for _, f := range g.Of("aws:lambda/function:Function") {
		if f.Name == stage {
			f.Inputs["environment"].(map[string]any)["variables"].(map[string]any)[name] = value
		}
	}
}

// limit is the size that TestRejections allows, in bytes.
const limit = 20_000

func TestRejections(t *testing.T) {
	p := start(t, func(o *Options) {
		o.Edit = func(g *graph.Graph) {
			for _, stage := range []string{contract.StageValidate, contract.StageResize} {
				setVariable(g, stage, contract.EnvMaxBytes, strconv.Itoa(limit))
			}
		}
	})
	published := p.notifications(t)
	input := p.output("inputBucket")
	ctx := context.Background()
	p.upload(t, "present.jpg", sample.Oriented(1))
	p.upload(t, "deleted.jpg", sample.Oriented(1))
	deleted := p.newestVersion(t, "deleted.jpg")
	if _, err := p.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &input, Key: new("deleted.jpg"), VersionId: &deleted}); err != nil {
		t.Fatal(err)
	}
	p.upload(t, "hidden.jpg", sample.Oriented(1))
	marker, err := p.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &input, Key: new("hidden.jpg")})
	if err != nil {
		t.Fatal(err)
	}
	padded := func(size int) []byte { // bytes after the end of a JPEG are no part of it
		image := sample.Oriented(1)
		return append(image, make([]byte, size-len(image))...)
	}
	type request = contract.Request
	tests := []struct {
		name    string
		request request
		data    []byte // uploaded first, unless nil
		code    string // "" when it is accepted
		says    string // a part of the message
	}{
		{"another bucket", request{Bucket: p.output("outputBucket"), Key: "present.jpg"}, nil, contract.CodeBucketNotAllowed, input},
		{"under the output prefix", request{Key: "thumbnails/large/present.jpg"}, nil, contract.CodeKeyInOutputPrefix, "thumbnails/"},
		{"suffix", request{Key: "present.webp"}, nil, contract.CodeUnsupportedSuffix, ".jpeg"},
		{"no suffix", request{Key: "jpg"}, nil, contract.CodeUnsupportedSuffix, ".jpeg"},
		{"no such key", request{Key: "missing.jpg"}, nil, contract.CodeNotFound, "missing.jpg"},
		{"unknown version", request{Key: "present.jpg", VersionID: "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, nil, contract.CodeNotFound, "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
		{"no version's name", request{Key: "present.jpg", VersionID: "x"}, nil, contract.CodeNotFound, "version x"},
		{"deleted version", request{Key: "deleted.jpg", VersionID: deleted}, nil, contract.CodeNotFound, deleted},
		{"delete marker", request{Key: "hidden.jpg"}, nil, contract.CodeNotFound, "hidden.jpg"},
		{"version of a delete marker", request{Key: "hidden.jpg", VersionID: *marker.VersionId}, nil, contract.CodeNotFound, *marker.VersionId},
		{"empty", request{Key: "empty.jpg"}, []byte{}, string(imaging.Empty), "0 bytes"},
		{"of exactly the limit", request{Key: "limit.jpg"}, padded(limit), "", ""},
		{"of one byte more", request{Key: "larger.jpg"}, padded(limit + 1), string(imaging.TooLarge), "20001"},
		{"bomb", request{Key: "bomb.jpg"}, sample.Bomb(), string(imaging.TooManyPixels), "64250x64250"},
		{"text", request{Key: "notes.jpg"}, []byte("Buy film. Clean the lens."), string(imaging.NotAnImage), "Buy film."},
		{"GIF", request{Key: "animation.png"}, []byte("GIF89a" + strings.Repeat("\x00", 40)), string(imaging.UnsupportedFormat), "gif"},
		{"cut off", request{Key: "cut.jpg"}, sample.Corrupt()[:limit/2], string(imaging.Corrupt), ""},
		{"cut off in its header", request{Key: "header.jpg"}, sample.Oriented(1)[:40], string(imaging.Corrupt), ""},
	}
	t.Run("each", func(t *testing.T) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				if test.request.Bucket == "" {
					test.request.Bucket = input
				}
				if test.data != nil {
					p.upload(t, test.request.Key, test.data)
				}
				ended := p.wait(t, p.post(t, test.request))
				if test.code == "" {
					if ended.Outcome == nil || ended.Outcome.Status != contract.StatusSucceeded {
						t.Errorf("%s", ended.Body)
					}
					return
				}
				checkRejected(t, ended, test.code, test.says)
				if diff := cmp.Diff(ended.Outcome, new(published(ended.ExecutionID))); diff != "" {
					t.Errorf("the notification is not the outcome:\n%s", diff)
				}
			})
		}
	})
}

// post posts a request.
func (p *pipeline) post(t *testing.T, request contract.Request, headers ...string) answer {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	return p.call(t, http.MethodPost, "/process", string(body), headers...)
}

// checkRejected holds a rejected outcome to its contract: the execution
// succeeded, and the document has every field.
func checkRejected(t *testing.T, ended answer, code, says string) {
	t.Helper()
	var document struct {
		Status  string
		Outcome map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(ended.Body), &document); err != nil {
		t.Fatalf("%v in %s", err, ended.Body)
	}
	o := ended.Outcome
	if document.Status != "SUCCEEDED" || o == nil || o.Status != contract.StatusRejected || o.Reason == nil || o.Reason.Code != code || !strings.Contains(o.Reason.Message, says) || o.Reason.Message == "" {
		t.Fatalf("want a rejection %s that says %q: %s", code, says, ended.Body)
	}
	if o.ExecutionID != ended.ExecutionID || o.Source.Bucket == "" || o.Source.Key == "" || string(document.Outcome["renditions"]) != "[]" {
		t.Errorf("the outcome lacks something: %s", ended.Body)
	}
	if o.StartedAt.IsZero() || o.FinishedAt.Before(o.StartedAt) {
		t.Errorf("from %v to %v", o.StartedAt, o.FinishedAt)
	}
}

func (p *pipeline) newestVersion(t *testing.T, key string) string {
	t.Helper()
	head, err := p.s3.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: new(p.output("inputBucket")), Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	return *head.VersionId
}
