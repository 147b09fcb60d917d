package access_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/pixline/pixline/local/access"
	"github.com/pixline/pixline/local/awsapi"
)

const (
	roleARN  = "arn:aws:iam::000000000000:role/resize"
	function = "arn:aws:lambda:us-east-1:000000000000:function:resize"
	topic    = "arn:aws:sns:us-east-1:000000000000:done"
	queue    = "arn:aws:sqs:us-east-1:000000000000:dead"
)

func options() access.Options {
	return access.Options{
		Account: "000000000000", Region: "us-east-1", AdminKey: "test", AdminSecret: "test",
		Roles: []access.Role{{
			Name: "resize", ARN: roleARN,
			Trust: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"lambda.amazonaws.com"},
				"Condition":{"StringEquals":{"aws:SourceAccount":"000000000000"},"ArnLike":{"aws:SourceArn":"arn:aws:lambda:*:*:function:resize"}}}]}`),
			Policies: map[string][]byte{"photos": []byte(`{"Version":"2012-10-17","Statement":[
				{"Effect":"Allow","Action":"s3:GetObject*","Resource":"arn:aws:s3:::photos/*"},
				{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::photos","Condition":{"StringLike":{"s3:prefix":"a/*"}}},
				{"Sid":"NoSecrets","Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::photos/secret/*"}]}`)},
			ManagedARNs: []string{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"},
		}},
		ResourcePolicies: map[string][]byte{
			"arn:aws:s3:::photos": []byte(`{"Version":"2012-10-17","Statement":[
				{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},
				{"Sid":"Keep","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::photos/keep/*"},
				{"Effect":"Allow","Principal":{"AWS":"` + roleARN + `"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::photos/out/*"}]}`),
			queue: []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage",
				"Resource":"` + queue + `","Condition":{"ArnEquals":{"aws:SourceArn":"` + topic + `"}}}}`),
		},
	}
}

func open(t *testing.T, o access.Options) *access.Service {
	t.Helper()
	s, err := access.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return awsapi.As(err).Code
}

func TestCheck(t *testing.T) {
	t.Parallel()
	var denied []access.Denied
	o := options()
	o.OnDenied = func(d access.Denied) { denied = append(denied, d) }
	s := open(t, o)
	role := access.Principal{ARN: "arn:aws:sts::000000000000:assumed-role/resize/lambda", RoleARN: roleARN}
	sns := access.Principal{Service: "sns.amazonaws.com", SourceARN: topic}
	tests := []struct {
		name             string
		principal        access.Principal
		action, resource string
		own              map[string][]string
		code, message    string
		reason           string
	}{
		{name: "identity policy", principal: role, action: "s3:GetObjectVersion", resource: "arn:aws:s3:::photos/a/cat.jpg"},
		{name: "bucket policy", principal: role, action: "s3:PutObject", resource: "arn:aws:s3:::photos/out/cat.jpg"},
		{name: "managed policy", principal: role, action: "logs:PutLogEvents", resource: "arn:aws:logs:us-east-1:000000000000:log-group:x"},
		{name: "condition of the request", principal: role, action: "s3:ListBucket", resource: "arn:aws:s3:::photos", own: map[string][]string{"s3:Prefix": {"a/b"}}},
		{
			name: "nothing allows", principal: role, action: "s3:PutObject", resource: "arn:aws:s3:::photos/a", code: "AccessDenied",
			message: "User: arn:aws:sts::000000000000:assumed-role/resize/lambda is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::photos/a because no identity-based policy allows the s3:PutObject action",
			reason:  "no identity-based policy allows it",
		},
		{
			name: "explicit deny", principal: role, action: "s3:GetObject", resource: "arn:aws:s3:::photos/secret/a", code: "AccessDenied",
			message: "with an explicit deny in an identity-based policy", reason: "denied by statement NoSecrets of policy resize/photos",
		},
		{name: "JSON service", principal: role, action: "states:StartExecution", resource: "*", code: "AccessDeniedException", message: "no identity-based", reason: "no identity-based policy allows it"},
		{name: "service", principal: sns, action: "sqs:SendMessage", resource: queue},
		{
			name: "service for another source", principal: access.Principal{Service: "sns.amazonaws.com", SourceARN: topic + "2"}, action: "sqs:SendMessage", resource: queue,
			code: "AccessDenied", message: "User: sns.amazonaws.com is not authorized", reason: "no resource-based policy allows it",
		},
		{name: "administrator", principal: s.Administrator(), action: "s3:DeleteBucket", resource: "arn:aws:s3:::photos"},
		{
			name: "administrator against a bucket policy", principal: s.Administrator(), action: "s3:DeleteObject", resource: "arn:aws:s3:::photos/keep/a",
			code: "AccessDenied", message: "with an explicit deny in a resource-based policy", reason: "denied by statement Keep of policy arn:aws:s3:::photos",
		},
		{name: "no one", principal: access.Principal{}, action: "s3:GetObject", resource: "arn:aws:s3:::photos/a/cat.jpg", code: "AccessDenied", message: "User: anonymous is not authorized", reason: "no resource-based policy allows it"},
	}
	for _, test := range tests {
		denied = nil
		err := s.Check(test.principal, test.action, test.resource, test.own)
		if code(err) != test.code || (err != nil && !strings.Contains(err.Error(), test.message)) {
			t.Errorf("%s: got %v", test.name, err)
		}
		if (len(denied) > 0) != (err != nil) || (err != nil && (denied[0].Reason != test.reason || denied[0].Action != test.action)) {
			t.Errorf("%s: reported %+v", test.name, denied)
		}
	}
	if err := s.Authorize(context.Background(), "s3:GetObject", "*"); code(err) != "MissingAuthenticationToken" {
		t.Errorf("without a principal: %v", err)
	}
	if err := s.SetResourcePolicy(queue, nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(sns, "sqs:SendMessage", queue, nil); err == nil {
		t.Error("the policy still holds after it was taken away")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*access.Options){
		"policy/x is not known": func(o *access.Options) { o.Roles[0].ManagedARNs = []string{"arn:aws:iam::aws:policy/x"} },
		"condition key kms:grantoperations is not modelled": func(o *access.Options) {
			o.ResourcePolicies[topic] = []byte(`{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Null":{"kms:GrantOperations":"true"}}}}`)
		},
		"policy resize/photos: document: not JSON": func(o *access.Options) { o.Roles[0].Policies["photos"] = []byte(`{`) },
	}
	for want, change := range tests {
		o := options()
		change(&o)
		if _, err := access.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	o := options()
	tests["condition key kms:grantoperations is not modelled"](&o)
	o.ConditionKeys = []string{"kms:GrantOperations"}
	open(t, o)
}

func sign(t *testing.T, r *http.Request, c access.Credentials, service, body string) *http.Request {
	t.Helper()
	hash := sha256.Sum256([]byte(body))
	err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken},
		r, hex.EncodeToString(hash[:]), service, "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, options())
		for _, refused := range [][2]string{{"states.amazonaws.com", function}, {"lambda.amazonaws.com", function + "2"}, {"lambda.amazonaws.com", ""}} {
			if _, err := s.AssumeService(roleARN, refused[0], refused[1]); code(err) != "AccessDenied" || !strings.Contains(err.Error(), "no role trust policy allows the sts:AssumeRole action") {
				t.Errorf("%v: %v", refused, err)
			}
		}
		c, err := s.AssumeService(roleARN, "lambda.amazonaws.com", function)
		if err != nil {
			t.Fatal(err)
		}
		if secret, ok := s.Secret(c.AccessKeyID); !ok || secret != c.SecretAccessKey || !strings.HasPrefix(c.AccessKeyID, "ASIA") {
			t.Errorf("got %q, %v", secret, ok)
		}
		if again, err := s.AssumeService(roleARN, "lambda.amazonaws.com", function); err != nil || again.AccessKeyID != c.AccessKeyID {
			t.Errorf("assumed again, the key is %s, %v", again.AccessKeyID, err)
		}
		request := func(c access.Credentials, service string) *http.Request {
			return sign(t, httptest.NewRequest("POST", "http://127.0.0.1/a%20b?x=1", strings.NewReader("body")), c, service, "body")
		}
		p, err := s.Verify(request(c, "sqs"), []byte("body"))
		if err != nil || p.RoleARN != roleARN || p.ARN != "arn:aws:sts::000000000000:assumed-role/resize/lambda" {
			t.Fatalf("got %+v, %v", p, err)
		}
		if _, err := s.Verify(request(c, "sqs"), []byte("other")); code(err) != "SignatureDoesNotMatch" {
			t.Errorf("another body: %v", err)
		}
		stolen := c
		stolen.SessionToken = ""
		unknown := c
		unknown.AccessKeyID = "ASIAUNKNOWN"
		for service, want := range map[string][2]string{
			"sns": {"InvalidClientTokenId", "InvalidClientTokenId"}, "s3": {"InvalidToken", "InvalidAccessKeyId"}, "lambda": {"UnrecognizedClientException", "UnrecognizedClientException"},
		} {
			if _, err := s.Identify(request(stolen, service)); code(err) != want[0] {
				t.Errorf("%s without token: %v", service, err)
			}
			if _, err := s.Identify(request(unknown, service)); code(err) != want[1] {
				t.Errorf("%s, unknown key: %v", service, err)
			}
		}
		late := request(c, "sqs")
		time.Sleep(16 * time.Minute)
		if _, err := s.Verify(late, []byte("body")); code(err) != "RequestTimeTooSkewed" {
			t.Errorf("16 minutes late: %v", err)
		}
		time.Sleep(time.Hour)
		if _, err := s.Verify(request(c, "sqs"), []byte("body")); code(err) != "ExpiredToken" {
			t.Errorf("after its expiration: %v", err)
		}
		renewed, err := s.AssumeService(roleARN, "lambda.amazonaws.com", function)
		if err != nil || renewed.AccessKeyID != c.AccessKeyID || !renewed.Expiration.After(time.Now()) {
			t.Fatalf("got %+v, %v", renewed, err)
		}
		if _, err := s.Verify(request(c, "sqs"), []byte("body")); err != nil {
			t.Errorf("after renewal: %v", err)
		}
		if _, err := s.Verify(httptest.NewRequest("GET", "/", nil), nil); code(err) != "MissingAuthenticationToken" {
			t.Errorf("not signed: %v", err)
		}
		admin := access.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}
		if p, err := s.Verify(request(admin, "sts"), []byte("body")); err != nil || !p.Admin {
			t.Errorf("administrator: %+v, %v", p, err)
		}
	})
}

func TestCallerIdentity(t *testing.T) {
	t.Parallel()
	s := open(t, options())
	r := httptest.NewRequest("POST", "/", strings.NewReader("Action=GetCallerIdentity&Version=2011-06-15"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeSTS(w, r.WithContext(access.WithPrincipal(t.Context(), s.Administrator())))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "<Arn>arn:aws:iam::000000000000:user/test</Arn>") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestS3Requests(t *testing.T) {
	t.Parallel()
	tests := []struct {
		request string
		header  map[string]string
		body    string
		want    []string
	}{
		{request: "GET /", want: []string{"s3:ListAllMyBuckets *"}},
		{request: "GET /b?list-type=2&prefix=a%2F", want: []string{"s3:ListBucket b"}},
		{request: "HEAD /b", want: []string{"s3:ListBucket b"}},
		{request: "PUT /b/", want: []string{"s3:CreateBucket b"}},
		{request: "DELETE /b", want: []string{"s3:DeleteBucket b"}},
		{request: "GET /b?versions", want: []string{"s3:ListBucketVersions b"}},
		{request: "GET /b?uploads", want: []string{"s3:ListBucketMultipartUploads b"}},
		{request: "PUT /b?policy", want: []string{"s3:PutBucketPolicy b"}},
		{request: "DELETE /b?encryption", want: []string{"s3:PutEncryptionConfiguration b"}},
		{request: "GET /b?inventory&id=x"},
		{request: "POST /b"},
		{request: "PATCH /b/k"},
		{request: "GET /b/a%2Fb/it's%20%C3%A9%2B+", want: []string{"s3:GetObject b/a/b/it's é++"}},
		{request: "HEAD /b/k?versionId=v", want: []string{"s3:GetObjectVersion b/k"}},
		{request: "GET /b/k?attributes", want: []string{"s3:GetObject b/k", "s3:GetObjectAttributes b/k"}},
		{request: "GET /b/k?tagging&versionId=v", want: []string{"s3:GetObjectVersionTagging b/k"}},
		{request: "PUT /b/k?acl", want: []string{"s3:PutObjectAcl b/k"}},
		{request: "PUT /b/k", header: map[string]string{"X-Amz-Acl": "private", "X-Amz-Tagging": "a=b"}, want: []string{"s3:PutObject b/k", "s3:PutObjectAcl b/k", "s3:PutObjectTagging b/k"}},
		{request: "PUT /b/k", header: map[string]string{"X-Amz-Copy-Source": "/src/a%20b?versionId=v"}, want: []string{"s3:PutObject b/k", "s3:GetObjectVersion src/a b"}},
		{request: "PUT /b/k", header: map[string]string{"X-Amz-Copy-Source": "src/a?x=/b+c"}, want: []string{"s3:PutObject b/k", "s3:GetObject src/a?x=/b c"}},
		{request: "GET /b/k?uploadId=%zz"},
		{request: "PUT /b/k?partNumber=1&uploadId=u", header: map[string]string{"X-Amz-Copy-Source": "src/a"}, want: []string{"s3:PutObject b/k", "s3:GetObject src/a"}},
		{request: "POST /b/k?uploads", want: []string{"s3:PutObject b/k"}},
		{request: "POST /b/k?uploadId=u", want: []string{"s3:PutObject b/k"}},
		{request: "GET /b/k?uploadId=u", want: []string{"s3:ListMultipartUploadParts b/k"}},
		{request: "DELETE /b/k?uploadId=u", want: []string{"s3:AbortMultipartUpload b/k"}},
		{request: "DELETE /b/k?versionId=v", want: []string{"s3:DeleteObjectVersion b/k"}},
		{
			request: "POST /b?delete", body: `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>v</VersionId></Object></Delete>`,
			want: []string{"s3:DeleteObject b/a", "s3:DeleteObjectVersion b/b"},
		},
		{request: "POST /b?delete", body: `<Delete/>`},
	}
	for _, test := range tests {
		method, target, _ := strings.Cut(test.request, " ")
		r := httptest.NewRequest(method, target, strings.NewReader(test.body))
		for name, value := range test.header {
			r.Header.Set(name, value)
		}
		requests, err := access.S3Requests(r)
		var got []string
		for _, request := range requests {
			got = append(got, request.Action+" "+strings.TrimPrefix(request.Resource, "arn:aws:s3:::"))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %v\n%s", test.request, err, diff)
		}
		var refused *awsapi.Error
		if (len(test.want) == 0) != errors.As(err, &refused) {
			t.Errorf("%s: got error %v", test.request, err)
		}
		if rest, err := io.ReadAll(r.Body); err != nil || string(rest) != test.body {
			t.Errorf("%s: the body left is %q, %v", test.request, rest, err)
		}
	}
	r := httptest.NewRequest("GET", "/b?prefix=a%2F&max-keys=5", nil)
	requests, err := access.S3Requests(r)
	if err != nil || fmt.Sprintf("%s %s %s", requests[0].Context["s3:prefix"], requests[0].Context["s3:max-keys"], requests[0].BucketARN()) != "[a/] [5] arn:aws:s3:::b" {
		t.Errorf("got %+v, %v", requests, err)
	}
}
