package federation

import (
	"math"
	"time"
)

// Clocks are put back: what was noted by one that was ahead must not count as new until then.

// elapsed is the time from then until now. What lies ahead counts as long ago, so that it is asked for again.
func elapsed(then, now time.Time) time.Duration {
	if d := now.Sub(then); d >= 0 {
		return d
	}
	return math.MaxInt64
}

func (s *Server) since(then time.Time) time.Duration { return elapsed(then, s.now()) }
