package local

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pixline/pixline/local/graph"
)

const (
	rolePolicy     = "aws:iam/rolePolicy:RolePolicy"
	roleAttachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
)

// environment is a configuration whose permissions are tested.
type environment struct {
	stack         string
	configuration map[string]string
	least         int // how many permissions it has at least
}

// environments are those with permissions of their own: staging has prod's. Who
// may call the API is no permission of a role's: here, everyone may.
var environments = []environment{
	{stack: "dev", least: 20},
	{stack: "prod", configuration: map[string]string{"pixline:api": `{"auth": "none"}`}, least: 35},
}

// apply makes a runner run the environment.
func (e environment) apply(o *Options) {
	o.Stack, o.Configuration = e.stack, e.configuration
	o.AsyncDelayScale = 1e-5
}

// TestPermissions takes one permission after another out of the program. Each
// time something must fail that says which one is missing; where nothing fails,
// a role has a permission that it does not need.
func TestPermissions(t *testing.T) {
	for _, e := range environments {
		t.Run(e.stack, func(t *testing.T) { testPermissions(t, e) })
	}
}

func testPermissions(t *testing.T, e environment) {
	permissions := permissionsOf(t, e)
	t.Logf("%d permissions", len(permissions))
	if len(permissions) < e.least {
		t.Fatalf("only %d permissions were found: %v", len(permissions), permissions)
	}
	with := func(change func(*Options)) func(*Options) {
		return func(o *Options) {
			e.apply(o)
			change(o)
		}
	}
	t.Run("all", func(t *testing.T) {
		p := start(t, with(shortRetries))
		if problems := p.useEverything(t); len(problems) > 0 {
			t.Errorf("the scenario fails with every permission:\n%s", strings.Join(problems, "\n"))
		}
		if denials := p.denials(); len(denials) > 0 {
			t.Errorf("something was denied although nothing is missing: %v", denials)
		}
	})
	for _, missing := range permissions {
		t.Run(missing.String(), func(t *testing.T) {
			p, err := tryStart(t, t.TempDir(), with(edited(t, missing.remove)))
			if err != nil {
				if err := missing.refused(err); err != nil {
					t.Error(err)
				}
				return
			}
			defer p.stop(t)
			if err := missing.missed(p.useEverything(t), p.denials()); err != nil {
				t.Error(err)
			}
		})
	}
}

// permission is one action on one resource that a statement allows a role, or
// a managed policy that is attached to one.
type permission struct {
	urn       string // of the policy or the attachment
	name      string // its name in the program, which is the role's
	role      string // the role's physical name
	statement int    // its index
	sid       string // and its name: one action may stand in several, for several services
	action    string // empty for a managed policy
	resource  string // the managed policy's ARN where action is empty
}

func (m permission) String() string {
	return strings.Join(slices.DeleteFunc([]string{m.name, m.sid, m.action, m.resource}, func(s string) bool { return s == "" }), " ")
}

