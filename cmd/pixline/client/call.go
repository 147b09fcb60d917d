package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"
)

// APIError is an error document of the API.
type APIError struct {
	Status  int
	Code    string
	Message string
}

func (e *APIError) Error() string {
	return fmt.Sprintf("the API answered %d %s: %s", e.Status, e.Code, e.Message)
}

// An API that throttles is asked again after firstPause, and then after twice as
// long each time, up to lastPause: some 6 s in all.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 3200 * time.Millisecond
)

// call sends a request with the body that it was made with. One that is
// throttled has done nothing: it is sent again.
func (c *Client) call(req *http.Request, body []byte, want int, into any) error {
	held := &c.reads
	if req.Method == http.MethodPost {
		held = &c.starts
	}
	for pause := firstPause; ; pause *= 2 {
		if err := held.wait(req.Context()); err != nil {
			return err
		}
		err := c.send(req, body, want, into)
		api, answered := errors.AsType[*APIError](err)
		refused := answered && api.Status == http.StatusTooManyRequests
		held.learn(refused)
		if !refused || pause > lastPause {
			return err
		}
		select {
		case <-req.Context().Done():
			return req.Context().Err()
		case <-time.After(pause/2 + rand.N(pause)): // apart from others that were throttled with it
		}
	}
}

func (c *Client) send(req *http.Request, sent []byte, want int, into any) error {
	attempt := req.Clone(req.Context())
	if req.GetBody != nil {
		var err error
		if attempt.Body, err = req.GetBody(); err != nil {
			return err
		}
	}
	if err := c.sign(attempt, sent); err != nil {
		return fmt.Errorf("sign the request to the API: %w", err)
	}
	resp, err := c.http.Do(attempt)
	if err != nil {
		return fmt.Errorf("call the API: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 10<<20))
	if err != nil {
		return fmt.Errorf("read the API's answer: %w", err)
	}
	if resp.StatusCode != want {
		var document struct {
			Error struct{ Code, Message string } `json:"error"`
		}
		if err := json.Unmarshal(body, &document); err != nil || document.Error.Code == "" {
			document.Error.Code, document.Error.Message = "unreadable", string(body)
		}
		return &APIError{Status: resp.StatusCode, Code: document.Error.Code, Message: document.Error.Message}
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read the API's answer %q: %w", body, err)
	}
	return nil
}
