// Package handler makes every rendition of one image from one download and one
// decode, and writes them.
package handler

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/fault"
	"github.com/pixline/pixline/pkg/function"
	"github.com/pixline/pixline/pkg/imaging"
	"github.com/pixline/pixline/pkg/objectstore"
	"github.com/pixline/pixline/pkg/telemetry"
)

// Store reads the checked object and writes renditions.
type Store interface {
	Read(ctx context.Context, ref objectstore.Ref, limit int64) ([]byte, error)
	Write(ctx context.Context, o objectstore.Object) error
}

// Handler resizes.
type Handler struct {
	Config Config
	Store  Store
}

// Handle answers the result of validate with the renditions, or with the
// reason why the image is rejected after all.
func (h *Handler) Handle(ctx context.Context, checked contract.Result) (contract.Result, error) {
	err := h.process(ctx, &checked)
	return function.Conclude(ctx, checked, err)
}

// process adds to the result what it has made. What needs no look at the image
// is decided first.
func (h *Handler) process(ctx context.Context, checked *contract.Result) error {
	renditions, err := imaging.Select(h.Config.Renditions, checked.Requested)
	if err != nil {
		return fault.Reject(contract.CodeUnknownRendition, "%v", err)
	}
	if err := h.checkKeys(renditions, checked.Source); err != nil {
		return err
	}
	data, err := h.read(ctx, checked.Source)
	if err != nil {
		return err
	}
	made, err := imaging.Process(ctx, data, imaging.Options{
		Limits:        h.Config.Limits,
		Renditions:    renditions,
		KeepCopyright: h.Config.KeepCopyright,
		ThumbHash:     h.Config.ThumbHash,
	})
	if rejection, ok := errors.AsType[*imaging.Rejection](err); ok {
		return fault.Reject(string(rejection.Code), "%s", rejection.Message)
	}
	if err != nil {
		return fmt.Errorf("process s3://%s/%s: %w", checked.Source.Bucket, checked.Source.Key, err)
	}
	log := telemetry.From(ctx)
	log.Add(contract.MetricMegapixels, telemetry.Count, float64(made.Info.Width)*float64(made.Info.Height)/1e6)
	log.Took(contract.MetricDecodeTime, made.Times.Decode)
	log.Took(contract.MetricResizeTime, made.Times.Resize)
	log.Took(contract.MetricEncodeTime, made.Times.Encode)
	checked.Renditions, err = h.write(ctx, checked.Source, made)
	if err != nil {
		return err
	}
	checked.Source.ThumbHash = base64.StdEncoding.EncodeToString(made.ThumbHash)
	return nil
}

// read downloads the version that was checked.
func (h *Handler) read(ctx context.Context, source contract.Source) ([]byte, error) {
	ref := objectstore.Ref{Bucket: source.Bucket, Key: source.Key, VersionID: source.VersionID, ETag: source.ETag}
	data, err := h.Store.Read(ctx, ref, h.Config.Limits.MaxBytes)
	switch {
	case errors.Is(err, objectstore.ErrNotFound), errors.Is(err, objectstore.ErrChanged):
		return nil, fault.Reject(contract.CodeNotFound, "%s was deleted or replaced after it was checked", ref)
	case errors.Is(err, objectstore.ErrTooLarge):
		return nil, fault.Reject(string(imaging.TooLarge), "%s is larger than %d bytes", ref, h.Config.Limits.MaxBytes)
	case err != nil:
		return nil, err
	}
	telemetry.From(ctx).Add(contract.MetricBytesIn, telemetry.Bytes, float64(len(data)))
	return data, nil
}

func (h *Handler) write(ctx context.Context, source contract.Source, made *imaging.Result) ([]contract.Rendition, error) {
	log := telemetry.From(ctx)
	written := make([]contract.Rendition, 0, len(made.Outputs))
	for _, output := range made.Outputs {
		key := contract.OutputKey(h.Config.OutputPrefix, output.Name, source.Key, string(made.Info.Format), string(output.Format))
		if err := h.Store.Write(ctx, objectstore.Object{
			Bucket: h.Config.OutputBucket, Key: key, ContentType: output.ContentType, Data: output.Data,
		}); err != nil {
			return nil, err
		}
		log.Add(contract.MetricBytesOut, telemetry.Bytes, float64(len(output.Data)))
		written = append(written, contract.Rendition{
			Name: output.Name, Bucket: h.Config.OutputBucket, Key: key, Format: string(output.Format),
			Width: output.Width, Height: output.Height, Bytes: int64(len(output.Data)),
		})
	}
	log.Set(contract.FieldRenditions, len(written))
	return written, nil
}

// checkKeys rejects a source whose renditions S3 could not store: their keys are
// longer than its own.
func (h *Handler) checkKeys(renditions []imaging.Rendition, source contract.Source) error {
	for _, r := range renditions {
		format := r.OutputFormat(imaging.Format(source.Format))
		key := contract.OutputKey(h.Config.OutputPrefix, r.Name, source.Key, source.Format, string(format))
		if len(key) > contract.MaxKeyBytes {
			return fault.Reject(contract.CodeKeyTooLong, "the key of rendition %s would have %d bytes: the limit of S3 is %d", r.Name, len(key), contract.MaxKeyBytes)
		}
	}
	return nil
}
