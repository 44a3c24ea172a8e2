package federation

import (
	"context"
	"net/http"
	"strconv"

	"folkmoot/group"
)

// CloseReport deals with a report in the name of whoever runs the server, and with all others about the same; those who sent them are
// told. Errors: store.ErrNotFound.
func (s *Server) CloseReport(ctx context.Context, id int64, discard bool, words string) (group.Decision, error) {
	r, err := s.store.Report(ctx, id)
	if err != nil {
		return group.Decision{}, err
	}
	kind, reason := group.Resolve, group.ReasonResolved
	if discard {
		kind, reason = group.Discard, group.ReasonDiscarded
	}
	words = cleanLine(words, maxRemark)
	if r.Group != "" {
		return s.operate(ctx, r.Group, group.Request{Kind: kind, Target: r.About, Text: words})
	}
	return group.Decision{Verdict: group.Accepted, Reason: reason}, s.store.CloseServerReport(ctx, id, discard, s.ids.application(), words)
}

// aboutServer finds what a report says of this server as a whole, "" if it is about something else.
func (s *Server) aboutServer(a activity) string {
	for _, id := range idsOf(a.Objects) {
		switch id {
		case s.ids.application(), s.ids.moderation(), s.origin, s.origin + "/":
			return id
		}
	}
	return ""
}

const logPage = 50

// modLog shows what moderators did, newest first, to everybody: what, to whom and why, unless the reason is private, and not by whom.
func (s *Server) modLog(r *http.Request) (served, error) {
	g, err := s.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return served{}, err
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // 0 for none
	acts, err := s.store.ModLog(r.Context(), g.ID, true, before, logPage)
	if err != nil {
		return served{}, err
	}
	id := g.URI + "/modlog"
	items := []any{}
	for _, a := range acts {
		item := document{
			"type": "Activity", "actor": g.URI, "name": string(a.Kind), "object": a.Target, "published": timestamp(a.At), "content": a.Reason.Sentence(),
		}
		item.set("summary", a.Words)
		items = append(items, item)
	}
	d := document{"@context": activityStreams, "id": id, "type": "OrderedCollectionPage", "partOf": id, "orderedItems": items}
	if before > 0 {
		d["id"] = id + "?before=" + strconv.FormatInt(before, 10)
	}
	if len(acts) == logPage {
		d["next"] = id + "?before=" + strconv.FormatInt(acts[len(acts)-1].ID, 10)
	}
	return collection(d.encode())
}
