package emulator

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// TestTrap: what is sent to the trap goes no further, and is told.
func TestTrap(t *testing.T) {
	t.Parallel()
	trap := NewTrap()
	defer trap.Close()
	proxy, err := url.Parse(trap.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}}
	for _, address := range []string{"http://sts.example.com/", "https://s3.example.com/"} {
		response, err := client.Get(address)
		if err != nil {
			continue // no tunnel
		}
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("%s answers %s", address, response.Status)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	if got, want := trap.Asked(), []string{"GET sts.example.com", "CONNECT s3.example.com:443"}; !slices.Equal(got, want) {
		t.Errorf("asked for %v, want %v", got, want)
	}
}
