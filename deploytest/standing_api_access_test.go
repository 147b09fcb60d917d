package deploytest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/pixline/pixline/local/graph"
)

// ofAPIAccess is who may call the API, and how often.
var ofAPIAccess = map[string]comparison{
	"aws:apigateway/restApiPolicy:RestApiPolicy": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		a, err := apigateway.NewFromConfig(s.aws).GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: aws.String(s.text(r, "restApiId"))})
		if err != nil {
			return nil, nil, err
		}
		// API Gateway gives the policy as the inside of a JSON string.
		var policy string
		err = json.Unmarshal([]byte(`"`+aws.ToString(a.Policy)+`"`), &policy)
		return of(r, "policy"), properties{"policy": policy}, err
	},
	"aws:apigateway/methodSettings:MethodSettings": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		st, err := apigateway.NewFromConfig(s.aws).GetStage(ctx, &apigateway.GetStageInput{
			RestApiId: aws.String(s.text(r, "restApi")), StageName: aws.String(r.String("stageName")),
		})
		if err != nil {
			return nil, nil, err
		}
		m := st.MethodSettings[r.String("methodPath")]
		return of(r, "settings"), properties{"settings": properties{
			"metricsEnabled": m.MetricsEnabled, "loggingLevel": m.LoggingLevel, "dataTraceEnabled": m.DataTraceEnabled,
			"throttlingRateLimit": m.ThrottlingRateLimit, "throttlingBurstLimit": m.ThrottlingBurstLimit,
		}}, nil
	},
	"aws:apigateway/apiKey:ApiKey": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		k, err := apigateway.NewFromConfig(s.aws).GetApiKey(ctx, &apigateway.GetApiKeyInput{ApiKey: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "name", "description"), properties{"name": k.Name, "description": k.Description}, nil
	},
	"aws:apigateway/usagePlan:UsagePlan": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		p, err := apigateway.NewFromConfig(s.aws).GetUsagePlan(ctx, &apigateway.GetUsagePlanInput{UsagePlanId: aws.String(s.id(r))})
		if err != nil {
			return nil, nil, err
		}
		got := properties{"name": p.Name}
		var stages []properties
		for _, st := range p.ApiStages {
			stages = append(stages, properties{"apiId": st.ApiId, "stage": st.Stage})
		}
		got["apiStages"] = stages
		if p.Throttle != nil {
			got["throttleSettings"] = properties{"rateLimit": p.Throttle.RateLimit, "burstLimit": p.Throttle.BurstLimit}
		}
		if p.Quota != nil {
			got["quotaSettings"] = properties{"limit": p.Quota.Limit, "period": p.Quota.Period}
		}
		return of(r, "name", "apiStages", "throttleSettings", "quotaSettings"), got, nil
	},
	"aws:apigateway/usagePlanKey:UsagePlanKey": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		k, err := apigateway.NewFromConfig(s.aws).GetUsagePlanKey(ctx, &apigateway.GetUsagePlanKeyInput{
			UsagePlanId: aws.String(s.text(r, "usagePlanId")), KeyId: aws.String(s.text(r, "keyId")),
		})
		if err != nil {
			return nil, nil, err
		}
		return of(r, "keyId", "keyType"), properties{"keyId": k.Id, "keyType": k.Type}, nil
	},
	"aws:wafv2/webAcl:WebAcl": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		type visibility struct {
			CloudWatchMetricsEnabled bool   `json:"cloudwatchMetricsEnabled"`
			SampledRequestsEnabled   bool   `json:"sampledRequestsEnabled"`
			MetricName               string `json:"metricName"`
		}
		type rule struct {
			Name             string     `json:"name"`
			Priority         int        `json:"priority"`
			VisibilityConfig visibility `json:"visibilityConfig"`
		}
		var declared struct {
			Rules            []rule
			VisibilityConfig visibility
		}
		if err := r.Decode(&declared); err != nil {
			return nil, nil, err
		}
		var found struct {
			WebACL struct {
				ARN, Name, Description string
				Rules                  []rule
				VisibilityConfig       visibility
			}
		}
		err := s.firewall(ctx, "GetWebACL", map[string]string{"Name": s.text(r, "name"), "Scope": "REGIONAL", "Id": s.id(r)}, &found)
		byPriority := func(a, b rule) int { return cmp.Compare(a.Priority, b.Priority) }
		slices.SortFunc(declared.Rules, byPriority)
		slices.SortFunc(found.WebACL.Rules, byPriority)
		want := of(r, "arn", "name", "description")
		want["rules"], want["visibility"] = declared.Rules, declared.VisibilityConfig
		return want, properties{
			"arn": found.WebACL.ARN, "name": found.WebACL.Name, "description": found.WebACL.Description,
			"rules": found.WebACL.Rules, "visibility": found.WebACL.VisibilityConfig,
		}, err
	},
	"aws:wafv2/webAclAssociation:WebAclAssociation": func(ctx context.Context, s *standing, r graph.Resource) (properties, properties, error) {
		var found struct{ WebACL struct{ ARN string } }
		err := s.firewall(ctx, "GetWebACLForResource", map[string]string{"ResourceArn": s.text(r, "resourceArn")}, &found)
		return of(r, "webAclArn"), properties{"webAclArn": found.WebACL.ARN}, err
	},
}

// keepsSecrets looks for the values of the API keys in the backend: the state,
// its backups and its history.
func (s *standing) keepsSecrets(t *testing.T, backend string) {
	t.Helper()
	for _, r := range s.graph.Of("aws:apigateway/apiKey:ApiKey") {
		k, err := apigateway.NewFromConfig(s.aws).GetApiKey(t.Context(), &apigateway.GetApiKeyInput{ApiKey: aws.String(s.id(r)), IncludeValue: aws.Bool(true)})
		if err != nil || aws.ToString(k.Value) == "" {
			t.Fatalf("the value of %s is not to be had: %v", r.Name, err)
		}
		looked := 0
		err = filepath.WalkDir(backend, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			if looked++; bytes.Contains(text, []byte(aws.ToString(k.Value))) {
				t.Errorf("the value of %s is in %s in clear text", r.Name, filepath.Base(path))
			}
			return err
		})
		if err != nil || looked == 0 {
			t.Errorf("the backend has %d files, %v", looked, err)
		}
	}
}
