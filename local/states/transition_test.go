package states_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pixline/pixline/local/states"
	"github.com/pixline/pixline/local/states/store"
)

// Options.Transition holds up each entry into a state: for a while, or until
// the execution times out.
func TestTransition(t *testing.T) {
	t.Parallel()
	definition := []byte(strings.Replace(string(document(`"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"}`)), `{`, `{"TimeoutSeconds":60,`, 1))
	for _, c := range []struct {
		held   time.Duration
		status states.Status
		took   time.Duration
	}{{10 * time.Second, store.Succeeded, 20 * time.Second}, {time.Hour, store.TimedOut, time.Minute}} {
		path := filepath.Join(t.TempDir(), "executions")
		synctest.Test(t, func(t *testing.T) {
			o := options(path, definition, functions{})
			o.Transition = func(ctx context.Context, arn string) {
				if arn != machineARN {
					t.Errorf("a transition of %s", arn)
				}
				select {
				case <-time.After(c.held):
				case <-ctx.Done():
				}
			}
			e, err := states.Open(o)
			if err != nil {
				t.Fatal(err)
			}
			defer shut(t, e)
			x, err := e.StartExecution(t.Context(), machineARN, "x", json.RawMessage(`{}`))
			if err != nil {
				t.Fatal(err)
			}
			if x, err = e.Wait(t.Context(), x.ARN); err != nil {
				t.Fatal(err)
			}
			if took := x.StopDate.Sub(x.StartDate).Truncate(time.Second); x.Status != c.status || took != c.took {
				t.Errorf("held up by %s: %s after %s", c.held, x.Status, took)
			}
		})
	}
}
