package local

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pixline/pixline/pkg/contract"
	"github.com/pixline/pixline/pkg/imaging/sample"
)

func tryS3(t *testing.T, s shell) {
	bucket := "s3://" + s.output("inputBucket")
	if list := s.do(t, "s3", "ls"); !strings.Contains(list, s.output("inputBucket")) || !strings.Contains(list, s.output("outputBucket")) {
		t.Errorf("s3 ls prints %q", list)
	}
	// Random enough, and over the eight megabytes from where the client sends parts.
	large := bytes.Repeat(sample.Scene(), 1+20<<20/len(sample.Scene()))
	s.file(t, "large.bin", large)
	s.do(t, "s3", "cp", "large.bin", bucket+"/clients/large.bin")
	s.do(t, "s3", "cp", bucket+"/clients/large.bin", "back.bin")
	if !bytes.Equal(s.read(t, "back.bin"), large) {
		t.Error("the large file came back changed")
	}
	s.do(t, "s3", "cp", bucket+"/clients/large.bin", bucket+"/clients/copy.bin")

	names := []string{"tree/1.txt", "tree/a/it's ü +%20.txt", "tree/a/b/3.txt"}
	for _, name := range names {
		s.file(t, name, []byte(name))
	}
	s.do(t, "s3", "cp", "--recursive", "tree", bucket+"/clients/tree")
	list := s.do(t, "s3", "ls", "--recursive", bucket+"/clients/")
	for _, name := range append(names, "large.bin", "copy.bin") {
		if !strings.Contains(list, " clients/"+name+"\n") {
			t.Errorf("%s is not in the list:\n%s", name, list)
		}
	}
	s.do(t, "s3", "mv", bucket+"/clients/tree/1.txt", bucket+"/clients/tree/2.txt")
	s.do(t, "s3", "sync", "--delete", bucket+"/clients/tree", "tree")
	if string(s.read(t, "tree/2.txt")) != "tree/1.txt" || string(s.read(t, names[1])) != names[1] {
		t.Error("sync brought other files")
	}
	if again := s.do(t, "s3", "sync", bucket+"/clients/tree", "tree"); again != "" {
		t.Errorf("a second sync does %q", again)
	}

	url := strings.TrimSpace(s.do(t, "s3", "presign", bucket+"/clients/tree/2.txt"))
	if got, problem := s.run(s.curl, "-sS", url); got != "tree/1.txt" {
		t.Errorf("the presigned URL answers %q %s", got, problem)
	}
	if got, _ := s.run(s.curl, "-sS", strings.Replace(url, "2.txt", "3.txt", 1)); !strings.Contains(got, "<Code>SignatureDoesNotMatch</Code>") {
		t.Errorf("a changed URL answers %q", got)
	}
	if got, _ := s.run(s.curl, "-sS", s.AWSURL+"/"+s.output("inputBucket")+"/clients/tree/2.txt"); !strings.Contains(got, "<Code>AccessDenied</Code>") {
		t.Errorf("an unsigned request gets %q", got)
	}

	s.do(t, "s3", "rm", "--recursive", bucket+"/clients/")
	if left, _ := s.run(s.aws, "--endpoint-url", s.AWSURL, "s3", "ls", "--recursive", bucket+"/clients/"); left != "" {
		t.Errorf("left after rm: %s", left)
	}
	s.refused(t, "(404) when calling the HeadObject operation", "s3", "cp", bucket+"/clients/nothing", ".")
	s.refused(t, "NoSuchBucket", "s3", "ls", "s3://nobody-has-this")
}

func tryVersions(t *testing.T, s shell) {
	bucket, key := s.output("inputBucket"), "versions/note.txt"
	var first struct{ VersionID string }
	s.file(t, "first", []byte("first"))
	s.file(t, "second", []byte("second"))
	s.json(t, &first, "s3api", "put-object", "--bucket", bucket, "--key", key, "--body", "first", "--content-type", "text/plain", "--metadata", "by=me")
	s.do(t, "s3api", "put-object", "--bucket", bucket, "--key", key, "--body", "second")
	s.do(t, "s3api", "get-object", "--bucket", bucket, "--key", key, "--version-id", first.VersionID, "got")
	if string(s.read(t, "got")) != "first" {
		t.Errorf("the first version is %q", s.read(t, "got"))
	}
	var head struct {
		ContentLength int
		ContentType   string
		Metadata      map[string]string
	}
	s.json(t, &head, "s3api", "head-object", "--bucket", bucket, "--key", key, "--version-id", first.VersionID)
	if head.ContentLength != 5 || head.ContentType != "text/plain" || head.Metadata["by"] != "me" {
		t.Errorf("head of the first version: %+v", head)
	}
	s.do(t, "s3", "rm", "s3://"+bucket+"/"+key)
	var list struct {
		Versions      []struct{ VersionID string }
		DeleteMarkers []struct{ IsLatest bool }
	}
	s.json(t, &list, "s3api", "list-object-versions", "--bucket", bucket, "--prefix", key)
	if len(list.Versions) != 2 || len(list.DeleteMarkers) != 1 || !list.DeleteMarkers[0].IsLatest {
		t.Errorf("two versions and a marker of deletion: %+v", list)
	}
}

// tryRegion: clients that are set up for another region find everything.
func tryRegion(t *testing.T, s shell) {
	far := s.with("AWS_DEFAULT_REGION=ap-southeast-2")
	object := "s3://" + s.output("inputBucket") + "/far/away it's.txt"
	far.file(t, "here.txt", []byte("here"))
	far.do(t, "s3", "ls")
	far.do(t, "s3", "cp", "here.txt", object)
	far.do(t, "s3", "cp", object, "there.txt")
	if string(far.read(t, "there.txt")) != "here" {
		t.Error("the object changed on its way")
	}
	url := strings.TrimSpace(far.do(t, "s3", "presign", object))
	if got, problem := far.run(far.curl, "-sS", url); got != "here" {
		t.Errorf("the presigned URL answers %q %s", got, problem)
	}
	far.with("AWS_SECRET_ACCESS_KEY=wrong").refused(t, "SignatureDoesNotMatch", "s3", "ls")
	far.do(t, "stepfunctions", "list-state-machines")
	far.do(t, "sns", "list-topics")
}

func tryStates(t *testing.T, s shell) {
	machine := s.output("stateMachineArn")
	s.upload(t, "states/chart.jpg", sample.ColourChart())
	var started struct{ ExecutionARN string }
	input, err := json.Marshal(contract.Request{Bucket: s.output("inputBucket"), Key: "states/chart.jpg"})
	if err != nil {
		t.Fatal(err)
	}
	s.json(t, &started, "stepfunctions", "start-execution", "--state-machine-arn", machine, "--name", "from-the-client", "--input", string(input))
	if _, err := s.states.Wait(t.Context(), started.ExecutionARN); err != nil {
		t.Fatal(err)
	}
	var execution struct{ Status, Name, Output string }
	s.json(t, &execution, "stepfunctions", "describe-execution", "--execution-arn", started.ExecutionARN)
	var outcome contract.Outcome
	if err := json.Unmarshal([]byte(execution.Output), &outcome); err != nil || execution.Status != "SUCCEEDED" || outcome.Status != contract.StatusSucceeded {
		t.Errorf("the execution is %+v: %v", execution, err)
	}
	var history struct{ Events []struct{ Type string } }
	// Pages of five: the client follows the tokens.
	s.json(t, &history, "stepfunctions", "get-execution-history", "--execution-arn", started.ExecutionARN, "--page-size", "5")
	if n := len(history.Events); n < 10 || history.Events[0].Type != "ExecutionStarted" || history.Events[n-1].Type != "ExecutionSucceeded" {
		t.Errorf("the history is %+v", history.Events)
	}
	var list struct{ Executions []struct{ Name string } }
	s.json(t, &list, "stepfunctions", "list-executions", "--state-machine-arn", machine, "--status-filter", "SUCCEEDED")
	found := false
	for _, e := range list.Executions {
		found = found || e.Name == "from-the-client"
	}
	if !found {
		t.Errorf("the execution is not in %+v", list)
	}
	s.refused(t, "ExecutionDoesNotExist", "stepfunctions", "describe-execution", "--execution-arn", started.ExecutionARN+"-not")
	s.refused(t, "InvalidName", "stepfunctions", "start-execution", "--state-machine-arn", machine, "--name", "a b")

	var described struct{ Definition string }
	s.json(t, &described, "stepfunctions", "describe-state-machine", "--state-machine-arn", machine)
	validate := []string{"stepfunctions", "validate-state-machine-definition", "--definition"}
	if _, problem := s.run(s.aws, append(validate, "help")...); strings.Contains(problem, "Invalid choice") {
		t.Log("this aws is too old for validate-state-machine-definition")
		return
	}
	var verdict struct{ Result string }
	if s.json(t, &verdict, append(validate, described.Definition)...); verdict.Result != "OK" {
		t.Errorf("the machine's own definition is %s", verdict.Result)
	}
	if s.json(t, &verdict, append(validate, `{"StartAt":"A","States":{}}`)...); verdict.Result != "FAIL" {
		t.Errorf("a definition without its first state is %s", verdict.Result)
	}
}

