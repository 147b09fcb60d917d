package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/history"
	"github.com/pixline/pixline/local/states/store"
	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/workflow"
)

const machineARN = "arn:aws:states:eu-west-1:000000000000:stateMachine:process"

// definition is the pipeline's own state machine.
func definition(t testing.TB) []byte {
	t.Helper()
	f := func(name string) workflow.Function {
		return workflow.Function{ARN: "arn:aws:lambda:eu-west-1:000000000000:function:" + name, TaskTimeout: 15 * time.Second}
	}
	text, err := workflow.Render(workflow.Functions{Validate: f("validate"), Resize: f("resize"), Notify: f("notify")}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(text)
}

// past is an execution that has ended.
type past struct {
	id, key, status string // of the outcome
	code            string
}

// inOrder is how many executions are written one after the other. More are
// written side by side, in any order, and share their transactions.
const inOrder = 500

// write writes executions into a file, oldest first, without running them.
func write(t testing.TB, path string, machine []byte, all []past) {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	var made sync.WaitGroup
	failed := make(chan error, len(all))
	limit := make(chan struct{}, 512) // they share transactions
	for i, x := range all {
		r := store.Record{
			ARN: contract.ExecutionARN(machineARN, x.id), Machine: machineARN, Name: x.id,
			Status: store.Running, Start: start.Add(time.Duration(i) * time.Second),
		}
		input, output, err := x.documents(r.Start)
		if err != nil {
			t.Fatal(err)
		}
		limit <- struct{}{}
		created := make(chan struct{})
		made.Go(func() {
			defer func() { <-limit }()
			err := x.write(s, r, machine, input, output, created)
			failed <- err
		})
		if len(all) <= inOrder {
			<-created // the next one is newer
		}
	}
	made.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func (x past) documents(start time.Time) (input, output json.RawMessage, err error) {
	const bucket = "in"
	input, err = json.Marshal(contract.Request{Bucket: bucket, Key: x.key})
	if err != nil || x.status == contract.StatusFailed {
		return input, nil, err
	}
	o := contract.Outcome{
		Status: x.status, ExecutionID: x.id, StartedAt: start, FinishedAt: start.Add(time.Second),
		Source: contract.Source{Bucket: bucket, Key: x.key, ETag: "e", Format: "jpeg", Width: 1600, Height: 1200, Bytes: 250_000},
	}
	if x.status == contract.StatusRejected {
		o.Reason = &contract.Reason{Code: x.code, Message: "it is what it is"}
	} else {
		for _, name := range []string{"large", "medium", "square"} {
			o.Renditions = append(o.Renditions, contract.Rendition{Name: name, Bucket: "out", Key: contract.OutputKey("thumbnails/", name, x.key, "jpeg", "jpeg"), Format: "jpeg", Width: 320, Height: 240, Bytes: 20_000})
		}
	}
	output, err = json.Marshal(o)
	return input, output, err
}

func (x past) write(s *store.Store, r store.Record, machine []byte, input, output json.RawMessage, created chan<- struct{}) error {
	began := history.Event{ID: 1, Timestamp: history.Time{Time: r.Start}, Type: history.ExecutionStarted, ExecutionStarted: &history.StartedDetails{Input: string(input)}}
	r, _, err := s.Create(r, input, machine, began, store.Checkpoint{State: "Validate", Input: input, Event: 1}, func(store.Record) {})
	close(created)
	if err != nil {
		return err
	}
	r.Status, r.Stop = store.Succeeded, r.Start.Add(time.Second)
	end := history.Event{ID: 2, Previous: 1, Timestamp: history.Time{Time: r.Stop}, Type: history.ExecutionSucceeded, ExecutionSucceeded: &history.SucceededDetails{Output: string(output)}}
	if output == nil {
		r.Status, r.Error, r.Cause = store.Failed, x.code, "it broke"
		end.Type, end.ExecutionSucceeded, end.ExecutionFailed = history.ExecutionFailed, nil, &history.FailureDetails{Error: r.Error, Cause: r.Cause}
	}
	return s.Finish(r, output, end)
}

// open opens a file of executions.
func open(t testing.TB, path string, machine []byte, tasks states.Tasks) *states.Engine {
	t.Helper()
	engine, err := states.Open(states.Options{
		Path: path, Tasks: tasks, Machines: []states.Machine{{ARN: machineARN, RoleARN: "arn:aws:iam::000000000000:role/process", Definition: machine}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return engine
}

// objectsAt is a client of the S3 at an address.
func objectsAt(url string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &url, UsePathStyle: true, Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// serve serves the pages over executions.
func serve(t testing.TB, all []past, change func(*Options)) *httptest.Server {
	t.Helper()
	path := filepath.Join(t.TempDir(), "executions")
	machine := definition(t)
	write(t, path, machine, all)
	o := Options{
		Stack: "dev", Region: "eu-west-1", StateMachineARN: machineARN, States: open(t, path, machine, refusing{}), NamePrefix: "pixline-dev-",
		AWSURL: "http://127.0.0.1:1", Objects: objectsAt("http://127.0.0.1:1"), API: http.NotFoundHandler(),
	}
	if change != nil {
		change(&o)
	}
	handler, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// refusing performs no task.
type refusing struct{}

func (refusing) Call(context.Context, string, string, json.RawMessage) (json.RawMessage, error) {
	return nil, errors.New("there are no tasks here")
}

// get reads a page.
func get(t testing.TB, server *httptest.Server, path string, status int) (*http.Response, string) {
	t.Helper()
	resp, err := http.Get(server.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Fatalf("GET %s answers %s, want %d: %s", path, resp.Status, status, body)
	}
	return resp, string(body)
}

// between are the texts between two others, in order.
func between(body, from, to string) []string {
	var found []string
	for _, rest := range strings.Split(body, from)[1:] {
		text, _, _ := strings.Cut(rest, to)
		found = append(found, text)
	}
	return found
}

// many are executions of which every 50th was rejected and every 100th failed.
func many(n int) []past {
	all := make([]past, n)
	for i := range all {
		all[i] = past{id: fmt.Sprintf("x%05d", i), key: fmt.Sprintf("photos/2026/%05d.jpg", i), status: contract.StatusSucceeded}
		switch {
		case i%100 == 99:
			all[i].status, all[i].code = contract.StatusFailed, "States.Timeout"
		case i%50 == 49:
			all[i].status, all[i].code = contract.StatusRejected, "corrupt"
		}
	}
	return all
}
