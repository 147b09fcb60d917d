package dashboards

import (
	"errors"
	"fmt"
	"regexp"
)

// CloudWatch's limits. Sources: CloudWatch User Guide, "CloudWatch service
// quotas"; API Reference, PutMetricAlarm, PutCompositeAlarm, PutDashboard,
// MetricDataQuery and "Dashboard body structure"; CloudWatch Logs API Reference,
// StartQuery. They name no size of a dashboard's body: that one is ours.
const (
	maxNameLength        = 255
	maxDescriptionLength = 1024
	maxAlarmMetrics      = 10 // entries of an alarm that retrieve a metric
	maxAlarmExpressions  = 10
	maxRuleLength        = 10240
	maxRuleChildren      = 100
	maxDashboardWidgets  = 500
	maxDashboardMetrics  = 2500 // of all widgets
	maxWidgetMetrics     = 500
	maxWidgetAlarms      = 100
	maxBodyBytes         = 1 << 20
	maxQueryLength       = 10000
	maxQueryGroups       = 50
)

// nameable is what a dashboard may be called; Pulumi's stacks may have a dot.
var nameable = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// checkAlarms holds alarms against the limits.
func checkAlarms(list []Alarm) error {
	var problems []error
	for _, a := range list {
		problems = append(problems, checkAlarm(a.Name, a.Description))
		metrics, expressions := 0, 0
		for _, q := range a.Queries() {
			if q.Metric.Expression == "" {
				metrics++
			} else {
				expressions++
			}
		}
		if metrics > maxAlarmMetrics || expressions > maxAlarmExpressions {
			problems = append(problems, fmt.Errorf("the alarm %s has %d metrics and %d expressions: the limits are %d and %d", a.Name, metrics, expressions, maxAlarmMetrics, maxAlarmExpressions))
		}
	}
	return errors.Join(problems...)
}

// checkComposites holds composite alarms against the limits.
func checkComposites(list []Composite) error {
	var problems []error
	for _, c := range list {
		problems = append(problems, checkAlarm(c.Name, c.Description))
		if len(c.Rule) > maxRuleLength || len(c.Children) > maxRuleChildren {
			problems = append(problems, fmt.Errorf("the rule of %s has %d characters and %d alarms: the limits are %d and %d", c.Name, len(c.Rule), len(c.Children), maxRuleLength, maxRuleChildren))
		}
	}
	return errors.Join(problems...)
}

func checkAlarm(name, description string) error {
	if len(name) > maxNameLength || len(description) > maxDescriptionLength {
		return fmt.Errorf("the alarm %s has a name of %d and a description of %d characters: the limits are %d and %d", name, len(name), len(description), maxNameLength, maxDescriptionLength)
	}
	return nil
}

// checkDashboard holds a dashboard against the limits.
func checkDashboard(d Dashboard, widgets []widget) error {
	var problems []error
	if len(d.Name) > maxNameLength || !nameable.MatchString(d.Name) {
		problems = append(problems, fmt.Errorf("a dashboard cannot be called %q: letters, digits, - and _, at most %d", d.Name, maxNameLength))
	}
	if len(d.Body) > maxBodyBytes || len(widgets) > maxDashboardWidgets {
		problems = append(problems, fmt.Errorf("the dashboard %s has %d bytes and %d widgets: the limits are %d and %d", d.Name, len(d.Body), len(widgets), maxBodyBytes, maxDashboardWidgets))
	}
	total := 0
	for _, w := range widgets {
		metrics, _ := w.Properties["metrics"].([][]any)
		alarms, _ := w.Properties["alarms"].([]string)
		query, _ := w.Properties["query"].(string)
		total += len(metrics)
		if len(metrics) > maxWidgetMetrics || len(alarms) > maxWidgetAlarms || len(query) > maxQueryLength {
			problems = append(problems, fmt.Errorf("%v of the dashboard %s has %d metrics, %d alarms and a query of %d characters: the limits are %d, %d and %d",
				w.Properties["title"], d.Name, len(metrics), len(alarms), len(query), maxWidgetMetrics, maxWidgetAlarms, maxQueryLength))
		}
	}
	if total > maxDashboardMetrics {
		problems = append(problems, fmt.Errorf("the dashboard %s has %d metrics: the limit is %d", d.Name, total, maxDashboardMetrics))
	}
	return errors.Join(problems...)
}

// checkQueries holds saved queries against the limits.
func checkQueries(list []SavedQuery) error {
	var problems []error
	for _, q := range list {
		if len(q.Name) > maxNameLength || len(q.Text) > maxQueryLength || len(q.LogGroups) > maxQueryGroups {
			problems = append(problems, fmt.Errorf("the query %s has a name of %d, a text of %d characters and %d log groups: the limits are %d, %d and %d",
				q.Name, len(q.Name), len(q.Text), len(q.LogGroups), maxNameLength, maxQueryLength, maxQueryGroups))
		}
	}
	return errors.Join(problems...)
}
