package federation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

const (
	maxListBytes = 8 << 20
	listTick     = 10 * time.Minute
	listRetry    = time.Hour // after a failure, if the list is looked at less often
)

// ErrList means that a list of blocks cannot be used.
var ErrList = errors.New("the list of blocks cannot be used")

// listLoop looks again and again at the lists of blocks that the server follows.
func (s *Server) listLoop(ctx context.Context) {
	tick := time.NewTicker(listTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		lists, err := s.store.BlockLists(ctx)
		if err != nil {
			s.log.Error("lists of blocks not read", "error", err)
		}
		for _, l := range lists {
			if l.Due.After(s.now()) {
				continue
			}
			if _, err := s.RefreshList(ctx, l.URL, Refresh{}); err != nil && ctx.Err() == nil {
				s.log.Warn("list of blocks not taken over", "list", l.URL, "error", err)
			}
		}
	}
}

// Refresh says how a list is taken over.
type Refresh struct {
	Preview bool // only tell what would follow
	Yes     bool // however much it changes
}

// ParseBlocks reads a list of blocks and brings the hosts into the one spelling. problems are about the lines that cannot be used.
func ParseBlocks(text string) (entries []group.Barrier, problems []group.Fault, err error) {
	read, problems, err := group.ParseBlockList(text)
	seen := map[string]bool{}
	for _, b := range read {
		name := store.HostName(b.Subject)
		switch {
		case name == "":
			problems = append(problems, group.NoHost(cutRunes(b.Subject, 100)))
			continue
		case seen[name]:
			continue
		}
		seen[name], b.Subject = true, name
		b.Public, b.Private = cleanLine(b.Public, maxRemark), cleanLine(b.Private, maxRemark)
		entries = append(entries, b)
	}
	return entries, problems, err
}

// RefreshList fetches a list that the server follows and takes over what it says: what it no longer says is lifted. A change larger
// than is allowed waits until it is asked for with Yes (store.ErrTooMuch). A list that cannot be read, or is suddenly empty, changes
// nothing.
func (s *Server) RefreshList(ctx context.Context, url string, how Refresh) (store.BlockEffect, error) {
	l, err := s.store.BlockList(ctx, url)
	if err != nil {
		return store.BlockEffect{}, err
	}
	effect, err := s.takeOver(ctx, l, how)
	if how.Preview {
		return effect, err
	}
	l.Due = s.now().Add(time.Duration(l.Hours) * time.Hour)
	switch {
	case errors.Is(err, store.ErrTooMuch):
		if l.Waiting.IsZero() {
			l.Waiting = s.now()
		}
		l.Words = fmt.Sprintf("%d entries would change and %d follows end; that is more than may be without asking.",
			len(effect.Added)+len(effect.Changed)+len(effect.Lifted), effect.Followers)
	case err != nil:
		l.Words = cleanLine(err.Error(), 300)
		if retry := s.now().Add(listRetry); retry.Before(l.Due) {
			l.Due = retry
		}
	default:
		l.Fetched, l.Waiting, l.Words = s.now(), time.Time{}, ""
	}
	return effect, errors.Join(err, s.store.SaveBlockList(ctx, l))
}

// TryList tells what a list would change if it were taken over, whether it is followed or not.
func (s *Server) TryList(ctx context.Context, url string) (store.BlockEffect, error) {
	return s.takeOver(ctx, store.BlockList{URL: url}, Refresh{Preview: true, Yes: true})
}

func (s *Server) takeOver(ctx context.Context, l store.BlockList, how Refresh) (store.BlockEffect, error) {
	if err := s.mayAsk(ctx, l.URL); err != nil {
		return store.BlockEffect{}, err
	}
	body, _, err := s.client.Get(ctx, l.URL, "text/csv, text/plain;q=0.5", maxListBytes)
	if err != nil {
		return store.BlockEffect{}, fmt.Errorf("%w: %w", ErrList, err)
	}
	entries, problems, err := ParseBlocks(string(body))
	switch {
	case err != nil:
		return store.BlockEffect{}, fmt.Errorf("%w: %w", ErrList, err)
	case len(entries) == 0:
		return store.BlockEffect{}, fmt.Errorf("%w: %w", ErrList, group.EmptyList())
	case len(problems) > 0:
		s.log.InfoContext(ctx, "lines of a list of blocks passed over", "list", l.URL, "lines", len(problems), "first", problems[0])
	}
	c := store.BlockChange{Source: l.URL, Set: entries, Whole: true, Preview: how.Preview, By: s.ids.application()}
	if !how.Yes {
		c.MaxEntries, c.MaxFollowers = l.Entries, l.Followers
	}
	return s.store.ChangeBlocks(ctx, c)
}

// BlockSubject finds out what is to be blocked: a host in any spelling, or an account by its handle or URI. Of an account on a host
// that is blocked already, only the URI is understood: nobody is asked there.
func (s *Server) BlockSubject(ctx context.Context, name string) (string, error) {
	isHandle := strings.Contains(strings.TrimPrefix(name, "@"), "@")
	switch {
	case strings.Contains(name, "://"):
		if rest := strings.TrimSuffix(name[strings.Index(name, "://")+3:], "/"); !strings.Contains(rest, "/") {
			name = rest // the address of a server
			break
		}
		if !validURI(name) {
			return "", fmt.Errorf("%q: %w", cutRunes(name, 100), ErrBadURL)
		}
		return name, nil
	case isHandle:
		a, err := s.Person(ctx, name)
		return a.URI, err
	}
	host := store.HostName(strings.TrimPrefix(strings.TrimPrefix(name, "*."), "@"))
	switch {
	case host == "":
		return "", fmt.Errorf("%q is no host: %w", cutRunes(name, 100), ErrBadURL)
	case host == s.host() || strings.HasSuffix(s.host(), "."+host):
		return "", fmt.Errorf("%s is this server itself: %w", host, ErrBadURL)
	}
	return host, nil
}

// ChangeBlocks changes the blocks of the server, or of a group, in the name of whoever runs the server.
func (s *Server) ChangeBlocks(ctx context.Context, c store.BlockChange) (store.BlockEffect, error) {
	c.By = s.ids.application()
	return s.store.ChangeBlocks(ctx, c)
}

func (s *Server) host() string {
	name, _ := hostOf(s.origin)
	return name
}

// BlockFor has a group put up a block, or take one away, in the name of whoever runs the server. Errors: store.ErrNotFound.
func (s *Server) BlockFor(ctx context.Context, name string, b group.Barrier, lift bool) (group.Decision, error) {
	r := group.Request{Kind: group.Bar, Target: b.Subject, Barrier: &b, Text: b.Public}
	if lift {
		r.Kind = group.Unbar
	}
	return s.operate(ctx, name, r)
}
