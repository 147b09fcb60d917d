// Package handler decides whether an image may be processed. It reads no more
// of the object than its header, and pins the version that it read.
package handler

import (
	"context"
	"errors"
	"strings"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
	"github.com/pixline/pixline/pkg/function"
	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/objectstore"
)

// maxHeaderBytes is how much is read in search of an image's dimensions: more
// metadata than any camera writes, all of a TIFF (whose directory may come last) of the
// default maxBytes, and little enough for the function's memory.
const maxHeaderBytes = 32 << 20

// Store reads the beginning of an object.
type Store interface {
	Head(ctx context.Context, ref objectstore.Ref, n int64) (objectstore.Head, error)
}

// Handler validates.
type Handler struct {
	Config Config
	Store  Store
}

// Handle checks the request and the object. A rejection is a result; an error
// is a fault of the system.
func (h *Handler) Handle(ctx context.Context, job contract.Job) (contract.Result, error) {
	result := contract.Result{
		Execution: job.Execution,
		Source:    contract.Source{Bucket: job.Bucket, Key: job.Key, VersionID: job.VersionID},
		Requested: job.Renditions,
	}
	err := h.check(ctx, job, &result.Source)
	return function.Conclude(ctx, result, err)
}

func (h *Handler) check(ctx context.Context, job contract.Job, source *contract.Source) error {
	if err := h.checkRequest(job.Request); err != nil {
		return err
	}
	ref := objectstore.Ref{Bucket: job.Bucket, Key: job.Key, VersionID: job.VersionID}
	for n := int64(imaging.HeadBytes); ; {
		head, err := h.Store.Head(ctx, ref, n)
		if errors.Is(err, objectstore.ErrNotFound) || errors.Is(err, objectstore.ErrChanged) {
			return fault.Reject(contract.CodeNotFound, "%s does not exist%s", ref, version(ref))
		}
		if err != nil {
			return err
		}
		ref = head.Ref // whatever is read on is of the same version
		source.VersionID, source.ETag, source.Bytes = head.VersionID, head.ETag, head.Size
		info, err := imaging.Probe(head.Bytes, head.Size, h.Config.Limits)
		if more, ok := errors.AsType[*imaging.NeedMoreError](err); ok {
			if n == maxHeaderBytes {
				return fault.Reject(string(imaging.UnsupportedFormat), "the image's header has more than %d bytes", n)
			}
			n = min(more.Bytes, maxHeaderBytes)
			continue
		}
		if rejection, ok := errors.AsType[*imaging.Rejection](err); ok {
			return fault.Reject(string(rejection.Code), "%s", rejection.Message)
		}
		if err != nil {
			return err
		}
		source.Format, source.Width, source.Height = string(info.Format), info.Width, info.Height
		return nil
	}
}

// checkRequest decides what needs no look at the object.
func (h *Handler) checkRequest(r contract.Request) error {
	switch {
	case r.Bucket != h.Config.InputBucket:
		return fault.Reject(contract.CodeBucketNotAllowed, "images are read from %s alone, not from %s", h.Config.InputBucket, r.Bucket)
	case strings.HasPrefix(r.Key, h.Config.OutputPrefix):
		return fault.Reject(contract.CodeKeyInOutputPrefix, "%s is under %s, where renditions are", r.Key, h.Config.OutputPrefix)
	case !contract.HasSuffix(r.Key, h.Config.Suffixes):
		return fault.Reject(contract.CodeUnsupportedSuffix, "%s ends in none of %s", r.Key, strings.Join(h.Config.Suffixes, " "))
	case len(r.Key) > contract.MaxKeyBytes:
		return fault.Reject(contract.CodeNotFound, "no object has a key of %d bytes: the limit of S3 is %d", len(r.Key), contract.MaxKeyBytes)
	}
	return nil
}

func version(ref objectstore.Ref) string {
	if ref.VersionID == "" {
		return ""
	}
	return " in version " + ref.VersionID
}
