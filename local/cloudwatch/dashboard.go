package cloudwatch

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/pixline/pixline/local/awsapi"
)

// maxDashboards is how many a page of ListDashboards has.
const maxDashboards = 1000

type listDashboardsInput struct{ DashboardNamePrefix, NextToken string }

type listDashboardsOutput struct {
	DashboardEntries []dashboardEntry
	NextToken        string
}

type dashboardEntry struct {
	DashboardName string
	DashboardARN  string `wire:"DashboardArn"`
	LastModified  time.Time
	Size          int
}

func (s *Service) listDashboards(ctx context.Context, in *listDashboardsInput) (*listDashboardsOutput, error) {
	if err := s.Authorize(ctx, "cloudwatch:ListDashboards", anything); err != nil {
		return nil, err
	}
	entries := []dashboardEntry{}
	for _, d := range s.Dashboards {
		if strings.HasPrefix(d.Name, in.DashboardNamePrefix) {
			entries = append(entries, dashboardEntry{DashboardName: d.Name, DashboardARN: d.ARN, LastModified: s.since, Size: len(d.Body)})
		}
	}
	var err error
	out := &listDashboardsOutput{}
	out.DashboardEntries, out.NextToken, err = page(entries, maxDashboards, in.NextToken, "ListDashboards", in.DashboardNamePrefix)
	return out, err
}

type getDashboardInput struct {
	DashboardName string `wire:",required"`
}

type getDashboardOutput struct {
	DashboardARN  string `wire:"DashboardArn"`
	DashboardBody string
	DashboardName string
}

func (s *Service) getDashboard(ctx context.Context, in *getDashboardInput) (*getDashboardOutput, error) {
	for _, d := range s.Dashboards {
		if d.Name != in.DashboardName {
			continue
		}
		if err := s.Authorize(ctx, "cloudwatch:GetDashboard", d.ARN); err != nil {
			return nil, err
		}
		return &getDashboardOutput{DashboardARN: d.ARN, DashboardBody: d.Body, DashboardName: d.Name}, nil
	}
	return nil, awsapi.Errorf(http.StatusNotFound, notFound, "Dashboard %s does not exist", in.DashboardName)
}
