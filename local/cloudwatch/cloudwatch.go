// Package cloudwatch answers for CloudWatch to ordinary clients, in each of the
// three protocols that their SDKs speak: metrics, metric math, alarms and
// dashboards, the latter two as the Pulumi program declares them.
//
// Operations that would declare something (PutMetricAlarm, PutDashboard, …) are
// refused as not implemented: the program does that.
package cloudwatch

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/cloudwatch/alarm"
	"github.com/pixline/pixline/local/cloudwatch/metric"
	"github.com/pixline/pixline/local/cloudwatch/query"
	"github.com/pixline/pixline/local/cloudwatch/wire"
)

const (
	// maxBody is more than PutMetricData's limit, a megabyte of data.
	maxBody = 8 << 20
	// anything is the resource of the actions that have none of their own.
	anything = "*"
)

// Dashboard is one dashboard.
type Dashboard struct {
	Name string
	ARN  string
	Body string // JSON
}

// Metrics are what was measured; *metric.Store has them.
type Metrics interface {
	query.Source
	Put(data ...metric.Datum)
	List(metric.ListFilter) []metric.ID
	Unit(metric.ID) string
}

// Options are what CloudWatch answers from.
type Options struct {
	Dashboards []Dashboard
	Metrics    Metrics
	Alarms     *alarm.Service
	Clock      *metric.Clock
	// Draw answers GetMetricWidgetImage.
	Draw      func(ctx context.Context, widgetJSON string) (png []byte, err error)
	Authorize awsapi.Authorize
}

// Service is CloudWatch.
type Service struct {
	Options
	wire  *wire.Service
	since time.Time
	// alarmPrefix is the ARN of an alarm without its name.
	alarmPrefix string
}

// New returns the service.
func New(o Options) *Service {
	s := &Service{Options: o, since: o.Clock.Now().UTC().Truncate(time.Second)}
	for _, a := range o.Alarms.List() {
		s.alarmPrefix = strings.TrimSuffix(a.ARN, a.Name)
	}
	s.wire = wire.New(wire.Options{
		Name: "GraniteServiceVersion20100801", Namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/", MaxBody: maxBody,
		Shapes: map[string]string{
			"InternalFailure":             "InternalServiceFault",
			"InvalidFormat":               "InvalidFormatFault",
			"InvalidParameterCombination": "InvalidParameterCombinationException",
			"InvalidParameterValue":       "InvalidParameterValueException",
			"MissingParameter":            "MissingRequiredParameterException",
		},
	},
		wire.Serve("PutMetricData", s.putMetricData),
		wire.Serve("ListMetrics", s.listMetrics),
		wire.Serve("GetMetricData", s.getMetricData),
		wire.Serve("GetMetricStatistics", s.getMetricStatistics),
		wire.Serve("GetMetricWidgetImage", s.getMetricWidgetImage),
		wire.Serve("DescribeAlarms", s.describeAlarms),
		wire.Serve("DescribeAlarmsForMetric", s.describeAlarmsForMetric),
		wire.Serve("DescribeAlarmHistory", s.describeAlarmHistory),
		wire.Serve("SetAlarmState", s.setAlarmState),
		wire.Serve("EnableAlarmActions", s.enableAlarmActions),
		wire.Serve("DisableAlarmActions", s.disableAlarmActions),
		wire.Serve("ListDashboards", s.listDashboards),
		wire.Serve("GetDashboard", s.getDashboard).Shape(notFound, "DashboardNotFoundError"),
	)
	return s
}

// ServeHTTP answers for the principal in the request's context.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.wire.ServeHTTP(w, r) }

// WriteError refuses a request in the protocol that it was made in.
func (s *Service) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	s.wire.WriteError(w, r, err)
}

// Codes of errors, as the query protocol has them.
const (
	notFound           = "ResourceNotFound"
	invalidValue       = "InvalidParameterValue"
	invalidCombination = "InvalidParameterCombination"
	invalidToken       = "InvalidNextToken"
	validation         = "ValidationError"
)

func invalid(code, format string, args ...any) error {
	return awsapi.Errorf(http.StatusBadRequest, code, format, args...)
}

// either is a parameter's value, which is to be one of these or left out.
func either(parameter, value string, allowed ...string) error {
	if value == "" {
		return nil
	}
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return invalid(validation, "The value %q of %s is not one of %s.", value, parameter, strings.Join(allowed, ", "))
}

type getMetricWidgetImageInput struct {
	MetricWidget string `wire:",required"`
	OutputFormat string
}

type getMetricWidgetImageOutput struct{ MetricWidgetImage []byte }

func (s *Service) getMetricWidgetImage(ctx context.Context, in *getMetricWidgetImageInput) (*getMetricWidgetImageOutput, error) {
	if err := s.Authorize(ctx, "cloudwatch:GetMetricWidgetImage", anything); err != nil {
		return nil, err
	}
	if err := either("OutputFormat", in.OutputFormat, "png"); err != nil {
		return nil, err
	}
	png, err := s.Draw(ctx, in.MetricWidget)
	return &getMetricWidgetImageOutput{png}, err
}
