package cli

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"github.com/pixline/pixline/cmd/pixline/client"
	"github.com/pixline/pixline/pkg/contract"
)

type batchCommand struct {
	stackFlags
	Prefix      string   `arg:"" name:"objects" help:"Objects of the input bucket: s3://BUCKET/PREFIX; every one below it."`
	Renditions  []string `name:"rendition" sep:"none" placeholder:"NAME" help:"Make this one of the configured renditions; may be repeated. Default: all."`
	Concurrency int      `default:"8" help:"How many images are processed at once."`
	JSON        bool     `help:"Print a JSON array of all objects."`
}

// Help implements kong.HelpProvider.
func (batchCommand) Help() string {
	return `A batch that was interrupted goes on where it stopped: what is unchanged and has been processed, or
rejected, with the same renditions is not processed again (for as long as Step Functions remembers: 90 days).

Examples:

  pixline batch s3://pixline-dev-input-898f20/photos/
  pixline batch --rendition square --concurrency 32 s3://pixline-dev-input-898f20/`
}

// Run processes every object below the prefix. The exit code is 1 unless all
// renditions are there.
func (c *batchCommand) Run(e *env) error {
	bucket, prefix, isObject := splitObject(c.Prefix)
	if !isObject || bucket == "" {
		return usageError{fmt.Errorf("%s: objects are named s3://BUCKET/PREFIX", c.Prefix)}
	}
	if c.Concurrency < 1 {
		return usageError{fmt.Errorf("--concurrency %d: at least one image is processed at once", c.Concurrency)}
	}
	cl, err := c.client(e)
	if err != nil {
		return err
	}
	objects, err := list(e.ctx, cl, bucket, prefix)
	if err != nil {
		if runnerGone(cl, err) {
			err = withHint(err, goneHint)
		}
		return err
	}
	reports := c.process(e, cl, bucket, objects)
	if err := c.print(e, reports); err != nil {
		return err
	}
	if e.ctx.Err() != nil {
		return withHint(e.ctx.Err(), "the same command goes on where it stopped")
	}
	if slices.ContainsFunc(reports, func(r report) bool { return !r.succeeded() }) {
		return errReported
	}
	return nil
}

// list finds the objects below the prefix; folders that a console made have no
// bytes and end in a slash.
func list(ctx context.Context, cl *client.Client, bucket, prefix string) ([]types.Object, error) {
	var found []types.Object
	pages := s3.NewListObjectsV2Paginator(cl.S3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list s3://%s/%s: %w", bucket, prefix, err)
		}
		for _, o := range page.Contents {
			if key := *o.Key; key[len(key)-1] != '/' {
				found = append(found, o)
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("there is no object below s3://%s/%s", bucket, prefix)
	}
	return found, nil
}

// process processes all objects. One that fails must not hide what became of
// the others.
func (c *batchCommand) process(e *env, cl *client.Client, bucket string, objects []types.Object) []report {
	reports := make([]report, len(objects))
	step, done := progress(e.stderr, len(objects), "batch")
	defer done()
	var group errgroup.Group
	group.SetLimit(c.Concurrency)
	for i, o := range objects {
		group.Go(func() error {
			reports[i] = c.one(e.ctx, cl, bucket, o)
			step()
			return nil
		})
	}
	_ = group.Wait() // each error is in its report
	return reports
}

// one processes an object, unless an execution of the same name has: then it is
// that one's report. After a fault of the system the next name is tried.
func (c *batchCommand) one(ctx context.Context, cl *client.Client, bucket string, o types.Object) report {
	input := fmt.Sprintf("s3://%s/%s", bucket, *o.Key)
	request := contract.Request{Bucket: bucket, Key: *o.Key, Renditions: c.Renditions}
	for attempt := 0; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return failed(input, err)
		}
		name, err := executionName(request, o, attempt)
		if err != nil {
			return failed(input, err)
		}
		_, err = cl.Process(ctx, request, name)
		refused, ok := errors.AsType[*client.APIError](err)
		exists := ok && refused.Status == http.StatusConflict
		if err != nil && !exists {
			return failed(input, err)
		}
		ended, err := cl.Wait(ctx, name)
		if err != nil {
			return failed(input, err)
		}
		if r := (report{Input: input, Execution: ended}); !exists || r.Outcome != nil {
			return r
		}
	}
}

// executionName is the same for the same work: object, content and renditions.
func executionName(r contract.Request, o types.Object, attempt int) (string, error) {
	text, err := json.Marshal([]any{r, o.ETag, attempt})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

// print prints every object as JSON, or those without renditions and the count
// of each result.
func (c *batchCommand) print(e *env, reports []report) error {
	if c.JSON {
		return writeJSON(e.stdout, reports)
	}
	counts := map[string]int{}
	var left []report
	for _, r := range reports {
		counts[r.result()]++
		if !r.succeeded() {
			left = append(left, r)
		}
	}
	if len(left) > 0 {
		if err := printReports(e, left, []column{inputColumn(), resultColumn(), executionColumn()}); err != nil {
			return err
		}
		fmt.Fprintln(e.stdout)
	}
	table := [][]string{{"RESULT", "OBJECTS"}}
	for _, result := range slices.Sorted(maps.Keys(counts)) {
		table = append(table, []string{result, strconv.Itoa(counts[result])})
	}
	return printTable(e.stdout, table)
}
