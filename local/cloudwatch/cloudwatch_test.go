package cloudwatch

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func serve(t *testing.T) *httptest.Server {
	t.Helper()
	s := New([]Dashboard{{Name: "pixline-dev-overview", ARN: "arn:aws:cloudwatch::000000000000:dashboard/pixline-dev-overview", Body: `{"widgets":[{"type":"text"}]}`}},
		func(context.Context, string, string) error { return nil })
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return server
}

func answer(t *testing.T, resp *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestQueryProtocol(t *testing.T) {
	t.Parallel()
	server := serve(t)
	for _, c := range []struct {
		form   url.Values
		status int
		want   string
	}{
		{url.Values{"Action": {"ListDashboards"}}, 200, "<ListDashboardsResult><DashboardEntries><member><DashboardName>pixline-dev-overview</DashboardName>"},
		{url.Values{"Action": {"GetDashboard"}, "DashboardName": {"pixline-dev-overview"}}, 200, "<GetDashboardResult><DashboardArn>arn:aws:cloudwatch::"},
		{url.Values{"Action": {"GetDashboard"}, "DashboardName": {"nosuch"}}, 404, "<Code>ResourceNotFound</Code>"},
		{url.Values{"Action": {"PutMetricData"}}, 501, "not PutMetricData"},
		{url.Values{}, 501, "query and JSON"},
	} {
		resp, err := http.PostForm(server.URL, c.form)
		if status, text := answer(t, resp, err); status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%v: %d %s", c.form, status, text)
		}
	}
}

func TestJSONProtocol(t *testing.T) {
	t.Parallel()
	request, err := http.NewRequest(http.MethodPost, serve(t).URL, strings.NewReader(`{"DashboardName":"pixline-dev-overview"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "GraniteServiceVersion20100801.GetDashboard")
	resp, err := http.DefaultClient.Do(request)
	status, text := answer(t, resp, err)
	var got struct{ DashboardBody string }
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != 200 || !strings.Contains(got.DashboardBody, "widgets") {
		t.Errorf("%d %s", status, text)
	}
}
