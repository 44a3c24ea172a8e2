package federation

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// What ended is noted together while nobody waits for it, soon when somebody does, and never more than may be sent again.
func TestEndsAreNotedTogether(t *testing.T) {
	for name, tt := range map[string]struct {
		waiting int           // beside the first
		quiet   time.Duration // since the last commit
		change  func(m *marker, end func())
		after   time.Duration
		noted   int
	}{
		"nobody waits":            {5, 0, func(*marker, func()) {}, noteWait, 6},
		"somebody waits":          {5, 0, func(m *marker, _ func()) { signal(m.hurry) }, noteRest, 6},
		"the server ends":         {5, 0, func(_ *marker, end func()) { end() }, noteRest, 6},
		"nothing more can come":   {5, 0, func(m *marker, _ func()) { m.close() }, 0, 6},
		"after a quiet time":      {5, time.Hour, func(*marker, func()) {}, 0, 6},
		"more than may wait":      {maxUnnoted, 0, func(*marker, func()) {}, 0, notedAtOnce},
		"more, and somebody does": {maxUnnoted, 0, func(m *marker, _ func()) { signal(m.hurry) }, 0, notedAtOnce},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, end := context.WithCancel(t.Context())
				defer end()
				m := newMarker(nil)
				m.marks = make(chan mark, tt.waiting)
				for range tt.waiting {
					m.marks <- mark{}
				}
				tt.change(m, end)
				began := time.Now()
				batch := m.gather(ctx, mark{}, began.Add(-tt.quiet), noteRest)
				if took := time.Since(began); took != tt.after || len(batch) != tt.noted {
					t.Errorf("%d are noted after %s, want %d after %s", len(batch), took, tt.noted, tt.after)
				}
				if tt.waiting == maxUnnoted && len(m.hurry) == 0 && name != "more than may wait" {
					t.Error("nobody hurries with the rest, for which somebody waits")
				}
			})
		})
	}
}
