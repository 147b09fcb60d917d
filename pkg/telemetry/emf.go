package telemetry

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// Unit is a CloudWatch unit.
type Unit string

// The units in use.
const (
	Count        Unit = "Count"
	Bytes        Unit = "Bytes"
	Milliseconds Unit = "Milliseconds"
)

type measurement struct {
	unit  Unit
	value float64
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
// under one dimension, and every other field for Logs Insights. A field never
// hides a metric: names that collide are an error.
//
// Source: CloudWatch User Guide, "Specification: Embedded metric format".
func writeEMF(w io.Writer, namespace, dimension, value string, at time.Time, metrics map[string]measurement, fields map[string]any) error {
	directive := emfDirective{Namespace: namespace, Dimensions: [][]string{{dimension}}, Metrics: []emfMetric{}}
	line := maps.Clone(fields)
	line[dimension] = value
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		if _, taken := line[name]; taken {
			return fmt.Errorf("metric %s has the name of a field", name)
		}
		directive.Metrics = append(directive.Metrics, emfMetric{Name: name, Unit: metrics[name].unit})
		line[name] = metrics[name].value
	}
	line["_aws"] = emfMetadata{Timestamp: at.UnixMilli(), CloudWatchMetrics: []emfDirective{directive}}
	encoded, err := json.Marshal(line)
	if err != nil {
		return fmt.Errorf("encode the metrics: %w", err)
	}
	_, err = w.Write(append(encoded, '\n'))
	return err
}
