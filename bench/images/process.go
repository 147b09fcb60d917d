package images

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/pixline/pixline/bench/images/trial"
)

// process is a contestant at work.
type process struct {
	cmd     *exec.Cmd
	stdin   io.WriteCloser
	answers *json.Decoder
	stderr  bytes.Buffer
}

// errMissing is a contestant that this machine does not have.
var errMissing = errors.New("not installed")

// launch starts a contestant on a job, and returns what it says it is.
func launch(ctx context.Context, c contestant, s setting, job trial.Job) (*process, string, error) {
	if _, err := exec.LookPath(c.argv[0]); err != nil {
		return nil, "", errMissing
	}
	text, err := json.Marshal(job)
	if err != nil {
		return nil, "", err
	}
	argv := append(append(append([]string{}, s.pin...), c.argv...), string(text))
	p := &process{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...)}
	p.cmd.Stderr = &p.stderr
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, "", err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	p.answers = json.NewDecoder(stdout)
	if err := p.cmd.Start(); err != nil {
		return nil, "", err
	}
	var hello trial.Hello
	switch err := p.answers.Decode(&hello); {
	case err != nil:
		return nil, "", p.ended(err)
	case hello.Missing != "":
		p.close()
		return nil, "", errMissing
	}
	return p, hello.Version, nil
}

func (p *process) ask(request trial.Request) (trial.Answer, error) {
	var answer trial.Answer
	text, err := json.Marshal(request)
	if err != nil {
		return answer, err
	}
	if _, err := p.stdin.Write(append(text, '\n')); err != nil {
		return answer, p.ended(err)
	}
	if err := p.answers.Decode(&answer); err != nil {
		return answer, p.ended(err)
	}
	if answer.Error != "" {
		return answer, errors.New(answer.Error)
	}
	return answer, nil
}

// ended explains why a process does not answer, from what it left on stderr.
func (p *process) ended(err error) error {
	p.close()
	lines := strings.Split(strings.TrimSpace(p.stderr.String()), "\n")
	return fmt.Errorf("the process ended: %w: %s", err, lines[len(lines)-1])
}

// close ends the process: it has nothing left to do. How it ends tells nothing
// more, its answers are there or not.
func (p *process) close() {
	_ = p.stdin.Close()
	_ = p.cmd.Wait()
}
