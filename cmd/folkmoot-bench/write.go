package main

import "fmt"

const (
	groupName = "bench"
	groupURI  = origin + "/g/" + groupName
	context1  = `"@context":"https://www.w3.org/ns/activitystreams"`
	publicURI = "https://www.w3.org/ns/activitystreams#Public"
)

// The activities that people send. A mark is unique in a run; by it receivers know things again.

func (p *people) post(by person, mark, group, published string) draft {
	return p.note(by, mark, group, "", published)
}

// note is a Create as Mastodon writes it; with a parent it is a comment.
func (p *people) note(by person, mark, group, parent, published string) draft {
	actor, id := p.uri(by), p.postURI(by, mark)
	answers := "null"
	if parent != "" {
		answers = fmt.Sprintf("%q", parent)
	}
	const words = "The kettle has been on for an hour and nobody has asked a question yet, so here is one to begin with: which book did you " +
		"put aside half-read, and what would make you take it up again? Mine is the one with the lighthouse on the cover."
	body := fmt.Sprintf(`{%[1]s,"id":"%[2]s/activity","type":"Create","actor":"%[3]s","published":"%[4]s","to":["%[5]s"],`+
		`"cc":["%[3]s/followers","%[6]s"],"object":{"id":"%[2]s","type":"Note","summary":null,"inReplyTo":%[7]s,"published":"%[4]s",`+
		`"url":"%[2]s","attributedTo":"%[3]s","to":["%[5]s"],"cc":["%[3]s/followers","%[6]s"],"sensitive":false,"atomUri":"%[2]s",`+
		`"content":"<p><span class=\"h-card\" translate=\"no\"><a href=\"%[6]s\" class=\"u-url mention\">@<span>%[8]s</span></a></span> %[9]s</p>",`+
		`"contentMap":{"en":"<p>%[9]s</p>"},"attachment":[],"tag":[{"type":"Mention","href":"%[6]s","name":"@%[8]s@%[10]s"}]}}`,
		context1, id, actor, published, publicURI, group, answers, groupName, words, domain)
	return draft{by: by, body: body}
}

func (p *people) postURI(by person, mark string) string { return p.base(by.host) + markSign + mark }

func (p *people) follow(by person, mark, group string) draft {
	return draft{by: by, body: fmt.Sprintf(`{%s,"id":"%s%s%s","type":"Follow","actor":"%s","object":"%s"}`,
		context1, p.base(by.host), markSign, mark, p.uri(by), group)}
}

func (p *people) like(by person, mark, post string) draft { return p.act(by, "Like", mark, post) }

func (p *people) boost(by person, mark, post string) draft { return p.act(by, "Announce", mark, post) }

func (p *people) act(by person, kind, mark, about string) draft {
	return draft{by: by, body: fmt.Sprintf(
		`{%s,"id":"%s%s%s","type":"%s","actor":"%s","object":"%s","to":["%s"],"cc":["%s/followers","%s"]}`,
		context1, p.base(by.host), markSign, mark, kind, p.uri(by), about, publicURI, p.uri(by), groupURI)}
}
