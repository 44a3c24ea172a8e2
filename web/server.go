package web

import (
	"net/http"
	"strconv"

	"folkmoot/store"
)

// serverRoutes are the pages of those who run the server. Nobody else is told that there are any.
func (s *Site) serverRoutes(mux *http.ServeMux) {
	const at = "/server"
	mux.HandleFunc("GET "+at, s.adminOnly(s.overviewPage))
	mux.HandleFunc("GET "+at+"/version", s.adminOnly(s.versionPage))
	mux.HandleFunc("GET "+at+"/groups", s.adminOnly(s.serverGroups))
	mux.HandleFunc("POST "+at+"/founding", s.adminOnly(s.setFounding))
	mux.HandleFunc("POST "+at+"/wanted", s.adminOnly(s.decideWanted))
	mux.HandleFunc("POST "+at+"/report", s.adminOnly(s.closeReport))
	mux.HandleFunc("POST "+at+"/storm", s.adminOnly(s.serverStorm))
	mux.HandleFunc("GET "+at+"/peers", s.adminOnly(s.peersPage))
	mux.HandleFunc("GET "+at+"/peers/{host}", s.adminOnly(s.peerPage))
	mux.HandleFunc("POST "+at+"/peer", s.adminOnly(s.changePeer))
	mux.HandleFunc("GET "+at+"/blocks", s.adminOnly(s.blocksPage))
	mux.HandleFunc("GET "+at+"/blocks.csv", unseen(s.exportBlocks))
	mux.HandleFunc("POST "+at+"/blocks", s.patient(s.adminOnly(s.changeBlocks)))
	mux.HandleFunc("POST "+at+"/lists", s.adminOnly(s.changeLists))
	mux.HandleFunc("GET "+at+"/settings", s.adminOnly(s.staffPage))
	mux.HandleFunc("POST "+at+"/announcement", s.adminOnly(s.announce))
	mux.HandleFunc("POST "+at+"/admins", s.adminOnly(s.changeAdmins))
	mux.HandleFunc("GET "+at+"/activity", s.adminOnly(s.livePage))
	mux.HandleFunc("GET "+at+"/log", s.adminOnly(s.serverLog))
}

// ServerData is what every page of those who run the server shows.
type ServerData struct {
	Tab  string // which of the pages it is
	Tabs []string
}

func serverTabs() []string {
	return []string{"overview", "groups", "peers", "blocks", "settings", "activity", "log"}
}

// serverView is a page of those who run the server.
func (s *Site) serverView(r *http.Request, page, tab string, data any) view {
	return view{Page: page, Title: s.languageOf(r).T("server.tab."+tab) + " · " + s.languageOf(r).T("server.title"), Unlisted: true, Data: data}
}

func serverData(tab string) ServerData { return ServerData{Tab: tab, Tabs: serverTabs()} }

// Place is where a tab leads.
func (ServerData) Place(tab string) string {
	if tab == "overview" {
		return "/server"
	}
	return "/server/" + tab
}

// confirmation asks whether something is meant that cannot be taken back, or shows what it would lead to.
type confirmation struct {
	ServerData
	Title  string
	Lines  []string // what would follow
	Action string
	Fields map[string]string
	Button string
	Back   string
}

// meant says whether whoever sent a form has seen what follows and means it.
func meant(f *form) bool { return f.Value("confirm") == "yes" }

// confirm shows what would follow, and a button to go on.
func (s *Site) confirm(r *http.Request, c confirmation) view {
	c.ServerData = serverData(c.Tab)
	c.Fields["confirm"] = "yes"
	return s.serverView(r, "serverconfirm", c.Tab, c)
}

// notes writes down what somebody who runs the server did, and leads to a page that says so.
func (s *Site) notes(r *http.Request, who *account, act store.ServerAct, to string, n said) (view, error) {
	act.By = who.Actor.URI
	if err := s.Store.LogServer(r.Context(), act); err != nil {
		return view{}, err
	}
	return s.done(r, who, to, n)
}

type serverLogData struct {
	ServerData
	Acts  []store.ServerAct
	Older string
}

// serverLog shows who did what to run the server.
func (s *Site) serverLog(r *http.Request, _ *account) (view, error) {
	d := serverLogData{ServerData: serverData("log")}
	var err error
	d.Acts, err = s.Store.ServerLog(r.Context(), beforeAsked(r), logShown+1)
	if len(d.Acts) > logShown {
		d.Acts = d.Acts[:logShown]
		d.Older = "/server/log?before=" + strconv.FormatInt(d.Acts[logShown-1].ID, 10)
	}
	return s.serverView(r, "serverlog", "log", d), err
}

// serverDone says what was done to run the server, by the kind of act.
func (c *catalogue) serverDone(kind string) string {
	key := "server.log." + kind
	if words := c.T(key); words != key {
		return words
	}
	return c.T("run.log.other")
}
