package federation

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ids makes the ids of everything this server publishes, and nothing else does. The grammar is what the pickiest peers need:
// lower case throughout (PieFed stores ids lower-cased), groups at least four slashes deep (PieFed takes a shorter Block target
// for a whole site), posts under /post/ and comments under /comment/ (PieFed branches on the words), collections straight below
// the group (Lemmy builds {id}/followers itself), keys as fragments (Lemmy's parser of signed GETs looks for the #).
type ids struct{ origin string }

// newIDs takes the public origin, such as https://groups.example.
func newIDs(origin string) ids { return ids{origin: strings.TrimRight(origin, "/")} }

func (i ids) application() string       { return i.origin + "/actor" }
func (i ids) applicationOutbox() string { return i.origin + "/actor/outbox" }
func (i ids) sharedInbox() string       { return i.origin + "/inbox" }
func (i ids) moderation() string        { return i.origin + "/" + moderationName }

func (i ids) group(name string) string      { return i.origin + "/g/" + name }
func (i ids) inbox(name string) string      { return i.group(name) + "/inbox" }
func (i ids) outbox(name string) string     { return i.group(name) + "/outbox" }
func (i ids) followers(name string) string  { return i.group(name) + "/followers" }
func (i ids) following(name string) string  { return i.group(name) + "/following" }
func (i ids) moderators(name string) string { return i.group(name) + "/moderators" }
func (i ids) featured(name string) string   { return i.group(name) + "/featured" }
func (i ids) wall(name string) string       { return i.group(name) + "/wall" }
func (i ids) agent(name string) string      { return i.group(name) + "/" + agentName }

func (i ids) picture(file string) string { return i.origin + "/media/" + file }

func (i ids) post(name string, n int64) string    { return i.numbered(name, "post", n) }
func (i ids) comment(name string, n int64) string { return i.numbered(name, "comment", n) }
func (i ids) context(name string, n int64) string { return i.post(name, n) + "/context" }

// What belongs to a post or comment lies below its id.
func (i ids) replies(post string) string  { return post + "/replies" }
func (i ids) likes(post string) string    { return post + "/likes" }
func (i ids) dislikes(post string) string { return post + "/dislikes" }
func (i ids) shares(post string) string   { return post + "/shares" }

func (i ids) numbered(name, what string, n int64) string {
	return i.group(name) + "/" + what + "/" + strconv.FormatInt(n, 10)
}

// moderationName is the name of the actor in whose name this server tells of moderators' acts; no group has it.
const moderationName = "moderation"

// key is the id of an actor's RSA key, edKey that of its Ed25519 key (FEP-521a).
func (i ids) key(actor string) string   { return actor + "#" + mainKey }
func (i ids) edKey(actor string) string { return actor + "#" + ed25519Key }

const (
	mainKey    = "main-key"
	ed25519Key = "ed25519-key"
)

// activity is the id of an activity, or of a private note, that this server sends. Kind is a lower-case word.
func (i ids) activity(kind, key string) string { return i.origin + "/a/" + kind + "/" + key }

// host is the authority of the origin, as in handles.
func (i ids) host() string {
	_, host, _ := strings.Cut(i.origin, "://")
	return host
}

// owns says whether uri lies on this server, in whatever spelling.
func (i ids) owns(uri string) bool { return sameHost(i.origin, uri) }

// idKind names what an id of this server stands for.
type idKind string

const (
	idGroup             idKind = "group"
	idInbox             idKind = "inbox"
	idOutbox            idKind = "outbox"
	idFollowers         idKind = "followers"
	idFollowing         idKind = "following"
	idModerators        idKind = "moderators"
	idFeatured          idKind = "featured"
	idWall              idKind = "wall"
	idAgent             idKind = agentName
	idSharedInbox       idKind = "shared inbox"
	idApplication       idKind = "application"
	idApplicationOutbox idKind = "application outbox"
	idPost              idKind = "post"
	idComment           idKind = "comment"
	idContext           idKind = "context"
	idPostPart          idKind = "part of a post" // its replies, likes, dislikes or shares
	idCommentPart       idKind = "part of a comment"
	idKey               idKind = "key"
	idActivity          idKind = "activity"
)

// idRef is what an id of this server says.
type idRef struct {
	Kind idKind
	Name string // of the group; "" for what belongs to the whole server
	N    int64  // of the post or comment
	Verb string // of an activity: boost, wrap, accept ...
	Key  string // of an activity: the rest; of a key: main-key or ed25519-key; of a part: which
}