// permissionsOf finds every permission of an environment.
func permissionsOf(t *testing.T, e environment) []permission {
	t.Helper()
	g, err := graph.Evaluate(graph.Options{
		Root: root, Stack: e.stack, Configuration: e.configuration, APIURL: "http://127.0.0.1:1", AWSURL: "http://127.0.0.1:2",
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []permission
	for _, r := range g.Of(rolePolicy) {
		for i, s := range statementsOf(t, r) {
			if s["Effect"] != "Allow" || s["NotAction"] != nil || s["NotResource"] != nil {
				t.Fatalf("the policy of %s has a statement that is no list of permissions: %v", r.Name, s)
			}
			for _, action := range texts(s["Action"]) {
				for _, resource := range texts(s["Resource"]) {
					found = append(found, permission{urn: r.URN, name: r.Name, role: r.String("role"), statement: i, sid: fmt.Sprint(s["Sid"]), action: action, resource: resource})
				}
			}
		}
	}
	for _, r := range g.Of(roleAttachment) {
		found = append(found, permission{urn: r.URN, name: r.Name, role: r.String("role"), resource: r.String("policyArn")})
	}
	return found
}

// remove takes the permission, and nothing else, out of the graph.
func (m permission) remove(t *testing.T, g *graph.Graph) {
	i := slices.IndexFunc(g.Resources, func(r graph.Resource) bool { return r.URN == m.urn })
	if m.action == "" {
		g.Resources = slices.Delete(g.Resources, i, i+1)
		return
	}
	statements := statementsOf(t, g.Resources[i])
	whole := statements[m.statement]
	statements = slices.Delete(statements, m.statement, m.statement+1)
	keep := func(actions, resources []string) {
		if len(actions) == 0 || len(resources) == 0 {
			return
		}
		part := maps.Clone(whole)
		part["Sid"] = fmt.Sprintf("Left%d", len(statements))
		part["Action"], part["Resource"] = actions, resources
		statements = append(statements, part)
	}
	without := func(list []string, one string) []string {
		return slices.DeleteFunc(list, func(s string) bool { return s == one })
	}
	keep(without(texts(whole["Action"]), m.action), texts(whole["Resource"]))
	keep([]string{m.action}, without(texts(whole["Resource"]), m.resource))
	if len(statements) == 0 { // IAM takes no policy without statements
		g.Resources = slices.Delete(g.Resources, i, i+1)
		return
	}
	setStatements(t, &g.Resources[i], statements)
}

// refused tells what is wrong with a refusal to start without the permission.
func (m permission) refused(start error) error {
	refused := refusals(start.Error())
	if len(refused) == 0 {
		return fmt.Errorf("the pipeline does not start, but the error names no action and resource: %w", start)
	}
	return m.caused(refused)
}

// missed tells what is wrong with how the pipeline fails without the
// permission: problems are what a user saw, denied is what the runner logged.
func (m permission) missed(problems []string, denied []denial) error {
	if len(denied) == 0 {
		return fmt.Errorf("nothing needs the permission %s: the role should not have it (problems: %q)", m, problems)
	}
	if err := m.caused(denied); err != nil {
		return err
	}
	for _, problem := range problems {
		named := slices.ContainsFunc(denied, func(d denial) bool {
			return strings.Contains(problem, d.action) && strings.Contains(problem, d.resource)
		})
		// A caller of the API is not told what its role may do: the runner's log is.
		if named || strings.HasPrefix(problem, apiFailed) {
			return nil
		}
	}
	return fmt.Errorf("%s was denied, but no one who uses the pipeline sees it: %q", m, problems)
}

// caused tells which refusals the missing permission does not explain. A managed
// policy's actions are not in the graph: those of its role are taken for them.
func (m permission) caused(denied []denial) error {
	pattern := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(m.resource), `\*`, ".*") + "$")
	for _, d := range denied {
		ofRole := strings.Contains(d.principal, ":assumed-role/"+m.role+"/")
		if !ofRole || m.action != "" && (d.action != m.action || !pattern.MatchString(d.resource)) {
			return fmt.Errorf("%s is missing, but %s was denied %s on %s", m, d.principal, d.action, d.resource)
		}
	}
	return nil
}

// TestPermissionMissed holds the rules above to what they are for.
func TestPermissionMissed(t *testing.T) {
	t.Parallel()
	m := permission{name: "resize", role: "r", action: "s3:PutObject", resource: "arn:aws:s3:::out/*"}
	own := denial{"arn:aws:sts::0:assumed-role/r/lambda", "s3:PutObject", "arn:aws:s3:::out/a"}
	other := denial{own.principal, "s3:GetObject", own.resource}
	visible := []string{"failed: s3:PutObject on arn:aws:s3:::out/a"}
	for _, c := range []struct {
		name     string
		problems []string
		denied   []denial
		want     string
	}{
		{"visible", visible, []denial{own}, ""},
		{"the API failed", []string{apiFailed + ": 500"}, []denial{own}, ""},
		{"superfluous", nil, nil, "nothing needs the permission resize s3:PutObject"},
		{"invisible", []string{"something failed"}, []denial{own}, "no one who uses the pipeline sees it"},
		{"another action too", visible, []denial{own, other}, "was denied s3:GetObject"},
		{"another role", visible, []denial{{"arn:aws:sts::0:assumed-role/q/lambda", own.action, own.resource}}, "is missing, but"},
	} {
		err := m.missed(c.problems, c.denied)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// denial is an action on a resource that a principal was refused.
type denial struct{ principal, action, resource string }

var (
	refusal    = regexp.MustCompile(`AccessDenied(?:Exception)?: User: (\S+) is not authorized to perform: (\S+) on resource: (\S+) `)
	deniedLine = regexp.MustCompile(`msg="access denied" principal="?([^\s"]+)"? action=(\S+) resource="?([^\s"]+)`)
)

// refusals are those that an error names, as AWS words them.
func refusals(text string) []denial { return matches(refusal, text) }

// denials are those that the runner logged.
func (p *pipeline) denials() []denial { return matches(deniedLine, p.log.String()) }

func matches(pattern *regexp.Regexp, text string) []denial {
	var found []denial
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		if d := (denial{m[1], m[2], m[3]}); !slices.Contains(found, d) {
			found = append(found, d)
		}
	}
	return found
}

// statementsOf reads the statements of a policy in the graph.
func statementsOf(t *testing.T, r graph.Resource) []map[string]any {
	t.Helper()
	var policy struct{ Statement []map[string]any }
	if err := json.Unmarshal([]byte(r.String("policy")), &policy); err != nil {
		t.Fatalf("read the policy of %s: %v", r.Name, err)
	}
	return policy.Statement
}

func setStatements(t *testing.T, r *graph.Resource, statements []map[string]any) {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	r.Inputs["policy"] = string(text)
}

// texts reads what IAM lets be a string or a list of them.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		list := make([]string, len(v))
		for i, item := range v {
			list[i], _ = item.(string)
		}
		return list
	}
	return nil
}
