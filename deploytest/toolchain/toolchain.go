// Package toolchain finds what a deployment needs on this machine. It installs
// nothing.
package toolchain

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"golang.org/x/mod/modfile"
)

// EnvTools names the folder of the installers, which holds aws-emulator and
// pulumi. Without it they are looked for beside the repository.
const EnvTools = "PIXLINE_TOOLS"

const (
	besideRepository = "../shared/tools"
	installedCLI     = "bin/pulumi" // where .ci/run installs it; the binaries are in its bin
	providerModule   = "github.com/pulumi/pulumi-aws/sdk/v6"
)

// Tools are what a deployment needs.
type Tools struct {
	CLI      auto.PulumiCommand
	Emulator string // a command that serves an emulator of AWS at the port that is its argument
}

// Find looks for the tools. The error tells all that is missing.
func Find(root string) (Tools, error) {
	root, err := filepath.Abs(root) // the CLI is started in other folders
	if err != nil {
		return Tools{}, err
	}
	cli, cliErr := findCLI(root)
	emulator, emulatorErr := findEmulator(root)
	return Tools{CLI: cli, Emulator: emulator}, errors.Join(cliErr, findPlugin(root), emulatorErr)
}

// findCLI prefers what .ci/run has installed to what is on the PATH.
func findCLI(root string) (auto.PulumiCommand, error) {
	options := &auto.PulumiCommandOptions{}
	if _, err := os.Stat(filepath.Join(root, installedCLI, "bin", "pulumi")); err == nil {
		options.Root = filepath.Join(root, installedCLI)
		if _, err := os.Stat(filepath.Join(options.Root, "bin", "pulumi-language-go")); err != nil {
			return nil, fmt.Errorf("the Pulumi CLI has no language host for Go: %w", err)
		}
	} else if _, err := exec.LookPath("pulumi-language-go"); err != nil {
		return nil, fmt.Errorf("the Pulumi CLI with its language host for Go: %w", err)
	}
	cli, err := auto.NewPulumiCommand(options)
	if err != nil {
		return nil, fmt.Errorf("the Pulumi CLI: %w", err)
	}
	return cli, nil
}

// findPlugin looks for the provider at the version of the SDK that infra has:
// that is the one which the CLI starts.
func findPlugin(root string) error {
	path := filepath.Join(root, "infra", "go.mod")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	module, err := modfile.Parse(path, text, nil)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(module.Require, func(r *modfile.Require) bool { return r.Mod.Path == providerModule })
	if i < 0 {
		return fmt.Errorf("%s does not require %s", path, providerModule)
	}
	plugins, err := workspace.GetPluginDir()
	if err != nil {
		return fmt.Errorf("the folder of Pulumi's plugins: %w", err)
	}
	if _, err := os.Stat(filepath.Join(plugins, "resource-aws-"+module.Require[i].Mod.Version)); err != nil {
		return fmt.Errorf("the provider plugin: %w", err)
	}
	return nil
}

func findEmulator(root string) (string, error) {
	tools := os.Getenv(EnvTools)
	if tools == "" {
		tools = filepath.Join(root, besideRepository)
	}
	start := filepath.Join(tools, "aws-emulator", "start.sh")
	if _, err := os.Stat(start); err != nil {
		return "", fmt.Errorf("the emulator of AWS (%s names the folder of the installers): %w", EnvTools, err)
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(home, ".cache", "aws-emulator")); err != nil {
		return "", fmt.Errorf("the emulator of AWS (%s installs it): %w", filepath.Join(tools, "aws-emulator", "install.sh"), err)
	}
	return start, nil
}
