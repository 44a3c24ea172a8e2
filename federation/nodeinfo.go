package federation

import (
	"context"
	"fmt"
	"strings"
)

const (
	nodeInfoRel    = "http://nodeinfo.diaspora.software/ns/schema/"
	applicationRel = "https://www.w3.org/ns/activitystreams#Application" // FEP-2677
	softwareName   = "folkmoot"
	maxNodeInfo    = 256 << 10 // some list thousands of blocked hosts in their metadata
)

// nodeInfoStats are the figures and names a server tells of itself. Numbers are true or absent (FEP-0151).
type nodeInfoStats struct {
	SoftwareVersion   string
	Users             int // accounts; here groups
	ActiveMonth       int
	ActiveHalfyear    int
	Posts, Comments   int
	OpenRegistrations bool
	Title, Contact    string
}

type nodeInfoDocument struct {
	Version           string            `json:"version"`
	Software          nodeInfoSoftware  `json:"software"`
	Protocols         []string          `json:"protocols"`
	Services          nodeInfoServices  `json:"services"`
	OpenRegistrations bool              `json:"openRegistrations"`
	Usage             nodeInfoUsage     `json:"usage"`
	Metadata          map[string]string `json:"metadata"`
}

type nodeInfoSoftware struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type nodeInfoServices struct {
	Inbound  []string `json:"inbound"`
	Outbound []string `json:"outbound"`
}

type nodeInfoUsage struct {
	Users         nodeInfoUsers `json:"users"`
	LocalPosts    int           `json:"localPosts"`
	LocalComments int           `json:"localComments"`
}

type nodeInfoUsers struct {
	Total          int `json:"total"`
	ActiveHalfyear int `json:"activeHalfyear"`
	ActiveMonth    int `json:"activeMonth"`
}

// buildNodeInfo writes the NodeInfo document of version 2.0 or 2.1. Metadata holds only strings: Lemmy's reader knows no others.
func buildNodeInfo(version string, s nodeInfoStats) ([]byte, error) {
	metadata := map[string]string{}
	if s.Title != "" {
		metadata["nodeName"] = s.Title
	}
	if s.Contact != "" {
		metadata["contact"] = s.Contact
	}
	return marshalPlain(nodeInfoDocument{
		Version: version, Software: nodeInfoSoftware{Name: softwareName, Version: s.SoftwareVersion},
		Protocols: []string{"activitypub"}, Services: nodeInfoServices{Inbound: []string{}, Outbound: []string{}},
		OpenRegistrations: s.OpenRegistrations,
		Usage: nodeInfoUsage{
			Users:      nodeInfoUsers{Total: s.Users, ActiveHalfyear: s.ActiveHalfyear, ActiveMonth: s.ActiveMonth},
			LocalPosts: s.Posts, LocalComments: s.Comments,
		},
		Metadata: metadata,
	})
}

// buildNodeInfoLinks writes /.well-known/nodeinfo, with the way to the Application actor.
func buildNodeInfoLinks(origin string) ([]byte, error) {
	return marshalPlain(jrdDocument{Links: []jrdLink{
		{Rel: nodeInfoRel + "2.0", Href: origin + "/nodeinfo/2.0"},
		{Rel: nodeInfoRel + "2.1", Href: origin + "/nodeinfo/2.1"},
		{Rel: applicationRel, Href: origin + "/actor"},
	}})
}

// Software asks a host what runs there. The name is lower case, e.g. "mastodon". It is what the host says, good for choosing
// how to speak to it and for nothing else.
func (c *Client) Software(ctx context.Context, host string) (name, version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	links, err := c.wellKnown(ctx, host, "/.well-known/nodeinfo", "application/json", maxNodeInfo)
	if err != nil {
		return "", "", err
	}
	address, err := nodeInfoAddress(links, host)
	if err != nil {
		return "", "", fmt.Errorf("read the NodeInfo links of %s: %w", host, err)
	}
	if rest, plain := strings.CutPrefix(address, "http://"); plain && !c.allowHTTP {
		address = "https://" + rest // behind a proxy, software often does not know that it is reached over https
	}
	raw, _, err := c.Get(ctx, address, "application/json", maxNodeInfo)
	if err != nil {
		return "", "", err
	}
	if name, version, err = decodeNodeInfo(raw); err != nil {
		return "", "", fmt.Errorf("read the NodeInfo of %s: %w", host, err)
	}
	return name, version, nil
}

// nodeInfoAddress picks the newest version among the links, on the host itself.
func nodeInfoAddress(raw []byte, host string) (string, error) {
	o, err := scanObject(raw)
	if err != nil {
		return "", err
	}
	best, address := "", ""
	for _, link := range o.get("links").list() {
		l := link.object()
		version, ok := strings.CutPrefix(l.get("rel").text(), nodeInfoRel)
		href := l.get("href").text()
		if ok && version > best && sameHost(href, "https://"+host) {
			best, address = version, href
		}
	}
	if address == "" {
		return "", missing("NodeInfo", "link on its own host")
	}
	return address, nil
}

// decodeNodeInfo reads the name and version of the software, which every version of NodeInfo has in the same place.
func decodeNodeInfo(raw []byte) (name, version string, err error) {
	// Pleroma and Akkoma list every host they limit, so the metadata may be longer than any object.
	limits := jsonLimits{Bytes: maxNodeInfo, Depth: 32, Array: 20_000, Keys: 2000, String: 100_000}
	if err := prescan(raw, limits); err != nil {
		return "", "", err
	}
	software := trimJSON(raw).object().get("software").object()
	name = strings.ToLower(cleanLine(software.get("name").text(), 64))
	if name == "" {
		return "", "", missing("NodeInfo", "software name")
	}
	return name, cleanLine(software.get("version").text(), 64), nil
}
