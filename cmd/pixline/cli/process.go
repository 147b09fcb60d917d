package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/contract"
)

// inFlight is how many images are processed at once.
const inFlight = 8

type processCommand struct {
	stackFlags
	Images     []string `arg:"" name:"image" help:"Files to upload, or objects of the input bucket: s3://BUCKET/KEY."`
	Prefix     string   `default:"uploads/" help:"Where files are uploaded to in the input bucket."`
	Renditions []string `name:"rendition" sep:"none" placeholder:"NAME" help:"Make this one of the configured renditions; may be repeated. Default: all."`
	Wait       bool     `help:"Follow the executions to their end; the exit code is 1 unless all renditions are there."`
	JSON       bool     `help:"Print a JSON array."`
}

// Help implements kong.HelpProvider.
func (processCommand) Help() string {
	return `Examples:

  pixline process --wait cat.jpg dog.png
  pixline process s3://pixline-dev-input-898f20/photos/cat.jpg
  pixline process --rendition large --rendition square --wait cat.jpg
  pulumi stack output --json | pixline process --outputs - --wait --json cat.jpg`
}

// Run processes.
func (c *processCommand) Run(e *env) error {
	if err := c.check(); err != nil {
		return usageError{err}
	}
	cl, err := c.client(e)
	if err != nil {
		return err
	}
	reports := c.process(e, cl)
	if err := c.print(e, reports); err != nil {
		return err
	}
	if e.ctx.Err() != nil {
		return e.ctx.Err()
	}
	return c.verdict(cl, reports)
}

// verdict is an error unless all went as it should.
func (c *processCommand) verdict(cl *client.Client, reports []report) error {
	var verdict error
	for _, r := range reports {
		if runnerGone(cl, r.err) {
			return withHint(errReported, goneHint)
		}
		if r.err != nil || c.Wait && !r.succeeded() {
			verdict = errReported
		}
	}
	return verdict
}

// check refuses what names no object, and files that would become the same one.
func (c *processCommand) check() error {
	taken := map[string]string{}
	for _, image := range c.Images {
		bucket, key, isObject := splitObject(image)
		if isObject && (bucket == "" || key == "") {
			return fmt.Errorf("%s: an object is named s3://BUCKET/KEY", image)
		}
		if isObject {
			continue
		}
		name := filepath.Base(image)
		if other, ok := taken[name]; ok {
			return fmt.Errorf("%s and %s would both become %s%s; process them apart, with another --prefix for one", other, image, c.Prefix, name)
		}
		taken[name] = image
	}
	return nil
}

// process processes all images. One that fails must not hide what became of
// the others.
func (c *processCommand) process(e *env, cl *client.Client) []report {
	reports := make([]report, len(c.Images))
	step, done := progress(e.stderr, len(c.Images), "process")
	defer done()
	var group errgroup.Group
	group.SetLimit(inFlight)
	for i, image := range c.Images {
		group.Go(func() error {
			reports[i] = c.one(e.ctx, cl, image)
			step()
			return nil
		})
	}
	_ = group.Wait() // each error is in its report
	return reports
}

func (c *processCommand) one(ctx context.Context, cl *client.Client, image string) report {
	if bucket, key, isObject := splitObject(image); isObject {
		return submit(ctx, cl, image, contract.Request{Bucket: bucket, Key: key, Renditions: c.Renditions}, c.Wait)
	}
	data, err := os.ReadFile(image)
	if err != nil {
		return failed(image, err)
	}
	key := c.Prefix + filepath.Base(image)
	if err := cl.Upload(ctx, key, data); err != nil {
		return failed(image, err)
	}
	return submit(ctx, cl, image, contract.Request{Bucket: cl.Stack.InputBucket, Key: key, Renditions: c.Renditions}, c.Wait)
}

func (c *processCommand) print(e *env, reports []report) error {
	if c.JSON {
		return writeJSON(e.stdout, reports)
	}
	columns := []column{inputColumn(), resultColumn(), executionColumn()}
	if c.Wait {
		columns = append(outcomeColumns(), executionColumn())
	}
	return printReports(e, reports, columns)
}

// splitObject splits s3://BUCKET/KEY.
func splitObject(image string) (bucket, key string, isObject bool) {
	rest, isObject := strings.CutPrefix(image, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key, isObject
}
