package federation

import (
	"testing"
	"time"
)

// Looks take a part of the time only. One that takes long by itself, as the first after a start, is not made up for: until then nothing new
// would leave.
func TestOneSlowLookHoldsUpNothing(t *testing.T) {
	var p pace
	at := time.Unix(1_800_000_000, 0)
	for i, tt := range []struct{ took, rest time.Duration }{
		{20 * time.Millisecond, 0},
		{time.Millisecond, 10 * time.Millisecond},
		{30 * time.Millisecond, 10 * time.Millisecond},
		{30 * time.Millisecond, 300 * time.Millisecond},
	} {
		if got := p.rested(at, at.Add(tt.took)).Sub(at.Add(tt.took)); got != tt.rest {
			t.Errorf("after look %d: %v of rest, want %v", i, got, tt.rest)
		}
	}
}
