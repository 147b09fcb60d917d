package telemetry

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/pixline/pixline/pkg/contract"
)

// Unit is a CloudWatch unit.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Bytes        Unit = "Bytes"
	Milliseconds Unit = "Milliseconds"
	Percent      Unit = "Percent"
)

type measurement struct {
	unit  Unit
	value float64
}

// split is a metric that is given a second time, with a dimension more.
type split struct {
	metric           string
	dimension, value string
}

type emfMetric struct {
	Name string `json:"Name"`
	Unit Unit   `json:"Unit"`
}

type emfDirective struct {
	Namespace  string      `json:"Namespace"`
	Dimensions [][]string  `json:"Dimensions"`
	Metrics    []emfMetric `json:"Metrics"`
}

type emfMetadata struct {
	Timestamp         int64          `json:"Timestamp"` // milliseconds since 1970
	CloudWatchMetrics []emfDirective `json:"CloudWatchMetrics"`
}

// writeEMF writes one line in CloudWatch's embedded metric format: the metrics
// by stage, those that are split by their other dimension too, and every field
// for Logs Insights. Nothing hides anything else: names that collide are an error.
//
// Source: CloudWatch User Guide, "Specification: Embedded metric format".
func writeEMF(w io.Writer, namespace, stage string, at time.Time, inv *Invocation) error {
	line := make(map[string]any, len(inv.fields)+len(inv.metrics)+len(inv.splits)+2)
	maps.Copy(line, inv.fields)
	add := func(name string, value any) error {
		if _, taken := line[name]; taken {
			return fmt.Errorf("two members of the line are called %s", name)
		}
		line[name] = value
		return nil
	}
	if err := add(contract.DimensionStage, stage); err != nil {
		return err
	}
	directives := []emfDirective{{
		Namespace: namespace, Dimensions: [][]string{{contract.DimensionStage}}, Metrics: make([]emfMetric, 0, len(inv.metrics)),
	}}
	for _, name := range slices.Sorted(maps.Keys(inv.metrics)) {
		if err := add(name, inv.metrics[name].value); err != nil {
			return err
		}
		directives[0].Metrics = append(directives[0].Metrics, emfMetric{Name: name, Unit: inv.metrics[name].unit})
	}
	for _, s := range inv.splits {
		if err := add(s.dimension, s.value); err != nil {
			return err
		}
		directives = append(directives, emfDirective{
			Namespace: namespace, Dimensions: [][]string{{contract.DimensionStage, s.dimension}},
			Metrics: []emfMetric{{Name: s.metric, Unit: inv.metrics[s.metric].unit}},
		})
	}
	if err := add("_aws", emfMetadata{Timestamp: at.UnixMilli(), CloudWatchMetrics: directives}); err != nil {
		return err
	}
	encoded, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode the line: %w", err)
	}
	_, err = w.Write(append(encoded, '\n'))
	return err
}
