package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pixline/pixline/infra/component"
	"github.com/pixline/pixline/infra/config"
	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/cloudwatch"
	"github.com/pixline/pixline/local/gateway"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/web"
)

// readHeaderTimeout ends connections that never send a request.
const readHeaderTimeout = 10 * time.Second

// serve answers on both addresses.
func (r *Runner) serve(o Options, api, aws net.Listener) error {
	description, err := restAPI(r.Graph)
	if err != nil {
		return err
	}
	accessLog, err := r.accessLog()
	if err != nil {
		return err
	}
	statesAPI := r.states.Handler(r.access.Authorize)
	front, err := gateway.New(description, unreliable{&backend{access: r.access, states: statesAPI}, r.faults.set}, gateway.Options{
		AccountID: graph.AccountID, Region: r.Graph.Region, AccessLog: accessLog,
		AuthorizeRequest: r.authorizeCaller, AuthorizeAnonymous: r.authorizeAnyone(), Throttle: r.faults.throttle,
		Observe: r.meter.API(description.Name, description.ID, description.StageName, detailedMetrics(r.Graph)),
	})
	if err != nil {
		return fmt.Errorf("the API of the program cannot be served: %w", err)
	}
	shown := web.Options{
		Stack: r.Graph.Stack, Outputs: publicOutputs(r.Graph), StateMachineARN: r.Graph.Output(infra.OutputStateMachineARN),
		AWSURL: r.AWSURL, Region: r.Graph.Region, Objects: r.objects.Client(r.s3Transport), States: r.states, API: front,
		Anonymous: r.Graph.Output(component.OutputAPIAuth) == config.AuthNone,
		Logs:      r.logs, LogGroups: logGroups(r.Graph), Docs: os.DirFS(filepath.Join(o.Root, "docs")),
	}
	r.observed(&shown)
	pages, err := web.New(shown)
	if err != nil {
		return err
	}
	filters, err := r.filters()
	if err != nil {
		return err
	}
	var endpoint http.Handler = &endpoint{
		access: r.access,
		s3:     r.meter.Requests(filters, newS3Front(r.access, r.encryption, r.faults, r.s3Transport)),
		topics: r.topics,
		services: map[string]http.Handler{
			"states": statesAPI,
			"lambda": r.lambda.Handler(r.access.Authorize),
			"logs":   r.logs.Handler(r.access.Authorize),
			"sns":    r.topics,
			"sqs":    r.queues,
			"sts":    http.HandlerFunc(r.access.ServeSTS),
			// CloudWatch's signing name.
			"monitoring": cloudwatch.New(cloudwatch.Options{
				Dashboards: dashboards(r.Graph), Metrics: r.metrics, Alarms: r.alarms, Clock: r.clock, Authorize: r.access.Authorize,
				Draw: r.drawImage,
			}),
		},
	}
	if o.WrapAWS != nil {
		endpoint = o.WrapAWS(endpoint)
	}
	r.apiServer = listen(api, guarded(api, &guard{next: r.faults.mount(pages), links: true, refuse: func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, awsapi.As(err).Message, http.StatusForbidden)
	}}))
	r.awsServer = listen(aws, guarded(aws, &guard{next: endpoint, refuse: func(w http.ResponseWriter, r *http.Request, err error) {
		writeError(w, signingName(r), err)
	}}))
	return nil
}

// publicOutputs are the stack's outputs without its secret.
func publicOutputs(g *graph.Graph) map[string]any {
	outputs := maps.Clone(g.Outputs)
	delete(outputs, component.OutputAPIKey)
	return outputs
}

// server is an HTTP server at work.
type server struct {
	*http.Server
	ended chan error
}

func listen(on net.Listener, handler http.Handler) *server {
	s := &server{Server: &http.Server{Handler: handler, ReadHeaderTimeout: readHeaderTimeout}, ended: make(chan error, 1)}
	go func() { s.ended <- s.Serve(on) }()
	return s
}

// stop lets requests end, and cuts off those that outlast ctx. A server that
// never started needs no stop.
func (s *server) stop(ctx context.Context) error {
	if s == nil {
		return nil
	}
	err := s.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("wait for the last requests: %w", err), s.Close())
	}
	if ended := <-s.ended; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}

// accessLog writes the API's access log to the group that the stage names, as
// the account's role for it: at once, one stream for each run.
func (r *Runner) accessLog() (func(string), error) {
	group := ""
	for _, s := range r.Graph.Of("aws:apigateway/stage:Stage") {
		settings, _ := s.Inputs["accessLogSettings"].(map[string]any)
		arn, _ := settings["destinationArn"].(string)
		group = groupName(arn)
	}
	if group == "" {
		return func(string) {}, nil
	}
	// Where another stack sets the account's role, nobody is asked.
	role := accountRole(r.Graph)
	stream := "run-" + strconv.Itoa(os.Getpid())
	ctx := context.Background()
	if err := r.logs.CreateStream(ctx, role, group, stream); err != nil {
		return nil, fmt.Errorf("start the API's access log: %w", err)
	}
	return func(line string) {
		if err := r.logs.Write(ctx, role, group, stream, []logs.Event{{Time: time.Now(), Message: line}}); err != nil {
			r.log.Error("the access log cannot be written", "error", err)
		}
	}, nil
}
