package logs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/logs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	group = "/aws/lambda/validate"
	role  = "arn:aws:iam::000000000000:role/validate"
)

var epoch = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return epoch.Add(time.Duration(seconds) * time.Second) }

func open(t *testing.T, dir string, change func(*logs.Options)) *logs.Store {
	t.Helper()
	o := logs.Options{Region: "us-east-1", Account: "000000000000", Now: func() time.Time { return epoch }}
	if change != nil {
		change(&o)
	}
	s, err := logs.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.CreateGroup(group, 14); err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *logs.Store, stream string, events ...logs.Event) {
	t.Helper()
	if err := s.Write(t.Context(), role, group, stream, events); err != nil {
		t.Fatal(err)
	}
}

func messages(t *testing.T, s *logs.Store, q logs.Query) string {
	t.Helper()
	q.Group = group
	found, _, err := s.Filter(q)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range found {
		all = append(all, e.Message)
	}
	return strings.Join(all, "|")
}

func TestFilter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	put(t, s, "a", logs.Event{Time: at(1), Message: "one ERROR disk full"}, logs.Event{Time: at(4), Message: "four <é> \"ok\""})
	put(t, s, "b", logs.Event{Time: at(2), Message: "two ERROR timeout"}, logs.Event{Time: at(3), Message: "three error"})
	check := func(s *logs.Store) {
		t.Helper()
		for _, c := range []struct {
			q    logs.Query
			want string
		}{
			{logs.Query{}, `one ERROR disk full|two ERROR timeout|three error|four <é> "ok"`},
			{logs.Query{Pattern: "ERROR"}, "one ERROR disk full|two ERROR timeout"},
			{logs.Query{Pattern: "ERROR -timeout"}, "one ERROR disk full"},
			{logs.Query{Pattern: `"disk full"`}, "one ERROR disk full"},
			{logs.Query{Pattern: "?three ?two"}, "two ERROR timeout|three error"},
			{logs.Query{Start: at(2), End: at(3)}, "two ERROR timeout|three error"},
			{logs.Query{Streams: []string{"a"}, Start: at(2)}, `four <é> "ok"`},
			{logs.Query{StreamPrefix: "b", Limit: 1}, "two ERROR timeout"},
			{logs.Query{Limit: 1, Newest: true}, `four <é> "ok"`},
		} {
			if got := messages(t, s, c.q); got != c.want {
				t.Errorf("%+v: %s", c.q, got)
			}
		}
	}
	check(s)
	// A crash in the middle of a line: the next start keeps all complete ones.
	segment, err := filepath.Glob(filepath.Join(dir, "*", "*.jsonl"))
	if err != nil || len(segment) != 1 {
		t.Fatal(segment, err)
	}
	f, err := os.OpenFile(segment[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"s":"a","t":17`); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir, nil)
	check(again)
	put(t, again, "a", logs.Event{Time: at(9), Message: "nine"})
	if got := messages(t, again, logs.Query{Start: at(9)}); got != "nine" {
		t.Error(got)
	}
	for _, pattern := range []string{`{ $.level = "ERROR"`, `[ip, user]`, `"open`} {
		if _, _, err := again.Filter(logs.Query{Group: group, Pattern: pattern}); awsapi.As(err).Code != "InvalidParameterException" {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	if _, _, err := again.Filter(logs.Query{Group: "/absent"}); awsapi.As(err).Code != "ResourceNotFoundException" {
		t.Error(err)
	}
}

func TestSpaceIsBounded(t *testing.T) {
	t.Parallel()
	const most = 20_000
	dir := t.TempDir()
	s := open(t, dir, func(o *logs.Options) { o.GroupBytes = most })
	for i := range 2000 {
		put(t, s, fmt.Sprintf("stream-%d", i/100), logs.Event{Time: at(i), Message: fmt.Sprintf("line %d", i)})
	}
	var size int64
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if size > most || size < most/4 {
		t.Errorf("%d bytes kept", size)
	}
	streams, err := s.Streams(group, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(streams) == 0 || len(streams) > 10 || streams[0].Name == "stream-0" {
		t.Errorf("streams %+v", streams)
	}
	if got := messages(t, s, logs.Query{Limit: 1, Newest: true}); got != "line 1999" {
		t.Error(got)
	}
}

func TestConcurrentWriters(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), nil)
	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			for i := range 50 {
				put(t, s, fmt.Sprint(w), logs.Event{Time: at(i), Message: "x"})
				messages(t, s, logs.Query{Limit: 1})
			}
		})
	}
	wait.Wait()
	if n := len(messages(t, s, logs.Query{})); n != 2*8*50-1 {
		t.Errorf("%d", n)
	}
}

func TestRetentionChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, nil)
	put(t, s, "a", logs.Event{Time: at(1), Message: "kept"})
	if err := s.CreateGroup(group, 30); err != nil {
		t.Fatal(err)
	}
	if got := messages(t, s, logs.Query{}); got != "kept" {
		t.Error(got)
	}
	// Names that differ in case, or that a file could not have, are groups of their own.
	for _, name := range []string{"/AWS/lambda/validate", "/" + strings.Repeat("long/", 100)} {
		if err := s.CreateGroup(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	again, err := logs.Open(dir, logs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Groups(); len(got) != 3 {
		t.Errorf("%q", got)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestRoleIsChecked(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), func(o *logs.Options) {
		o.AuthorizeRole = func(_ context.Context, roleARN, action, resource string) error {
			return awsapi.Errorf(403, "AccessDeniedException", "%s %s %s", roleARN, action, resource)
		}
	})
	resource := "arn:aws:logs:us-east-1:000000000000:log-group:" + group + ":log-stream:s"
	if err := s.CreateStream(t.Context(), role, group, "s"); awsapi.As(err).Message != role+" logs:CreateLogStream "+resource {
		t.Error(err)
	}
	if err := s.Write(t.Context(), role, group, "s", nil); awsapi.As(err).Message != role+" logs:PutLogEvents "+resource {
		t.Error(err)
	}
	if err := open(t, t.TempDir(), nil).CreateStream(t.Context(), role, "/absent", "s"); awsapi.As(err).Code != "ResourceNotFoundException" {
		t.Error(err)
	}
}

// TestAWSCLI checks the wire shapes and the paging with AWS's own client.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("SKIPPED: the AWS command line, aws, is not on PATH")
	}
	s := open(t, t.TempDir(), nil)
	stream := "2026/11/23/[$LATEST]0123456789abcdef"
	if err := s.CreateStream(t.Context(), role, group, stream); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		put(t, s, stream, logs.Event{Time: at(i), Message: fmt.Sprintf("message %d", i)})
	}
	server := httptest.NewServer(s.Handler(func(_ context.Context, action, resource string) error {
		if action == "logs:DescribeLogStreams" && !strings.Contains(resource, group) {
			return awsapi.Errorf(400, "AccessDeniedException", "not authorized to perform: %s on %s", action, resource)
		}
		return nil
	}))
	defer server.Close()
	run := func(into any, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), path, append([]string{"--endpoint-url", server.URL, "--region", "us-east-1", "--output", "json", "logs"}, args...)...)
		cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_PAGER=")
		out, err := cmd.CombinedOutput()
		if err != nil {
			return string(out)
		}
		if err := json.Unmarshal(out, into); err != nil {
			t.Fatalf("aws logs %v: %v\n%s", args, err, out)
		}
		return ""
	}
	var got struct {
		LogGroups []struct {
			LogGroupName, LogGroupArn string
			RetentionInDays           int
		}
		LogStreams []struct {
			LogStreamName      string
			LastEventTimestamp int64
		}
		Events           []struct{ Message, LogStreamName string }
		NextForwardToken string
	}
	if refused := run(&got, "describe-log-groups", "--log-group-name-prefix", "/aws/"); refused != "" || len(got.LogGroups) != 1 || got.LogGroups[0].LogGroupName != group || got.LogGroups[0].RetentionInDays != 14 {
		t.Errorf("%s %+v", refused, got)
	}
	if refused := run(&got, "describe-log-streams", "--log-group-name", group, "--order-by", "LastEventTime", "--descending"); refused != "" || len(got.LogStreams) != 1 || got.LogStreams[0].LogStreamName != stream || got.LogStreams[0].LastEventTimestamp != at(4).UnixMilli() {
		t.Errorf("%s %+v", refused, got)
	}
	// The client follows nextToken through pages of two.
	if refused := run(&got, "filter-log-events", "--log-group-name", group, "--filter-pattern", "message -3", "--page-size", "2"); refused != "" || len(got.Events) != 4 || got.Events[3].Message != "message 4" || got.Events[0].LogStreamName != stream {
		t.Errorf("%s %+v", refused, got)
	}
	if refused := run(&got, "get-log-events", "--log-group-name", group, "--log-stream-name", stream, "--limit", "2", "--start-from-head"); refused != "" || len(got.Events) != 2 || got.Events[1].Message != "message 1" {
		t.Errorf("%s %+v", refused, got)
	}
	if refused := run(&got, "get-log-events", "--log-group-name", group, "--log-stream-name", stream, "--limit", "2", "--next-token", got.NextForwardToken); refused != "" || len(got.Events) != 2 || got.Events[0].Message != "message 2" {
		t.Errorf("%s %+v", refused, got)
	}
	if refused := run(&got, "get-log-events", "--log-group-name", group, "--log-stream-name", "absent"); !strings.Contains(refused, "ResourceNotFoundException") {
		t.Errorf("%s", refused)
	}
	if refused := run(&got, "describe-log-streams", "--log-group-name", "/other"); !strings.Contains(refused, "AccessDeniedException") {
		t.Errorf("%s", refused)
	}
}
