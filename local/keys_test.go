package local

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// Each of these passes through JSON, a mapping template, JSONata, URLs,
// signatures and file names, and must come out of all of them as it went in.
var difficultKeys = []string{
	"it's.jpg", `say "hi".jpg`, `back\slash.jpg`, `"};'\".jpg`, "a+b.jpg", "a%20b.jpg", "a%2Fb.jpg", "a b.jpg", " a .jpg", "é.jpg", "e\u0301.jpg",
	"🦊.jpg", "new\nline.jpg", "tab\t.jpg", "a#b.jpg", "a?b.jpg", "a&b=c.jpg", "a;b,c:d@e$f.jpg", "$input.body{% $x %}.jpg", "<a>.jpg", "UPPER.JPG",
	"deep/er/still.jpg", "...jpg", "dots/.../a..b.jpg", strings.Repeat("k", 200) + "/" + strings.Repeat("é", 100) + ".jpg",
}

func TestKeys(t *testing.T) {
	p := start(t, nil)
	published := p.notifications(t)
	t.Run("each", func(t *testing.T) {
		for _, key := range difficultKeys {
			t.Run(fmt.Sprintf("%.30q", key), func(t *testing.T) {
				t.Parallel()
				p.upload(t, key, sample.Oriented(6))
				ended := p.wait(t, p.process(t, key))
				o := ended.Outcome
				if o == nil || o.Status != contract.StatusSucceeded || o.Source.Key != key || len(o.Renditions) != 3 {
					t.Fatalf("%s", ended.Body)
				}
				for _, r := range o.Renditions {
					if want := "thumbnails/" + r.Name + "/" + key; r.Key != want {
						t.Errorf("the rendition is at %q, want %q", r.Key, want)
					}
					p.checkRendition(t, r)
				}
				if got := published(ended.ExecutionID); got.Source.Key != key {
					t.Errorf("the notification is about %q", got.Source.Key)
				}
			})
		}
	})
	t.Run("listed", func(t *testing.T) {
		listed := map[string]bool{}
		pages := s3.NewListObjectsV2Paginator(p.s3, &s3.ListObjectsV2Input{Bucket: new(p.output("outputBucket"))})
		for pages.HasMorePages() {
			page, err := pages.NextPage(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range page.Contents {
				listed[*o.Key] = true
			}
		}
		for _, key := range difficultKeys {
			if !listed["thumbnails/square/"+key] {
				t.Errorf("the rendition of %q is not listed", key)
			}
		}
		if len(listed) != 3*len(difficultKeys) {
			t.Errorf("%d objects are listed, want %d", len(listed), 3*len(difficultKeys))
		}
	})
}

// S3 takes keys that a folder of files cannot hold. The runner says so, rather
// than to take one key for another.
func TestKeysBeyondFiles(t *testing.T) {
	p := start(t, nil)
	p.upload(t, "a.jpg", sample.Oriented(1))
	p.upload(t, "b.jpg/c.jpg", sample.Oriented(1))
	for key, says := range map[string]string{
		"/a.jpg":                          `no file can be named "/a.jpg"`,
		"//a.jpg":                         `no file can be named "//a.jpg"`,
		"x//a.jpg":                        `no file can be named "x//a.jpg"`,
		"./a.jpg":                         `no file can be named "./a.jpg"`,
		"x/../a.jpg":                      `no file can be named "x/../a.jpg"`,
		"a.jpg/d.jpg":                     "a file cannot be a folder",
		"b.jpg":                           "a folder cannot be a file",
		strings.Repeat("k", 300) + ".jpg": "255 between two slashes",
	} {
		t.Run(fmt.Sprintf("%.20q", key), func(t *testing.T) {
			t.Parallel()
			_, err := p.s3.PutObject(context.Background(), &s3.PutObjectInput{
				Bucket: new(p.output("inputBucket")), Key: &key, Body: bytes.NewReader(sample.Oriented(1)),
			})
			if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "The local runner keeps objects as files") {
				t.Errorf("the upload answers %v, want %q", err, says)
			}
			ended := p.wait(t, p.process(t, key))
			if o := ended.Outcome; o != nil && o.Status == contract.StatusRejected && o.Reason.Code == contract.CodeNotFound {
				return // as on S3: it has no object of this key
			}
			if ended.State != "FAILED" || !strings.Contains(ended.Cause, "The local runner keeps objects as files") {
				t.Errorf("processing answers %s", ended.Body)
			}
		})
	}
}

// The store takes an upload id for the name of a folder.
func TestUploadIDIsNoPath(t *testing.T) {
	p := start(t, nil)
	p.upload(t, "a.jpg", sample.Oriented(1))
	bucket, key := p.output("inputBucket"), "a.jpg"
	_, err := p.s3.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: new("../../../")})
	if err == nil || !strings.Contains(err.Error(), "NoSuchUpload") {
		t.Errorf("the upload ../../../ is ended with %v", err)
	}
	_, err = p.s3.ListParts(t.Context(), &s3.ListPartsInput{Bucket: &bucket, Key: &key, UploadId: new("..")})
	if err == nil || !strings.Contains(err.Error(), "NoSuchUpload") {
		t.Errorf("the upload .. is listed with %v", err)
	}
	if _, err := p.s3.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key}); err != nil {
		t.Errorf("the object beside it: %v", err)
	}
}
