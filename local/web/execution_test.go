package web

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/store"
	"github.com/pixline/pixline/pkg/contract"
)

// answering performs the tasks of functions that have an answer; others fail.
type answering map[string]contract.Result

func (a answering) Call(_ context.Context, _, _ string, arguments json.RawMessage) (json.RawMessage, error) {
	var call struct{ FunctionName string }
	if err := json.Unmarshal(arguments, &call); err != nil {
		return nil, err
	}
	answer, ok := a[call.FunctionName[strings.LastIndexByte(call.FunctionName, ':')+1:]]
	if !ok {
		return nil, &states.TaskError{Name: "Broken", Cause: "it broke"}
	}
	return json.Marshal(map[string]any{"Payload": answer})
}

// TestPicturesOfFailed shows what the stages have made before one failed, which the
// outcome of an execution that failed does not say.
func TestPicturesOfFailed(t *testing.T) {
	t.Parallel()
	const (
		nothing = "No renditions were made."
		unsafe  = "The source was rejected, and is not shown"
	)
	source := contract.Source{Bucket: "in", Key: "a.jpg", VersionID: "v1", Format: "jpeg", Width: 1600, Height: 1200, Bytes: 250_000}
	checked := contract.Result{Accepted: true, Source: source}
	rejected := contract.Result{Source: source, Reason: &contract.Reason{Code: "too_many_pixels"}}
	resized := checked
	resized.Renditions = []contract.Rendition{{Name: "large", Bucket: "out", Key: "large/a.jpg", Width: 640, Height: 480, Bytes: 20_000}}
	for name, c := range map[string]struct {
		stages answering
		keys   []string // of the pictures
		says   string
	}{
		"validate fails":                 {answering{}, nil, nothing},
		"resize fails":                   {answering{"validate": checked}, []string{"a.jpg"}, ""},
		"notify fails":                   {answering{"validate": checked, "resize": resized}, []string{"a.jpg", "large/a.jpg"}, ""},
		"notify fails after a rejection": {answering{"validate": rejected}, nil, unsafe},
		"notify fails after a late one":  {answering{"validate": checked, "resize": rejected}, nil, unsafe},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := open(t, filepath.Join(t.TempDir(), "executions"), definition(t), c.stages)
			server := serve(t, nil, func(o *Options) { o.States = engine })
			x, err := engine.StartExecution(t.Context(), machineARN, "x", json.RawMessage(`{"bucket":"in","key":"a.jpg"}`))
			for err == nil && x.Status == store.Running {
				time.Sleep(5 * time.Millisecond)
				x, err = engine.DescribeExecution(t.Context(), contract.ExecutionARN(machineARN, "x"))
			}
			if err != nil || x.Status != store.Failed {
				t.Fatalf("the execution is %+v: %v", x, err)
			}
			_, body := get(t, server, "/ui/executions/x", http.StatusOK)
			var keys []string
			for _, address := range between(body, `<img src="`, `"`) {
				u, err := url.Parse(html.UnescapeString(address))
				if err != nil {
					t.Fatal(err)
				}
				keys = append(keys, u.Query().Get("key"))
			}
			if !slices.Equal(keys, c.keys) {
				t.Errorf("pictures %q, want %q", keys, c.keys)
			}
			for _, text := range []string{nothing, unsafe} {
				if strings.Contains(body, text) != (text == c.says) {
					t.Errorf("the page says %q: %t", text, text != c.says)
				}
			}
		})
	}
}

// TestAnswer leads to the API's answer where a browser is given it.
func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, anonymous := range []bool{true, false} {
		server := serve(t, []past{{id: "x", key: "a.jpg", status: contract.StatusSucceeded}}, func(o *Options) { o.Anonymous = anonymous })
		if _, body := get(t, server, "/ui/executions/x", http.StatusOK); strings.Contains(body, `href="/executions/x"`) != anonymous || strings.Contains(body, "Raw") != anonymous {
			t.Errorf("an API that answers anyone (%t): %s", anonymous, body)
		}
	}
}
