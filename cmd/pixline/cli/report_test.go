package cli

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/contract"
)

// TestInterrupted: who interrupts a command learns the id of the execution that
// goes on without it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write([]byte(`{"executionId": "goes-on", "statusUrl": "/executions/goes-on"}`)) // or the client says so
			return
		}
		cancel()
		<-r.Context().Done()
	}))
	defer api.Close()
	cl, err := client.New(ctx, client.Stack{
		ProcessURL: api.URL + contract.PathProcess, AWSEndpoint: api.URL,
		StateMachineARN: "arn:aws:states:eu-west-1:000000000000:stateMachine:m",
	})
	if err != nil {
		t.Fatal(err)
	}
	r := submit(ctx, cl, "cat.jpg", contract.Request{Bucket: "b", Key: "cat.jpg"}, true)
	if r.ExecutionID != "goes-on" || r.Problem != "interrupted" || r.result() != "not followed" || r.succeeded() {
		t.Errorf("the report is %+v", r)
	}
}
