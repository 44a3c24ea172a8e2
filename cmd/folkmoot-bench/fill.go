package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
)

// filler writes a database to begin with, through the store that the program itself uses.
type filler struct {
	*store.Store
	b    *bench
	path string
	keys publicKeys
	at   time.Time
}

// fillers is how many write at once: the store commits what waits together.
const fillers = 512

// fill makes a folder with a database. With told, groups tell what happens, as they do when it comes from outside.
func (b *bench) fill(ctx context.Context, told bool, do func(context.Context, *filler) error) (dir string, err error) {
	if dir, err = b.folder(); err != nil {
		return "", err
	}
	return dir, b.reopen(dir, told, func(f *filler) error { return do(ctx, f) })
}

// reopen writes more into a folder that is there.
func (b *bench) reopen(dir string, told bool, do func(*filler) error) (err error) {
	o := store.Options{Path: filepath.Join(dir, "folkmoot.db"), Origin: origin}
	if told {
		o.Encode = federation.NewEncoder(origin)
	}
	f := &filler{b: b, path: o.Path, at: time.Now()}
	if f.keys, err = b.people.public(); err != nil {
		return err
	}
	if f.Store, err = store.Open(o); err != nil {
		return err
	}
	return errors.Join(do(f), f.Close())
}

// hashesMoved waits until the store has moved the hashes of old activities, if it does so with as many (store/oldhashes.go): a server to
// which as many come in months has done so long ago, and is not measured while it does.
func (f *filler) hashesMoved(ctx context.Context, activities int) error {
	const most, look, patience = 1 << 19, 11 * time.Second, 40 * time.Minute
	if activities <= most {
		return nil
	}
	db, err := sql.Open("sqlite", "file:"+f.path+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	began := time.Now()
	for n, before := 0, -1; n > most || n != before; {
		if before = n; time.Since(began) > patience {
			return fmt.Errorf("%d hashes are not moved after %v", n, patience)
		}
		if err := sleepUntil(ctx, time.Now().Add(look)); err != nil {
			return err
		}
		if err := db.QueryRowContext(ctx, `SELECT COUNT(*) FROM inbox INDEXED BY inbox_hash WHERE old = 0`).Scan(&n); err != nil {
			return err
		}
	}
	return nil
}

// all does something for each of n, many at once.
func all(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(fillers)
	for i := range n {
		g.Go(func() error { return do(ctx, i) })
	}
	return g.Wait()
}

func owner() person { return person{host{"mastodon", schemeRSA, 0}, 0} }

// found makes a group in which anybody may post.
func (f *filler) found(ctx context.Context, name string) error {
	if err := f.know(ctx, owner()); err != nil {
		return err
	}
	settings := group.Defaults()
	settings.Posting = group.PostingAnyone
	return f.CreateGroup(ctx, store.Group{
		URI: origin + "/g/" + name, Name: name, Title: "Group " + name, Settings: settings, Keys: f.b.groupKeys,
	}, f.b.people.uri(owner()))
}

// know keeps somebody and the key, as if just fetched.
func (f *filler) know(ctx context.Context, who person) error {
	if err := f.acquaint(ctx, who); err != nil {
		return err
	}
	p := f.b.people
	var key crypto.PublicKey = p.rsaOf(who).Public()
	if who.Scheme == schemeEd {
		key = p.Ed.Public()
	}
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return fmt.Errorf("write a key: %w", err)
	}
	return f.SaveKey(ctx, store.Key{ID: p.keyID(who), Owner: p.uri(who), DER: der, Fetched: f.at})
}

// acquaint keeps somebody without the key.
func (f *filler) acquaint(ctx context.Context, who person) error {
	p := f.b.people
	raw, err := json.Marshal(f.keys.document(p.base(who.host), who))
	if err != nil {
		return fmt.Errorf("write an account: %w", err)
	}
	uri := p.uri(who)
	return f.SaveActor(ctx, store.Actor{
		URI: uri, Type: "Person", Handle: fmt.Sprintf("@u%d@%s:%d", who.K, who.name(), p.Port), Name: fmt.Sprintf("Person %d", who.K),
		Inbox: uri + inboxPath, SharedInbox: p.base(who.host) + inboxPath, Fetched: f.at, Raw: raw,
	})
}

// meet notes what a host runs, as if it had been asked just now.
func (f *filler) meet(ctx context.Context, h host) error {
	_, err := f.ChangeHost(ctx, fmt.Sprintf("%s:%d", h.name(), f.b.people.Port), func(known *store.Host) {
		known.Software, known.Version, known.Checked, known.Said = h.Software, "4.5.0", f.at, f.at
		known.Dialect = store.Microblog
		if h.Software == "lemmy" {
			known.Dialect = store.Threadiverse
		}
	})
	return err
}

// follow has people follow a group whose keys are known, without telling anybody.
func (f *filler) follow(ctx context.Context, groupURI string, who []person) error {
	if err := all(ctx, len(who), func(ctx context.Context, i int) error { return f.know(ctx, who[i]) }); err != nil {
		return err
	}
	return f.join(ctx, groupURI, who)
}

// join has people follow a group who are known.
func (f *filler) join(ctx context.Context, groupURI string, who []person) error {
	hosts := map[host]bool{}
	for _, p := range who {
		hosts[p.host] = true
	}
	var each []host
	for h := range hosts {
		each = append(each, h)
	}
	if err := all(ctx, len(each), func(ctx context.Context, i int) error { return f.meet(ctx, each[i]) }); err != nil {
		return err
	}
	return all(ctx, len(who), func(ctx context.Context, i int) error {
		uri := f.b.people.uri(who[i])
		return f.apply(ctx, group.Request{
			Kind: group.Follow, By: group.Person{URI: uri}, Activity: uri + "#follow", Groups: []string{groupURI}, Target: groupURI, At: f.at,
		})
	})
}

// publish files a post, or with a parent a comment.
func (f *filler) publish(ctx context.Context, groupURI string, by person, mark, parent string) error {
	uri, author := f.b.people.postURI(by, mark), f.b.people.uri(by)
	raw := []byte(f.b.people.note(by, mark, groupURI, parent, f.at.UTC().Format(time.RFC3339)).body)
	return f.apply(ctx, group.Request{
		Kind: group.Publish, By: group.Person{URI: author}, Activity: uri + "/activity", Groups: []string{groupURI}, At: f.at, Raw: raw,
		Post: &group.Post{
			URI: uri, Author: author, InReplyTo: parent, HTML: "<p>The kettle has been on for an hour and nobody has asked a question yet.</p>",
			Kind: "Note", Published: f.at, Raw: raw,
		},
	})
}

func (f *filler) apply(ctx context.Context, r group.Request) error {
	outcomes, err := f.Apply(ctx, r, 0)
	if err != nil {
		return err
	}
	if len(outcomes) != 1 || outcomes[0].Decision.Verdict != group.Accepted {
		return fmt.Errorf("%s by %s was not accepted: %+v", r.Kind, r.By.URI, outcomes)
	}
	return nil
}

// crowd is people spread over hosts, the first host after the owner's.
func crowd(software, scheme string, people, hosts int) []person {
	out := make([]person, people)
	for i := range out {
		out[i] = person{host{software, scheme, 1 + i%hosts}, i / hosts}
	}
	return out
}
