package insights

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// aggregate is a call of stats: what it takes of each row, and how it sums up.
type aggregate struct {
	of   expression // nil: the row itself
	rank float64    // of a percentile
	kind aggregation
}

// aggregation makes what sums one group up.
type aggregation func(rank float64) accumulator

// accumulator takes the values that are there, with their rows.
type accumulator interface {
	add(v value, r *row)
	result() value
}

// aggregations are the functions of stats. Source: CloudWatch Logs user guide,
// "stats".
var aggregations = map[string]aggregation{
	"count":          func(float64) accumulator { return new(counter) },
	"count_distinct": func(float64) accumulator { return distinct{} },
	"sum":            func(float64) accumulator { return &moments{pick: func(m *moments) float64 { return m.sum }} },
	"avg":            func(float64) accumulator { return &moments{pick: func(m *moments) float64 { return m.mean }} },
	"stddev":         func(float64) accumulator { return &moments{pick: (*moments).deviation} },
	"min":            func(float64) accumulator { return &best{better: -1} },
	"max":            func(float64) accumulator { return &best{better: 1} },
	"sortsfirst":     func(float64) accumulator { return &best{better: -1} },
	"sortslast":      func(float64) accumulator { return &best{better: 1} },
	"earliest":       func(float64) accumulator { return &best{better: -1, byTime: true} },
	"latest":         func(float64) accumulator { return &best{better: 1, byTime: true} },
	"pct":            func(rank float64) accumulator { return &ranked{rank: rank} },
	"percentile":     func(rank float64) accumulator { return &ranked{rank: rank} },
	"median":         func(float64) accumulator { return &ranked{rank: 50} },
}

type counter struct{ n int }

func (c *counter) add(value, *row) { c.n++ }
func (c *counter) result() value   { return numberValue(float64(c.n)) }

type distinct map[string]struct{}

func (d distinct) add(v value, _ *row) { d[v.String()] = struct{}{} }
func (d distinct) result() value       { return numberValue(float64(len(d))) }

// moments are kept by Welford's method, which loses no digits.
type moments struct {
	n, sum, mean, squares float64
	pick                  func(*moments) float64
}

func (m *moments) add(v value, _ *row) {
	x, ok := v.asNumber()
	if !ok {
		return
	}
	m.n++
	m.sum += x
	delta := x - m.mean
	m.mean += delta / m.n
	m.squares += delta * (x - m.mean)
}

func (m *moments) result() value {
	if m.n == 0 {
		return value{}
	}
	return numberValue(m.pick(m))
}

// deviation is that of a sample; of one value there is none.
func (m *moments) deviation() float64 { return math.Sqrt(m.squares / (m.n - 1)) }

// best keeps the least or greatest value, or that of the first or last event.
type best struct {
	better int // the sign of what replaces
	byTime bool
	v      value
	at     *row
}

func (b *best) add(v value, r *row) {
	c := 0
	switch {
	case !b.v.present():
		c = b.better
	case b.byTime:
		c = r.get("@timestamp").order(b.at.get("@timestamp"))
	default:
		c = v.order(b.v)
	}
	if c*b.better > 0 {
		b.v, b.at = v, r
	}
}

func (b *best) result() value { return b.v }

// ranked gives a percentile as a value that there is: the least that is not
// below rank percent of all.
type ranked struct {
	rank   float64
	values []float64
}

func (k *ranked) add(v value, _ *row) {
	if x, ok := v.asNumber(); ok {
		k.values = append(k.values, x)
	}
}

func (k *ranked) result() value {
	if len(k.values) == 0 {
		return value{}
	}
	slices.Sort(k.values)
	at := int(math.Ceil(k.rank/100*float64(len(k.values)))) - 1
	return numberValue(k.values[max(0, min(at, len(k.values)-1))])
}

// aggregate reads a call, after its name. Its value is read from the group's
// row, under a name that no query can give.
func (p *parser) aggregate(name token) expression {
	if p.aggregates == nil {
		p.fail(name.begin, "%s is a function of stats, and not within another one", name.text)
	}
	all := p.aggregates
	p.aggregates = nil // within the arguments
	defer func() { p.aggregates = all }()
	lower := strings.ToLower(name.text)
	a := aggregate{kind: aggregations[lower]}
	p.expect("(")
	switch {
	case lower == "count" && p.next.kind == symbol && (p.next.text == "*" || p.next.text == ")"):
		p.accept("*")
	default:
		a.of = p.expression()
	}
	if lower == "pct" || lower == "percentile" {
		p.expect(",")
		t := p.advance()
		rank, err := strconv.ParseFloat(t.text, 64)
		if t.kind != digits || err != nil || rank > 100 {
			p.fail(t.begin, "a percentage from 0 to 100 is expected, not %s", describe(t))
		}
		a.rank = rank
	}
	p.expect(")")
	*all = append(*all, a)
	return field(hidden(len(*all) - 1))
}

func hidden(i int) string { return "\x00" + strconv.Itoa(i) }

// stats reads aggregates and what they are grouped by.
func (p *parser) stats() {
	var calls []aggregate
	var made, keys []item
	for {
		before := len(calls)
		start := p.next
		p.aggregates = &calls
		made = append(made, p.item())
		if p.aggregates = nil; len(calls) == before {
			p.fail(start.begin, "stats has functions such as count(*) or avg(field) here")
		}
		if !p.accept(",") {
			break
		}
	}
	if p.keyword("by") {
		keys = p.items()
	}
	p.shown, p.parsed, p.fixed = nil, nil, false
	for _, one := range slices.Concat(keys, made) {
		p.show(one.name)
	}
	p.add(command{all: func(rows []*row) []*row { return group(rows, keys, made, calls) }})
}

// group makes a row for each combination of the keys' values, in the order in
// which they are met.
func group(rows []*row, keys, made []item, calls []aggregate) []*row {
	type state struct {
		row  *row
		sums []accumulator
	}
	var groups []*state
	known := map[string]*state{}
	for _, r := range rows {
		values := make([]value, len(keys))
		id := ""
		for i, k := range keys {
			values[i] = k.value(r)
			id += strconv.Itoa(cmp.Compare(int(values[i].kind), 0)) + strconv.Quote(values[i].String())
		}
		g := known[id]
		if g == nil {
			g = &state{row: &row{}}
			for i, k := range keys {
				g.row.set(k.name, values[i])
			}
			for _, a := range calls {
				g.sums = append(g.sums, a.kind(a.rank))
			}
			known[id] = g
			groups = append(groups, g)
		}
		for i, a := range calls {
			if a.of == nil {
				g.sums[i].add(value{}, r)
			} else if v := a.of(r); v.present() {
				g.sums[i].add(v, r)
			}
		}
	}
	result := make([]*row, len(groups))
	for i, g := range groups {
		for j, sum := range g.sums {
			g.row.set(hidden(j), sum.result())
		}
		for _, m := range made {
			g.row.set(m.name, m.value(g.row))
		}
		result[i] = g.row
	}
	return result
}
