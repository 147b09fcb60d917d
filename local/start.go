package local

import (
	"context"
	"path/filepath"
	"time"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/graph"
	"github.com/pixline/pixline/local/logs"
	"github.com/pixline/pixline/local/objects"
	"github.com/pixline/pixline/local/runtime"
	"github.com/pixline/pixline/local/states"
)

// startStores starts what keeps data: identities, logs, topics, objects.
func (r *Runner) startStores(ctx context.Context, o Options) error {
	if err := r.startMetrics(o); err != nil {
		return err
	}
	var err error
	r.access, err = access.New(access.Options{
		Account: graph.AccountID, Region: r.Graph.Region,
		Roles: roles(r.Graph), ResourcePolicies: resourcePolicies(r.Graph),
		AdminKey: AdminKey, AdminSecret: AdminSecret,
		OnDenied: func(d access.Denied) {
			r.log.Warn("access denied", "principal", d.Principal.String(), "action", d.Action, "resource", d.Resource, "reason", d.Reason)
		},
	})
	if err != nil {
		return err
	}
	if r.encryption, err = newEncryption(r.Graph, r.access); err != nil {
		return err
	}
	if err := r.encryption.checkGroups(ctx, r.Graph); err != nil {
		return err
	}
	if r.saved, err = savedQueries(r.Graph); err != nil {
		return err
	}
	r.logs, err = logs.Open(filepath.Join(o.Data, "logs"), logs.Options{
		Region: r.Graph.Region, Account: graph.AccountID, AuthorizeRole: r.authorizeLogs, OnWrite: r.meter.Logs, Definitions: r.saved,
	})
	if err != nil {
		return err
	}
	for _, g := range r.Graph.Of("aws:cloudwatch/logGroup:LogGroup") {
		var group struct {
			Name            string `json:"name"`
			RetentionInDays int    `json:"retentionInDays"`
		}
		if err := g.Decode(&group); err != nil {
			return err
		}
		if err := r.logs.CreateGroup(group.Name, group.RetentionInDays); err != nil {
			return err
		}
	}
	if err := r.startTopics(o); err != nil {
		return err
	}
	if err := r.startEvents(); err != nil {
		return err
	}
	if err := r.startAlarms(o); err != nil {
		return err
	}
	r.objects, err = objects.Start(ctx, objects.Options{
		Dir: filepath.Join(o.Data, "s3"), Region: r.Graph.Region,
		Credentials: keyring{r.access}, Buckets: buckets(r.Graph),
	})
	if err != nil {
		return err
	}
	r.s3Transport = r.objects.Transport()
	return nil
}

// authorizeLogs asks whether a role may write logs. The service that writes
// them for it is told by the role: a function's, or API Gateway's.
func (r *Runner) authorizeLogs(ctx context.Context, roleARN, action, resource string) error {
	service := access.Lambda
	switch roleARN {
	case "": // API Gateway, whose role another stack sets, or Step Functions' delivery
		return nil
	case accountRole(r.Graph):
		service = access.APIGateway
	}
	ctx, err := r.access.ActAs(ctx, roleARN, service, "")
	if err != nil {
		return err
	}
	return r.access.Authorize(ctx, action, resource)
}

// buckets are the graph's buckets.
func buckets(g *graph.Graph) []objects.Bucket {
	var found []objects.Bucket
	for _, b := range g.Of("aws:s3/bucketV2:BucketV2") {
		bucket := objects.Bucket{Name: b.String("bucket")}
		for _, v := range g.Of("aws:s3/bucketVersioningV2:BucketVersioningV2") {
			setting, _ := v.Inputs["versioningConfiguration"].(map[string]any)
			bucket.Versioned = bucket.Versioned || v.String("bucket") == bucket.Name && setting["status"] == "Enabled"
		}
		found = append(found, bucket)
	}
	return found
}

// keyring has the keys of this run's roles, for the object store.
type keyring struct{ access *access.Service }

// SecretFor implements objects.Credentials. The front has matched key and
// token before it passes a request on.
func (k keyring) SecretFor(accessKeyID, _ string) (string, bool) {
	return k.access.Secret(accessKeyID)
}

func (r *Runner) startLambda(o Options, functions []runtime.Function) error {
	var err error
	r.lambda, err = runtime.New(runtime.Options{
		Functions:          functions,
		AccountConcurrency: accountConcurrency,
		Credentials: func(roleARN string) (string, string, string, error) {
			c, err := r.access.AssumeService(roleARN, access.Lambda, "")
			return c.AccessKeyID, c.SecretAccessKey, c.SessionToken, err
		},
		Variables: func(f runtime.Function) error {
			// Lambda decrypts the variables as the function's role.
			ctx, err := r.access.ActAs(context.Background(), f.RoleARN, access.Lambda, "")
			if err != nil {
				return err
			}
			return r.encryption.use(ctx, f.ARN, decrypt)
		},
		Endpoint:        r.AWSURL,
		Region:          r.Graph.Region,
		Logs:            r.logs,
		DeadLetters:     r.sendDeadLetter,
		Logger:          r.log,
		Observer:        r.observeInvocations(o.Observe),
		Inject:          r.faults.invocation,
		AsyncDelayScale: o.AsyncDelayScale,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stopRenewal = cancel
	go r.renew(ctx, functions)
	return nil
}

// renew keeps the credentials of functions that stay warm from expiring: their
// processes were given them at the cold start.
func (r *Runner) renew(ctx context.Context, functions []runtime.Function) {
	ticker := time.NewTicker(renewEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, f := range functions {
			if _, err := r.access.AssumeService(f.RoleARN, access.Lambda, ""); err != nil {
				r.log.Error("the credentials of a function cannot be renewed", "function", f.Name, "error", err)
			}
		}
	}
}

func (r *Runner) startStates(o Options) error {
	declared, err := stateMachines(r.Graph)
	if err != nil {
		return err
	}
	log, err := newExecutionLog(r.logs, r.log, declared)
	if err != nil {
		return err
	}
	var machines []states.Machine
	byRole := map[string]string{}
	for _, m := range declared {
		machines = append(machines, m.machine())
		byRole[m.RoleARN] = m.ARN
	}
	r.states, err = states.Open(states.Options{
		Path: filepath.Join(o.Data, "executions.db"), Machines: machines, Logger: r.log,
		Observer:   observers{log, r.meter, &statusChanges{bus: r.events, log: r.log}},
		Tasks:      &tasks{access: r.access, lambda: r.lambda, topics: r.topics, machines: byRole},
		Transition: r.faults.transition,
	})
	return err
}
