package metric

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Statistic is one of CloudWatch's statistics, as its user guide defines them
// ("CloudWatch statistics definitions"):
//
//   - SampleCount, Sum, Average, Minimum, Maximum
//   - p90, p99.9: a percentile, by nearest rank
//   - TM, TC, TS, WM: trimmed mean, count and sum, winsorized mean; tm90 is
//     TM(0%:90%), TM(10%:90%) goes by rank, TM(150:1000) by value, above the
//     lower bound up to the upper one; either bound may be left out
//   - IQM: TM(25%:75%)
//   - PR(100:2000): the percentage of values in (100, 2000]
type Statistic struct {
	kind   kind
	lo, hi float64 // shares of 1 if ranks, else values
	ranks  bool
}

type kind string

const (
	sampleCount    kind = "SampleCount"
	sum            kind = "Sum"
	average        kind = "Average"
	minimum        kind = "Minimum"
	maximum        kind = "Maximum"
	percentile     kind = "p"
	trimmedMean    kind = "TM"
	trimmedCount   kind = "TC"
	trimmedSum     kind = "TS"
	winsorizedMean kind = "WM"
	percentileRank kind = "PR"
)

// number is a bound; CloudWatch takes ten digits after the point.
const number = `-?\d{1,15}(?:\.\d{0,10})?`

var (
	shortForm = regexp.MustCompile(`^(p|tm|tc|ts|wm)(\d{1,3}(?:\.\d{0,10})?)$`)
	rangeForm = regexp.MustCompile(`^(TM|TC|TS|WM|PR)\((` + number + `)?(%)?:(` + number + `)?(%)?\)$`)
)

// ParseStatistic reads a statistic's name.
func ParseStatistic(name string) (Statistic, error) {
	switch k := kind(name); k {
	case sampleCount, sum, average, minimum, maximum:
		return Statistic{kind: k}, nil
	case "IQM":
		return Statistic{trimmedMean, 0.25, 0.75, true}, nil
	}
	if m := shortForm.FindStringSubmatch(name); m != nil {
		percent, err := strconv.ParseFloat(m[2], 64)
		if err != nil || percent > 100 {
			return Statistic{}, fmt.Errorf("the statistic %q: a percentile lies between 0 and 100", name)
		}
		if m[1] == "p" {
			return Statistic{percentile, 0, percent / 100, true}, nil
		}
		return Statistic{kind(strings.ToUpper(m[1])), 0, percent / 100, true}, nil
	}
	if m := rangeForm.FindStringSubmatch(name); m != nil {
		return parseRange(name, m)
	}
	return Statistic{}, fmt.Errorf("the statistic %.80q is none of SampleCount, Sum, Average, Minimum, Maximum, IQM, "+
		"p90, tm90, tc90, ts90, wm90, TM(10%%:90%%), TC, TS, WM, PR(100:2000)", name)
}

// parseRange reads TM(lo:hi): m is the name, the kind, and the bounds with their
// percent signs.
func parseRange(name string, m []string) (Statistic, error) {
	s := Statistic{kind: kind(m[1]), lo: math.Inf(-1), hi: math.Inf(1), ranks: m[3]+m[5] != ""}
	bounds := 0
	for i, bound := range []*float64{&s.lo, &s.hi} {
		text, percent := m[2+2*i], m[3+2*i]
		if text == "" {
			if percent != "" {
				return Statistic{}, fmt.Errorf("the statistic %q: %% without a number", name)
			}
			continue
		}
		bounds++
		v, err := strconv.ParseFloat(text, 64)
		switch {
		case err != nil:
			return Statistic{}, fmt.Errorf("the statistic %q: %w", name, err)
		case s.ranks && percent == "":
			return Statistic{}, fmt.Errorf("the statistic %q: both bounds are percentages, or neither", name)
		case s.ranks && (v < 0 || v > 100):
			return Statistic{}, fmt.Errorf("the statistic %q: a percentage lies between 0 and 100", name)
		case s.ranks:
			v /= 100
		}
		*bound = v
	}
	switch {
	case bounds == 0:
		return Statistic{}, fmt.Errorf("the statistic %q has no bound", name)
	case s.lo >= s.hi:
		return Statistic{}, fmt.Errorf("the statistic %q: the lower bound is not below the upper one", name)
	case s.kind == percentileRank && s.ranks:
		return Statistic{}, fmt.Errorf("the statistic %q: bounds of PR are values", name)
	case s.ranks:
		s.lo, s.hi = max(s.lo, 0), min(s.hi, 1)
	}
	return s, nil
}

// of is the statistic of what d counts; false where d has nothing to give: no
// value lies between the bounds of a mean. buf is scratch.
func (s Statistic) of(d *distribution, buf *[]weight) (float64, bool) {
	n := d.count()
	if n <= 0 {
		return 0, false
	}
	switch s.kind {
	case sampleCount:
		return n, true
	case sum:
		return d.total(), true
	case average:
		return d.total() / n, true
	case minimum:
		return d.smallest(), true
	case maximum:
		return d.largest(), true
	}
	if s.kind == percentile {
		return d.atRank(rankOf(s.hi, n)), true
	}
	values := d.weights((*buf)[:0])
	*buf = values
	if s.kind == winsorizedMean {
		return s.winsorized(d, values, n), true
	}
	count, total := s.between(values, n)
	switch s.kind {
	case trimmedCount:
		return count, true
	case trimmedSum:
		return total, true
	case percentileRank:
		return 100 * count / n, true
	}
	return total / count, count > 0
}

// between counts and adds the values between the bounds; where those are shares,
// the ranks after the lower one, up to the upper one. Whole values are left out,
// never parts of one,
// so that the upper bound of tm99 is the value of p99.
func (s Statistic) between(values []weight, n float64) (count, total float64) {
	if !s.ranks {
		for _, w := range values {
			if w.value > s.lo && w.value <= s.hi {
				count += w.count
				total += w.value * w.count
			}
		}
		return count, total
	}
	after, upTo := rankBelow(s.lo, n), rankOf(s.hi, n)
	var seen float64
	for _, w := range values {
		in := min(seen+w.count, upTo) - max(seen, after)
		if seen += w.count; in > 0 {
			count += in
			total += w.value * in
		}
	}
	return count, total
}

// winsorized is the mean with what lies outside the bounds moved onto them.
func (s Statistic) winsorized(d *distribution, values []weight, n float64) float64 {
	lo, hi := s.lo, s.hi
	if s.ranks {
		lo, hi = d.atRank(rankBelow(s.lo, n)+1), d.atRank(rankOf(s.hi, n))
	}
	var total float64
	for _, w := range values {
		total += min(max(w.value, lo), hi) * w.count
	}
	return total / n
}

// slack keeps the rounding of share*n from adding a rank: 0.07*100 is above 7.
const slack = 1e-9

// rankOf is the rank, from 1, of the value at a share of n values.
func rankOf(share, n float64) float64 {
	return min(max(math.Ceil(share*n*(1-slack)), 1), n)
}

// rankBelow is how many of n values lie wholly below a share of them.
func rankBelow(share, n float64) float64 { return math.Floor(share * n * (1 + slack)) }

// atRank is the value of a rank.
func (d *distribution) atRank(rank float64) float64 {
	rank *= 1 - slack
	var seen float64
	for _, w := range d.exact {
		if seen += w.count; seen >= rank {
			return w.value
		}
	}
	for _, b := range d.bins {
		if seen += b.count; seen >= rank {
			return d.valueOf(b)
		}
	}
	return d.largest() // the last ranks' sum was rounded down
}
