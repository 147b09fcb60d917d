package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/pkg/contract"
)

// apiFailed begins a problem for which the API answered 5xx.
const apiFailed = "the API failed"

// useEverything needs every permission of the pipeline at least once. It
// returns what a user of the pipeline saw go wrong.
func (p *pipeline) useEverything(t *testing.T) []string {
	t.Helper()
	const key = "photos/cat.jpg"
	var problems []string
	process := func(request contract.Request, want string) {
		request.Bucket = p.output("inputBucket")
		if problem := p.outcome(t, request, want); problem != "" {
			problems = append(problems, problem)
		}
	}
	first := p.store(t, key, picture(color.White))
	process(contract.Request{Key: key}, contract.StatusSucceeded)
	// A changed image meets the renditions of the first.
	p.store(t, key, picture(color.Black))
	process(contract.Request{Key: key}, contract.StatusSucceeded)
	process(contract.Request{Key: key, VersionID: first}, contract.StatusSucceeded)
	process(contract.Request{Key: "photos/missing.jpg"}, contract.StatusRejected)
	p.store(t, "photos/notes.jpg", []byte("not an image"))
	process(contract.Request{Key: "photos/notes.jpg"}, contract.StatusRejected)
	if problem := p.resizeMissing(t, key); problem != "" {
		problems = append(problems, problem)
	}
	if len(p.encryption.keys) > 0 {
		problems = append(problems, p.lostLetters(t)...)
	}
	return append(problems, p.silentFunctions(t)...)
}

// outcome processes an image and tells what is wrong with the answer.
func (p *pipeline) outcome(t *testing.T, request contract.Request, want string) string {
	t.Helper()
	body, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	accepted := p.call(t, http.MethodPost, contract.PathProcess, string(body))
	if accepted.Status >= http.StatusInternalServerError {
		return fmt.Sprintf("%s: POST /process answers %d: %s", apiFailed, accepted.Status, accepted.Body)
	}
	ended := p.wait(t, accepted)
	switch {
	case ended.Status >= http.StatusInternalServerError:
		return fmt.Sprintf("%s: GET %s answers %d: %s", apiFailed, accepted.StatusURL, ended.Status, ended.Body)
	case ended.Status != http.StatusOK || ended.State != "SUCCEEDED" || ended.Outcome == nil || ended.Outcome.Status != want:
		return fmt.Sprintf("%s is not %s: %s %s", request.Key, want, ended.ErrorField, ended.Cause)
	}
	return ""
}

// resizeMissing asks resize for a version that was deleted after it was
// checked, as can happen between two stages.
func (p *pipeline) resizeMissing(t *testing.T, key string) string {
	t.Helper()
	bucket := p.output("inputBucket")
	version := p.store(t, key, picture(color.White))
	if _, err := p.s3.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: &version}); err != nil {
		t.Fatal(err)
	}
	event, err := json.Marshal(contract.Result{Accepted: true, Source: contract.Source{Bucket: bucket, Key: key, VersionID: version}})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := p.lambda.Invoke(context.Background(), p.functionName(t, contract.StageResize), event)
	if err != nil {
		return fmt.Sprintf("resize cannot be invoked: %v", err)
	}
	var result contract.Result
	if err := json.Unmarshal(answer.Payload, &result); err != nil {
		t.Fatalf("%s: %v", answer.Payload, err)
	}
	if answer.FunctionError != "" || result.Accepted || result.Reason == nil || result.Reason.Code != contract.CodeNotFound {
		return fmt.Sprintf("resize answers %s %s for a version that does not exist", answer.FunctionError, answer.Payload)
	}
	return ""
}

