package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// scale is a unit's prefix.
type scale struct {
	factor float64
	symbol string
}

var (
	counts = []scale{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}
	octets = []scale{{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}}
	// times of milliseconds.
	times = []scale{{86400e3, "d"}, {3600e3, "h"}, {60e3, "min"}, {1e3, "s"}, {1, "ms"}, {1e-3, "µs"}}
)

// normal gives a value in the base of its unit, the scales of the base, and the
// symbol that stays. The units are CloudWatch's: MetricDatum, "Unit".
func normal(v float64, unit string) (base float64, scales []scale, symbol string) {
	name, second := strings.CutSuffix(unit, "/Second")
	if second {
		symbol = "/s"
	}
	switch name {
	case "Seconds":
		return v * 1e3, times, ""
	case "Milliseconds":
		return v, times, ""
	case "Microseconds":
		return v / 1e3, times, ""
	case "Percent":
		return v, nil, "%"
	}
	factors := map[string]float64{"": 1, "Kilo": 1e3, "Mega": 1e6, "Giga": 1e9, "Tera": 1e12}
	if prefix, ok := strings.CutSuffix(name, "ytes"); ok {
		if f, ok := factors[strings.TrimRight(prefix, "Bb")]; ok {
			return v * f, octets, symbol
		}
	}
	if prefix, ok := strings.CutSuffix(name, "its"); ok {
		if f, ok := factors[strings.TrimRight(prefix, "Bb")]; ok {
			return v * f, counts, "b" + symbol
		}
	}
	return v, counts, symbol
}

// Format writes a value with three significant digits and its unit, such as
// 1.23k, 45.6 ms, 7.8 MB, 9.1%.
func Format(v float64, unit string) string { return format(v, v, unit) }

// prefix chooses the scale for numbers of a magnitude.
func prefix(magnitude float64, unit string) (chosen scale, symbol string) {
	base, scales, symbol := normal(magnitude, unit)
	chosen = scale{factor: 1}
	if len(scales) > 0 && scales[0] != counts[0] {
		chosen = scales[len(scales)-1]
	}
	if base == 0 && unit != "" && chosen.factor < 1 {
		chosen = scale{1, "ms"}
	}
	for _, s := range scales {
		// 999.6 rounds to 1,000 of the smaller prefix.
		if math.Abs(base) >= s.factor*.9995 {
			return s, symbol
		}
	}
	return chosen, symbol
}

// grain is how much of a unit its prefix for a magnitude is: 1000 for
// milliseconds that are written as seconds.
func grain(magnitude float64, unit string) float64 {
	chosen, _ := prefix(magnitude, unit)
	one, _, _ := normal(1, unit)
	return chosen.factor / one
}

// symbolic says whether numbers of a unit show it.
func symbolic(unit string) bool {
	_, scales, symbol := normal(1, unit)
	return symbol != "" || (len(scales) > 0 && scales[0] != counts[0])
}

// format writes a value with the prefix that magnitude has, so that the numbers
// of an axis have the same.
func format(v, magnitude float64, unit string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	base, scales, _ := normal(v, unit)
	chosen, symbol := prefix(magnitude, unit)
	if base == 0 && len(scales) > 0 && scales[0] == counts[0] {
		chosen = scale{factor: 1} // 0, not 0k
	}
	digits := significant(base / chosen.factor)
	if chosen.symbol != "" && scales[0] != counts[0] {
		digits += " "
	}
	digits += chosen.symbol
	if strings.HasPrefix(symbol, "b") {
		digits += " "
	}
	return digits + symbol
}

// significant writes three digits that mean something; of more than a thousand,
// all before the point.
func significant(v float64) string {
	decimals := 0
	switch a := math.Abs(v); {
	case a == 0 || a >= 99.95:
	case a >= 9.995:
		decimals = 1
	case a >= .9995:
		decimals = 2
	case a >= .001:
		decimals = 2 - int(math.Floor(math.Log10(a)))
	default:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if decimals > 0 {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}

// Full writes all digits of a value, and its unit.
func Full(v float64, unit string) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if unit == "" || unit == "None" || unit == "Count" {
		return s
	}
	if unit == "Percent" {
		return s + "%"
	}
	return s + " " + unit
}

// clock writes a time of an axis whose ticks are a step apart.
func clock(t time.Time, step time.Duration) string {
	t = t.UTC()
	switch {
	case step >= 24*time.Hour || (step >= time.Hour && t.Hour() == 0 && t.Minute() == 0):
		return t.Format("01/02")
	case step < time.Minute:
		return t.Format("15:04:05")
	}
	return t.Format("15:04")
}

// IsUnit says whether a word is one of CloudWatch's units that says how numbers are written.
func IsUnit(word string) bool { return word == "Count" || symbolic(unitOf(word)) }
