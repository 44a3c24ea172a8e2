package web

import (
	"net/http"

	"folkmoot/store"
)

// postsShown is how many posts the page of a person shows.
const postsShown = 50

type personData struct {
	Person store.Actor
	Posts  []store.Post
	Cut    bool // there may be older ones
}

// person shows somebody who took part here, and what of theirs is in this server's groups. Search engines are asked to
// leave the page out: nobody agreed to have their posts gathered for them.
func (s *Site) person(r *http.Request) (view, error) {
	a, err := s.Store.ActorByHandle(r.Context(), r.PathValue("handle"))
	if err != nil {
		return view{}, err
	}
	posts, err := s.Store.PostsBy(r.Context(), a.ID, postsShown)
	if err != nil {
		return view{}, err
	}
	if len(posts) == 0 {
		return view{}, store.ErrNotFound // accounts are shown for what they posted here, not for having been looked up
	}
	data := personData{Person: a, Posts: posts, Cut: len(posts) == postsShown}
	return view{Page: "person", Title: personName(a), Unlisted: true, Data: data}, nil
}
