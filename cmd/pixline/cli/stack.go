package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pixline/pixline/cmd/pixline/client"
)

// dataFlags say where a local runner keeps its data.
type dataFlags struct {
	Stack string `default:"dev" help:"The stack: Pulumi.STACK.yaml."`
	Data  string `type:"path" help:"Where the local runner keeps objects, executions and its outputs. Default: .pixline/STACK."`
}

// dir is the data folder: as it is given, or below the folder of Pulumi.yaml.
func (f dataFlags) dir() (string, error) {
	if f.Data != "" {
		return f.Data, nil
	}
	root, err := findRoot()
	return filepath.Join(root, ".pixline", f.Stack), err
}

// stackFlags choose the pipeline that a command talks to.
type stackFlags struct {
	dataFlags
	Outputs string `type:"path" help:"For a stack on AWS: what pulumi stack output --json printed; - for stdin."`
}

// outputsFile is where a local runner says what it serves, in its data folder.
const outputsFile = "outputs.json"

// client connects to the chosen pipeline.
func (f stackFlags) client(e *env) (*client.Client, error) {
	text, err := f.read(e)
	if err != nil {
		return nil, err
	}
	var stack client.Stack
	if err := json.Unmarshal(text, &stack); err != nil {
		return nil, withHint(fmt.Errorf("read the stack's outputs: %w", err), "make them with: pulumi stack output --json > outputs.json")
	}
	if stack.ProcessURL == "" || stack.InputBucket == "" || stack.StateMachineARN == "" {
		return nil, withHint(errors.New("the stack's outputs lack processUrl, inputBucket or stateMachineArn"), "make them with: pulumi stack output --json > outputs.json")
	}
	cl, err := client.New(e.ctx, stack)
	if errors.Is(err, client.ErrNoKey) {
		err = withHint(err, "make them with: pulumi stack output --json --show-secrets, and do not keep them in a file")
	}
	return cl, err
}

func (f stackFlags) read(e *env) ([]byte, error) {
	if f.Outputs == "-" {
		return io.ReadAll(e.stdin)
	}
	if f.Outputs != "" {
		return os.ReadFile(f.Outputs)
	}
	dir, err := f.dir()
	if err != nil {
		return nil, withHint(err, "run pixline in a clone of its repository, or name a stack on AWS with --outputs FILE, or a runner with --data DIR")
	}
	text, err := os.ReadFile(filepath.Join(dir, outputsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, withHint(fmt.Errorf("no local runner is up with its data in %s", dir),
			"start one with pixline local, or name a stack on AWS with --outputs FILE")
	}
	return text, err
}

// runnerGone tells whether err is that nobody answers at the local runner's
// address: a runner that was killed leaves its outputs behind.
func runnerGone(cl *client.Client, err error) bool {
	return cl.Stack.AWSEndpoint != "" && errors.Is(err, syscall.ECONNREFUSED)
}

const goneHint = "the local runner is gone; start it again with pixline local"

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

// writeOutputs tells other commands where the runner is.
func writeOutputs(path string, stack client.Stack) error {
	text, err := json.MarshalIndent(stack, "", "  ")
	if err != nil {
		return err
	}
	// Whole or not at all: another command may be reading. For this user alone:
	// there may be an API key in it.
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
