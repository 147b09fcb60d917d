package emulator

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
)

// Trap is a proxy that connects no one: whoever has it as proxy for every
// address but 127.0.0.1 reaches nothing else, and is found out.
type Trap struct {
	server *httptest.Server

	mu    sync.Mutex
	asked []string
}

// NewTrap serves a trap on 127.0.0.1.
func NewTrap() *Trap {
	trap := &Trap{}
	trap.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trap.mu.Lock()
		trap.asked = append(trap.asked, r.Method+" "+r.Host)
		trap.mu.Unlock()
		http.Error(w, "no address beyond 127.0.0.1 is reached from here", http.StatusForbidden)
	}))
	return trap
}

// URL is the trap's address.
func (t *Trap) URL() string { return t.server.URL }

// Asked lists what was asked for, so far.
func (t *Trap) Asked() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.asked)
}

// Close ends the trap.
func (t *Trap) Close() { t.server.Close() }
