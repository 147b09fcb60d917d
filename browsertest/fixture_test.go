package browsertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/browsertest/browser"
	"github.com/pixline/pixline/local"
	"github.com/pixline/pixline/pkg/contract"
)

const (
	// envRequire makes a missing browser a failure: .ci/run sets it where it has
	// installed one.
	envRequire = "PIXLINE_REQUIRE_BROWSER"
	// envPictures names the folder in which pictures of the pages are kept.
	envPictures = "PIXLINE_SCREENSHOTS"
)

// repository is the folder of Pulumi.yaml. It is read before any runner starts: the
// object store changes the working directory of the process.
var repository = func() string {
	dir, err := filepath.Abs("..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// pictures is where pictures of the pages are kept.
func pictures() string {
	if dir := os.Getenv(envPictures); dir != "" {
		return dir
	}
	return filepath.Join(repository, "bin", "screenshots")
}

// executable finds the browser, or says that there is none.
func executable(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv(envRequire) == "1" {
		t.Fatal("there is no browser: install Debian's chromium")
	}
	t.Skip("THE PAGES ARE NOT TESTED: there is no browser (install Debian's chromium)")
	return ""
}

// pages is a whole runner and a browser that looks at it. There is one at a time
// in a process: tests that start it are not parallel.
type pages struct {
	*testing.T
	*browser.Tab
	runner *local.Runner
	s3     *s3.Client
	log    *bytes.Buffer
}

// start starts the dev stack and a browser.
func start(t *testing.T, change func(*local.Options)) *pages {
	t.Helper()
	path := executable(t)
	p := &pages{T: t, log: &bytes.Buffer{}}
	o := local.Options{
		Root: repository, Stack: "dev", Data: t.TempDir(), Addr: "127.0.0.1:0", AWSAddr: "127.0.0.1:0",
		Log: slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if change != nil {
		change(&o)
	}
	var err error
	if p.runner, err = local.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := p.runner.Close(ctx); err != nil {
			t.Errorf("stop the runner: %v", err)
		}
		if t.Failed() {
			t.Logf("the runner's log:\n%s", p.log)
		}
	})
	p.s3 = s3.New(s3.Options{
		BaseEndpoint: aws.String(p.runner.AWSURL), Region: p.runner.Graph.Region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(local.AdminKey, local.AdminSecret, ""),
	})
	// Made first, the profile is removed last: when the browser has ended.
	profile := t.TempDir()
	if p.Tab, err = browser.Start(context.Background(), path, profile, p.runner.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// must ends the test when something cannot be done.
func (p *pages) must(err error) {
	p.Helper()
	if err != nil {
		if shot := p.Screenshot(filepath.Join(pictures(), "failed.png")); shot == nil {
			p.Logf("the page as it is: %s", filepath.Join(pictures(), "failed.png"))
		}
		p.Fatalf("%v\nproblems: %s", err, strings.Join(p.Problems(), "\n"))
	}
}

// clean reports what went wrong in the browser since it was last asked, but for
// addresses that are expected to be refused.
func (p *pages) clean(where string, expected ...string) {
	p.Helper()
	for _, problem := range p.Problems() {
		if !slices.ContainsFunc(expected, func(path string) bool { return strings.Contains(problem, "("+p.runner.URL+path+")") }) {
			p.Errorf("%s: %s", where, problem)
		}
	}
}

// upload stores an image in the input bucket.
func (p *pages) upload(key string, data []byte) {
	p.Helper()
	_, err := p.s3.PutObject(p.Context(), &s3.PutObjectInput{
		Bucket: aws.String(p.runner.Graph.Output("inputBucket")), Key: &key, Body: bytes.NewReader(data),
	})
	p.must(err)
}

// process posts a request and returns the execution's ID.
func (p *pages) process(key string) string {
	p.Helper()
	body, err := json.Marshal(contract.Request{Bucket: p.runner.Graph.Output("inputBucket"), Key: key})
	p.must(err)
	resp, err := http.Post(p.runner.URL+contract.PathProcess, "application/json", bytes.NewReader(body))
	p.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	p.must(err)
	var accepted struct{ ExecutionID string }
	if err := json.Unmarshal(text, &accepted); err != nil || resp.StatusCode != http.StatusAccepted {
		p.Fatalf("POST %s answers %s: %s", contract.PathProcess, resp.Status, text)
	}
	return accepted.ExecutionID
}

// quoted is a JavaScript string.
func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(fmt.Sprintf("a string in JSON: %v", err))
	}
	return string(raw)
}
