package federation

import (
	"context"
	"errors"
	"strings"
	"time"

	"folkmoot/store"
)

const (
	learnAgain    = 7 * 24 * time.Hour // software is replaced and updated now and then
	learnFailed   = 24 * time.Hour
	learnCoolDown = time.Hour // however much a host contradicts itself
)

// Basis says how the dialect of a host is known.
type Basis string

// The bases, each stronger than the one before; of what a host says and shows, the newer counts.
const (
	BasisNone  Basis = ""      // nothing is known of it
	BasisSaid  Basis = "said"  // by its NodeInfo
	BasisShown Basis = "shown" // by what it sent
	BasisSet   Basis = "set"   // by the admin of this server
)

// Profile is how a host wants to be spoken to, and how that is known.
type Profile struct {
	Host    string
	Dialect store.Dialect
	Basis   Basis
	Echoes  bool // activities of its own people come back to it wrapped
}

// ProfileOf reads the profile of a host from what is known of it.
func ProfileOf(h store.Host) Profile {
	p := Profile{Host: h.Name, Echoes: wantsEchoes(h.Software)}
	if p.Dialect, p.Basis = dialectFrom(h); h.Override != "" {
		p.Dialect, p.Basis = h.Override, BasisSet
	}
	return p
}

// dialectFrom weighs what a host has said and shown. A name that is listed counts until the host shows otherwise, and again
// once it has repeated it since: the activities of one person (Akkoma passes on any property) must not outweigh the software.
func dialectFrom(h store.Host) (store.Dialect, Basis) {
	said := dialectOf(h.Software)
	switch {
	case said != store.Unknown && !contradicted(h):
		return said, BasisSaid
	case h.Shown != "":
		return h.Shown, BasisShown
	}
	return store.Unknown, BasisNone
}

// contradicted says whether a host has shown another dialect since it named its software.
func contradicted(h store.Host) bool {
	return h.Shown != "" && h.Shown != dialectOf(h.Software) && h.ShownAt.After(h.Said)
}

// dialectOf says how software wants to be spoken to, by its NodeInfo name. What is not listed stays unknown and gets both
// forms: object ids are equal in both, so no duplicate can arise.
func dialectOf(software string) store.Dialect {
	switch strings.ToLower(software) {
	case "lemmy", "piefed", "mbin", "kbin", "nodebb", "discourse", "friendica", "hubzilla", "streams", "forte", "mitra", "lotide",
		"bonfire", "folkmoot":
		return store.Threadiverse
	case "mastodon", "hometown", "glitch", "fedibird", "kmyblue", "misskey", "sharkey", "firefish", "calckey", "iceshrimp",
		"iceshrimp.net", "foundkey", "cherrypick", "catodon", "pleroma", "akkoma", "gotosocial", "pixelfed", "snac", "snac2", "ktistec",
		"takahe", "honk", "bookwyrm", "wildebeest", "microblogpub", "tootik", "hollo", "threads", "bridgy-fed":
		return store.Microblog
	case "smithereen":
		return store.Smithereen
	}
	return store.Unknown
}

// wantsEchoes says whether software gains by getting the activities of its own people back in wraps. Lemmy shows a post as
// pending until the community has announced it. Friendica, Hubzilla and their kin and Mitra have timelines, which show a
// post to the others there who follow the group once the group announces it. Unknown software may be like either, and loses
// nothing: ids are equal. Forums that file what their people write straight into the community ignore echoes (PieFed, Mbin
// and NodeBB by their code); Discourse too has the post in its category already.
func wantsEchoes(software string) bool {
	switch strings.ToLower(software) {
	case "piefed", "mbin", "kbin", "nodebb", "discourse":
		return false
	}
	return true
}

// wants says whether a host is sent a delivery; nothing else decides it. Microblogs never get wraps: Mastodon 4.3 would
// boost every comment. Threadiverse software never gets boosts: Lemmy 1.0 answers them with an error. Smithereen reads
// neither of a group. Comments are never boosted, whoever asks for it (Guppe's readers drowned in replies).
func wants(p Profile, d store.Delivery) bool {
	switch d.Form {
	case store.FormBoost:
		return !d.Comment && (p.Dialect == store.Microblog || p.Dialect == store.Unknown)
	case store.FormWrap:
		return (p.Dialect == store.Threadiverse || p.Dialect == store.Unknown) && (p.Echoes || d.Source != p.Host)
	case store.FormWall:
		return p.Dialect == store.Smithereen
	case store.FormKept:
		return false
	default:
		return true // news of the group itself, and what is for one person
	}
}

