package gateway

import (
	"slices"
	"strings"
)

// match finds the route of a request and its path parameters. A resource that
// lacks the method counts as absent, as on AWS.
func (g *Gateway) match(method, path string) (*route, map[string]string) {
	segments := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(segments) > 1 {
		segments = segments[1:]
	}
	var best *route
	var bestParameters map[string]string
	for _, r := range g.routes {
		if r.Method != method && (r.Method != "ANY" || !slices.Contains(methods, method)) {
			continue
		}
		if parameters, ok := r.match(segments); ok && (best == nil || r.before(best)) {
			best, bestParameters = r, parameters
		}
	}
	return best, bestParameters
}

// match takes the request's segments, still percent-encoded.
func (r *route) match(segments []string) (map[string]string, bool) {
	parameters := map[string]string{}
	for i, s := range r.segments {
		if i >= len(segments) {
			return nil, false
		}
		name, isParameter := strings.CutPrefix(s, "{")
		name = strings.TrimSuffix(name, "}")
		switch {
		case strings.HasSuffix(name, "+") && isParameter:
			rest := strings.Join(segments[i:], "/")
			parameters[strings.TrimSuffix(name, "+")] = decodeSegment(rest)
			return parameters, rest != ""
		case isParameter && segments[i] != "":
			parameters[name] = decodeSegment(segments[i])
		case isParameter || decodeSegment(segments[i]) != s:
			return nil, false
		}
	}
	return parameters, len(segments) == len(r.segments)
}

// before says that r is the better match: a literal segment wins over a
// parameter, a parameter over {name+}, and the method over ANY.
func (r *route) before(other *route) bool {
	for i := range min(len(r.segments), len(other.segments)) {
		if a, b := rank(r.segments[i]), rank(other.segments[i]); a != b {
			return a < b
		}
	}
	return len(r.segments) > len(other.segments) || r.Method != "ANY" && other.Method == "ANY"
}

func rank(segment string) int {
	switch {
	case strings.HasSuffix(segment, "+}"):
		return 2
	case strings.HasPrefix(segment, "{"):
		return 1
	}
	return 0
}
