package deploytest

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/pixline/pixline/local/graph"
)

// standing is a stack that was deployed, beside the graph that the local runner
// has of it.
type standing struct {
	graph  *graph.Graph
	aws    aws.Config
	root   string            // the clone that it was deployed from
	ids    map[string]string // physical ids by type and name
	rename *strings.Replacer // the graph's identities -> the deployed ones
}

// properties are some of a resource's.
type properties map[string]any

// comparison gives the same properties of a resource twice: as the graph has
// them, and as AWS answers.
type comparison func(context.Context, *standing, graph.Resource) (want, got properties, err error)

// comparisons are how each type is compared.
func comparisons() map[string]comparison {
	all := map[string]comparison{}
	for _, some := range []map[string]comparison{ofAPI, ofAPIRoutes, ofAPIAccess, ofFunctions, ofWorkflow, ofAccess, ofBuckets, ofMessaging, ofObservability, ofAlarms} {
		maps.Copy(all, some)
	}
	return all
}

// comparedElsewhere are types that have no comparison of their own, and why.
var comparedElsewhere = map[string]string{
	"aws:apigateway/deployment:Deployment":              "a snapshot: the stage's comparison finds its id",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": "the role's comparison lists what is attached",
}

// identities are what AWS decides, or Pulumi at random: they differ between the
// graph and the deployment.
var identities = []string{"arn", "name", "bucket", "url", "executionArn", "rootResourceId", "invokeUrl", "keyId", "value"}

func newStanding(t *testing.T, g *graph.Graph, state []apitype.ResourceV3, endpoint, root string) *standing {
	t.Helper()
	s := &standing{graph: g, root: root, ids: map[string]string{}, aws: aws.Config{
		Region:       g.Region,
		BaseEndpoint: aws.String(endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}}
	deployed := map[string]apitype.ResourceV3{}
	for _, r := range state {
		if strings.HasPrefix(string(r.Type), "aws:") {
			deployed[string(r.Type)+" "+r.URN.Name()] = r
		}
	}
	var pairs [][2]string
	for _, r := range g.Resources {
		key := r.Type + " " + r.Name
		d, exists := deployed[key]
		if !exists {
			t.Errorf("%s was not deployed", key)
			continue
		}
		delete(deployed, key)
		s.ids[key] = string(d.ID)
		// As the provider read them from AWS when it had created the resource.
		tagged, _ := d.Outputs["tagsAll"].(map[string]any)
		declared, _ := r.Inputs["tags"].(map[string]any)
		for tag, value := range declared {
			if tagged[tag] != value {
				t.Errorf("%s: the tag %s is %v, want %v", key, tag, tagged[tag], value)
			}
		}
		pairs = append(pairs, [2]string{r.ID, string(d.ID)})
		for _, property := range identities {
			if physical, ok := d.Outputs[property].(string); ok {
				pairs = append(pairs, [2]string{r.String(property), physical})
			}
		}
	}
	for key := range deployed {
		t.Errorf("%s was deployed, and is not in the graph", key)
	}
	s.rename = replacer(pairs)
	return s
}

// replacer prefers the longest: an ARN holds a name.
func replacer(pairs [][2]string) *strings.Replacer {
	slices.SortStableFunc(pairs, func(a, b [2]string) int { return cmp.Compare(len(b[0]), len(a[0])) })
	var list []string
	for _, p := range pairs {
		if p[0] != "" {
			list = append(list, p[0], p[1])
		}
	}
	return strings.NewReplacer(list...)
}

// id is what AWS knows a resource by.
func (s *standing) id(r graph.Resource) string { return s.ids[r.Type+" "+r.Name] }

// text is a property of the graph with the identities of the deployment.
func (s *standing) text(r graph.Resource, property string) string {
	return s.rename.Replace(r.String(property))
}

// compare compares every resource.
func (s *standing) compare(t *testing.T) {
	t.Helper()
	known := comparisons()
	count := 0
	for _, r := range s.graph.Resources {
		if _, elsewhere := comparedElsewhere[r.Type]; elsewhere {
			continue
		}
		compare, exists := known[r.Type]
		if !exists {
			t.Errorf("nothing compares %s %s with what stands", r.Type, r.Name)
			continue
		}
		want, got, err := compare(t.Context(), s, r)
		if err != nil {
			t.Errorf("%s %s: %v", r.Type, r.Name, err)
			continue
		}
		if diff := gocmp.Diff(s.plain(t, want, true), s.plain(t, got, false)); diff != "" {
			t.Errorf("%s %s: the graph (-) and what stands (+) differ:\n%s", r.Type, r.Name, diff)
			continue
		}
		count++
	}
	t.Logf("%d resources stand as the graph says", count)
}

// plain makes properties comparable: as JSON values, documents as what they
// hold, and without what is empty.
func (s *standing) plain(t *testing.T, p properties, rename bool) any {
	t.Helper()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return s.simplify(v, rename)
}

func (s *standing) simplify(v any, rename bool) any {
	switch v := v.(type) {
	case string:
		if rename {
			v = s.rename.Replace(v)
		}
		var document any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &document) == nil {
			return s.simplify(document, rename)
		}
		return orNil(v, v == "")
	case map[string]any:
		kept := map[string]any{}
		for key, value := range v {
			if value = s.simplify(value, rename); value != nil {
				kept[key] = value
			}
		}
		return orNil(kept, len(kept) == 0)
	case []any:
		var kept []any
		for _, value := range v {
			kept = append(kept, s.simplify(value, rename))
		}
		return orNil(kept, len(kept) == 0)
	case bool:
		return orNil(v, !v)
	case float64:
		return orNil(v, v == 0)
	}
	return v
}

func orNil(v any, empty bool) any {
	if empty {
		return nil
	}
	return v
}

// of gives some of the resource's inputs by their names.
func of(r graph.Resource, names ...string) properties {
	p := properties{}
	for _, name := range names {
		p[name] = r.Inputs[name]
	}
	return p
}

// field is a property of a property that is an object.
func field(r graph.Resource, property, name string) any {
	object, _ := r.Inputs[property].(map[string]any)
	return object[name]
}
