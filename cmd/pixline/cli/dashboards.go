package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pixline/pixline/local"
	"github.com/pixline/pixline/local/cloudwatch"
	"github.com/pixline/pixline/local/cloudwatch/board"
	"github.com/pixline/pixline/local/cloudwatch/scene"
)

// dashboardsCommands are what can be done with dashboards.
type dashboardsCommands struct {
	Render renderCommand `cmd:"" help:"Draw every dashboard of a stack as SVG and PNG."`
}

type renderCommand struct {
	stackFlags
	Out   string         `required:"" placeholder:"DIR" help:"The folder that the drawings are written to, as NAME.svg and NAME.png."`
	As    []string       `enum:"svg,png" default:"svg,png" help:"svg, png or both."`
	Demo  bool           `help:"Draw a simulated day, the same every time: nothing has to run."`
	Last  *time.Duration `placeholder:"8h" help:"Draw so much time up to now. Default: what each dashboard says."`
	Theme string         `enum:"light,dark" default:"light" help:"light or dark."`
	Scale float64        `default:"1" help:"Pixels of the PNG for each of the drawing's."`
}

// Help implements kong.HelpProvider.
func (renderCommand) Help() string {
	return `The data are those of a local runner, or of a stack on AWS (--outputs), read as any client of CloudWatch does.
With --demo a pull request can show what a change does to the dashboards.

Examples:

  pixline dashboards render --demo --stack staging --as svg --out docs/dashboards
  pixline dashboards render --out /tmp/now --last 1h
  pulumi stack output --json | pixline dashboards render --outputs - --out /tmp/prod`
}

// shown is what is drawn, as of a time.
type shown struct {
	dashboards []cloudwatch.Dashboard
	sources    board.Sources
	now        time.Time
}

// Run draws.
func (c *renderCommand) Run(e *env) error {
	switch {
	case c.Scale <= 0 || c.Scale > 8:
		return usageError{fmt.Errorf("--scale %v: a PNG has up to 8 pixels for each of the drawing's", c.Scale)}
	case c.Out == "":
		return usageError{errors.New("--out is empty: it names the folder of the drawings")}
	case c.Last != nil && *c.Last < time.Minute:
		return usageError{fmt.Errorf("--last %v: a dashboard shows a minute at least, such as 1h", *c.Last)}
	case c.Demo && c.Outputs != "":
		return usageError{errors.New("--demo draws a simulated day, --outputs a stack on AWS: choose one")}
	}
	read := c.live
	if c.Demo {
		read = c.simulated
	}
	s, err := read(e)
	if err != nil {
		return err
	}
	if len(s.dashboards) == 0 {
		return withHint(errors.New("the stack has no dashboards"), "pixline:dashboards in its configuration turns them on; see docs/config.md")
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	for _, d := range s.dashboards {
		if err := c.draw(e, s, d); err != nil {
			return fmt.Errorf("dashboard %s: %w", d.Name, err)
		}
	}
	return nil
}

// simulated is a day that never was.
func (c *renderCommand) simulated(e *env) (shown, error) {
	root, err := findRoot()
	if err != nil {
		return shown{}, err
	}
	day, err := local.Simulate(e.ctx, root, c.Stack)
	if err != nil {
		return shown{}, err
	}
	return shown{day.Dashboards, day.Sources, day.End}, nil
}

// live is what CloudWatch knows now.
func (c *renderCommand) live(e *env) (shown, error) {
	cl, err := c.client(e)
	if err != nil {
		return shown{}, err
	}
	observed, err := cl.Observe(e.ctx)
	if err != nil {
		if runnerGone(cl, err) {
			err = withHint(err, goneHint)
		}
		return shown{}, err
	}
	s := shown{sources: observed.Sources(), now: cl.Stack.Now()}
	for _, name := range cl.Stack.Dashboards {
		body, err := observed.Dashboard(name)
		if err != nil {
			return shown{}, err
		}
		s.dashboards = append(s.dashboards, cloudwatch.Dashboard{Name: name, Body: body})
	}
	return s, nil
}

// draw writes both files. What one widget cannot show is told, and does not keep
// the others from being drawn.
func (c *renderCommand) draw(e *env, s shown, d cloudwatch.Dashboard) error {
	parsed, err := board.Parse(d.Body)
	if err != nil {
		return err
	}
	start, end := parsed.Range(s.now)
	if c.Last != nil {
		start, end = s.now.Add(-*c.Last), s.now
	}
	theme := scene.Light
	if c.Theme == scene.Dark.String() {
		theme = scene.Dark
	}
	drawn, undrawn := parsed.Draw(e.ctx, s.sources, start, end, theme)
	if e.ctx.Err() != nil {
		return e.ctx.Err()
	}
	if undrawn != nil {
		fmt.Fprintf(e.stderr, "pixline: %s: %v\n", d.Name, undrawn)
	}
	for _, format := range c.As {
		data := drawn.SVG()
		if format == "png" {
			if data, err = drawn.PNG(c.Scale); err != nil {
				return err
			}
		}
		path := filepath.Join(c.Out, d.Name+"."+format)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(e.stdout, path); err != nil {
			return err
		}
	}
	return nil
}
