package fault_test

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pixline/pixline/local/fault"
)

// any fault that there can be.
func draw(t *rapid.T) fault.Fault {
	stage := rapid.SampledFrom(fault.Stages()).Draw(t, "stage")
	kind := rapid.SampledFrom(stage.Effects).Draw(t, "kind").Kind
	f, err := fault.Parse(stage.Name + ":" + string(kind) + "=1")
	if err != nil {
		t.Fatal(err)
	}
	f.Rate = rapid.Float64Range(0, 1).Draw(t, "rate")
	if f.Delay > 0 {
		f.Delay = time.Duration(rapid.Int64Range(1, int64(15*time.Minute)).Draw(t, "delay"))
	}
	if f.Type != "" {
		f.Type = rapid.StringMatching(`[A-Za-z][A-Za-z0-9_.]{0,20}`).Draw(t, "type")
	}
	return f
}

func TestParseReadsWhatStringWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := draw(t)
		if got, err := fault.Parse(f.String()); err != nil || got != f {
			t.Errorf("%s became %+v, %v", f, got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("resize:slow=30%,delay=3s")
	f.Fuzz(func(t *testing.T, text string) {
		if read, err := fault.Parse(text); err == nil && (read.Rate < 0 || read.Rate > 1 || read.Delay < 0) {
			t.Errorf("%q is %+v", text, read)
		}
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fault.Fault{
		"resize:error=0.3":                  {Stage: "resize", Kind: fault.Error, Rate: 0.3, Type: "InjectedFault"},
		"validate:error=30%,type=Transient": {Stage: "validate", Kind: fault.Error, Rate: 0.3, Type: "Transient"},
		"storage:s3-slow=100%,delay=250ms":  {Stage: "storage", Kind: fault.S3Slow, Rate: 1, Delay: 250 * time.Millisecond},
		"workflow:throttle=1":               {Stage: "workflow", Kind: fault.Throttle, Rate: 1, Delay: time.Second},
		" api:throttle=0":                   {Stage: "api", Kind: fault.Throttle},
	} {
		if got, err := fault.Parse(text); err != nil || got != want {
			t.Errorf("%s is %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"":                         "a fault is STAGE:KIND=RATE",
		"resize=0.3":               "a fault is STAGE:KIND=RATE",
		"rezise:error=0.3":         `"rezise" is no stage; the stages are validate, resize, notify, api, workflow, storage, topic`,
		"notify:s3-503=0.3":        `"s3-503" is nothing that notify can have; its kinds are error, panic, timeout, slow, throttle, sns-fail`,
		"resize:error=1.01":        `the rate "1.01" is neither 0 to 1 nor 0% to 100%`,
		"resize:error=-1%":         "the rate",
		"resize:error=NaN":         "the rate",
		"resize:slow=1,delay=soon": `the delay "soon" is no duration`,
		"resize:slow=1,delay=-1s":  "the delay",
		"resize:panic=1,delay=1s":  `panic of resize has no option "delay"`,
		"resize:error=1,type=a b":  "the type",
		"resize:error=1,":          `has no option ""`,
	} {
		if _, err := fault.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := fault.ParseAll([]string{"resize:error=0.1", "x:y=1", "resize:error=0.2"}); err == nil || !strings.Contains(err.Error(), "no stage") || !strings.Contains(err.Error(), "resize:error is there already") {
		t.Error(err)
	}
}

func TestShould(t *testing.T) {
	t.Parallel()
	faults, err := fault.ParseAll([]string{"resize:error=30%", "resize:panic=0", "resize:slow=1", "validate:error=1"})
	if err != nil {
		t.Fatal(err)
	}
	choices := func() (chosen []bool) {
		s := fault.NewSet(faults, rand.NewPCG(1, 2))
		for range 10_000 {
			_, happens := s.Should("resize", fault.Error)
			chosen = append(chosen, happens)
		}
		return chosen
	}
	first := choices()
	if !slices.Equal(first, choices()) {
		t.Error("the same seed chose otherwise")
	}
	errors := 0
	for _, happens := range first {
		if happens {
			errors++
		}
	}
	if errors < 2800 || errors > 3200 { // 4.4 standard deviations
		t.Errorf("%d of 10000 at 30%%", errors)
	}
	s := fault.NewSet(faults, nil)
	for range 1000 {
		if _, happens := s.Should("resize", fault.Panic); happens {
			t.Fatal("a rate of 0 happens")
		}
		if f, happens := s.Should("resize", fault.Slow); !happens || f.Delay != time.Second {
			t.Fatal("a rate of 1 does not always happen")
		}
	}
	if _, happens := s.Should("notify", fault.Error); happens {
		t.Error("another stage has it")
	}
	if _, happens := (*fault.Set)(nil).Should("resize", fault.Error); happens {
		t.Error("no set injects")
	}
}

func TestServeHTTP(t *testing.T) {
	t.Parallel()
	s := fault.NewSet(nil, nil)
	for _, c := range []struct {
		method, body string
		status       int
		want         string // of the answer; the faults where the status is 200
	}{
		{"GET", "", 200, ""},
		{"POST", `["resize:error=50%", "storage:s3-slow=1,delay=6s"]`, 200, "resize:error=0.5 storage:s3-slow=1,delay=6s"},
		{"GET", "", 200, "resize:error=0.5 storage:s3-slow=1,delay=6s"},
		{"POST", `["resize:error=2", "nope:error=1"]`, 400, `no stage; the stages are validate`},
		{"POST", `{"fault": ["resize:error=1"]}`, 400, `unknown field`},
		{"POST", `{}`, 400, `there is no list`},
		{"POST", `["resize:error=1"] []`, 400, `there is more behind it`},
		{"POST", `resize:error=1`, 400, `no JSON list`},
		{"POST", `["` + strings.Repeat("x", 70_000) + `"]`, 400, `too large`},
		{"PUT", `[]`, 405, "PUT is not GET, POST or DELETE"},
		{"GET", "", 200, "resize:error=0.5 storage:s3-slow=1,delay=6s"}, // as before all that
		{"POST", `{"faults": ["notify:sns-fail=1"]}`, 200, "notify:sns-fail=1"},
		{"DELETE", "", 200, ""},
		{"GET", "", 200, ""},
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(c.method, fault.Path, io.NopCloser(strings.NewReader(c.body))))
		var answer struct {
			Faults []string
			Error  struct{ Code, Message string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		got := strings.Join(answer.Faults, " ")
		if w.Code != c.status || c.status == http.StatusOK && got != c.want || c.status != http.StatusOK && (answer.Error.Code == "" || !strings.Contains(answer.Error.Message, c.want)) {
			t.Errorf("%s %.60s: %d %s", c.method, c.body, w.Code, w.Body)
		}
	}
}
