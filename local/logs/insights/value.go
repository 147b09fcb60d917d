package insights

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"
)

// timeLayout is how times are shown, in UTC.
const timeLayout = "2006-01-02 15:04:05.000"

// value is a field's value. The zero value is that of a field which is not there.
type value struct {
	kind   kind
	number float64 // also the Unix milliseconds of an instant
	text   string  // of text, and of a number that came as text
}

type kind int

const (
	missing kind = iota
	text
	number
	instant
)

func textValue(s string) value { return value{kind: text, text: s} }

// numberValue is a number; one that is none, such as 1/0, is not there.
func numberValue(n float64) value {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		return value{}
	}
	return value{kind: number, number: n}
}

func boolValue(b bool) value {
	if b {
		return numberValue(1)
	}
	return numberValue(0)
}

func timeValue(t time.Time) value { return value{kind: instant, number: float64(t.UnixMilli())} }

func (v value) present() bool { return v.kind != missing }

// asNumber reads text that is a number, too.
func (v value) asNumber() (float64, bool) {
	switch v.kind {
	case number, instant:
		return v.number, true
	case text:
		if v.text == "" || strings.Trim(v.text, "0123456789.+-eE") != "" {
			return 0, false // nor "Infinity" or "0x1f", which ParseFloat reads
		}
		n, err := strconv.ParseFloat(v.text, 64)
		return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
	}
	return 0, false
}

// truth is what filter takes the value for.
func (v value) truth() bool {
	if n, ok := v.asNumber(); ok {
		return n != 0
	}
	return v.kind == text && v.text != ""
}

func (v value) time() (time.Time, bool) {
	n, ok := v.asNumber()
	if !ok || math.Abs(n) > 1e15 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(n)).UTC(), true
}

// String is the value as a result shows it: computed numbers with at most four
// decimals, others as they came.
func (v value) String() string {
	switch {
	case v.kind == instant:
		at, ok := v.time()
		if !ok {
			return strconv.FormatFloat(v.number, 'f', -1, 64)
		}
		return at.Format(timeLayout)
	case v.kind == number && v.text == "":
		if math.Abs(v.number) >= 1e15 {
			return strconv.FormatFloat(v.number, 'g', -1, 64)
		}
		rounded := math.Round(v.number*1e4) / 1e4
		if rounded == 0 {
			rounded = 0 // not -0
		}
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
	return v.text
}

// compare orders two values that are there: numbers by size, others as text.
func (v value) compare(o value) int {
	if a, ok := v.asNumber(); ok {
		if b, ok := o.asNumber(); ok {
			return cmp.Compare(a, b)
		}
	}
	return strings.Compare(v.String(), o.String())
}

// equal tells whether two values that are there are the same: two texts by their
// characters, whatever they say.
func (v value) equal(o value) bool {
	if v.kind == text && o.kind == text {
		return v.text == o.text
	}
	return v.compare(o) == 0
}

// rank orders kinds for sort: what is not there, then text, then numbers.
// Source: CloudWatch Logs user guide, "sort".
func (v value) rank() int {
	if v.kind == missing {
		return 0
	}
	if _, ok := v.asNumber(); ok {
		return 2
	}
	return 1
}

func (v value) order(o value) int {
	if c := cmp.Compare(v.rank(), o.rank()); c != 0 || !v.present() {
		return c
	}
	return v.compare(o)
}
