package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pixline/pixline/cmd/pixline/client"
)

// stackFlags choose the pipeline that a command talks to.
type stackFlags struct {
	Stack   string `default:"dev" help:"The stack of a local runner that is up."`
	Outputs string `help:"For a stack on AWS: what pulumi stack output --json printed; - for stdin." type:"path"`
}

// outputsFile is where a local runner says what it serves.
const outputsFile = "outputs.json"

// client connects to the chosen pipeline.
func (f stackFlags) client(e *env) (*client.Client, error) {
	text, err := f.read(e)
	if err != nil {
		return nil, err
	}
	var stack client.Stack
	if err := json.Unmarshal(text, &stack); err != nil {
		return nil, fmt.Errorf("read the stack's outputs: %w", err)
	}
	if stack.ProcessURL == "" || stack.InputBucket == "" {
		return nil, withHint(errors.New("the stack's outputs have no processUrl or no inputBucket"), "pulumi stack output --json > outputs.json")
	}
	return client.New(e.ctx, stack)
}

func (f stackFlags) read(e *env) ([]byte, error) {
	if f.Outputs == "-" {
		return io.ReadAll(e.stdin)
	}
	if f.Outputs != "" {
		return os.ReadFile(f.Outputs)
	}
	root, err := findRoot()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dataDir(root, f.Stack), outputsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, withHint(fmt.Errorf("no local runner is up for stack %s", f.Stack),
			"start one with: pixline local --stack %s\n        or name a stack on AWS with --outputs FILE", f.Stack)
	}
	return text, err
}

// findRoot finds the folder of Pulumi.yaml, here or above.
func findRoot() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", withHint(fmt.Errorf("there is no Pulumi.yaml in %s nor above", here), "run pixline in a clone of its repository")
		}
	}
}

// dataDir is where a stack's local runner keeps its objects and executions.
func dataDir(root, stack string) string { return filepath.Join(root, ".pixline", stack) }

// writeOutputs tells other commands where the runner is.
func writeOutputs(dir string, stack client.Stack) error {
	text, err := json.MarshalIndent(stack, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, outputsFile), append(text, '\n'), 0o644)
}

// follow waits for an execution and reads its stages.
func follow(ctx context.Context, c *client.Client, id string) (report, error) {
	execution, err := c.Wait(ctx, id)
	if err != nil {
		return report{}, err
	}
	stages, err := c.Stages(ctx, id)
	return report{Execution: execution, Stages: stages}, err
}
