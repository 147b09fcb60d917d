// The Pulumi program of pixline: `pulumi up` runs it.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/build"
	"github.com/pixline/pixline/infra/config"
	"github.com/pixline/pixline/infra/pipeline"
)

func main() {
	configuration := os.Getenv(pulumi.EnvConfig)
	pulumi.Run(func(ctx *pulumi.Context) error {
		if err := checkKeys(configuration); err != nil {
			return err
		}
		outputs, err := pipeline.Deploy(ctx, func(stage string) (pulumi.Archive, error) {
			path, err := build.Zip(ctx.Context(), ctx.RootDirectory(), stage)
			if err != nil {
				return nil, err
			}
			return pulumi.NewFileArchive(path), nil
		})
		for name, value := range outputs {
			ctx.Export(name, value)
		}
		return err
	})
}

// checkKeys looks at the configuration as Pulumi passes it: a JSON object.
func checkKeys(configuration string) error {
	var values map[string]string
	if err := json.Unmarshal([]byte(cmp.Or(configuration, "{}")), &values); err != nil {
		return fmt.Errorf("read %s: %w", pulumi.EnvConfig, err)
	}
	return config.CheckKeys(slices.Collect(maps.Keys(values)))
}
