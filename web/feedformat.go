package web

import (
	"encoding/json"
	"encoding/xml"
	"time"
)

// atomLink is RFC 4287's link, which RSS borrows.
type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

// atomFeed is a feed as RFC 4287 has it; next is that of RFC 5005.
type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Language string      `xml:"xml:lang,attr,omitempty"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle,omitempty"`
	Updated  string      `xml:"updated"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomEntry struct {
	Language   string         `xml:"xml:lang,attr,omitempty"`
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Published  string         `xml:"published"`
	Updated    string         `xml:"updated"`
	Link       atomLink       `xml:"link"`
	Author     atomPerson     `xml:"author"`
	Categories []atomCategory `xml:"category"`
	Content    atomText       `xml:"content"`
}

type atomPerson struct {
	Name string `xml:"name"`
	URI  string `xml:"uri,omitempty"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

func writeAtom(f feed) ([]byte, error) {
	out := atomFeed{
		ID: f.Origin + f.Home, Language: f.Language, Title: f.Title, Subtitle: f.About, Updated: f.Updated().Format(time.RFC3339), Links: []atomLink{
			{Rel: "self", Type: "application/atom+xml", Href: f.Self}, {Rel: "alternate", Type: "text/html", Href: f.Origin + f.Home},
		},
	}
	if f.Next != "" {
		out.Links = append(out.Links, atomLink{Rel: "next", Type: "application/atom+xml", Href: f.Next})
	}
	for _, i := range f.Items {
		e := atomEntry{
			Language: i.Language, ID: f.ID(i), Title: i.Title, Published: i.Published.Format(time.RFC3339), Updated: i.Edited.Format(time.RFC3339),
			Link:   atomLink{Rel: "alternate", Type: "text/html", Href: f.ID(i)},
			Author: atomPerson{Name: i.Author, URI: i.Profile}, Content: atomText{Type: "html", Text: i.HTML},
		}
		for _, tag := range i.Tags {
			e.Categories = append(e.Categories, atomCategory{Term: tag})
		}
		out.Entries = append(out.Entries, e)
	}
	return document(out)
}

// rssFeed is a feed as RSS 2.0 has it, with what validators ask for beside it.
type rssFeed struct {
	XMLName xml.Name   `xml:"rss"`
	Version string     `xml:"version,attr"`
	Atom    string     `xml:"xmlns:atom,attr"`
	DC      string     `xml:"xmlns:dc,attr"`
	Channel rssChannel `xml:"channel"`
}

type rssChannel struct {
	Title       string     `xml:"title"`
	Link        string     `xml:"link"`
	Description string     `xml:"description"`
	Language    string     `xml:"language,omitempty"`
	Built       string     `xml:"lastBuildDate"`
	Links       []atomLink `xml:"atom:link"`
	Items       []rssItem  `xml:"item"`
}

type rssItem struct {
	Title       string   `xml:"title"`
	Link        string   `xml:"link"`
	GUID        string   `xml:"guid"` // an address by itself
	Published   string   `xml:"pubDate"`
	Author      string   `xml:"dc:creator"`
	Categories  []string `xml:"category"`
	Description string   `xml:"description"`
}

// rssDate is a date as RFC 822 has it, with the year whole.
const rssDate = "Mon, 02 Jan 2006 15:04:05 -0700"

func writeRSS(f feed) ([]byte, error) {
	about := f.About
	if about == "" {
		about = f.Title // there must be one
	}
	channel := rssChannel{
		Title: f.Title, Link: f.Origin + f.Home, Description: about, Language: f.Language, Built: f.Updated().Format(rssDate),
		Links: []atomLink{{Rel: "self", Type: "application/rss+xml", Href: f.Self}},
	}
	if f.Next != "" {
		channel.Links = append(channel.Links, atomLink{Rel: "next", Type: "application/rss+xml", Href: f.Next})
	}
	for _, i := range f.Items {
		channel.Items = append(channel.Items, rssItem{
			Title: i.Title, Link: f.ID(i), GUID: f.ID(i), Published: i.Published.Format(rssDate), Author: i.Author,
			Categories: i.Tags, Description: i.HTML,
		})
	}
	return document(rssFeed{
		Version: "2.0", Atom: "http://www.w3.org/2005/Atom", DC: "http://purl.org/dc/elements/1.1/", Channel: channel,
	})
}

// document is an XML document. What XML cannot hold becomes U+FFFD.
func document(v any) ([]byte, error) {
	body, err := xml.MarshalIndent(v, "", " ")
	return append([]byte(xml.Header), body...), err
}

// jsonFeed is a feed as JSON Feed 1.1 has it.
type jsonFeed struct {
	Version     string     `json:"version"`
	Title       string     `json:"title"`
	Home        string     `json:"home_page_url"`
	Self        string     `json:"feed_url"`
	Next        string     `json:"next_url,omitempty"`
	Description string     `json:"description,omitempty"`
	Language    string     `json:"language,omitempty"`
	Items       []jsonItem `json:"items"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	HTML      string       `json:"content_html"`
	Published time.Time    `json:"date_published"`
	Modified  time.Time    `json:"date_modified"`
	Authors   []jsonPerson `json:"authors"`
	Tags      []string     `json:"tags,omitempty"`
	Language  string       `json:"language,omitempty"`
}

type jsonPerson struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

func writeJSONFeed(f feed) ([]byte, error) {
	out := jsonFeed{
		Version: "https://jsonfeed.org/version/1.1", Title: f.Title, Home: f.Origin + f.Home, Self: f.Self, Next: f.Next,
		Description: f.About, Language: f.Language, Items: []jsonItem{},
	}
	for _, i := range f.Items {
		out.Items = append(out.Items, jsonItem{
			ID: f.ID(i), URL: f.ID(i), Title: i.Title, HTML: i.HTML, Published: i.Published, Modified: i.Edited,
			Authors: []jsonPerson{{Name: i.Author, URL: i.Profile}}, Tags: i.Tags, Language: i.Language,
		})
	}
	return json.MarshalIndent(out, "", " ")
}
