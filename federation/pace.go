package federation

import "time"

const lookShare = 10 // looking for what is due takes one part in ten of the time at most

// pace keeps looks at the store from taking all the time there is. One that takes longer than those around it, as the first after a start
// does, holds up nothing.
type pace struct{ last time.Duration }

// rested says until when to rest after a look.
func (p *pace) rested(began, ended time.Time) time.Time {
	took := ended.Sub(began)
	rest := lookShare * min(took, p.last)
	p.last = took
	return ended.Add(rest)
}
