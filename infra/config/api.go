package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// How the API knows its callers.
const (
	AuthNone   = "none"   // it does not
	AuthIAM    = "iam"    // by requests signed with AWS Signature Version 4
	AuthAPIKey = "apiKey" // by the header x-api-key
)

// auths are the values of API.Auth.
var auths = []string{AuthNone, AuthIAM, AuthAPIKey}

// AnyOrigin stands for the pages of every site.
const AnyOrigin = "*"

// The quotas of an account in a region, by default: a stage cannot have more.
// Source: API Gateway Developer Guide, "Amazon API Gateway quotas".
const (
	maxThrottleRate  = 10_000
	maxThrottleBurst = 5_000
)

// maxPolicyAddresses keeps the API's policy below its quota of 8192 bytes: a
// range of addresses has up to 43 characters, two quotes and a comma.
const maxPolicyAddresses = 150

// API is what the key api holds.
type API struct {
	Auth          string   `json:"auth"`          // none, iam or apiKey
	ThrottleRate  int      `json:"throttleRate"`  // POST /process a second
	ThrottleBurst int      `json:"throttleBurst"` // and at once
	StatusRate    int      `json:"statusRate"`    // GET /executions a second
	StatusBurst   int      `json:"statusBurst"`   // and at once
	QuotaPerDay   int      `json:"quotaPerDay"`   // of the API key; 0: none
	AllowedCIDRs  []string `json:"allowedCidrs"`  // empty: all addresses
	CORSOrigins   []string `json:"corsOrigins"`   // empty: no pages of other sites
	Firewall      bool     `json:"firewall"`
	Tracing       bool     `json:"tracing"`
}

// defaultAPI is open, and slow enough not to surprise by its bill.
func defaultAPI() API {
	return API{
		Auth: AuthNone, ThrottleRate: 50, ThrottleBurst: 100, StatusRate: 50, StatusBurst: 100,
		AllowedCIDRs: []string{}, CORSOrigins: []string{}, Tracing: true,
	}
}

// check adds every problem of the key api.
func (a API) check(report func(key, format string, args ...any)) {
	problem := func(field, format string, args ...any) { report("api", field+" "+format, args...) }
	if !slices.Contains(auths, a.Auth) {
		problem("auth", "%q must be one of %s", a.Auth, strings.Join(auths, ", "))
	}
	limit := func(prefix string, rate, burst int) {
		if rate < 1 || rate > maxThrottleRate {
			problem(prefix+"Rate", "%d: an account has 1 to %d requests a second, such as 50", rate, maxThrottleRate)
		}
		if burst < 1 || burst > maxThrottleBurst {
			problem(prefix+"Burst", "%d: an account has 1 to %d requests at once, such as 100", burst, maxThrottleBurst)
		}
	}
	limit("throttle", a.ThrottleRate, a.ThrottleBurst)
	limit("status", a.StatusRate, a.StatusBurst)
	switch {
	case a.QuotaPerDay < 0:
		problem("quotaPerDay", "%d must be positive, or 0 for no quota", a.QuotaPerDay)
	case a.QuotaPerDay > 0 && a.Auth != AuthAPIKey:
		problem("quotaPerDay", "%d: only an API key has a quota; set auth to %s", a.QuotaPerDay, AuthAPIKey)
	}
	if len(a.AllowedCIDRs) > maxPolicyAddresses {
		problem("allowedCidrs", "has %d entries: the API's policy has room for %d", len(a.AllowedCIDRs), maxPolicyAddresses)
	}
	for i, cidr := range a.AllowedCIDRs {
		prefix, err := netip.ParsePrefix(cidr)
		switch {
		case err != nil:
			problem("allowedCidrs", "%q is no range of addresses, such as 203.0.113.0/24", cidr)
		case prefix != prefix.Masked():
			problem("allowedCidrs", "%q has bits beyond its prefix; %s is the range", cidr, prefix.Masked())
		case slices.Contains(a.AllowedCIDRs[:i], cidr):
			problem("allowedCidrs", "%q stands there twice", cidr)
		}
	}
	for i, origin := range a.CORSOrigins {
		switch {
		case origin == AnyOrigin && len(a.CORSOrigins) > 1:
			problem("corsOrigins", "%q is every site: it stands alone", origin)
		case origin != AnyOrigin && !isOrigin(origin):
			problem("corsOrigins", "%q is no origin, such as https://app.example.com, nor %q", origin, AnyOrigin)
		case slices.Contains(a.CORSOrigins[:i], origin):
			problem("corsOrigins", "%q stands there twice", origin)
		}
	}
}

// isOrigin tells whether a browser could send text as the header Origin: a
// scheme and a host in lower case, with a port unless it is the scheme's own.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return false
	}
	ownPort := u.Scheme == "http" && u.Port() == "80" || u.Scheme == "https" && u.Port() == "443"
	plain := !strings.ContainsFunc(u.Host, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-.:[]", r) })
	return plain && !ownPort && text == u.Scheme+"://"+u.Host
}