func tryNotifications(t *testing.T, s shell) {
	var queue struct{ QueueURL string }
	s.json(t, &queue, "sqs", "create-queue", "--queue-name", "outcomes-for-the-client")
	var of struct{ Attributes struct{ QueueARN string } }
	s.json(t, &of, "sqs", "get-queue-attributes", "--queue-url", queue.QueueURL, "--attribute-names", "QueueArn")
	topic := s.output("topicArn")
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": of.Attributes.QueueARN,
		"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": topic}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	attributes, err := json.Marshal(map[string]string{"Policy": string(policy)})
	if err != nil {
		t.Fatal(err)
	}
	s.do(t, "sqs", "set-queue-attributes", "--queue-url", queue.QueueURL, "--attributes", string(attributes))
	var subscribed struct{ SubscriptionARN string }
	s.json(t, &subscribed, "sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", of.Attributes.QueueARN,
		"--attributes", `{"RawMessageDelivery":"true","FilterPolicy":"{\"status\":[\"tried\"]}"}`)
	if list := s.do(t, "sns", "list-subscriptions"); !strings.Contains(list, subscribed.SubscriptionARN) {
		t.Errorf("%s is not in %s", subscribed.SubscriptionARN, list)
	}
	s.do(t, "sns", "publish", "--topic-arn", topic, "--message", "not for this queue")
	s.do(t, "sns", "publish", "--topic-arn", topic, "--message", "it's ü", "--message-attributes", `{"status":{"DataType":"String","StringValue":"tried"}}`)

	var received struct {
		Messages []struct {
			Body, ReceiptHandle string
			MessageAttributes   map[string]struct{ StringValue string }
		}
	}
	s.json(t, &received, "sqs", "receive-message", "--queue-url", queue.QueueURL, "--wait-time-seconds", "20", "--message-attribute-names", "All")
	if len(received.Messages) != 1 || received.Messages[0].Body != "it's ü" || received.Messages[0].MessageAttributes["status"].StringValue != "tried" {
		t.Fatalf("received %+v", received)
	}
	s.do(t, "sqs", "delete-message", "--queue-url", queue.QueueURL, "--receipt-handle", received.Messages[0].ReceiptHandle)
	var left struct{ Attributes map[string]string }
	s.json(t, &left, "sqs", "get-queue-attributes", "--queue-url", queue.QueueURL, "--attribute-names", "All")
	if left.Attributes["ApproximateNumberOfMessages"] != "0" || left.Attributes["ApproximateNumberOfMessagesNotVisible"] != "0" {
		t.Errorf("after the deletion: %+v", left.Attributes)
	}
	s.do(t, "sns", "unsubscribe", "--subscription-arn", subscribed.SubscriptionARN)
	s.do(t, "sqs", "delete-queue", "--queue-url", queue.QueueURL)
	s.refused(t, "NonExistentQueue", "sqs", "get-queue-url", "--queue-name", "outcomes-for-the-client")
}

func tryLambda(t *testing.T, s shell) {
	var list struct {
		Functions []struct{ FunctionName string }
	}
	s.json(t, &list, "lambda", "list-functions")
	validate := ""
	for _, f := range list.Functions {
		if strings.Contains(f.FunctionName, "validate") {
			validate = f.FunctionName
		}
	}
	s.upload(t, "lambda/chart.jpg", sample.ColourChart())
	event, err := json.Marshal(map[string]any{
		"bucket": s.output("inputBucket"), "key": "lambda/chart.jpg",
		"execution": map[string]string{"id": "invoked-by-hand", "startedAt": "2026-01-02T03:04:05Z"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.file(t, "event.json", event)
	logs := s.do(t, "lambda", "invoke", "--function-name", validate, "--log-type", "Tail", "--payload", "fileb://event.json",
		"--query", "LogResult", "--output", "text", "answer.json")
	var answer struct{ Accepted bool }
	if err := json.Unmarshal(s.read(t, "answer.json"), &answer); err != nil || !answer.Accepted {
		t.Errorf("validate answers %s", s.read(t, "answer.json"))
	}
	if lines := decode(t, logs); !strings.Contains(lines, "REPORT RequestId:") || !strings.Contains(lines, "invoked-by-hand") {
		t.Errorf("the end of the log is %q", lines)
	}
	s.refused(t, "ResourceNotFoundException", "lambda", "invoke", "--function-name", "nobody", "answer.json")

	var groups struct {
		LogGroups []struct{ LogGroupName string }
	}
	s.json(t, &groups, "logs", "describe-log-groups", "--log-group-name-prefix", "/aws/lambda/")
	group := ""
	for _, g := range groups.LogGroups {
		if strings.Contains(g.LogGroupName, "validate") {
			group = g.LogGroupName
		}
	}
	// The metrics of the invocation, in the embedded metric format.
	var events struct{ Events []struct{ Message string } }
	s.json(t, &events, "logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", `"invoked-by-hand"`)
	if len(events.Events) == 0 || !strings.Contains(events.Events[0].Message, `"CloudWatchMetrics"`) {
		t.Errorf("the events of the invocation are %+v", events)
	}
}

// decode reads the base64 of a log's end.
func decode(t *testing.T, text string) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return string(data)
}
