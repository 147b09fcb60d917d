// Command cmd makes the deployment packages by hand: `make zip`.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pixline/pixline/infra/build"
	"github.com/pixline/pixline/pkg/contract"
)

func main() {
	for _, stage := range []string{contract.StageValidate, contract.StageResize, contract.StageNotify} {
		path, err := build.Zip(context.Background(), ".", stage)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(path)
	}
}
