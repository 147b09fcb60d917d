// Package handler makes every rendition of one image from one download and one
// decode, and writes them.
package handler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

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
	renditions, err := h.process(ctx, checked.Source)
	checked.Renditions = renditions
	return function.Conclude(ctx, checked, err)
}

func (h *Handler) process(ctx context.Context, source contract.Source) ([]contract.Rendition, error) {
	if err := h.checkKeys(source); err != nil {
		return nil, err
	}
	log := telemetry.From(ctx)
	ref := objectstore.Ref{Bucket: source.Bucket, Key: source.Key, VersionID: source.VersionID, ETag: source.ETag}
	data, err := h.Store.Read(ctx, ref, h.Config.MaxBytes)
	switch {
	case errors.Is(err, objectstore.ErrNotFound), errors.Is(err, objectstore.ErrChanged):
		return nil, fault.Reject(contract.CodeNotFound, "%s was deleted or replaced after it was checked", ref)
	case errors.Is(err, objectstore.ErrTooLarge):
		return nil, fault.Reject(string(imaging.TooLarge), "%s is larger than %d bytes", ref, h.Config.MaxBytes)
	case err != nil:
		return nil, err
	}
	log.Add(contract.MetricBytesIn, telemetry.Bytes, float64(len(data)))

	start := time.Now()
	img, info, err := imaging.Decode(data, imaging.Limits{MaxBytes: h.Config.MaxBytes, MaxPixels: h.Config.MaxPixels})
	if rejection, ok := errors.AsType[*imaging.Rejection](err); ok {
		return nil, fault.Reject(string(rejection.Code), "%s", rejection.Message)
	}
	if err != nil {
		return nil, err
	}
	log.Since(contract.MetricDecodeTime, start)
	log.Add(contract.MetricMegapixels, telemetry.Count, float64(info.Width)*float64(info.Height)/1e6)

	start = time.Now()
	outputs, err := imaging.Render(ctx, img, info, h.Config.Renditions...)
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", ref, err)
	}
	log.Since(contract.MetricRenderTime, start)
	return h.write(ctx, source, info, outputs)
}

func (h *Handler) write(ctx context.Context, source contract.Source, info imaging.Info, outputs []imaging.Output) ([]contract.Rendition, error) {
	log := telemetry.From(ctx)
	written := make([]contract.Rendition, 0, len(outputs))
	for _, output := range outputs {
		key := contract.OutputKey(h.Config.OutputPrefix, output.Name, source.Key, string(info.Format), string(output.Format))
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
	return written, nil
}

// checkKeys rejects a source whose renditions S3 could not store: their keys are
// longer than its own.
func (h *Handler) checkKeys(source contract.Source) error {
	for _, r := range h.Config.Renditions {
		key := contract.OutputKey(h.Config.OutputPrefix, r.Name, source.Key, source.Format, cmp.Or(string(r.Format), source.Format))
		if len(key) > contract.MaxKeyBytes {
			return fault.Reject(contract.CodeKeyTooLong, "the key of rendition %s would have %d bytes: the limit of S3 is %d", r.Name, len(key), contract.MaxKeyBytes)
		}
	}
	return nil
}
