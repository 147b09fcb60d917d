package metric

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// CloudWatch's limits on what PutMetricData takes, from its API reference.
const (
	maxName       = 255
	maxDimensions = 30
	maxValueName  = 1024                // of a dimension's value
	maxAge        = 14 * 24 * time.Hour // of a datum
	maxAhead      = 2 * time.Hour
)

// maxValue is the largest magnitude of a value, 2^360.
var maxValue = math.Ldexp(1, 360)

// Validate answers whether CloudWatch would take the datum at now: names and
// dimensions within their lengths, a finite value between -2^360 and 2^360, a
// count above zero, a time from two weeks ago to two hours ahead.
func (d *Datum) Validate(now time.Time) error {
	if err := d.ID.validate(); err != nil {
		return err
	}
	return d.validateValue(now)
}

// validateValue is the part of Validate that can differ for a known metric.
func (d *Datum) validateValue(now time.Time) error {
	switch {
	case math.IsNaN(d.Value) || math.Abs(d.Value) > maxValue:
		return fmt.Errorf("the value %v is not between -2^360 and 2^360", d.Value)
	case math.IsNaN(d.Count) || d.Count < 0 || d.Count > maxValue:
		return fmt.Errorf("the count %v is not between 0 and 2^360", d.Count)
	case d.Time.Before(now.Add(-maxAge)):
		return errors.New("the time is more than two weeks ago")
	case d.Time.After(now.Add(maxAhead)):
		return errors.New("the time is more than two hours ahead")
	}
	return nil
}

func (id ID) validate() error {
	switch {
	case bad(id.Namespace, maxName):
		return fmt.Errorf("a namespace has 1 to %d characters, and no control characters: %.80q", maxName, id.Namespace)
	case bad(id.Name, maxName):
		return fmt.Errorf("a metric's name has 1 to %d characters, and no control characters: %.80q", maxName, id.Name)
	case len(id.Dimensions) > maxDimensions:
		return fmt.Errorf("a metric has at most %d dimensions: %d", maxDimensions, len(id.Dimensions))
	}
	for i, d := range id.Dimensions {
		if bad(d.Name, maxName) || bad(d.Value, maxValueName) {
			return fmt.Errorf("a dimension has a name of 1 to %d and a value of 1 to %d characters, and no control characters: %.80q=%.80q",
				maxName, maxValueName, d.Name, d.Value)
		}
		same := func(o Dimension) bool { return o.Name == d.Name }
		if slices.ContainsFunc(id.Dimensions[:i], same) {
			return fmt.Errorf("the dimension %q is given twice", d.Name)
		}
	}
	return nil
}

// bad is true of an empty string, one that is too long, and one with control
// characters.
func bad(s string, longest int) bool {
	return s == "" || len(s) > longest || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}
