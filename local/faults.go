package local

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	infra "github.com/pixline/pixline/infra/pipeline"
	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
	"github.com/pixline/pixline/local/fault"
	"github.com/pixline/pixline/local/gateway"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/runtime"
)

// injector injects the faults of a set: it knows which stage a function, a role
// or a topic belongs to.
type injector struct {
	set       *fault.Set
	functions map[string]string // the stages of functions, by name
	roles     map[string]string // the stages of functions, by the ARN of their role
	topic     string            // the ARN of the outcome topic
	// throttled, when set, is told of every transition that is held up as throttled.
	throttled func(machineARN string)
}

func newInjector(g *graph.Graph, set *fault.Set) *injector {
	i := &injector{set: set, functions: map[string]string{}, roles: map[string]string{}, topic: g.Output(infra.OutputTopicARN)}
	for _, f := range g.Of("aws:lambda/function:Function") {
		// The program names a function for its stage.
		i.functions[f.String("name")] = f.Name
		i.roles[f.String("role")] = f.Name
	}
	return i
}

// invocation is what goes wrong with an invocation, for runtime.Options.
func (i *injector) invocation(function string) runtime.Injection {
	stage := i.functions[function]
	var injected runtime.Injection
	_, injected.Throttle = i.set.Should(stage, fault.Throttle)
	if slow, ok := i.set.Should(stage, fault.Slow); ok {
		injected.Delay = slow.Delay
	}
	i.end(stage, &injected)
	if injected != (runtime.Injection{}) {
		injected.Stage = stage
	}
	return injected
}

// end is how an invocation ends: in one way only.
func (i *injector) end(stage string, injected *runtime.Injection) {
	if _, injected.Panic = i.set.Should(stage, fault.Panic); injected.Panic {
		return
	}
	if _, injected.Hang = i.set.Should(stage, fault.Timeout); injected.Hang {
		return
	}
	if failed, ok := i.set.Should(stage, fault.Error); ok {
		injected.ErrorType = failed.Type
	}
}

// request delays or refuses a request to S3: of the function whose role calls,
// and of anyone.
func (i *injector) request(ctx context.Context, p access.Principal) error {
	for _, stage := range []string{i.roles[p.RoleARN], fault.StageStorage} {
		if slow, ok := i.set.Should(stage, fault.S3Slow); ok {
			pause(ctx, slow.Delay)
		}
		if _, busy := i.set.Should(stage, fault.S3Busy); busy {
			return awsapi.Errorf(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate. (The local runner was told to inject this fault.)")
		}
	}
	return nil
}

// publication tells whether Publish fails for who calls it, for topics.Options.
func (i *injector) publication(ctx context.Context, _ string) bool {
	caller, _ := access.FromContext(ctx)
	_, fails := i.set.Should(i.roles[caller.RoleARN], fault.SNSFail)
	return fails
}

// delivery tells whether a delivery fails, for topics.Options. The topic of the
// alarms is spared: a rehearsal is there to see what it tells.
func (i *injector) delivery(topicARN string) bool {
	if topicARN != i.topic {
		return false
	}
	_, fails := i.set.Should(fault.StageTopic, fault.SNSFail)
	return fails
}

// transition holds an execution up, for states.Options.
func (i *injector) transition(ctx context.Context, machineARN string) {
	if slow, ok := i.set.Should(fault.StageWorkflow, fault.Slow); ok {
		pause(ctx, slow.Delay)
	}
	if throttle, ok := i.set.Should(fault.StageWorkflow, fault.Throttle); ok {
		if i.throttled != nil {
			i.throttled(machineARN)
		}
		pause(ctx, throttle.Delay)
	}
	if _, hangs := i.set.Should(fault.StageWorkflow, fault.Timeout); hangs {
		<-ctx.Done()
	}
}

// throttle tells whether the API refuses a request, for gateway.Options.
func (i *injector) throttle() bool {
	_, refuses := i.set.Should(fault.StageAPI, fault.Throttle)
	return refuses
}

// unreliable is a backend of the API with the faults of its stage.
type unreliable struct {
	gateway.Backend
	faults *fault.Set
}

// Do implements gateway.Backend.
func (u unreliable) Do(ctx context.Context, credentialsARN, service, action string, header http.Header, body []byte) (int, http.Header, []byte, error) {
	if slow, ok := u.faults.Should(fault.StageAPI, fault.Slow); ok {
		pause(ctx, slow.Delay)
		if ctx.Err() != nil {
			return 0, nil, nil, ctx.Err()
		}
	}
	if _, fails := u.faults.Should(fault.StageAPI, fault.Error); fails {
		document, err := json.Marshal(map[string]string{"__type": "InternalFailure", "message": "the local runner was told to inject this fault"})
		return http.StatusInternalServerError, http.Header{"X-Amzn-Errortype": {"InternalFailure"}}, document, err
	}
	return u.Backend.Do(ctx, credentialsARN, service, action, header, body)
}

// mount serves the set beside the API and the pages.
func (i *injector) mount(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == fault.Path {
			i.set.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// pause waits, until ctx ends at the latest.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
