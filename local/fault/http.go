package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Path is where the runner serves a Set.
const Path = "/_local/faults"

// maxBody is more than all faults need.
const maxBody = 64 << 10

// list is the document of the endpoint.
type list struct {
	Faults []string `json:"faults"`
}

// ServeHTTP answers GET with the faults, as {"faults": ["resize:error=0.3"]},
// replaces all by POST of such a document or of the bare list, and ends all by
// DELETE. POST and DELETE answer as GET does; what is wrong is told as
// {"error": {"code", "message"}}.
func (s *Set) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodPost:
		faults, err := read(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			refuse(w, http.StatusBadRequest, "invalid_faults", err)
			return
		}
		s.Replace(faults)
	case http.MethodDelete:
		s.Replace(nil)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST, DELETE")
		refuse(w, http.StatusMethodNotAllowed, "method_not_allowed", fmt.Errorf("%s is not GET, POST or DELETE", r.Method))
		return
	}
	answer := list{Faults: []string{}}
	for _, f := range s.List() {
		answer.Faults = append(answer.Faults, f.String())
	}
	write(w, http.StatusOK, answer)
}

// read reads a document or a bare list.
func read(body io.Reader) ([]Fault, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	var in list
	var into any = &in
	if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
		into = &in.Faults
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(into)
	if err == nil && in.Faults == nil {
		err = errors.New("there is no list")
	}
	if _, behind := decoder.Token(); err == nil && !errors.Is(behind, io.EOF) {
		err = errors.New("there is more behind it")
	}
	if err != nil {
		return nil, fmt.Errorf(`the body is no JSON list such as ["resize:error=0.3"], nor {"faults": […]}: %w`, err)
	}
	return ParseAll(in.Faults)
}

func refuse(w http.ResponseWriter, status int, code string, err error) {
	write(w, status, map[string]any{"error": map[string]string{"code": code, "message": err.Error()}})
}

func write(w http.ResponseWriter, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// The status line is out: a client that went away is not an error of ours.
	_ = json.NewEncoder(w).Encode(document)
}
