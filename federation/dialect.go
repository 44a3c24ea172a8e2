package federation

import (
	"context"
	"errors"
	"strings"
	"time"

	"folkmoot/store"
)

const (
	learnAgain  = 7 * 24 * time.Hour // software is replaced and updated now and then
	learnFailed = 24 * time.Hour
)

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
	}
	return store.Unknown
}

// wants says whether a host of the dialect is sent the form. Microblogs never get wraps: Mastodon 4.3 would boost every
// comment. Threadiverse software never gets boosts: Lemmy 1.0 answers them with an error.
func wants(d store.Dialect, f store.Form) bool {
	switch f {
	case store.FormBoost:
		return d != store.Threadiverse
	case store.FormWrap:
		return d != store.Microblog
	default:
		return true
	}
}

// learn asks a host what it runs, now and then, before it is spoken to.
func (s *Server) learn(ctx context.Context, h store.Host) store.Host {
	age := s.now().Sub(h.Checked)
	if !h.Checked.IsZero() && (age < learnFailed || h.Software != "" && age < learnAgain) {
		return h
	}
	name, version, err := s.client.Software(ctx, h.Name)
	if ctx.Err() != nil {
		return h
	}
	d := h.Dialect // what it has shown itself outlasts a NodeInfo that cannot be read
	if err == nil && dialectOf(name) != store.Unknown {
		d = dialectOf(name)
	}
	if err != nil {
		s.log.Info("software not learnt", "host", h.Name, "error", err)
		name, version = h.Software, h.Version
	}
	if err := s.store.Learn(ctx, h.Name, name, version, d); err != nil {
		s.log.Error("software not kept", "host", h.Name, "error", err)
	}
	h.Software, h.Version, h.Dialect, h.Checked = name, version, d, s.now()
	return h
}

// notice takes up what an activity says about its sender's dialect: only threadiverse software writes audience on what it
// sends, and only it announces whole activities.
func (s *Server) notice(ctx context.Context, a activity) error {
	wraps := a.Type == "Announce" && a.Object.embedded() && isWrapped(a.Object.Type)
	host, ok := hostOf(a.Actor)
	if !ok || !wraps && len(a.Audience) == 0 {
		return nil
	}
	h, err := s.store.Host(ctx, host)
	if errors.Is(err, store.ErrNotFound) || err == nil && (h.Dialect != store.Unknown || h.Software != "") {
		return nil
	}
	if err != nil {
		return err
	}
	return s.store.Learn(ctx, host, h.Software, h.Version, store.Threadiverse)
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
