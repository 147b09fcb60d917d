package gateway_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/gateway"
)

// limited is an API whose requests come at times of the test's choice.
type limited struct {
	*gateway.Gateway
	now time.Time
}

func newLimited(t *testing.T, change func(*gateway.API)) *limited {
	t.Helper()
	description := gateway.API{
		ID: "abc123", Name: "pixline", StageName: "v1",
		Routes:           []gateway.Route{mock("GET", "/open", `{"statusCode": 200}`), mock("GET", "/other", `{"statusCode": 200}`), keyed(mock("GET", "/keyed", `{"statusCode": 200}`))},
		UsagePlans:       []gateway.UsagePlan{{Keys: []string{"sesame", "simsim"}, QuotaPerDay: 4, Throttle: gateway.Throttle{Rate: 1, Burst: 2}}},
		GatewayResponses: map[string]gateway.GatewayResponse{"DEFAULT_4XX": {ResponseTemplates: map[string]string{"application/json": `{"error":$context.error.messageString,"type":"$context.error.responseType"}`}}},
	}
	change(&description)
	l := &limited{now: time.Date(2026, 11, 23, 23, 59, 0, 0, time.UTC)}
	var err error
	l.Gateway, err = gateway.New(description, nil, gateway.Options{Now: func() time.Time { return l.now }})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// get gives what becomes of a number of requests at once: 200, or a response type.
func (l *limited) get(t *testing.T, path, key string, n int) string {
	t.Helper()
	var results []string
	for range n {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("X-Api-Key", key)
		w := httptest.NewRecorder()
		l.ServeHTTP(w, r)
		var refused struct{ Type string }
		switch {
		case w.Code == http.StatusOK:
			refused.Type = "200"
		case json.Unmarshal(w.Body.Bytes(), &refused) != nil || w.Code != http.StatusTooManyRequests:
			t.Fatalf("%s answers %d %s", path, w.Code, w.Body)
		}
		results = append(results, refused.Type)
	}
	return strings.Join(results, " ")
}

// TestOwnThrottle: a method's own limit stands in place of the stage's.
func TestOwnThrottle(t *testing.T) {
	t.Parallel()
	l := newLimited(t, func(a *gateway.API) {
		a.Throttle = gateway.Throttle{Rate: 1, Burst: 1}
		a.Routes[1].Throttle = &gateway.Throttle{Rate: 2, Burst: 3}
	})
	for path, want := range map[string]string{"/open": "200 THROTTLED THROTTLED THROTTLED", "/other": "200 200 200 THROTTLED"} {
		if got := l.get(t, path, "", 4); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	l.now = l.now.Add(time.Second)
	for path, want := range map[string]string{"/open": "200 THROTTLED THROTTLED", "/other": "200 200 THROTTLED"} {
		if got := l.get(t, path, "", 3); got != want {
			t.Errorf("a second later, %s: %s, want %s", path, got, want)
		}
	}
}

// TestThrottle: each method has a bucket of its own, which time fills.
func TestThrottle(t *testing.T) {
	t.Parallel()
	l := newLimited(t, func(a *gateway.API) { a.Throttle = gateway.Throttle{Rate: 2, Burst: 3} })
	for _, step := range []struct {
		pass time.Duration
		path string
		want string
	}{
		{0, "/open", "200 200 200 THROTTLED"},
		{0, "/other", "200 200 200 THROTTLED"},
		{400 * time.Millisecond, "/open", "THROTTLED"},
		{100 * time.Millisecond, "/open", "200 THROTTLED"},
		{-time.Second, "/open", "THROTTLED"}, // a clock that is set back fills nothing
		{time.Hour, "/open", "200 200 200 THROTTLED"},
	} {
		l.now = l.now.Add(step.pass)
		if got := l.get(t, step.path, "", len(strings.Fields(step.want))); got != step.want {
			t.Errorf("%v later, %s: %s, want %s", step.pass, step.path, got, step.want)
		}
	}
}

// TestUsagePlan: each key has its own bucket, and its own quota of a day.
func TestUsagePlan(t *testing.T) {
	t.Parallel()
	l := newLimited(t, func(*gateway.API) {})
	for _, step := range []struct {
		pass time.Duration
		key  string
		want string
	}{
		{0, "sesame", "200 200 THROTTLED"},
		{0, "simsim", "200 200 THROTTLED"},
		{10 * time.Second, "sesame", "200 200 THROTTLED"},
		{10 * time.Second, "sesame", "QUOTA_EXCEEDED"},
		{0, "simsim", "200 200"},
		{40 * time.Second, "sesame", "200"}, // another day
	} {
		l.now = l.now.Add(step.pass)
		if got := l.get(t, "/keyed", step.key, len(strings.Fields(step.want))); got != step.want {
			t.Errorf("%v later, %s: %s, want %s", step.pass, step.key, got, step.want)
		}
	}
	if got := l.get(t, "/open", "", 20); strings.Contains(got, "THROTTLED") {
		t.Errorf("a method without a limit: %s", got)
	}
}

// TestInjectedThrottle: what Options.Throttle refuses is answered as any throttle is.
func TestInjectedThrottle(t *testing.T) {
	t.Parallel()
	refuse := true
	var seen gateway.Observation
	g, err := gateway.New(gateway.API{ID: "abc123", StageName: "v1", Routes: []gateway.Route{mock("GET", "/open", `{"statusCode": 200}`)}}, nil,
		gateway.Options{Throttle: func() bool { return refuse }, Observe: func(o gateway.Observation) { seen = o }})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{http.StatusTooManyRequests, http.StatusOK} {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/open", nil))
		if w.Code != want || seen.Status != want || (seen.Err != nil) != refuse {
			t.Errorf("%d %s, observed %+v", w.Code, w.Body, seen)
		}
		refuse = false
	}
}
