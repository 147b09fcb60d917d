package local

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

// awsCandidates are where the AWS command line is looked for. Debian's comes
// first: it is the one that this project is tried with.
var awsCandidates = []string{"/usr/bin/aws", "/usr/local/bin/aws", "aws"}

// program finds a program that a test compares with. Without it the test is
// skipped, or fails where PIXLINE_REQUIRE_ORACLES is set to 1.
func program(t *testing.T, candidates ...string) string {
	t.Helper()
	for _, name := range candidates {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	message := "SKIPPED, NOT PASSED: none of " + strings.Join(candidates, ", ") + " is installed (Debian: apt-get install awscli curl)"
	if os.Getenv("PIXLINE_REQUIRE_ORACLES") == "1" {
		t.Fatal(message)
	}
	t.Skip(message)
	return ""
}

// shell runs clients in a folder and an environment of their own.
type shell struct {
	*pipeline
	aws, curl string
	dir       string
	env       []string
}

// with returns a shell with other variables, NAME=VALUE.
func (s shell) with(variables ...string) shell {
	s.env = append(append([]string(nil), s.env...), variables...)
	return s
}

// run returns what the program printed on standard output, and on the standard
// error with how it ended.
func (s shell) run(program string, args ...string) (stdout, problem string) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	if err := cmd.Run(); err != nil {
		return out.String(), err.Error() + ": " + errors.String()
	}
	return out.String(), ""
}

// do runs an aws command that must succeed.
func (s shell) do(t *testing.T, args ...string) string {
	t.Helper()
	out, problem := s.run(s.aws, append([]string{"--endpoint-url", s.AWSURL}, args...)...)
	if problem != "" {
		t.Fatalf("aws %s: %s", strings.Join(args, " "), problem)
	}
	return out
}

// json runs an aws command and reads its answer.
func (s shell) json(t *testing.T, into any, args ...string) {
	t.Helper()
	out := s.do(t, append(args, "--output", "json")...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("aws %s prints %q: %v", strings.Join(args, " "), out, err)
	}
}

// refused runs an aws command that must fail with the error.
func (s shell) refused(t *testing.T, want string, args ...string) {
	t.Helper()
	out, problem := s.run(s.aws, append([]string{"--endpoint-url", s.AWSURL}, args...)...)
	if !strings.Contains(problem, want) {
		t.Errorf("aws %s: want %s, got %q %q", strings.Join(args, " "), want, out, problem)
	}
}

// file writes a file into the shell's folder.
func (s shell) file(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s shell) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// own returns a shell with a folder and variables of its own.
func (s shell) own(t *testing.T) shell {
	s.dir = t.TempDir()
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "AWS_EC2_METADATA_DISABLED=true", "AWS_PAGER=", "LC_ALL=C.UTF-8",
		"AWS_ACCESS_KEY_ID=" + AdminKey, "AWS_SECRET_ACCESS_KEY=" + AdminSecret, "AWS_DEFAULT_REGION=" + s.Graph.Region,
	}
	return s
}

// TestClients tries the runner with the clients that its users have: the AWS
// command line and curl.
func TestClients(t *testing.T) {
	s := shell{aws: program(t, awsCandidates...), curl: program(t, "curl")}
	s.pipeline = start(t, nil)
	for name, test := range map[string]func(*testing.T, shell){
		"s3":            tryS3,
		"s3 versions":   tryVersions,
		"any region":    tryRegion,
		"states":        tryStates,
		"notifications": tryNotifications,
		"lambda":        tryLambda,
		"wrong keys":    tryKeys,
		"the API":       tryAPI,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s.own(t))
		})
	}
}

func tryKeys(t *testing.T, s shell) {
	var who struct{ Account, ARN string }
	if s.json(t, &who, "sts", "get-caller-identity"); who.Account != "000000000000" {
		t.Errorf("the caller is %+v", who)
	}
	nobody, forged := s.with("AWS_ACCESS_KEY_ID=nobody"), s.with("AWS_SECRET_ACCESS_KEY=forged")
	for _, test := range []struct {
		command             []string
		unknown, mismatched string
	}{
		{[]string{"sts", "get-caller-identity"}, "(InvalidClientTokenId)", "(SignatureDoesNotMatch)"},
		{[]string{"s3api", "list-buckets"}, "(InvalidAccessKeyId)", "(SignatureDoesNotMatch)"},
		{[]string{"sns", "list-topics"}, "(InvalidClientTokenId)", "(SignatureDoesNotMatch)"},
		{[]string{"sqs", "list-queues"}, "(InvalidClientTokenId)", "(SignatureDoesNotMatch)"},
		{[]string{"stepfunctions", "list-state-machines"}, "(UnrecognizedClientException)", "(InvalidSignatureException)"},
		{[]string{"lambda", "list-functions"}, "(UnrecognizedClientException)", "(InvalidSignatureException)"},
		{[]string{"logs", "describe-log-groups"}, "(UnrecognizedClientException)", "(InvalidSignatureException)"},
	} {
		nobody.refused(t, test.unknown, test.command...)
		forged.refused(t, test.mismatched, test.command...)
	}
}

func tryAPI(t *testing.T, s shell) {
	s.upload(t, "curl/chart.jpg", sample.ColourChart())
	body, err := json.Marshal(contract.Request{Bucket: s.output("inputBucket"), Key: "curl/chart.jpg"})
	if err != nil {
		t.Fatal(err)
	}
	out, problem := s.run(s.curl, "-sS", "-w", "%{http_code}", "-H", "Content-Type: application/json", "-d", string(body), s.URL+"/process")
	document, ok := strings.CutSuffix(out, "202")
	var accepted struct{ ExecutionARN, StatusURL string }
	if err := json.Unmarshal([]byte(document), &accepted); !ok || err != nil {
		t.Fatalf("POST /process answers %q %s", out, problem)
	}
	if _, err := s.states.Wait(t.Context(), accepted.ExecutionARN); err != nil {
		t.Fatal(err)
	}
	out, problem = s.run(s.curl, "-sS", "--fail", s.URL+accepted.StatusURL)
	var ended answer
	if err := json.Unmarshal([]byte(out), &ended); err != nil || ended.Outcome == nil || len(ended.Outcome.Renditions) == 0 {
		t.Fatalf("GET %s answers %q %s", accepted.StatusURL, out, problem)
	}
	// The rendition is what the outcome says.
	r := ended.Outcome.Renditions[0]
	s.do(t, "s3", "cp", "s3://"+r.Bucket+"/"+r.Key, "rendition")
	if int64(len(s.read(t, "rendition"))) != r.Bytes {
		t.Errorf("the rendition has %d bytes, the outcome says %+v", len(s.read(t, "rendition")), r)
	}
}
