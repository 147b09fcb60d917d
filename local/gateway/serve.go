package gateway

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// maxBody is the payload limit of API Gateway, in bytes.
const maxBody = 10 << 20

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := g.exchange(r)
	if f := x.process(); f != nil {
		x.refuse(f)
	}
	x.write(w)
	if g.options.AccessLog != nil && g.api.AccessLogFormat != "" {
		g.options.AccessLog(substitute(g.api.AccessLogFormat, x.variable, "-"))
	}
	if g.options.Observe != nil {
		g.options.Observe(x.observation())
	}
}

func (x *exchange) process() *fault {
	if x.route == nil {
		return &fault{kind: missingToken, cause: fmt.Errorf("there is no %s %s", x.r.Method, x.r.URL.Path)}
	}
	body, err := io.ReadAll(io.LimitReader(x.r.Body, maxBody+1))
	if err != nil {
		return &fault{kind: badRequestBody, cause: fmt.Errorf("read the body: %w", err)}
	}
	if len(body) > maxBody {
		return &fault{kind: requestTooLarge}
	}
	x.body = body
	if f := x.admit(); f != nil {
		return f
	}
	if f := x.validate(); f != nil {
		return f
	}
	return x.integrate()
}

// write sends the reply with the headers that AWS adds.
func (x *exchange) write(w http.ResponseWriter) {
	header := w.Header()
	for name, values := range x.reply.header {
		header[name] = values
	}
	// Not Set, which would change the spelling that AWS uses on the wire.
	header["x-amzn-RequestId"] = []string{x.id}
	header["x-amz-apigw-id"] = []string{extendedID(x.id)}
	if x.fault != nil {
		header["x-amzn-ErrorType"] = []string{responseTypes[x.fault.kind].errorType}
	}
	bodiless := x.reply.status == http.StatusNoContent || x.reply.status == http.StatusNotModified
	if !bodiless {
		header.Set("Content-Length", strconv.Itoa(len(x.reply.body)))
	}
	w.WriteHeader(x.reply.status)
	if !bodiless && x.r.Method != http.MethodHead {
		// The status line is out: a client that went away is not an error of ours.
		_, _ = w.Write(x.reply.body)
	}
}
