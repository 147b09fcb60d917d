package insights

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// function is a function of values: of least to most of them, most < 0 for any
// number.
type function struct {
	least, most int
	call        func([]value) value
}

// functions are those of a row. Source: CloudWatch Logs user guide, "Boolean,
// comparison, numeric, datetime, and other functions".
var functions = map[string]function{
	"abs": numeric(math.Abs), "ceil": numeric(math.Ceil), "floor": numeric(math.Floor),
	"log": numeric(math.Log), "sqrt": numeric(math.Sqrt),
	"greatest": {1, -1, func(v []value) value { return extreme(v, math.Max) }},
	"least":    {1, -1, func(v []value) value { return extreme(v, math.Min) }},

	"ispresent": {1, 1, func(v []value) value { return boolValue(v[0].present()) }},
	"coalesce": {1, -1, func(v []value) value {
		if i := slices.IndexFunc(v, value.present); i >= 0 {
			return v[i]
		}
		return value{}
	}},
	"isempty": {1, 1, func(v []value) value { return boolValue(v[0].String() == "") }},
	"isblank": {1, 1, func(v []value) value { return boolValue(strings.TrimSpace(v[0].String()) == "") }},

	"strlen": {1, 1, func(v []value) value {
		return ofText(v, func(s string) value { return numberValue(float64(utf8.RuneCountInString(s))) })
	}},
	"toupper": {1, 1, func(v []value) value { return ofText(v, func(s string) value { return textValue(strings.ToUpper(s)) }) }},
	"tolower": {1, 1, func(v []value) value { return ofText(v, func(s string) value { return textValue(strings.ToLower(s)) }) }},
	"trim":    {1, 2, func(v []value) value { return trimmed(v, strings.Trim) }},
	"ltrim":   {1, 2, func(v []value) value { return trimmed(v, strings.TrimLeft) }},
	"rtrim":   {1, 2, func(v []value) value { return trimmed(v, strings.TrimRight) }},
	"substr":  {2, 3, substr},
	"replace": {3, 3, func(v []value) value {
		return ofText(v, func(s string) value { return textValue(strings.ReplaceAll(s, v[1].String(), v[2].String())) })
	}},
	"strcontains": {2, 2, func(v []value) value {
		return boolValue(v[0].present() && strings.Contains(v[0].String(), v[1].String()))
	}},
	"concat": {1, -1, func(v []value) value {
		var b strings.Builder
		for _, part := range v {
			b.WriteString(part.String())
		}
		return textValue(b.String())
	}},

	"datefloor": {2, 2, func(v []value) value { return dated(v, period.floor) }},
	"dateceil":  {2, 2, func(v []value) value { return dated(v, period.ceil) }},
	"frommillis": {1, 1, func(v []value) value {
		if at, ok := v[0].time(); ok {
			return timeValue(at)
		}
		return value{}
	}},
	"tomillis": numeric(func(n float64) float64 { return n }),
}

func numeric(f func(float64) float64) function {
	return function{1, 1, func(v []value) value {
		n, ok := v[0].asNumber()
		if !ok {
			return value{}
		}
		return numberValue(f(n))
	}}
}

func extreme(v []value, better func(a, b float64) float64) value {
	best, ok := v[0].asNumber()
	for _, o := range v[1:] {
		n, is := o.asNumber()
		best, ok = better(best, n), ok && is
	}
	if !ok {
		return value{}
	}
	return numberValue(best)
}

// ofText applies f to the first value, if it is there.
func ofText(v []value, f func(string) value) value {
	if !v[0].present() {
		return value{}
	}
	return f(v[0].String())
}

func trimmed(v []value, trim func(s, set string) string) value {
	set := " \t\r\n"
	if len(v) > 1 {
		set = v[1].String()
	}
	return ofText(v, func(s string) value { return textValue(trim(s, set)) })
}

