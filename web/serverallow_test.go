package web

import (
	"net/http"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

// Nobody is shut out by the mode of allowed servers before it was shown whom that costs, and whoever chooses it stays in.
func TestOnlyAllowedServers(t *testing.T) {
	h, st := admins(t, Running{})
	const eve = "https://evil.example/users/eve"
	save(t, st, store.Actor{URI: eve, Handle: "@eve@evil.example", Inbox: eve + "/inbox", Fetched: clock()})
	wish(t, st, group.Request{Kind: group.Follow, By: group.Person{URI: eve}})
	v := browse(t, h)
	v.enter(st, bob)
	only := []string{"do", "mode", "mode", "allow"}
	v.shows(v.post("/server/blocks", append(only, "confirm", "yes")...), http.StatusUnprocessableEntity, "allow mastodon.example first")
	v.leads(v.post("/server/blocks", "do", "set", "subject", "mastodon.example", "level", "allow", "confirm", "yes"), "/server/blocks")
	v.shows(v.post("/server/blocks", only...), http.StatusOK, "Allowed so far: mastodon.example", "Followers lost: 1.", `name="confirm" value="yes"`)
	if on, err := st.AllowOnly(t.Context(), 0); on || err != nil {
		t.Fatalf("chosen without a yes: %v", err)
	}
	v.leads(v.post("/server/blocks", append(only, "confirm", "yes")...), "/server/blocks")
	v.shows(v.get("/server/blocks"), http.StatusOK, "that an entry allows.", ">Undo<", "Let everybody in again")
	if on, err := st.AllowOnly(t.Context(), 0); !on || err != nil {
		t.Fatalf("not chosen: %v", err)
	}
	v.leads(v.post("/server/blocks", "do", "mode", "mode", "open"), "/server/blocks")
	v.shows(v.get("/server/log"), http.StatusOK, "Only allowed servers let in", "Everybody let in who is not blocked")
	v.shows(v.post("/server/blocks", "do", "mode", "mode", "x"), http.StatusBadRequest)
}