// Wants says whether a host is sent what waits for it, or passed over when its turn comes.
func Wants(h store.Host, w store.Waiting) bool {
	return wants(ProfileOf(h), store.Delivery{Form: w.Form, Comment: w.Comment, Source: w.Source})
}

// learn asks a host what it runs, now and then, before it is spoken to. Only its own deliveries wait for the answer.
func (s *Server) learn(ctx context.Context, h store.Host) store.Host {
	at := s.now().Truncate(time.Second) // the store keeps seconds
	if !askAgain(h, at) {
		return h
	}
	name, version, err := s.client.Software(ctx, h.Name)
	if ctx.Err() != nil {
		return h
	}
	if err != nil {
		s.log.InfoContext(ctx, "software not learnt", "host", h.Name, "error", err)
	}
	note := func(h *store.Host) {
		h.Checked = at
		if name != "" { // else what it said before stays in force
			h.Software, h.Version, h.Said = name, version, at
		}
		h.Dialect, _ = dialectFrom(*h)
	}
	known, err := s.store.ChangeHost(ctx, h.Name, note)
	if err != nil {
		s.log.ErrorContext(ctx, "software not kept", "host", h.Name, "error", err)
		note(&h) // it still holds for what is sent now
		return h
	}
	return known
}

// askAgain says whether it is time to ask a host what it runs.
func askAgain(h store.Host, now time.Time) bool {
	age := elapsed(h.Checked, now)
	switch {
	case h.Checked.IsZero() || age >= learnAgain:
		return true
	case age < learnCoolDown:
		return false
	case contradicted(h) && h.ShownAt.After(h.Checked):
		return true
	}
	unanswered := h.Said.Before(h.Checked)
	down := !h.Failing.IsZero() && now.Sub(h.Failing) >= learnFailed // and perhaps being made into something else
	return (unanswered || down) && age >= learnFailed
}

// notice takes up what an activity shows of the dialect of its sender's host. Only what the host has signed itself counts:
// nobody may change how this server speaks to somebody else.
func (s *Server) notice(ctx context.Context, row store.Received, a activity) error {
	name, ok := hostOf(a.Actor)
	if !ok || !sameHost(row.Signer, a.Actor) {
		return nil
	}
	h, err := s.store.Host(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	at := s.now().Truncate(time.Second)
	if err != nil || !mayLearn(h, at) {
		return err
	}
	shown, err := s.shownBy(ctx, a)
	if known, _ := dialectFrom(h); err != nil || shown == "" || shown == known {
		return err
	}
	_, err = s.store.ChangeHost(ctx, name, func(h *store.Host) {
		h.Shown, h.ShownAt = shown, at
		h.Dialect, _ = dialectFrom(*h)
	})
	return err
}

// mayLearn says whether what a host shows may change its dialect. Where one is known, once per cool-down: the host has then confirmed
// what it said, and each activity of its people repeats what contradicts it.
func mayLearn(h store.Host, now time.Time) bool {
	known, _ := dialectFrom(h)
	return known == store.Unknown || elapsed(h.Checked, now) >= learnCoolDown && elapsed(h.ShownAt, now) >= learnCoolDown
}

// shownBy says which dialect an activity is in, "" for none in particular. Only Smithereen writes on a group's wall
// (FEP-400e). Only threadiverse software addresses an audience, announces whole activities or lets groups act.
func (s *Server) shownBy(ctx context.Context, a activity) (store.Dialect, error) {
	inner := trimJSON(a.Object.Raw).object()
	switch {
	case s.isWall(firstURI(inner.get("target"))):
		return store.Smithereen, nil
	case len(a.Audience) > 0 || len(addressesOf(inner.get("audience"))) > 0:
		return store.Threadiverse, nil
	case a.Type == "Announce" && a.Object.embedded() && isWrapped(a.Object.Type):
		return store.Threadiverse, nil
	case a.Type != "Follow" && a.Type != "Announce":
		return "", nil // groups do little else, and a look at the actor costs
	}
	actor, err := s.store.Actor(ctx, a.Actor)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err == nil && actor.Type == "Group" {
		return store.Threadiverse, nil
	}
	return "", err
}

// isWall says whether uri is the wall of a group of this server.
func (s *Server) isWall(uri string) bool {
	owner, ok := strings.CutSuffix(uri, "/wall")
	ref, known := s.ids.parse(owner)
	return ok && known && ref.Kind == idGroup
}

// isWrapped names the activities that groups announce whole (FEP-1b12).
func isWrapped(t string) bool {
	switch t {
	case "Create", "Update", "Delete", "Undo", "Like", "Dislike", "EmojiReact", "Add", "Remove", "Lock", "Block", "Flag", "Announce",
		"Move", "Warn":
		return true
	}
	return false
}
