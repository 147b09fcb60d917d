// Package metric keeps CloudWatch metrics: what was measured, when, and how it
// is read back as statistics over periods.
//
// The store's memory is bounded whatever comes, and what it drops it reports
// (see [Store]). A distribution is exact up to 16 different values in a slot of
// time; above, percentiles and trimmed means are within 1 % of exact, while sum,
// number, smallest and largest value stay exact.
package metric

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"
)

// Dimension is a name and a value.
type Dimension struct{ Name, Value string }

// ID identifies a metric: CloudWatch takes the same name with other dimensions
// for another metric.
type ID struct {
	Namespace, Name string
	Dimensions      []Dimension // sorted by name
}

// New makes the ID of a metric.
func New(namespace, name string, dimensions map[string]string) ID {
	id := ID{Namespace: namespace, Name: name}
	for _, d := range slices.Sorted(maps.Keys(dimensions)) {
		id.Dimensions = append(id.Dimensions, Dimension{d, dimensions[d]})
	}
	return id
}

// sorted returns the ID with its dimensions in order of name, as all of this
// package expects them.
func (id ID) sorted() ID {
	byName := func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(id.Dimensions, byName) {
		id.Dimensions = slices.Clone(id.Dimensions)
		slices.SortFunc(id.Dimensions, byName)
	}
	return id
}

// appendKey appends what is the same for equal sorted IDs alone: every part with
// its length before it.
func (id ID) appendKey(b []byte) []byte {
	part := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	part(id.Namespace)
	part(id.Name)
	for _, d := range id.Dimensions {
		part(d.Name)
		part(d.Value)
	}
	return b
}

// compare orders sorted IDs by namespace, name and dimensions.
func (id ID) compare(o ID) int {
	return cmp.Or(
		strings.Compare(id.Namespace, o.Namespace),
		strings.Compare(id.Name, o.Name),
		slices.CompareFunc(id.Dimensions, o.Dimensions, func(a, b Dimension) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
		}))
}

// Datum is something measured.
type Datum struct {
	ID    ID
	Unit  string // CloudWatch's, such as Milliseconds
	Time  time.Time
	Value float64
	Count float64 // how often the value was measured; 0 means once
}

// Point is the statistic of one period.
type Point struct {
	Time  time.Time // the period's start
	Value float64
}
