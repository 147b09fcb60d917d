package meter

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// Limits of the embedded metric format and of CloudWatch. Source: CloudWatch User
// Guide, "Specification: Embedded metric format"; CloudWatch API Reference,
// MetricDatum and Dimension.
const (
	maxDimensions      = 30 // of a set
	maxMetrics         = 100
	maxValues          = 100 // of one metric
	maxNamespace       = 255 // characters
	maxName            = 255
	maxDimensionName   = 255
	maxDimensionValue  = 1024
	oldest             = 14 * 24 * time.Hour
	newest             = 2 * time.Hour
	highResolution     = 1 // seconds
	standardResolution = 60
)

// parsingError is what is no line in the format at all; other errors are of its
// content.
type parsingError struct{ cause error }

func (e *parsingError) Error() string { return "it is not one JSON object: " + e.cause.Error() }

// object is a JSON object. The names of its members are case-sensitive, which
// those of a struct would not be.
type object map[string]json.RawMessage

// read decodes a member; the zero value and false if it is not there or not such
// a value.
func read[T any](o object, name string) (T, bool) {
	var v, zero T
	raw, there := o[name]
	if !there || string(raw) == "null" || json.Unmarshal(raw, &v) != nil {
		return zero, false
	}
	return v, true
}

// line is a log event in the embedded metric format.
type line struct {
	members    object
	metadata   object
	directives []object
}

// parseLine reads a log event. Members that the format does not know are ignored.
func parseLine(message string) (*line, error) {
	l := &line{}
	if err := json.Unmarshal([]byte(message), &l.members); err != nil {
		return nil, &parsingError{err}
	}
	if _, there := l.members["_aws"]; !there {
		return l, nil // the name is somewhere else in the event
	}
	var ok bool
	if l.metadata, ok = read[object](l.members, "_aws"); !ok {
		return nil, errors.New("_aws is not an object")
	}
	if l.directives, ok = read[[]object](l.metadata, "CloudWatchMetrics"); !ok {
		return nil, errors.New("_aws has no list of CloudWatchMetrics")
	}
	return l, nil
}

// time is that of every metric on the line.
func (l *line) time(now time.Time) (time.Time, error) {
	ms, ok := read[float64](l.metadata, "Timestamp")
	if !ok || ms != math.Trunc(ms) {
		return time.Time{}, errors.New("_aws has no Timestamp in whole milliseconds")
	}
	at := time.UnixMilli(int64(ms))
	if at.Before(now.Add(-oldest)) || at.After(now.Add(newest)) {
		return time.Time{}, fmt.Errorf("the Timestamp %s is not within the last two weeks and the next two hours", at.UTC().Format(time.RFC3339))
	}
	return at, nil
}

// follow adds the metrics of a directive to data.
func (l *line) follow(data []metric.Datum, directive object, at time.Time) ([]metric.Datum, error) {
	namespace, _ := read[string](directive, "Namespace")
	if !named(namespace, maxNamespace) {
		return nil, errors.New("a directive has no Namespace of 1 to 255 characters")
	}
	lists, _ := read[[][]string](directive, "Dimensions")
	if len(lists) == 0 {
		return nil, errors.New("a directive has no list of sets of Dimensions")
	}
	definitions, ok := read[[]object](directive, "Metrics")
	if !ok || len(definitions) > maxMetrics {
		return nil, fmt.Errorf("a directive has no list of up to %d Metrics", maxMetrics)
	}
	var sets []dimensions
	for _, names := range lists {
		set, err := l.dimensions(names)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	for _, d := range definitions {
		name, _ := read[string](d, "Name")
		values, unit, err := l.values(name, d)
		if err != nil {
			return nil, fmt.Errorf("the metric %q: %w", name, err)
		}
		for _, set := range sets {
			for _, v := range values {
				data = append(data, metric.Datum{
					ID: metric.ID{Namespace: namespace, Name: name, Dimensions: set}, Unit: unit, Time: at, Value: v,
				})
			}
		}
	}
	return data, nil
}

// dimensions are the members of the line that a set names.
func (l *line) dimensions(names []string) (dimensions, error) {
	if len(names) > maxDimensions {
		return nil, fmt.Errorf("a set has more than %d dimensions", maxDimensions)
	}
	set := make(dimensions, 0, len(names))
	for _, name := range names {
		value, ok := read[string](l.members, name)
		if !ok {
			return nil, fmt.Errorf("the dimension %q is not a text on the line", name)
		}
		if !named(name, maxDimensionName) || strings.HasPrefix(name, ":") || !named(value, maxDimensionValue) {
			return nil, fmt.Errorf("the dimension %q has a name or a value that CloudWatch does not take", name)
		}
		set = append(set, metric.Dimension{Name: name, Value: value})
	}
	slices.SortFunc(set, func(a, b metric.Dimension) int { return strings.Compare(a.Name, b.Name) })
	return slices.Compact(set), nil
}

// values are a metric's number or numbers, and their unit.
func (l *line) values(name string, definition object) ([]float64, string, error) {
	unit := unitNone
	if _, given := definition["Unit"]; given {
		unit, _ = read[string](definition, "Unit")
	}
	resolution := standardResolution
	if _, given := definition["StorageResolution"]; given {
		resolution, _ = read[int](definition, "StorageResolution")
	}
	switch {
	case !named(name, maxName):
		return nil, "", fmt.Errorf("its name does not have 1 to %d characters", maxName)
	case !knownUnit(unit):
		return nil, "", fmt.Errorf("CloudWatch has no unit %s", definition["Unit"])
	case resolution != highResolution && resolution != standardResolution:
		return nil, "", fmt.Errorf("its StorageResolution is %s, neither 1 nor 60", definition["StorageResolution"])
	}
	if one, ok := read[float64](l.members, name); ok {
		return []float64{one}, unit, nil
	}
	many, ok := read[[]*float64](l.members, name)
	if !ok || len(many) > maxValues || slices.Contains(many, nil) {
		return nil, "", fmt.Errorf("it is not a number, nor a list of up to %d numbers, on the line", maxValues)
	}
	values := make([]float64, len(many))
	for i, v := range many {
		values[i] = *v
	}
	return values, unit, nil
}

// named tells whether CloudWatch takes a text of up to so many characters: some
// of them must show.
func named(text string, most int) bool {
	return strings.TrimSpace(text) != "" && len([]rune(text)) <= most
}

// knownUnit tells whether CloudWatch has a unit. Source: CloudWatch API Reference,
// MetricDatum.
func knownUnit(unit string) bool {
	switch unit {
	case unitSeconds, unitMilliseconds, "Microseconds", "Percent", unitNone:
		return true
	}
	base := strings.TrimSuffix(unit, "/Second")
	for _, prefix := range []string{"Kilo", "Mega", "Giga", "Tera"} {
		if base == prefix+"bytes" || base == prefix+"bits" {
			return true
		}
	}
	return base == unitBytes || base == "Bits" || base == unitCount
}