// substr begins at an index from 0, and has a length in characters.
func substr(v []value) value {
	runes := []rune(v[0].String())
	limits := []int{0, len(runes)}
	for i, o := range v[1:] {
		n, ok := o.asNumber()
		if !ok || !v[0].present() {
			return value{}
		}
		limits[i] = int(max(0, min(n, float64(len(runes)))))
	}
	return textValue(string(runes[limits[0]:min(limits[0]+limits[1], len(runes))]))
}

// period is a span of time, such as 5m.
type period struct {
	n      int
	length time.Duration // of a unit; 0 for months
	months int           // in a unit
}

const day = 24 * time.Hour

// units by the names that AWS documents.
var units = map[string]period{
	"ms": {length: time.Millisecond}, "msec": {length: time.Millisecond},
	"s": {length: time.Second}, "sec": {length: time.Second},
	"m": {length: time.Minute}, "min": {length: time.Minute},
	"h": {length: time.Hour}, "hr": {length: time.Hour},
	"d": {length: day}, "w": {length: 7 * day},
	"mo": {months: 1}, "mon": {months: 1}, "q": {months: 3}, "qtr": {months: 3}, "y": {months: 12}, "yr": {months: 12},
}

func readPeriod(text string) (period, error) {
	unit := strings.TrimLeft(text, "0123456789")
	n, err := strconv.Atoi(strings.TrimSuffix(text, unit))
	p, known := units[strings.ToLower(unit)]
	if err != nil || !known || n < 1 || n > 100_000 {
		return p, fmt.Errorf("%s is no period such as 30s or 5m; its units are %s", text, strings.Join(slices.Sorted(maps.Keys(units)), ", "))
	}
	p.n = n
	return p, nil
}

// floor is the last start of a period at or before t, in UTC: weeks and spans
// of many units are counted from 1970.
func (p period) floor(t time.Time) time.Time {
	if p.months == 0 {
		span := p.length.Milliseconds() * int64(p.n)
		ms := t.UnixMilli()
		return time.UnixMilli(ms - (ms%span+span)%span).UTC()
	}
	span := p.months * p.n
	months := (t.Year()-1970)*12 + int(t.Month()) - 1
	return time.Date(1970, time.Month(1+months-(months%span+span)%span), 1, 0, 0, 0, 0, time.UTC)
}

func (p period) ceil(t time.Time) time.Time {
	floor := p.floor(t)
	switch {
	case floor.Equal(t):
		return t
	case p.months > 0:
		return floor.AddDate(0, p.months*p.n, 0)
	}
	return floor.Add(p.length * time.Duration(p.n))
}

func dated(v []value, f func(period, time.Time) time.Time) value {
	at, ok := v[0].time()
	p, err := readPeriod(v[1].String())
	if !ok || err != nil {
		return value{}
	}
	return timeValue(f(p, at))
}

// call reads a function's arguments, after its name.
func (p *parser) call(name token) expression {
	lower := strings.ToLower(name.text)
	if _, known := aggregations[lower]; known {
		return p.aggregate(name)
	}
	p.expect("(")
	var list []expression
	for !p.accept(")") {
		if len(list) > 0 {
			p.expect(",")
		}
		list = append(list, p.expression())
	}
	if lower == "bin" { // of the event's time
		lower, list = "datefloor", append([]expression{field("@timestamp")}, list...)
	}
	f, known := functions[lower]
	if !known {
		all := append(slices.Collect(maps.Keys(functions)), "bin")
		p.fail(name.begin, "%s is not a function that is known here; the functions are %s, and of stats %s",
			name.text, strings.Join(slices.Sorted(slices.Values(all)), ", "), strings.Join(slices.Sorted(maps.Keys(aggregations)), ", "))
	}
	if len(list) < f.least || f.most >= 0 && len(list) > f.most {
		p.fail(name.begin, "%s does not take %d arguments", name.text, len(list))
	}
	return func(r *row) value {
		values := make([]value, len(list))
		for i, e := range list {
			values[i] = e(r)
		}
		return f.call(values)
	}
}
