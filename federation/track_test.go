package federation

import (
	"testing"

	"folkmoot/store"
)

// A boost that is taken back while it waits is undone only where the host may have it: after a try that failed, but not before the first.
func TestABoostThatMayHaveComeIsUndone(t *testing.T) {
	for name, tried := range map[string]bool{"never sent": false, "tried": true} {
		t.Run(name, func(t *testing.T) {
			log := track{rows: []logRow{{5, false}, {6, false}, {7, false}}}
			if tried {
				log.begin(5)
			}
			log.begin(6)
			log.withdrawn(store.Delivery{Seq: 5, Cancelled: true})
			log.over(5)
			if skipped := log.passes(store.Delivery{Seq: 7, Cancels: 5}); skipped == tried {
				t.Errorf("the Undo is passed over: %t", skipped)
			}
			log.over(6)
			if len(log.begun) > 0 {
				t.Errorf("remembered though it is over: %v", log.begun)
			}
		})
	}
}
