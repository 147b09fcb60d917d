package local

import (
	"testing"

	"github.com/pixline/pixline/pkg/imaging/sample"
)

func TestSamples(t *testing.T) {
	p := start(t, nil)
	published := p.notifications(t)
	t.Run("each", func(t *testing.T) {
		for _, s := range sample.Samples() {
			t.Run(s.Key, func(t *testing.T) {
				t.Parallel()
				p.upload(t, s.Key, s.Data)
				ended := p.wait(t, p.process(t, s.Key))
				if ended.State != "SUCCEEDED" || ended.Outcome == nil || ended.Outcome.Status != s.WantStatus {
					t.Fatalf("%s", ended.Body)
				}
				if got := published(ended.ExecutionID); got.Status != s.WantStatus {
					t.Errorf("the notification says %s", got.Status)
				}
			})
		}
	})
}
