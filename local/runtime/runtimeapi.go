package runtime

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

// invocation is one event on its way through a process.
type invocation struct {
	id       string
	payload  []byte
	trace    string
	deadline time.Time
	injected Injection

	// responded, result and the outcome's fields are guarded by runtimeAPI.mu
	// until done is closed.
	responded bool
	result    outcome
	done      chan struct{} // closed when the runtime asks for the next event
}

// runtimeAPI is the Lambda Runtime API of one process, on a port of its own: as
// on Lambda, an environment sees its own events only, whatever client it uses.
// (A path behind the port would do for aws-lambda-go, but not for clients that
// read AWS_LAMBDA_RUNTIME_API as host and port.)
type runtimeAPI struct {
	address string
	arn     string
	server  *http.Server
	active  sync.WaitGroup
	work    chan *invocation
	ready   chan struct{} // closed at the first poll: the init phase is over
	closed  chan struct{}

	mu        sync.Mutex
	polled    bool
	current   *invocation
	initError []byte // what the runtime posted to init/error
}

func newRuntimeAPI(arn string) (*runtimeAPI, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the Runtime API: %w", err)
	}
	a := &runtimeAPI{
		address: listener.Addr().String(), arn: arn,
		work: make(chan *invocation), ready: make(chan struct{}), closed: make(chan struct{}),
	}
	a.server = &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second}
	a.active.Go(func() {
		// Only close ends it; the process notices any other end and exits.
		_ = a.server.Serve(listener)
	})
	return a, nil
}

func (a *runtimeAPI) close() {
	a.mu.Lock()
	close(a.closed)
	a.mu.Unlock()
	_ = a.server.Close() // closing a local listener has no failure to act on
	a.active.Wait()
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !a.enter() {
		return
	}
	defer a.active.Done()
	switch path, ok := strings.CutPrefix(r.URL.Path, "/2018-06-01/runtime/"); {
	case ok && path == "invocation/next" && r.Method == http.MethodGet:
		a.next(w, r)
	case ok && path == "init/error" && r.Method == http.MethodPost:
		a.postInitError(w, r)
	case ok && r.Method == http.MethodPost:
		id, action, _ := strings.Cut(strings.TrimPrefix(path, "invocation/"), "/")
		switch action {
		case "response", "error":
			a.post(w, r, id, action == "error")
		default:
			http.NotFound(w, r)
		}
	case r.URL.Path == "/2020-01-01/extension/register" && r.Method == http.MethodPost:
		// aws-lambda-go registers an internal extension to be sent SIGTERM, which
		// every process is sent here.
		w.Header().Set("Lambda-Extension-Identifier", uuid.NewString())
		awsapi.WriteJSON(w, http.StatusOK, map[string]string{"functionVersion": latestVersion})
	case r.URL.Path == "/2020-01-01/extension/event/next" && r.Method == http.MethodGet:
		// It registered for no event, so none ever comes.
		a.hang(r)
	default:
		http.NotFound(w, r)
	}
}

// enter counts a request in, unless the API is closed: none may be added while
// close waits for the last.
func (a *runtimeAPI) enter() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	select {
	case <-a.closed:
		return false
	default:
		a.active.Add(1)
		return true
	}
}

func (a *runtimeAPI) hang(r *http.Request) {
	select {
	case <-a.closed:
	case <-r.Context().Done():
	}
}

// next ends the invocation in progress and waits for another one.
func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	if a.current != nil {
		if !a.current.responded {
			a.mu.Unlock()
			refuse(w, http.StatusForbidden, "InvalidStateTransition", "the invocation in progress has no response yet")
			return
		}
		close(a.current.done)
		a.current = nil
	}
	if !a.polled {
		a.polled = true
		close(a.ready)
	}
	a.mu.Unlock()

	select {
	case inv := <-a.work:
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(inv.payload)))
		h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", a.arn)
		h.Set("Lambda-Runtime-Trace-Id", inv.trace)
		// A runtime that went away meanwhile is seen by its exit.
		_, _ = w.Write(inv.payload)
	case <-a.closed:
	case <-r.Context().Done():
	}
}

// deliver hands inv to the runtime, or answers false when it ended before. A
// runtime that lives but polls no more is left to the deadline, which ctx has.
func (a *runtimeAPI) deliver(ctx context.Context, inv *invocation, exited <-chan struct{}) bool {
	a.mu.Lock()
	a.current = inv
	a.mu.Unlock()
	if ctx.Err() != nil { // an injected delay took all of the time
		return true
	}
	select {
	case a.work <- inv:
		return true
	case <-ctx.Done():
		return true
	case <-exited:
		return false
	}
}

func (a *runtimeAPI) post(w http.ResponseWriter, r *http.Request, id string, failed bool) {
	if a.withholds() {
		a.hang(r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxResponseBytes+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest", "the body could not be read: "+err.Error())
		return
	}
	result := outcome{payload: body, failed: failed}
	tooLarge := len(body) > maxResponseBytes
	if tooLarge {
		// Read on, so that the runtime sees the answer rather than a reset connection.
		_, _ = io.Copy(io.Discard, r.Body)
		result = outcome{payload: document(errorTooLarge, fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxResponseBytes)), failed: true}
	} else if doc, ok := trailingError(r); ok {
		result = outcome{payload: doc, failed: true}
	}
	a.mu.Lock()
	current := a.current
	switch {
	case current == nil || current.id != id:
		err = errors.New("there is no invocation " + id + " in progress")
	case current.responded:
		err = errors.New("the invocation " + id + " has a response already")
	default:
		current.responded, current.result = true, result
	}
	a.mu.Unlock()
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "InvalidRequestID", err.Error())
	case tooLarge:
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", maxResponseBytes))
	default:
		awsapi.WriteJSON(w, http.StatusAccepted, map[string]string{"status": "OK"})
	}
}

// withholds tells whether the invocation in progress is not to have a response.
func (a *runtimeAPI) withholds() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.current != nil && (a.current.injected.Panic || a.current.injected.Hang)
}

// trailingError is the error of a response that failed while it was streamed.
func trailingError(r *http.Request) ([]byte, bool) {
	kind := r.Trailer.Get("Lambda-Runtime-Function-Error-Type")
	if kind == "" {
		return nil, false
	}
	doc, err := base64.StdEncoding.DecodeString(r.Trailer.Get("Lambda-Runtime-Function-Error-Body"))
	if err != nil || len(doc) == 0 {
		return document(kind, "the response ended with an error"), true
	}
	return doc, true
}

func (a *runtimeAPI) postInitError(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxResponseBytes))
	a.mu.Lock()
	polled := a.polled
	if err == nil && !polled {
		a.initError = body
	}
	a.mu.Unlock()
	if err != nil || polled {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "the init phase is over")
		return
	}
	awsapi.WriteJSON(w, http.StatusAccepted, map[string]string{"status": "OK"})
}

// postedInitError is what the runtime posted to init/error, or nil.
func (a *runtimeAPI) postedInitError() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.initError
}

// response is what the runtime posted for inv so far, if anything.
func (a *runtimeAPI) response(inv *invocation) (outcome, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return inv.result, inv.responded
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	awsapi.WriteJSON(w, status, map[string]string{"errorType": kind, "errorMessage": message})
}
