package logs_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/logs/insights"
)

// client calls a store's handler with AWS's own client. denied names an action
// and a part of a resource that are refused.
func client(t *testing.T, s *logs.Store, denied ...string) *cloudwatchlogs.Client {
	t.Helper()
	server := httptest.NewServer(s.Handler(func(_ context.Context, action, resource string) error {
		if len(denied) == 2 && action == denied[0] && strings.Contains(resource, denied[1]) {
			return awsapi.Errorf(400, "AccessDeniedException", "not authorized to perform: %s on %s", action, resource)
		}
		return nil
	}))
	transport := &http.Transport{}
	t.Cleanup(func() { transport.CloseIdleConnections(); server.Close() })
	return cloudwatchlogs.New(cloudwatchlogs.Options{
		Region: "us-east-1", BaseEndpoint: &server.URL, HTTPClient: &http.Client{Transport: transport},
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// results starts a query and follows it to its end.
func results(t *testing.T, c *cloudwatchlogs.Client, in *cloudwatchlogs.StartQueryInput) (*cloudwatchlogs.GetQueryResultsOutput, error) {
	t.Helper()
	in.StartTime, in.EndTime = aws.Int64(epoch.Unix()), aws.Int64(epoch.Add(time.Hour).Unix())
	started, err := c.StartQuery(t.Context(), in)
	if err != nil {
		return nil, err
	}
	for {
		out, err := c.GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId})
		if err != nil || out.Status != types.QueryStatusRunning {
			return out, err
		}
		time.Sleep(time.Millisecond)
	}
}

func TestInsightsSDK(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), func(o *logs.Options) {
		o.Definitions = []logs.Definition{{ID: "1", Name: "pixline-dev/slowest", Query: "limit 1", Groups: []string{group}}, {ID: "2", Name: "other"}}
	})
	if err := s.CreateGroup("/other", 0); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		put(t, s, "s", logs.Event{Time: at(i), Message: fmt.Sprintf(`{"level":"ERROR","n":%d,"empty":""}`, i)})
	}
	c, ctx := client(t, s), t.Context()

	out, err := results(t, c, &cloudwatchlogs.StartQueryInput{
		LogGroupIdentifiers: []string{"arn:aws:logs:us-east-1:000000000000:log-group:" + group}, Limit: aws.Int32(2),
		QueryString: aws.String(`fields n, empty, @log | filter level = "ERROR" | sort n desc`),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range out.Results {
		for _, f := range row {
			got = append(got, *f.Field+"="+*f.Value)
		}
	}
	log := "@log=000000000000:" + group
	if len(got) != 6 || got[0] != "n=4" || got[1] != log || !strings.HasPrefix(got[2], "@ptr=") || got[3] != "n=3" || out.Status != types.QueryStatusComplete {
		t.Errorf("%q, %s", got, out.Status)
	}
	if n := out.Statistics; n.RecordsMatched != 5 || n.RecordsScanned != 5 || n.BytesScanned != 170 || n.ResultCount != 2 || n.LogGroupsScanned != 1 {
		t.Errorf("%+v", n)
	}

	out, err = results(t, c, &cloudwatchlogs.StartQueryInput{QueryString: aws.String(`SOURCE '` + group + `' | SOURCE '/other' | stats sum(n) as total by level`)})
	if err != nil || len(out.Results) != 1 || len(out.Results[0]) != 2 || *out.Results[0][0].Value != "ERROR" || *out.Results[0][1].Value != "10" || out.Statistics.LogGroupsScanned != 2 {
		t.Errorf("%+v %v", out, err)
	}

	// Pages.
	started, err := c.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{
		LogGroupName: aws.String(group), QueryString: aws.String("fields n | limit 3"), StartTime: aws.Int64(at(1).Unix()), EndTime: aws.Int64(at(4).Unix()),
	})
	if err != nil {
		t.Fatal(err)
	}
	var pages []int
	for token := (*string)(nil); ; {
		out, err := c.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId, MaxItems: aws.Int32(2), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		if out.Status == types.QueryStatusRunning {
			continue
		}
		pages = append(pages, len(out.Results))
		if token = out.NextToken; token == nil {
			break
		}
	}
	if fmt.Sprint(pages) != "[2 1]" {
		t.Errorf("pages of %v", pages)
	}
	if _, err := c.StopQuery(ctx, &cloudwatchlogs.StopQueryInput{QueryId: started.QueryId}); code(err) != "InvalidParameterException" {
		t.Errorf("stop a query that has ended: %v", err)
	}
	listed, err := c.DescribeQueries(ctx, &cloudwatchlogs.DescribeQueriesInput{LogGroupName: aws.String(group), Status: types.QueryStatusComplete})
	if err != nil || len(listed.Queries) != 3 || *listed.Queries[0].QueryId != *started.QueryId || *listed.Queries[0].QueryString != "fields n | limit 3" {
		t.Errorf("%+v %v", listed, err)
	}
	defined, err := c.DescribeQueryDefinitions(ctx, &cloudwatchlogs.DescribeQueryDefinitionsInput{QueryDefinitionNamePrefix: aws.String("pixline-")})
	if err != nil || len(defined.QueryDefinitions) != 1 || *defined.QueryDefinitions[0].QueryString != "limit 1" || defined.QueryDefinitions[0].LogGroupNames[0] != group {
		t.Errorf("%+v %v", defined, err)
	}
}