// lostLetters are the dead letters that do not arrive in an encrypted queue,
// one of each function. Without a key, the function cannot even be created that
// may not send them.
func (p *pipeline) lostLetters(t *testing.T) []string {
	t.Helper()
	var problems []string
	for _, r := range p.Graph.Of("aws:lambda/function:Function") {
		var f lambdaFunction
		if err := r.Decode(&f); err != nil {
			t.Fatal(err)
		}
		own := func(d denial) bool {
			return strings.Contains(d.principal, path.Base(f.Role)) && strings.HasPrefix(d.action, "kms:")
		}
		if slices.ContainsFunc(p.denials(), own) {
			continue // it has failed before, perhaps for good: Lambda would go on trying
		}
		if _, err := p.lambda.InvokeAsync(context.Background(), f.Name, []byte(`"no event"`)); err != nil {
			t.Fatal(err)
		}
		_, queue, _ := strings.Cut(f.DeadLetterConfig.TargetARN, ":"+graph.AccountID+":")
		deadline := time.Now().Add(20 * time.Second)
		for p.queues.Counts()[queue].Visible == 0 && !slices.ContainsFunc(p.denials(), own) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: no dead letter arrives, and nothing is denied", r.Name)
			}
			time.Sleep(2 * time.Millisecond)
		}
		for _, d := range p.denials() {
			if own(d) {
				problems = append(problems, fmt.Sprintf("the dead letter of %s is lost: %s is denied on %s", r.Name, d.action, d.resource))
			}
		}
	}
	return problems
}

// silentFunctions are the functions whose log group stayed empty, and what the
// runner's log says about it.
func (p *pipeline) silentFunctions(t *testing.T) []string {
	t.Helper()
	var problems []string
	for _, r := range p.Graph.Of("aws:lambda/function:Function") {
		var f lambdaFunction
		if err := r.Decode(&f); err != nil {
			t.Fatal(err)
		}
		events, _, err := p.logs.Filter(logs.Query{Group: f.LoggingConfig.LogGroup})
		if err != nil {
			t.Fatal(err)
		}
		if len(events) > 0 {
			continue
		}
		problem := r.Name + " logs nothing"
		for _, d := range p.denials() {
			if strings.Contains(d.resource, f.LoggingConfig.LogGroup+":") {
				problem += fmt.Sprintf(": %s is denied on %s", d.action, d.resource)
			}
		}
		problems = append(problems, problem)
	}
	return problems
}

func (p *pipeline) functionName(t *testing.T, stage string) string {
	t.Helper()
	for _, r := range p.Graph.Of("aws:lambda/function:Function") {
		if r.Name == stage {
			return r.String("name")
		}
	}
	t.Fatalf("there is no function %s", stage)
	return ""
}

// store uploads and returns the version.
func (p *pipeline) store(t *testing.T, key string, data []byte) string {
	t.Helper()
	version, err := p.tryStore(key, data)
	if err != nil {
		t.Fatalf("upload %q: %v", key, err)
	}
	return version
}

func (p *pipeline) tryStore(key string, data []byte) (version string, err error) {
	out, err := p.s3.PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: aws.String(p.output("inputBucket")), Key: &key, Body: bytes.NewReader(data),
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.VersionId), nil
}

// picture is a small JPEG of one colour.
func picture(c color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 32, 24))
	for i := range 32 * 24 {
		img.Set(i%32, i/32, c)
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err) // a buffer takes every write
	}
	return out.Bytes()
}

// shortRetries keeps the state machine's retries and takes their waiting away.
func shortRetries(o *Options) { o.Edit = func(g *graph.Graph) { shortenRetries(g) } }

// edited changes the graph by edit, with short retries.
func edited(t *testing.T, edit func(*testing.T, *graph.Graph)) func(*Options) {
	return func(o *Options) {
		o.Edit = func(g *graph.Graph) {
			shortenRetries(g)
			edit(t, g)
		}
	}
}

// maxAttempts is in every Retry of the document.
var maxAttempts = regexp.MustCompile(`"MaxAttempts":\s*\d+`)

func shortenRetries(g *graph.Graph) {
	for _, r := range g.Of("aws:sfn/stateMachine:StateMachine") {
		r.Inputs["definition"] = maxAttempts.ReplaceAllString(r.String("definition"), `"MaxAttempts":1`)
	}
}
