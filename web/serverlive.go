package web

import "net/http"

// liveEvery is how often the page of what passes looks again.
const liveEvery = 5

type liveData struct {
	ServerData
	Passed []Passage
}

// livePage shows what came in and went out last, and what became of it. Nothing of what people wrote is in it.
func (s *Site) livePage(r *http.Request, _ *account) (view, error) {
	d := liveData{ServerData: serverData("activity")}
	if s.Running.Passed != nil {
		d.Passed = s.Running.Passed()
	}
	v := s.serverView(r, "serverlive", "activity", d)
	if r.URL.Query().Get("watch") != "" {
		v.Refresh = liveEvery
	}
	return v, nil
}
