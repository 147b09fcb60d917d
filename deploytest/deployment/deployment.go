// Package deployment drives the Pulumi CLI over a clone of the repository, as
// someone at a terminal would: its Pulumi.yaml, its stack files, its program.
package deployment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optdestroy"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Options say what to deploy, and where.
type Options struct {
	Source   string // the repository
	Dir      string // an empty folder for the clone
	State    string // a folder: the backend
	Stack    string
	CLI      auto.PulumiCommand
	Endpoint string // of the emulator
	// EndpointsInConfig names the endpoint by aws:endpoints in the stack's file, and
	// not by AWS_ENDPOINT_URL.
	EndpointsInConfig bool
	Proxy             string // for every address but 127.0.0.1
	// Configuration is added to the stack's file.
	Configuration map[string]any
}

// Deployment is one stack.
type Deployment struct {
	Root  string // the clone
	stack auto.Stack
}

// New clones the repository, configures the stack for the emulator and creates
// it, empty, in the backend.
func New(ctx context.Context, opts Options) (*Deployment, error) {
	root := filepath.Join(opts.Dir, "pixline")
	if err := checkOut(opts.Source, root); err != nil {
		return nil, fmt.Errorf("clone the repository: %w", err)
	}
	keys := forEmulator(opts.Endpoint, opts.EndpointsInConfig)
	maps.Copy(keys, opts.Configuration)
	if err := configure(root, opts.Stack, keys); err != nil {
		return nil, err
	}
	if err := warm(ctx, root); err != nil {
		return nil, err
	}
	stack, err := auto.UpsertStackLocalSource(ctx, opts.Stack, root, auto.Pulumi(opts.CLI), auto.EnvVars(opts.environment()))
	if err != nil {
		return nil, fmt.Errorf("create stack %s: %w", opts.Stack, err)
	}
	return &Deployment{Root: root, stack: stack}, nil
}

// Announced is what a preview says.
type Announced struct {
	Resources int    // that `pulumi up` would create
	Output    string // as the CLI prints it
}

// Preview tells what `pulumi up` would do.
func (d *Deployment) Preview(ctx context.Context) (Announced, error) {
	result, err := d.stack.Preview(ctx, optpreview.SuppressProgress())
	return Announced{Resources: result.ChangeSummary[apitype.OpCreate], Output: result.StdOut}, err
}

// Up deploys.
func (d *Deployment) Up(ctx context.Context) error {
	_, err := d.stack.Up(ctx, optup.SuppressProgress())
	return err
}

// PreviewAgain fails if `pulumi up` would change anything, as far as a preview
// knows.
func (d *Deployment) PreviewAgain(ctx context.Context) error {
	_, err := d.stack.Preview(ctx, optpreview.SuppressProgress(), optpreview.ExpectNoChanges(), optpreview.Diff())
	return err
}

// UpAgain deploys, and fails if that would change anything.
func (d *Deployment) UpAgain(ctx context.Context) error {
	_, err := d.stack.Up(ctx, optup.SuppressProgress(), optup.ExpectNoChanges(), optup.Diff())
	return err
}

// Refresh compares the state with what stands there, and fails if they differ.
func (d *Deployment) Refresh(ctx context.Context) error {
	_, err := d.stack.Refresh(ctx, optrefresh.SuppressProgress(), optrefresh.ExpectNoChanges(), optrefresh.Diff())
	return err
}

// Unprotect lifts the protection of every resource, which the Automation API
// has no call for.
func (d *Deployment) Unprotect(ctx context.Context) error {
	w := d.stack.Workspace()
	var variables []string
	for name, value := range w.GetEnvVars() {
		variables = append(variables, name+"="+value)
	}
	_, message, _, err := w.PulumiCommand().Run(ctx, w.WorkDir(), nil, nil, nil, variables,
		"state", "unprotect", "--all", "--yes", "--stack", d.stack.Name())
	if err != nil {
		return fmt.Errorf("pulumi state unprotect: %w\n%s", err, message)
	}
	return nil
}

// PreviewDestroy fails where something is protected, as `pulumi destroy` does at
// a terminal. Without a preview Pulumi deletes all that is not protected first.
func (d *Deployment) PreviewDestroy(ctx context.Context) error {
	_, err := d.stack.PreviewDestroy(ctx, optdestroy.SuppressProgress())
	return err
}

// Destroy deletes every resource, without a preview.
func (d *Deployment) Destroy(ctx context.Context) error {
	_, err := d.stack.Destroy(ctx, optdestroy.SuppressProgress())
	return err
}

// State is what Pulumi knows of the stack's resources, with secrets in clear
// text.
func (d *Deployment) State(ctx context.Context) ([]apitype.ResourceV3, error) {
	exported, err := d.stack.Export(ctx)
	if err != nil {
		return nil, err
	}
	var state apitype.DeploymentV3
	if err := json.Unmarshal(exported.Deployment, &state); err != nil {
		return nil, fmt.Errorf("read the state: %w", err)
	}
	if len(state.PendingOperations) > 0 {
		return nil, errors.New("the state has operations that never ended")
	}
	return state.Resources, nil
}