func TestInsightsRefusals(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil)
	if err := s.CreateGroup("/other", 0); err != nil {
		t.Fatal(err)
	}
	c, ctx := client(t, s), t.Context()
	start := func(c *cloudwatchlogs.Client, query string, groups ...string) error {
		_, err := results(t, c, &cloudwatchlogs.StartQueryInput{QueryString: &query, LogGroupNames: groups})
		return err
	}
	malformed, ok := errors.AsType[*types.MalformedQueryException](start(c, "fields é,\n| limit", group))
	if !ok || *malformed.QueryCompileError.Location.StartCharOffset != 10 || !strings.Contains(malformed.ErrorMessage(), "line 2, column 1") {
		t.Errorf("%+v", malformed)
	}
	_, unknown := c.GetQueryResults(ctx, &cloudwatchlogs.GetQueryResultsInput{QueryId: aws.String("x")})
	_, backwards := c.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{LogGroupName: aws.String(group), QueryString: aws.String("limit 1"), StartTime: aws.Int64(2), EndTime: aws.Int64(1)})
	for want, err := range map[string]error{
		"ResourceNotFoundException: The specified log group does not exist: /absent":                                                            start(c, "limit 1", group, "/absent"),
		"ResourceNotFoundException: Query x does not exist.":                                                                                    unknown,
		"InvalidParameterException: startTime and endTime are required, in seconds, and in this order":                                          backwards,
		"InvalidParameterException: a query has 1 to 50 log groups, this one 0":                                                                 start(c, "limit 1"),
		"AccessDeniedException: not authorized to perform: logs:StartQuery on arn:aws:logs:us-east-1:000000000000:log-group:/other:log-stream:": start(client(t, s, "logs:StartQuery", ":/other:"), "SOURCE '/other' | limit 1", group),
		"AccessDeniedException: not authorized to perform: logs:GetQueryResults on *":                                                           start(client(t, s, "logs:GetQueryResults", "*"), "limit 1", group),
	} {
		if e := smithy.APIError(nil); !errors.As(err, &e) || e.ErrorCode()+": "+e.ErrorMessage() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestCloseEndsQueries: a store that is closed has no query left that reads.
func TestCloseEndsQueries(t *testing.T) {
	t.Parallel()
	s, err := logs.Open(t.TempDir(), logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CreateGroup(group, 0); err != nil {
		t.Fatal(err)
	}
	var many []logs.Event
	for i := range 20_000 {
		many = append(many, logs.Event{Time: at(i), Message: `{"n":1}`})
	}
	if err := s.Write(t.Context(), role, group, "s", many); err != nil {
		t.Fatal(err)
	}
	c := client(t, s)
	started, err := c.StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{
		LogGroupName: aws.String(group), QueryString: aws.String("stats count_distinct(concat(n, @timestamp))"), StartTime: aws.Int64(0), EndTime: aws.Int64(1 << 40),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	// However far it was.
	if out, err := c.GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId}); err != nil || out.Status == types.QueryStatusRunning {
		t.Errorf("%+v %v", out, err)
	}
	if _, err := c.StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{LogGroupName: aws.String(group), QueryString: aws.String("limit 1"), StartTime: aws.Int64(0), EndTime: aws.Int64(1)}); err == nil {
		t.Error("a query was started after Close")
	}
}

func code(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	return ""
}

// BenchmarkRecentErrors runs the query of a dashboard's log table over a full log
// group of functions' lines.
func BenchmarkRecentErrors(b *testing.B) {
	s, err := logs.Open(b.TempDir(), logs.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := s.CreateGroup(group, 0); err != nil {
		b.Fatal(err)
	}
	var many []logs.Event
	for i := range 16_000 {
		level := "INFO"
		if i%100 == 0 {
			level = "ERROR"
		}
		many = append(many, logs.Event{Time: at(i), Message: fmt.Sprintf(`{"time":"2026-11-23T10:00:00Z","level":"%s","msg":"invocation","Stage":"resize","requestId":"8f5e0000-0000-0000-0000-%012d","executionId":"e-%d","coldStart":false,"durationMs":%d.25,"status":"succeeded","bucket":"pixline-dev-input","key":"photos/%d.jpg","format":"jpeg","width":4000,"height":3000,"bytes":1234567,"renditions":3,"Megapixels":12,"BytesIn":1234567,"BytesOut":345678,"DecodeTime":81.5,"ResizeTime":60.2,"EncodeTime":31.7,"MemoryShare":21.5,"Succeeded":1,"_aws":{"Timestamp":1795428000000,"CloudWatchMetrics":[{"Namespace":"Pixline/dev","Dimensions":[["Stage"]],"Metrics":[{"Name":"Succeeded","Unit":"Count"},{"Name":"Megapixels","Unit":"Count"},{"Name":"BytesIn","Unit":"Bytes"},{"Name":"DecodeTime","Unit":"Milliseconds"}]}]}}`, level, i, i, i%900, i)})
		if len(many) == 1000 {
			if err := s.Write(b.Context(), role, group, "s", many); err != nil {
				b.Fatal(err)
			}
			many = many[:0]
		}
	}
	q, err := insights.Parse(`fields @timestamp, Stage, errorType, error, key, executionId | filter level = "ERROR" or @message like "Task timed out" or @message like "Runtime.ExitError" | sort @timestamp desc | limit 20`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		t, err := q.Run(b.Context(), s, insights.Scope{Groups: []string{group}, Start: epoch, End: at(100_000)})
		if err != nil || len(t.Rows) != 20 {
			b.Fatal(len(t.Rows), err)
		}
		b.ReportMetric(float64(t.Bytes)/1e6, "MB")
		b.ReportMetric(float64(t.Scanned), "events")
	}
}
