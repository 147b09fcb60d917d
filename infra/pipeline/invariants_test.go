package pipeline_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pixline/pixline/infra/config"
)

// invariant is what holds for every configuration. check tells what is wrong with a
// world, and breaks are worlds for which it must: by what they say is broken.
type invariant struct {
	name   string
	check  func(w *world) []string
	breaks map[string]func(w *world)
}

// invariants are those of the files invariants_*_test.go. What is not among them:
// the lengths of names, for which local/graph has the physical ones (TestNames).
func invariants() []invariant {
	return slices.Concat(storageInvariants, accessInvariants, operationInvariants, alarmInvariants)
}

// strictest has all that the program can declare.
var strictest = map[string]string{
	"aws:region":         "eu-west-1",
	"pixline:encryption": config.EncryptionKMS,
	"pixline:protect":    "true",
	"pixline:retention":  `{"outputDays": 30}`,
	"pixline:dashboards": allDashboards,
	"pixline:alarms":     allAlarms,
	"pixline:api":        `{"auth": "apiKey", "firewall": true, "allowedCidrs": ["203.0.113.0/24"], "corsOrigins": ["https://app.example.com"]}`,
}

const (
	allDashboards = `["overview", "validate", "resize", "notify", "workflow", "api", "storage"]`
	allAlarms     = `{"actions": true, "emails": ["images@example.com", "on-call@example.com"], "topics": ["arn:aws:sns:eu-west-1:000000000000:pager"], "expectedRequests": 10}`
)

// TestInvariants holds every environment and every combination of the main
// options to each invariant. A world lives no longer than it is looked at: all of
// them together would take gigabytes.
func TestInvariants(t *testing.T) {
	t.Parallel()
	all := combinations(t)
	if len(all) != 3*(1+3<<6) {
		t.Fatalf("there are %d configurations", len(all))
	}
	var mu sync.Mutex
	var group sync.WaitGroup
	broken := map[string][]string{} // by the invariant's name
	setups := make(chan setup)
	// Twice as many as there are processors: what the program declares waits for its inputs.
	for range 2 * runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for s := range setups {
				w, err := build(s.stack, s.values)
				if err != nil {
					t.Error(err)
					continue
				}
				for _, i := range invariants() {
					if problems := i.check(w); len(problems) > 0 {
						mu.Lock()
						broken[i.name] = append(broken[i.name], fmt.Sprintf("%s with %v:\n%s", s.stack, s.values, strings.Join(problems, "\n")))
						mu.Unlock()
					}
				}
			}
		})
	}
	for _, s := range all {
		setups <- s
	}
	close(setups)
	group.Wait()
	for _, i := range invariants() {
		t.Run(i.name, func(t *testing.T) {
			if found := broken[i.name]; len(found) > 0 {
				t.Errorf("in %d configurations, such as\n%s", len(found), strings.Join(found[:min(3, len(found))], "\n"))
			}
		})
	}
}

// TestInvariantsFail breaks what each invariant is about: one that never fails
// says nothing.
func TestInvariantsFail(t *testing.T) {
	t.Parallel()
	whole, err := build("dev", strictest)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := build("dev", map[string]string{"aws:region": "eu-west-1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range invariants() {
		if len(i.breaks) == 0 {
			t.Errorf("%s: nothing shows that it can fail", i.name)
		}
		if problems := i.check(whole); len(problems) > 0 {
			t.Errorf("%s: fails as it is: %v", i.name, problems)
		}
		for _, what := range slices.Sorted(maps.Keys(i.breaks)) {
			w := whole.copied()
			if strings.HasSuffix(what, withoutKey) {
				w = plain.copied()
			}
			i.breaks[what](w)
			if problems := i.check(w); len(problems) == 0 {
				t.Errorf("%s: %s is not seen", i.name, what)
			}
		}
	}
}

// TestBadConfiguration: what is wrong is all said before anything is declared.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	b := &builder{world: &world{}}
	err := deployWith(b, "dev", map[string]string{
		"pixline:encryption": "none", "pixline:protect": "true", "pixline:destroyableBuckets": "true",
		"pixline:retention": `{"deadLetterDays": 0, "outputDays": -1}`, "pixline:resize": `{"memoryMb": 64}`, "pixline:workflowTimeoutSeconds": "5",
	})
	if err == nil || len(b.world.parts) > 0 {
		t.Fatalf("%v, with %d resources", err, len(b.world.parts))
	}
	for _, want := range []string{
		"aws:region: missing", "pixline:encryption: ", "pixline:protect: ", "outputDays -1", "deadLetterDays 0", "memoryMb 64", "pixline:workflowTimeoutSeconds: 5",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %q", err, want)
		}
	}
}

// withoutKey ends the name of a break of the world without a key.
const withoutKey = " (no key)"

// problems collects what is wrong.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }
