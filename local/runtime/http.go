package runtime

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/pixline/pixline/local/awsapi"
)

const functionsPath = "/2015-03-31/functions"

// Handler is Lambda's REST API: Invoke, GetFunction, GetFunctionConfiguration and
// ListFunctions. authorize is asked for lambda:InvokeFunction, lambda:GetFunction,
// lambda:GetFunctionConfiguration and lambda:ListFunctions; a function that does
// not exist is asked for too, so that its absence is told to the entitled only.
func (r *Runner) Handler(authorize awsapi.Authorize) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("X-Amzn-RequestId", uuid.NewString())
		// The name may be an ARN in percent encoding: split first, decode after.
		rest, ok := strings.CutPrefix(req.URL.EscapedPath(), functionsPath)
		name, operation, _ := strings.Cut(strings.Trim(rest, "/"), "/")
		name, err := url.PathUnescape(name)
		if err != nil {
			writeError(w, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValueException", "the function's name is not valid percent encoding: %v", err))
			return
		}
		if qualifier := req.URL.Query().Get("Qualifier"); qualifier != "" && name != "" {
			name += ":" + qualifier
		}
		switch route := req.Method + " " + operation; {
		case !ok:
			writeError(w, unknownOperation(req))
		case req.Method == http.MethodGet && name == "":
			r.serveList(w, req, authorize)
		case name != "" && route == "POST invocations":
			r.serveInvoke(w, req, authorize, name)
		case name != "" && route == "GET ":
			r.serveGet(w, req, authorize, name, "lambda:GetFunction")
		case name != "" && route == "GET configuration":
			r.serveGet(w, req, authorize, name, "lambda:GetFunctionConfiguration")
		default:
			writeError(w, unknownOperation(req))
		}
	})
}

func unknownOperation(req *http.Request) error {
	return awsapi.Errorf(http.StatusNotFound, "UnknownOperationException", "%s %s is not an operation of Lambda that the local runner knows", req.Method, req.URL.Path)
}

// permit finds a function that the caller may use.
func (r *Runner) permit(req *http.Request, authorize awsapi.Authorize, action, name string) (*function, error) {
	fn, missing := r.find(name)
	resource := r.arn(name)
	if fn != nil {
		resource = fn.ARN
	}
	if err := authorize(req.Context(), action, resource); err != nil {
		return nil, err
	}
	return fn, missing
}

func (r *Runner) serveInvoke(w http.ResponseWriter, req *http.Request, authorize awsapi.Authorize, name string) {
	fn, err := r.permit(req, authorize, "lambda:InvokeFunction", name)
	if err != nil {
		writeError(w, err)
		return
	}
	payload, err := io.ReadAll(io.LimitReader(req.Body, maxRequestBytes+1))
	if err != nil {
		writeError(w, awsapi.Errorf(http.StatusBadRequest, "InvalidRequestContentException", "the request could not be read: %v", err))
		return
	}
	switch kind := req.Header.Get("X-Amz-Invocation-Type"); kind {
	case "", "RequestResponse":
		r.serveRequestResponse(w, req, fn, payload)
	case "Event":
		id, err := r.InvokeAsync(req.Context(), fn.Name, payload)
		if err != nil {
			writeError(w, err)
			return
		}
		w.Header().Set("X-Amzn-RequestId", id)
		w.WriteHeader(http.StatusAccepted)
	case "DryRun":
		w.WriteHeader(http.StatusNoContent)
	default:
		writeError(w, awsapi.Errorf(http.StatusBadRequest, "InvalidParameterValueException", "%q is not an invocation type: it is RequestResponse, Event or DryRun", kind))
	}
}

func (r *Runner) serveRequestResponse(w http.ResponseWriter, req *http.Request, fn *function, payload []byte) {
	res, err := r.Invoke(req.Context(), fn.Name, payload)
	if err != nil {
		writeError(w, err)
		return
	}
	h := w.Header()
	h.Set("X-Amzn-RequestId", res.RequestID)
	h.Set("X-Amz-Executed-Version", res.ExecutedVersion)
	h.Set("Content-Type", "application/json")
	if res.FunctionError != "" {
		h.Set("X-Amz-Function-Error", res.FunctionError)
	}
	if req.Header.Get("X-Amz-Log-Type") == "Tail" {
		h.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte(res.LogTail)))
	}
	w.WriteHeader(res.StatusCode)
	// The status line is out: a client that went away is not an error of ours.
	_, _ = w.Write(res.Payload)
}

func (r *Runner) serveList(w http.ResponseWriter, req *http.Request, authorize awsapi.Authorize) {
	if err := authorize(req.Context(), "lambda:ListFunctions", "*"); err != nil {
		writeError(w, err)
		return
	}
	list := []map[string]any{}
	for _, f := range r.Functions() {
		list = append(list, configuration(&f))
	}
	awsapi.WriteJSON(w, http.StatusOK, map[string]any{"Functions": list})
}

func (r *Runner) serveGet(w http.ResponseWriter, req *http.Request, authorize awsapi.Authorize, name, action string) {
	fn, err := r.permit(req, authorize, action, name)
	if err != nil {
		writeError(w, err)
		return
	}
	var answer any = configuration(&fn.Function)
	if action == "lambda:GetFunction" {
		document := map[string]any{"Configuration": answer}
		if fn.Concurrency >= 0 {
			document["Concurrency"] = map[string]int{"ReservedConcurrentExecutions": fn.Concurrency}
		}
		answer = document
	}
	awsapi.WriteJSON(w, http.StatusOK, answer)
}

// configuration is the API's FunctionConfiguration.
func configuration(f *Function) map[string]any {
	c := map[string]any{
		"FunctionName": f.Name, "FunctionArn": f.ARN, "Role": f.RoleARN, "Handler": f.Handler,
		"Runtime": "provided.al2023", "PackageType": "Zip", "Version": latestVersion,
		"Timeout": int(f.Timeout.Seconds()), "MemorySize": f.MemoryMB,
		"State": "Active", "LastUpdateStatus": "Successful",
		"LoggingConfig": map[string]string{"LogFormat": "Text", "LogGroup": f.LogGroup},
	}
	if len(f.Env) > 0 {
		c["Environment"] = map[string]any{"Variables": f.Env}
	}
	if f.DeadLetterARN != "" {
		c["DeadLetterConfig"] = map[string]string{"TargetArn": f.DeadLetterARN}
	}
	return c
}

// writeError answers in the REST JSON protocol.
func writeError(w http.ResponseWriter, err error) {
	e := awsapi.As(err)
	document := map[string]string{"Type": "User", "Message": e.Message, "message": e.Message}
	if e.Status >= http.StatusInternalServerError {
		document["Type"] = "Service"
	}
	if limit := (*throttle)(nil); errors.As(err, &limit) {
		document["Reason"] = limit.reason
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Amzn-ErrorType", e.Code)
	w.WriteHeader(e.Status)
	_ = json.NewEncoder(w).Encode(document)
}
