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
}

// person shows somebody who took part here, and what of theirs is in this server's groups.
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
	return view{Page: "person", Title: personName(a), Data: personData{Person: a, Posts: posts}}, nil
}
