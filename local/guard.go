package local

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/pixline/pixline/local/awsapi"
)

// guard keeps the web pages of other sites away from an address on loopback.
// The browser on this machine reaches it, and the administrator's key is known
// to all: without a guard, any page could send requests here, and one whose
// host name is made to point to 127.0.0.1 (DNS rebinding) could read pictures.
type guard struct {
	next http.Handler
	// links tells that other sites may link to this address: it changes nothing
	// for a GET.
	links  bool
	refuse func(http.ResponseWriter, *http.Request, error)
}

// ServeHTTP passes on what does not come from another site.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !localHost(r.Host):
		g.refuse(w, r, awsapi.Errorf(http.StatusForbidden, "AccessDenied",
			"The local runner does not answer to the host %s, which could be any site's name for this machine; call it by 127.0.0.1 or localhost", r.Host))
	case g.foreign(r):
		g.refuse(w, r, awsapi.Errorf(http.StatusForbidden, "AccessDenied", "The local runner does not answer to the web pages of other sites"))
	default:
		g.next.ServeHTTP(w, r)
	}
}

// foreign tells whether a page of another site sends the request. Browsers say
// so in Sec-Fetch-Site, older ones by the Origin; other clients send neither.
func (g *guard) foreign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "cross-site":
		return !g.links || r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Mode") != "navigate"
	case "":
		origin := r.Header.Get("Origin")
		if origin == "" {
			return false
		}
		from, err := url.Parse(origin)
		return err != nil || !localHost(from.Host)
	}
	return false
}

// localHost tells whether public DNS cannot have the name: addresses, names of
// one label, and what is reserved for machines and private networks (RFC 6761,
// and ICANN's .internal, under which containers see their host).
func localHost(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host != "" && (!strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".internal"))
}

// guarded puts a guard before what is served on loopback. Who listens elsewhere
// has other machines call, by whatever name.
func guarded(on net.Listener, g *guard) http.Handler {
	if address, ok := on.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() {
		return g.next
	}
	return g
}
