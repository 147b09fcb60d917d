package alarm

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Limits of CloudWatch. Source: API Reference, PutMetricAlarm and
// PutCompositeAlarm.
const (
	maxName     = 255
	maxChildren = 100
	minPeriod   = 10 * time.Second
	// maxRange is how far back periods of an hour and more may reach; shorter
	// ones reach back a day.
	maxRange = 7 * 24 * time.Hour
)

// comparisons are the operators, with CloudWatch's words for each.
var comparisons = map[string]struct {
	words    string
	breaches func(value, threshold float64) bool
}{
	"GreaterThanThreshold":          {"greater than", func(v, t float64) bool { return v > t }},
	"GreaterThanOrEqualToThreshold": {"greater than or equal to", func(v, t float64) bool { return v >= t }},
	"LessThanThreshold":             {"less than", func(v, t float64) bool { return v < t }},
	"LessThanOrEqualToThreshold":    {"less than or equal to", func(v, t float64) bool { return v <= t }},
}

// check refuses definitions that CloudWatch would, and puts composite alarms
// after those that they watch.
func check(definitions []Definition) (map[string]*entry, []*entry, error) {
	entries, names := map[string]*entry{}, map[string]string{}
	var errs []error
	refuse := func(d Definition, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("alarm %q: %w", d.Name, err))
		}
	}
	for _, d := range definitions {
		if entries[d.Name] != nil {
			refuse(d, errors.New("there are two of this name"))
		}
		entries[d.Name] = &entry{Definition: d}
		names[d.Name], names[d.ARN] = d.Name, d.Name
	}
	for _, d := range definitions {
		if d.Name == "" || len(d.Name) > maxName || d.ARN == "" {
			refuse(d, fmt.Errorf("a name of at most %d characters and an ARN are needed", maxName))
		}
		if !d.Composite() {
			refuse(d, d.check())
			continue
		}
		r, err := parseRule(d.Rule, func(reference string) (string, error) {
			if name, ok := names[reference]; ok {
				return name, nil
			}
			return "", fmt.Errorf("there is no alarm %q", reference)
		})
		if err == nil && len(r.children) > maxChildren {
			err = fmt.Errorf("the rule watches more than %d alarms", maxChildren)
		}
		if err == nil && len(d.Queries) > 0 {
			err = errors.New("a composite alarm has no queries")
		}
		refuse(d, err)
		entries[d.Name].rule = r
	}
	if len(errs) > 0 {
		return nil, nil, errors.Join(errs...)
	}
	composites, err := inOrder(entries)
	return entries, composites, err
}

func (d *Definition) check() error {
	var errs []error
	visible := 0
	for _, q := range d.Queries {
		if !q.Hidden {
			visible++
		}
	}
	if visible != 1 {
		errs = append(errs, fmt.Errorf("one query is to give the values that are compared, not %d", visible))
	}
	if _, ok := comparisons[d.Comparison]; !ok {
		errs = append(errs, fmt.Errorf("the comparison %q is not known", d.Comparison))
	}
	if d.EvaluationPeriods < 1 || d.DatapointsToAlarm < 0 || d.DatapointsToAlarm > d.EvaluationPeriods {
		errs = append(errs, fmt.Errorf("%d of %d periods is not possible", d.DatapointsToAlarm, d.EvaluationPeriods))
	}
	reach := maxRange
	if d.Period < time.Hour {
		reach = 24 * time.Hour
	}
	if d.Period < minPeriod || d.Period*time.Duration(d.EvaluationPeriods) > reach {
		errs = append(errs, fmt.Errorf("%d periods of %s are not possible: a period has at least %s, all together %s", d.EvaluationPeriods, d.Period, minPeriod, reach))
	}
	if !slices.Contains([]string{"", missing, ignore, breaching, notBreaching}, d.TreatMissingData) {
		errs = append(errs, fmt.Errorf("missing data cannot be treated as %q", d.TreatMissingData))
	}
	if !slices.Contains([]string{"", "evaluate", ignore}, d.LowSamplePercentiles) {
		errs = append(errs, fmt.Errorf("percentiles of few samples cannot be treated as %q", d.LowSamplePercentiles))
	}
	return errors.Join(errs...)
}

// inOrder lists the composite alarms after those that they watch, and refuses a
// cycle, which CloudWatch would stop to evaluate.
func inOrder(entries map[string]*entry) ([]*entry, error) {
	var ordered []*entry
	const entered, left = 1, 2
	visited := map[string]int{}
	var visit func(name string) error
	visit = func(name string) error {
		e := entries[name]
		if e.rule == nil || visited[name] == left {
			return nil
		}
		if visited[name] == entered {
			return fmt.Errorf("alarm %q watches itself through its rule", name)
		}
		visited[name] = entered
		for _, child := range e.rule.children {
			if err := visit(child); err != nil {
				return err
			}
		}
		visited[name] = left
		ordered = append(ordered, e)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if err := visit(name); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}
