package deploytest

import (
	"context"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/pixline/pixline/local/graph"
)

var ofObservability = map[string]comparison{
	"aws:cloudwatch/dashboard:Dashboard": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		var d struct {
			Name string `xml:"GetDashboardResult>DashboardName"`
			Body string `xml:"GetDashboardResult>DashboardBody"`
		}
		err := s.cloudWatch(ctx, "GetDashboard", url.Values{"DashboardName": {r.String("dashboardName")}}, &d)
		return of(r, "dashboardName", "dashboardBody"), properties{"dashboardName": d.Name, "dashboardBody": d.Body}, err
	},
	"aws:cloudwatch/logGroup:LogGroup": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		found, err := cloudwatchlogs.NewFromConfig(s.aws).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		for _, group := range found.LogGroups {
			if aws.ToString(group.LogGroupName) == s.id(r) {
				return of(r, "name", "retentionInDays", "kmsKeyId"),
					properties{"name": group.LogGroupName, "retentionInDays": group.RetentionInDays, "kmsKeyId": group.KmsKeyId}, nil
			}
		}
		return nil, nil, fmt.Errorf("there is no log group %s", s.id(r))
	},
}
