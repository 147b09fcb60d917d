package query

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/cloudwatch/metric"
)

// CloudWatch's limits on one GetMetricData.
const (
	maxQueries = 500
	maxPoints  = 100_800 // here: of one series, where an expression makes its points
	maxSeries  = 500     // in an array that an expression writes out
)

// idForm is what an ID looks like.
var idForm = regexp.MustCompile(`^[a-z][A-Za-z0-9_]{0,254}$`)

// request is one GetMetricData.
type request struct {
	source     Source
	start, end time.Time
	queries    []Query
	parsed     []*node // nil for a metric
	labels     []string
	byID       map[string]int
	periods    []time.Duration // by query; 0 until it is known
	values     []value
	done       []bool
}

// Get answers the queries for the periods from the one that start lies in until
// the last that starts before end. Results come in the order of the queries; an
// expression that gives an array has a result for each of its series. An error
// in the queries is an *awsapi.Error, ValidationError.
func Get(source Source, queries []Query, start, end time.Time) ([]Result, error) {
	r := &request{
		source: source, start: start, end: end, queries: queries,
		parsed: make([]*node, len(queries)), byID: map[string]int{},
		periods: make([]time.Duration, len(queries)), values: make([]value, len(queries)), done: make([]bool, len(queries)),
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	r.labels = metricLabels(queries)
	var results []Result
	for i := range queries {
		v, err := r.value(i)
		if err != nil {
			return nil, err
		}
		if !queries[i].Hidden {
			results = append(results, r.results(i, v)...)
		}
	}
	return results, nil
}

// invalid is an error in the request.
func invalid(format string, args ...any) error {
	return awsapi.Errorf(http.StatusBadRequest, "ValidationError", format, args...)
}

// check finds what is wrong with a request before anything is read.
func (r *request) check() error {
	switch {
	case len(r.queries) == 0:
		return invalid("MetricDataQueries has no entry")
	case len(r.queries) > maxQueries:
		return invalid("MetricDataQueries has %d entries; at most %d are allowed", len(r.queries), maxQueries)
	case !r.start.Before(r.end):
		return invalid("The parameter StartTime must be less than the parameter EndTime")
	}
	for i, q := range r.queries {
		if q.ID == "" {
			continue
		}
		if !idForm.MatchString(q.ID) {
			return invalid("The value %q for MetricDataQueries.member.%d.Id must begin with a lowercase letter and hold letters, digits and _ alone", q.ID, i+1)
		}
		if first, twice := r.byID[q.ID]; twice {
			return invalid("MetricDataQueries.member.%d.Id and MetricDataQueries.member.%d.Id are both %q", first+1, i+1, q.ID)
		}
		r.byID[q.ID] = i
	}
	for i, q := range r.queries {
		if err := r.checkQuery(i, q); err != nil {
			return err
		}
	}
	return r.checkCycles()
}

func (r *request) checkQuery(i int, q Query) error {
	if q.Expression == "" {
		if q.Metric.Name == "" || q.Metric.Namespace == "" {
			return invalid("MetricDataQueries.member.%d has neither an Expression nor a metric with Namespace and MetricName", i+1)
		}
		if _, err := metric.ParseStatistic(q.Statistic); err != nil {
			return invalid("MetricDataQueries.member.%d: %v", i+1, err)
		}
		return checkPeriod(i, q.Period)
	}
	if q.Metric.Name != "" {
		return invalid("MetricDataQueries.member.%d has both an Expression and a metric", i+1)
	}
	if q.Period != 0 {
		if err := checkPeriod(i, q.Period); err != nil {
			return err
		}
	}
	n, err := parse(q.Expression)
	if err == nil {
		n.walk(func(n *node) {
			if err == nil {
				err = r.checkNode(n)
			}
		})
	}
	if err != nil {
		return r.expressionError(i, err)
	}
	r.parsed[i] = n
	return nil
}

func checkPeriod(i int, p time.Duration) error {
	switch p {
	case time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second:
		return nil
	}
	if p <= 0 || p%time.Minute != 0 {
		return invalid("MetricDataQueries.member.%d: the Period must be 1, 5, 10, 20 or 30 seconds, or a multiple of 60: %v", i+1, p)
	}
	return nil
}

// checkNode answers whether a node's names are known.
func (r *request) checkNode(n *node) error {
	switch n.op {
	case opRef:
		if _, ok := r.byID[n.text]; !ok {
			return errorAt(n.at, "%q is the Id of no other entry", n.text)
		}
	case opCall:
		f, ok := functions[n.text]
		switch {
		case !ok:
			return errorAt(n.at, "the function %s is not supported; these are: %s", n.text, functionNames())
		case len(n.args) < f.least || len(n.args) > f.most:
			return errorAt(n.at, "%s takes %s, not %d", n.text, f.arguments(), len(n.args))
		}
	}
	return nil
}

// expressionError says which expression err is in; what has no place in an
// expression is another's failure, and stays as it is.
func (r *request) expressionError(i int, err error) error {
	var wrong *syntaxError
	if !errors.As(err, &wrong) {
		return err
	}
	return invalid("Error in expression '%s': %v", nameOf(r.queries[i]), wrong)
}

// nameOf is what an expression is called: its Id, if it has one.
func nameOf(q Query) string {
	if q.ID != "" {
		return q.ID
	}
	return q.Expression
}

// checkCycles refuses expressions that refer to themselves by way of others.
func (r *request) checkCycles() error {
	const visiting, visited = 1, 2
	state := make([]int, len(r.queries))
	var path []string
	var visit func(i int) error
	visit = func(i int) error {
		path = append(path, nameOf(r.queries[i]))
		defer func() { path = path[:len(path)-1] }()
		switch state[i] {
		case visiting:
			return invalid("Error in expression '%s': it refers to itself: %s", path[0], strings.Join(path, " -> "))
		case visited:
			return nil
		}
		state[i] = visiting
		for _, j := range r.refs(i) {
			if err := visit(j); err != nil {
				return err
			}
		}
		state[i] = visited
		return nil
	}
	for i := range r.queries {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

// refs are the queries that an expression names.
func (r *request) refs(i int) (refs []int) {
	if r.parsed[i] != nil {
		r.parsed[i].walk(func(n *node) {
			if n.op == opRef {
				refs = append(refs, r.byID[n.text])
			}
		})
	}
	return refs
}

// results are what query i, of value v, gives to the caller.
func (r *request) results(i int, v value) []Result {
	q := r.queries[i]
	var results []Result
	for _, s := range v.series {
		label := s.label
		switch {
		case q.Expression == "": // it has it
		case v.shape == array: // "Expression-Label Metric-Label", says the user guide
			label = strings.TrimSpace(q.Label + " " + s.label)
		case q.Label != "":
			label = q.Label
		default:
			label = nameOf(q)
		}
		results = append(results, Result{ID: q.ID, Label: s.expand(label), Points: s.points})
	}
	return results
}
