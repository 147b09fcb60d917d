package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/contract"
)

// inFlight is how many images are processed at once.
const inFlight = 8

type processCommand struct {
	stackFlags
	Images []string `arg:"" name:"image" help:"Files to upload, or objects of the input bucket: s3://BUCKET/KEY."`
	Prefix string   `default:"uploads/" help:"Where files are uploaded to in the input bucket."`
	Wait   bool     `help:"Follow the executions to their end; the exit code is 1 unless all renditions are there."`
	JSON   bool     `help:"Print a JSON array."`
}

// Help implements kong.HelpProvider.
func (processCommand) Help() string {
	return `Examples:

  pixline process --wait cat.jpg dog.png
  pixline process s3://pixline-dev-input-898f20/photos/cat.jpg
  pulumi stack output --json | pixline process --outputs - --wait --json cat.jpg`
}

// Run processes.
func (c *processCommand) Run(e *env) error {
	for _, image := range c.Images {
		if _, err := c.request(image, ""); err != nil {
			return usageError{err}
		}
	}
	cl, err := c.client(e)
	if err != nil {
		return err
	}
	reports := make([]report, len(c.Images))
	var bar *progressbar.ProgressBar
	if isTerminal(e.stderr) && len(c.Images) > 1 {
		bar = progressbar.NewOptions(len(c.Images), progressbar.OptionSetWriter(e.stderr), progressbar.OptionSetDescription("process"), progressbar.OptionClearOnFinish())
	}
	var group errgroup.Group
	group.SetLimit(inFlight)
	for i, image := range c.Images {
		group.Go(func() error {
			// One image that fails must not hide what became of the others.
			r, err := c.one(e, cl, image)
			if err != nil {
				r.Problem = err.Error()
			}
			r.Input = image
			reports[i] = r
			if bar != nil {
				_ = bar.Add(1)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := c.print(e, reports); err != nil {
		return err
	}
	for _, r := range reports {
		if r.Problem != "" || c.Wait && !r.succeeded() {
			return errReported
		}
	}
	return nil
}

func (c *processCommand) print(e *env, reports []report) error {
	if !c.JSON {
		return printReports(e.stdout, reports)
	}
	out := json.NewEncoder(e.stdout)
	out.SetIndent("", "  ")
	return out.Encode(reports)
}

func (c *processCommand) one(e *env, cl *client.Client, image string) (report, error) {
	request, err := c.request(image, cl.Stack.InputBucket)
	if err != nil {
		return report{}, err
	}
	if !strings.HasPrefix(image, "s3://") {
		data, err := os.ReadFile(image)
		if err != nil {
			return report{}, err
		}
		if err := cl.Upload(e.ctx, request.Key, data); err != nil {
			return report{}, err
		}
	}
	accepted, err := cl.Process(e.ctx, request, "")
	if err != nil {
		return report{}, err
	}
	if !c.Wait {
		return report{Execution: client.Execution{ExecutionID: accepted.ExecutionID, Status: "RUNNING"}}, nil
	}
	return follow(e.ctx, cl, accepted.ExecutionID)
}

// request is what is posted for an image; a file goes under the prefix.
func (c *processCommand) request(image, inputBucket string) (contract.Request, error) {
	rest, ok := strings.CutPrefix(image, "s3://")
	if !ok {
		return contract.Request{Bucket: inputBucket, Key: c.Prefix + filepath.Base(image)}, nil
	}
	bucket, key, _ := strings.Cut(rest, "/")
	if bucket == "" || key == "" {
		return contract.Request{}, fmt.Errorf("%s: an object is named s3://BUCKET/KEY", image)
	}
	return contract.Request{Bucket: bucket, Key: key}, nil
}
