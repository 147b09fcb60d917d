package query

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// Lister is a Source that SEARCH works with; *metric.Store is one.
type Lister interface {
	List(metric.ListFilter) []metric.ID
}

const maxSearch = 1024 // characters, as documented

// search is SEARCH('{Namespace,Dimension} term', 'Statistic', period): see
// "CloudWatch search expression syntax" in the user guide.
func search(c *call) (value, error) {
	lister, ok := c.source.(Lister)
	if !ok {
		return value{}, errorAt(c.at, "SEARCH does not work with these metrics: they cannot be listed")
	}
	for i := range 2 {
		if c.args[i].op != opText {
			return value{}, errorAt(c.args[i].at, "argument %d of SEARCH is not a text", i+1)
		}
	}
	pattern, statistic := c.args[0], c.args[1]
	if len(pattern.text) > maxSearch {
		return value{}, errorAt(pattern.at, "a search has at most %d characters", maxSearch)
	}
	if _, err := metric.ParseStatistic(statistic.text); err != nil {
		return value{}, errorAt(statistic.at, "%v", err)
	}
	every := c.period
	if len(c.args) == 3 {
		v, err := c.value(2, scalar)
		if err != nil {
			return value{}, err
		}
		every = time.Duration(v.num) * time.Second
		if v.num != every.Seconds() || checkPeriod(0, every) != nil {
			return value{}, errorAt(c.args[2].at, "the period must be 1, 5, 10, 20 or 30 seconds, or a multiple of 60")
		}
	}
	match, err := parseSearch(pattern.text)
	if err != nil {
		return value{}, errorAt(pattern.at, "%v", err)
	}
	var found []Query
	for _, id := range lister.List(metric.ListFilter{}) {
		if match(id) {
			if len(found) == maxQueries {
				return value{}, errorAt(pattern.at, "the search finds more than %d metrics", maxQueries)
			}
			found = append(found, Query{Metric: id, Statistic: statistic.text, Period: every})
		}
	}
	labels := metricLabels(found)
	all := make([]series, len(found))
	for i := range found {
		q := &found[i]
		points, err := c.source.Read(q.Metric, q.Statistic, q.Period, c.start, c.end)
		if err != nil {
			return value{}, err
		}
		all[i] = series{label: labels[i], period: every, points: points, of: q}
	}
	return arrayOf(all), nil
}

// matcher answers whether a metric is searched for.
type matcher func(metric.ID) bool

// schema matches metrics of a namespace with exactly these dimensions.
func schema(names []string) matcher {
	want := slices.Sorted(slices.Values(names[1:]))
	return func(id metric.ID) bool {
		if id.Namespace != names[0] || len(id.Dimensions) != len(want) {
			return false
		}
		for i, d := range id.Dimensions {
			if d.Name != want[i] {
				return false
			}
		}
		return true
	}
}

// term matches metrics one of whose strings, or the one that property names, is
// the text, or has its tokens.
func term(property, text string, exact bool) matcher {
	tokens := tokensOf(text)
	is := func(s string) bool {
		if exact {
			return s == text
		}
		return hasTokens(tokensOf(s), tokens)
	}
	return func(id metric.ID) bool {
		switch property {
		case "MetricName":
			return is(id.Name)
		case "Namespace":
			return is(id.Namespace)
		}
		for _, d := range id.Dimensions {
			if property == d.Name && is(d.Value) || property == "" && (is(d.Name) || is(d.Value)) {
				return true
			}
		}
		return property == "" && (is(id.Name) || is(id.Namespace))
	}
}

// tokensOf are the parts of a string that a capital after a small letter, a
// change between letters and digits, or another character sets apart.
func tokensOf(s string) []string {
	var tokens []string
	var token []rune
	flush := func() {
		if len(token) > 0 {
			tokens = append(tokens, strings.ToLower(string(token)))
			token = nil
		}
	}
	runes := []rune(s)
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if len(token) > 0 {
			before := token[len(token)-1]
			camel := unicode.IsUpper(r) && (!unicode.IsUpper(before) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
			if camel || unicode.IsDigit(r) != unicode.IsDigit(before) {
				flush()
			}
		}
		token = append(token, r)
	}
	flush()
	return tokens
}

// hasTokens is true if the tokens of a term stand in s, one after the other; a
// term of one token may be all of s run together.
func hasTokens(s, term []string) bool {
	if len(term) == 1 && term[0] == strings.Join(s, "") {
		return true
	}
	for i := 0; i+len(term) <= len(s); i++ {
		if len(term) > 0 && slices.Equal(s[i:i+len(term)], term) {
			return true
		}
	}
	return false
}
