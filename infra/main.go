// The Pulumi program of pixline: `pulumi up` runs it.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pixline/pixline/infra/build"
	"github.com/pixline/pixline/infra/pipeline"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
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
