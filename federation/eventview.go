package federation

import (
	"html"
	"strings"
	"time"
)

const maxPlaces = 10 // locations of one event

// eventView is when and where an Event takes place.
type eventView struct {
	Start, End time.Time
	Places     []string // one line each: names and addresses
	Online     []string // where to take part from afar
	JoinMode   string   // free, restricted, invite, external, none
	JoinURL    string   // where to sign up outside
	TicketsURL string
	Cancelled  bool
}

// eventOf reads an Event (Mobilizon, Gancio, FEP-8a8e, PieFed); other types have times too (live videos) and are no events.
func eventOf(o rawObject, objectType string) eventView {
	if objectType != "Event" {
		return eventView{}
	}
	v := eventView{
		Start: timeOf(o.get("startTime")), End: timeOf(o.get("endTime")),
		JoinMode:   cleanLine(o.get("joinMode").text(), 20),
		JoinURL:    uriOf(o.get("externalParticipationUrl")),
		TicketsURL: uriOf(o.get("buyTicketsLink")),
	}
	for _, key := range []string{"eventStatus", "ical:status", "status"} {
		v.Cancelled = v.Cancelled || strings.HasSuffix(strings.ToLower(o.get(key).text()), "cancelled")
	}
	for _, item := range o.get("location").list() {
		if len(v.Places)+len(v.Online) == maxPlaces {
			break
		}
		if place := placeOf(item); place != "" {
			v.Places = append(v.Places, place)
		}
		if typeOf(item.object().get("type")) == "VirtualLocation" {
			v.Online = appendNew(v.Online, uriOf(item.object().get("url")), maxPlaces)
		}
	}
	v.Online = appendNew(v.Online, uriOf(o.get("onlineLink")), maxPlaces)
	return v
}

// placeOf reads a Place with an address (text or PostalAddress), the name of a VirtualLocation, or a plain name.
func placeOf(v rawValue) string {
	if v.kind() == '"' {
		return cleanLine(v.text(), maxName)
	}
	o := v.object()
	parts := []string{textOf(o, "name")}
	address := o.get("address")
	parts = append(parts, address.text())
	for _, key := range []string{"streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"} {
		parts = append(parts, address.object().get(key).text())
	}
	var kept []string
	for _, p := range parts {
		if p = cleanLine(p, maxURI); p != "" {
			kept = append(kept, p)
		}
	}
	return cleanLine(strings.Join(kept, ", "), maxURI)
}

// html shows time and place as a list.
func (v eventView) html() string {
	var items []string
	if v.Cancelled {
		items = append(items, "This event is cancelled.")
	}
	if when := v.when(); when != "" {
		items = append(items, "When: "+when)
	}
	for _, place := range v.Places {
		items = append(items, "Where: "+html.EscapeString(place))
	}
	for _, online := range v.Online {
		items = append(items, "Online: "+linkHTML(online))
	}
	if v.JoinURL != "" {
		items = append(items, "Sign up: "+linkHTML(v.JoinURL))
	}
	if v.TicketsURL != "" {
		items = append(items, "Tickets: "+linkHTML(v.TicketsURL))
	}
	if len(items) == 0 {
		return ""
	}
	return "<ul><li>" + strings.Join(items, "</li><li>") + "</li></ul>"
}

// when writes one day once.
func (v eventView) when() string {
	switch {
	case v.Start.IsZero():
		return ""
	case !v.End.After(v.Start):
		return dateAndTime(v.Start)
	case v.Start.UTC().Format(time.DateOnly) == v.End.UTC().Format(time.DateOnly):
		return v.Start.UTC().Format("2 January 2006, 15:04") + v.End.UTC().Format(" – 15:04 UTC")
	}
	return dateAndTime(v.Start) + " – " + dateAndTime(v.End)
}

// linkHTML is a link as the sanitiser writes one, with its address to read.
func linkHTML(uri string) string { return linkTag(uri, "") + html.EscapeString(uri) + "</a>" }
