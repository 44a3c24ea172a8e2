package web

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// account is somebody who is signed in.
type account struct {
	store.Session
	secret string // in the cookie; the token of the person's own server is sealed with it
}

// ownHost is the person's own server.
func (a *account) ownHost() string {
	origin, err := originOf(a.Actor.URI)
	if err != nil {
		return ""
	}
	return hostOf(origin)
}

// acting is somebody who is signed in, in a group.
type acting struct {
	*account
	Group  store.Group
	Member store.Membership // zero for whoever does not belong to it
}

// Moderates says whether the person runs the group.
func (a acting) Moderates() bool {
	return a.Member.State == group.Joined && a.Member.Role.Moderates() && !a.Member.Barred
}

// Owns says whether the person owns the group.
func (a acting) Owns() bool { return a.Moderates() && a.Member.Role == group.Owner }

// visit is what is known of whoever makes a request.
type visit struct {
	who *account
	err error
}

type visitKey struct{}

// recognise finds out who is signed in. Whoever comes back stays signed in for longer.
func (s *Site) recognise(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(s.cookieName(sessionCookie))
		if err != nil || strings.HasPrefix(r.URL.Path, "/static/") || strings.HasPrefix(r.URL.Path, "/media/") {
			next.ServeHTTP(w, r)
			return
		}
		who, err := s.returning(w, r, cookie.Value)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, visit{who, err})))
	})
}

// renewAfter is how long a session is used before that is written down again.
const renewAfter = time.Hour

// returning is who holds the secret of a session, nil for nobody. Whoever this server has blocked is nobody.
func (s *Site) returning(w http.ResponseWriter, r *http.Request, secret string) (*account, error) {
	n, err := s.Store.Session(r.Context(), secret)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	st, err := s.Store.Standing(r.Context(), n.Actor.URI)
	if err != nil || st.Suspended() {
		return nil, err
	}
	if s.now().Sub(n.Used) > renewAfter {
		if err := s.Store.UseSession(r.Context(), n.ID); err != nil {
			return nil, err
		}
		s.setCookie(w, sessionCookie, secret, store.SessionLasts)
	}
	return &account{Session: n, secret: secret}, nil
}

// account is who is signed in, nil for a stranger.
func (s *Site) account(r *http.Request) (*account, error) {
	v, _ := r.Context().Value(visitKey{}).(visit)
	return v.who, v.err
}

// signedIn shows a page to whoever is signed in, and sends everybody else to sign in first.
func (s *Site) signedIn(make func(*http.Request, *account) (view, error)) http.HandlerFunc {
	return unseen(s.page(func(r *http.Request) (view, error) {
		who, err := s.account(r)
		if err != nil {
			return view{}, err
		}
		if who == nil {
			return view{Location: signInFor(r), Status: http.StatusSeeOther}, nil
		}
		return make(r, who)
	}))
}

// inGroup is signedIn for what is done in the group of the path.
func (s *Site) inGroup(make func(*http.Request, acting) (view, error)) http.HandlerFunc {
	return s.signedIn(func(r *http.Request, who *account) (view, error) {
		a, err := s.acting(r, who)
		if err != nil {
			return view{}, err
		}
		return make(r, a)
	})
}

func (s *Site) acting(r *http.Request, who *account) (a acting, err error) {
	a.account = who
	if a.Group, err = s.Store.Group(r.Context(), r.PathValue("name")); err != nil {
		return a, err
	}
	a.Member, err = s.Store.Member(r.Context(), a.Group.ID, who.Actor.URI)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return a, err
}

// moderates shows a page to the owners and moderators of the group of the path.
func (s *Site) moderates(make func(*http.Request, acting) (view, error)) http.HandlerFunc {
	return s.inGroup(func(r *http.Request, a acting) (view, error) {
		if !a.Moderates() {
			return s.message(r, http.StatusForbidden, "account.moderators-only", personName(a.Actor)), nil
		}
		return make(r, a)
	})
}

// owns shows a page to the owners of the group of the path.
func (s *Site) owns(make func(*http.Request, acting) (view, error)) http.HandlerFunc {
	return s.inGroup(func(r *http.Request, a acting) (view, error) {
		if !a.Owns() {
			return s.message(r, http.StatusForbidden, "account.owners-only", personName(a.Actor)), nil
		}
		return make(r, a)
	})
}

// adminOnly shows a page to those who run the server. That there is one, others are not told.
func (s *Site) adminOnly(make func(*http.Request, *account) (view, error)) http.HandlerFunc {
	return s.signedIn(func(r *http.Request, who *account) (view, error) {
		if !who.Admin {
			return view{}, store.ErrNotFound
		}
		return make(r, who)
	})
}

// secret makes what nobody guesses.
func secret() string {
	return rand.Text() + rand.Text() // 130 bits each (crypto/rand); twice is more than the 256 of the hash it is kept as
}

// open signs a person in with this browser, and out of whatever it was signed in to.
func (s *Site) open(w http.ResponseWriter, r *http.Request, person, how, token string) error {
	who, err := s.account(r)
	if err != nil {
		return err
	}
	key := secret()
	sealed, err := seal(key, token)
	if err != nil {
		return err
	}
	n := store.Session{How: how, Agent: browserWords(r.UserAgent()), Token: sealed}
	if err := s.Store.OpenSession(r.Context(), key, person, n); err != nil {
		return err
	}
	if who != nil {
		if err := s.Store.EndSession(r.Context(), who.Actor.ID, who.ID); err != nil {
			return err
		}
	}
	s.setCookie(w, sessionCookie, key, store.SessionLasts)
	return nil
}

// seal encrypts a token with the secret of the session, which only the browser keeps: a copy of the database is of no use to post in
// people's names. The secret is random, so one round of SHA-256 makes a good key of it.
func seal(key, token string) ([]byte, error) {
	if token == "" {
		return nil, nil
	}
	box, err := sealer(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, box.NonceSize())
	_, _ = rand.Read(nonce) // it never fails (crypto/rand)
	return box.Seal(nonce, nonce, []byte(token), nil), nil
}

func sealer(key string) (cipher.AEAD, error) {
	sum := sha256.Sum256([]byte("sealed with the secret of a browser\n" + key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, fmt.Errorf("seal a token: %w", err)
	}
	return cipher.NewGCM(block)
}

// token is the person's own server's permission to act for them there, "" for none.
func (a *account) token() string {
	return unseal(a.secret, a.Token)
}

// unseal is what was sealed, "" if it was not sealed with that key.
func unseal(key string, sealed []byte) string {
	box, err := sealer(key)
	if err != nil || len(sealed) < box.NonceSize() {
		return ""
	}
	plain, err := box.Open(nil, sealed[:box.NonceSize()], sealed[box.NonceSize():], nil)
	if err != nil {
		return ""
	}
	return string(plain)
}

// browserWords says which browser and system somebody uses, as far as they say so: enough to tell one's own apart, and no more.
func browserWords(agent string) string {
	browser, system := "A browser", ""
	for _, b := range []struct{ mark, name string }{
		{"Firefox/", "Firefox"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(agent, b.mark) {
			browser = b.name
			break
		}
	}
	for _, o := range []struct{ mark, name string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"},
	} {
		if strings.Contains(agent, o.mark) {
			system = o.name
			break
		}
	}
	return strings.TrimSpace(browser + " " + system)
}
