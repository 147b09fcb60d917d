package local

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// What was checked is what is resized, whatever becomes of the key meanwhile.
func TestPinnedVersion(t *testing.T) {
	x := &wire{}
	p := start(t, func(o *Options) { o.WrapAWS = x.wrap })
	checked := sample.Oriented(1) // 112x144
	between := func(t *testing.T, key string, change func(version string)) answer {
		p.upload(t, key, checked)
		version := p.newestVersion(t, key)
		reading := x.hold(t, 1, p.reads(contract.StageResize, key))
		accepted := p.process(t, key)
		<-reading.arrived
		change(version)
		reading.release()
		return p.wait(t, accepted)
	}
	t.Run("overwritten", func(t *testing.T) {
		t.Parallel()
		var pinned string
		ended := between(t, "overwritten.jpg", func(version string) {
			pinned = version
			p.upload(t, "overwritten.jpg", sample.ColourChart())
		})
		o := ended.Outcome
		if o == nil || o.Status != contract.StatusSucceeded || o.Source.VersionID != pinned || o.Source.Bytes != int64(len(checked)) {
			t.Fatalf("want version %s: %s", pinned, ended.Body)
		}
		for _, r := range o.Renditions {
			if r.Width >= r.Height && r.Name != "square" {
				t.Errorf("%+v is not of the picture that was checked", r)
			}
			p.checkRendition(t, r)
		}
	})
	t.Run("deleted", func(t *testing.T) {
		t.Parallel()
		ended := between(t, "deleted.jpg", func(version string) {
			in := &s3.DeleteObjectInput{Bucket: new(p.output("inputBucket")), Key: new("deleted.jpg"), VersionId: &version}
			if _, err := p.s3.DeleteObject(context.Background(), in); err != nil {
				t.Error(err)
			}
		})
		checkRejected(t, ended, contract.CodeNotFound, "after it was checked")
	})
	t.Run("asked for", func(t *testing.T) {
		t.Parallel()
		p.upload(t, "older.jpg", checked)
		older := p.newestVersion(t, "older.jpg")
		p.upload(t, "older.jpg", sample.ColourChart())
		ended := p.wait(t, p.post(t, contract.Request{Bucket: p.output("inputBucket"), Key: "older.jpg", VersionID: older}))
		if o := ended.Outcome; o == nil || o.Source.VersionID != older || o.Source.Width != 112 {
			t.Errorf("want version %s: %s", older, ended.Body)
		}
	})
}

// Processing twice writes once; a changed image replaces its renditions.
func TestIdempotence(t *testing.T) {
	x := &wire{}
	p := start(t, func(o *Options) { o.WrapAWS = x.wrap })
	var writes atomic.Int32
	x.on(func(r *http.Request) bool { return r.Method == http.MethodPut && !byAdmin(r) },
		func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			got := httptest.NewRecorder()
			next.ServeHTTP(got, r)
			if got.Code == http.StatusOK {
				writes.Add(1)
			}
			for name, values := range got.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(got.Code)
			_, _ = bytes.NewReader(got.Body.Bytes()).WriteTo(w)
		})
	run := func(wantWrites int32) map[string]*s3.HeadObjectOutput {
		writes.Store(0)
		ended := p.wait(t, p.process(t, "twice.jpg"))
		if ended.Outcome == nil || ended.Outcome.Status != contract.StatusSucceeded {
			t.Fatalf("%s", ended.Body)
		}
		if got := writes.Load(); got != wantWrites {
			t.Errorf("%d objects are written, want %d", got, wantWrites)
		}
		heads := map[string]*s3.HeadObjectOutput{}
		for _, r := range ended.Outcome.Renditions {
			p.checkRendition(t, r)
			head, err := p.s3.HeadObject(context.Background(), &s3.HeadObjectInput{Bucket: &r.Bucket, Key: &r.Key})
			if err != nil {
				t.Fatal(err)
			}
			heads[r.Name] = head
		}
		return heads
	}
	p.upload(t, "twice.jpg", sample.Oriented(1))
	first := run(3)
	for name, second := range run(0) {
		was := first[name]
		if *second.ETag != *was.ETag || !second.LastModified.Equal(*was.LastModified) || !cmp.Equal(second.Metadata, was.Metadata) || len(was.Metadata) == 0 {
			t.Errorf("%s has changed: %s %v %v, was %s %v %v", name, *second.ETag, second.LastModified, second.Metadata, *was.ETag, was.LastModified, was.Metadata)
		}
	}
	p.upload(t, "twice.jpg", sample.ColourChart())
	for name, changed := range run(3) {
		if was := first[name]; *changed.ETag == *was.ETag || cmp.Equal(changed.Metadata, was.Metadata) {
			t.Errorf("%s has not changed: %s %v", name, *changed.ETag, changed.Metadata)
		}
	}

	// Many at once are as good as one after the other.
	p.upload(t, "twice.jpg", sample.Oriented(3))
	var accepted []answer
	for range 8 {
		accepted = append(accepted, p.process(t, "twice.jpg"))
	}
	for _, a := range accepted {
		checkSucceeded(t, p.wait(t, a))
	}
	run(0)
}
