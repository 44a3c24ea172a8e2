package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"folkmoot/federation"
	"folkmoot/federation/fedtest"
	"folkmoot/web"
)

// step is one thing that happens in the story.
type step struct {
	words string
	do    func(ctx context.Context) error
}

// play tells the story and stops where it does not go as told.
func (d *demo) play(ctx context.Context) error {
	for _, s := range d.story() {
		fmt.Fprintln(d.out, s.words)
		d.mu.Lock()
		d.last = time.Now()
		d.events = append(d.events, shown{Server: "", Event: federation.Event{At: time.Now(), Words: s.words}})
		d.mu.Unlock()
		if err := s.do(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("the story stopped at %q: %w", s.words, err)
		}
		if err := d.quiet(ctx); err != nil {
			if ctx.Err() != nil {
				return nil // interrupted
			}
			return fmt.Errorf("the story hangs at %q: %w", s.words, err)
		}
	}
	return d.check()
}

func (d *demo) story() []step {
	books, town := d.books.origin+"/g/books", d.town.origin+"/g/town"
	var first, reply string
	publish := func(name, to string, p fedtest.Post, keep *string) func(context.Context) error {
		return func(ctx context.Context) error {
			uri, _, err := d.peer.Publish(ctx, name, to, p)
			if keep != nil {
				*keep = uri
			}
			return err
		}
	}
	follow := func(name, group string) func(context.Context) error {
		return func(ctx context.Context) error { _, err := d.peer.Follow(ctx, name, group); return err }
	}
	return []step{
		{"Lee founds a book club on one server and a neighbourhood group on another, with an account on Mastodon.", d.found},
		{"Ann follows the book club from Mastodon.", follow("ann", books)},
		{"Bob follows it too, and the neighbourhood.", func(ctx context.Context) error {
			return errors.Join(follow("bob", books)(ctx), follow("bob", town)(ctx))
		}},
		{"Ann mentions the book club: a new thread, one boost to every follower's server.", func(ctx context.Context) error {
			return publish("ann", books, fedtest.Post{Text: "What shall we read next month?", Mentions: []string{books}}, &first)(ctx)
		}},
		{"Bob answers: a comment, shown with the thread and not boosted.", func(ctx context.Context) error {
			return publish("bob", books, fedtest.Post{
				Text: "Middlemarch! It is long, though.", InReplyTo: first, Mentions: []string{d.peer.Actor("ann"), books},
			}, &reply)(ctx)
		}},
		{"Ann corrects her post.", func(ctx context.Context) error {
			return d.peer.Edit(ctx, "ann", books, first, "What shall we read next month, and who brings tea?")
		}},
		{"Max, who is no member, mentions the book club: nothing is shared, and Max is told kindly, once.", func(ctx context.Context) error {
			return publish("max", books, fedtest.Post{Text: "Buy my book", Mentions: []string{books}}, nil)(ctx)
		}},
		{"Bob writes to his followers only: never announced.", func(ctx context.Context) error {
			return publish("bob", books, fedtest.Post{Text: "Between us", Mentions: []string{books}, Followers: true}, nil)(ctx)
		}},
		{"Bob posts to the neighbourhood, on the other server.", func(ctx context.Context) error {
			return publish("bob", town, fedtest.Post{Text: "Street party on Saturday?", Mentions: []string{town}}, nil)(ctx)
		}},
		{"Bob deletes his answer, and posts and deletes a thread: the boost is taken back.", func(ctx context.Context) error {
			var gone string
			err := d.peer.Delete(ctx, "bob", books, reply)
			if err == nil {
				err = publish("bob", books, fedtest.Post{Text: "Wrong group, sorry", Mentions: []string{books}}, &gone)(ctx)
			}
			if err == nil {
				err = d.quiet(ctx)
			}
			if err != nil {
				return err
			}
			return d.peer.Delete(ctx, "bob", books, gone)
		}},
	}
}

func (d *demo) found(ctx context.Context) error {
	for i, n := range []federation.NewGroup{
		{Name: "books", Title: "Book club", Summary: "We read one book a month and talk about it. **Everyone** is welcome."},
		{Name: "town", Title: "Neighbourhood", Summary: "What happens in our streets."},
	} {
		var err error
		if n.SummaryHTML, err = web.Markdown(n.Summary); err != nil {
			return err
		}
		n.Owner = d.peer.Actor("lee")
		if _, err := d.apps[i].fed.CreateGroup(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// check compares what people on Mastodon see now with what the story promises.
func (d *demo) check() error {
	ann, bob := len(d.peer.Home("ann")), len(d.peer.Home("bob"))
	if ann != 1 || bob != 2 || len(d.peer.Private("max")) != 1 {
		return fmt.Errorf("the story went wrong: Ann sees %d boosts instead of 1, Bob %d instead of 2, Max got %d notes instead of 1",
			ann, bob, len(d.peer.Private("max")))
	}
	fmt.Fprintln(d.out, "\nAnn sees her group's thread once, Bob both groups' threads, and Max has one kind note.")
	return nil
}
