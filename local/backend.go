package local

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/pixline/pixline/local/access"
)

// backend is API Gateway's way to other services, as the integration's role.
type backend struct {
	access *access.Service
	states http.Handler
}

// Do implements gateway.Backend.
func (b *backend) Do(ctx context.Context, credentialsARN, service, action string, header http.Header, body []byte) (int, http.Header, []byte, error) {
	if service != "states" {
		return 0, nil, nil, fmt.Errorf("the local runner's API reaches Step Functions alone, not %s", service)
	}
	ctx, err := b.access.ActAs(ctx, credentialsARN, access.APIGateway, "")
	if err != nil {
		return 0, nil, nil, fmt.Errorf("take on the role of the integration: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://states/", bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	request.Header = header.Clone()
	request.Header.Set("X-Amz-Target", "AWSStepFunctions."+action)
	// The service is in this process: its handler is the whole network.
	answer := httptest.NewRecorder()
	b.states.ServeHTTP(answer, request)
	return answer.Code, answer.Header(), answer.Body.Bytes(), nil
}