// parse reads an id of this server. Only the one canonical spelling counts: another host, a query, capitals, a final slash or a
// number with leading zeros make it somebody else's or nobody's, so that no two ids ever mean one thing.
func (i ids) parse(uri string) (idRef, bool) {
	path, ok := strings.CutPrefix(uri, i.origin+"/")
	if !ok {
		return idRef{}, false
	}
	if base, fragment, found := strings.Cut(path, "#"); found {
		return parseKeyID(base, fragment)
	}
	return parseIDPath(path)
}

func parseKeyID(path, fragment string) (idRef, bool) {
	owner, ok := parseIDPath(path)
	if !ok || (owner.Kind != idGroup && owner.Kind != idAgent && owner.Kind != idApplication) {
		return idRef{}, false
	}
	if fragment != mainKey && fragment != ed25519Key {
		return idRef{}, false
	}
	return idRef{Kind: idKey, Name: owner.Name, Key: fragment}, true
}

func parseIDPath(path string) (idRef, bool) {
	parts := strings.Split(path, "/")
	switch {
	case path == "actor":
		return idRef{Kind: idApplication}, true
	case path == "actor/outbox":
		return idRef{Kind: idApplicationOutbox}, true
	case path == "inbox":
		return idRef{Kind: idSharedInbox}, true
	case parts[0] == "a" && len(parts) == 3:
		return idRef{Kind: idActivity, Verb: parts[1], Key: parts[2]}, isIDWord(parts[1]) && isIDWord(parts[2])
	case parts[0] == "g" && len(parts) > 1 && validGroupName(parts[1]):
		return parseGroupPath(parts[1], parts[2:])
	}
	return idRef{}, false
}

// parseGroupPath reads what follows /g/{name}.
func parseGroupPath(name string, rest []string) (idRef, bool) {
	if len(rest) < 2 {
		kind, ok := groupPathKind(strings.Join(rest, ""))
		return idRef{Kind: kind, Name: name}, ok && (len(rest) == 0) == (kind == idGroup)
	}
	n, ok := parseIDNumber(rest[1])
	if !ok {
		return idRef{}, false
	}
	return numberedPath(idRef{Name: name, N: n}, rest[0], rest[2:])
}

func groupPathKind(word string) (idKind, bool) {
	switch word {
	case "":
		return idGroup, true
	case "inbox", "outbox", "followers", "following", "moderators", "featured", "wall", agentName:
		return idKind(word), true
	}
	return "", false
}

// numberedPath reads what follows /post/{n} or /comment/{n}.
func numberedPath(ref idRef, what string, rest []string) (idRef, bool) {
	kinds := map[string][2]idKind{"post": {idPost, idPostPart}, "comment": {idComment, idCommentPart}}[what]
	switch {
	case len(rest) == 0:
		ref.Kind = kinds[0]
	case len(rest) > 1:
		return idRef{}, false
	case what == "post" && rest[0] == "context":
		ref.Kind = idContext
	case slices.Contains([]string{"replies", "likes", "dislikes", "shares"}, rest[0]):
		ref.Kind, ref.Key = kinds[1], rest[0]
	}
	return ref, ref.Kind != ""
}

// parseIDNumber reads a positive number in its one spelling.
func parseIDNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n > 0 && strconv.FormatInt(n, 10) == s
}

const maxGroupName = 30

// validGroupName says whether name may stand in an id: a to z, 0 to 9 and the underscore. Those who found a group are asked for
// three characters or more; here that would only hide a group that exists.
func validGroupName(name string) bool {
	return name != "" && len(name) <= maxGroupName && !strings.ContainsFunc(name, func(r rune) bool {
		return !isLowerOrDigit(r) && r != '_'
	})
}

// isIDWord says whether s may be a part of an activity's id.
func isIDWord(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool { return !isLowerOrDigit(r) && r != '-' })
}

func isLowerOrDigit(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' }

// iri returns a URL that is written exactly as s. url.Parse would not do: it re-escapes, and an id is a sequence of bytes. A
// scheme with an opaque rest is the one form that net/url puts together unchanged.
func iri(s string) *url.URL {
	scheme, rest, _ := strings.Cut(s, ":")
	return &url.URL{Scheme: scheme, Opaque: rest}
}
