package web

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"folkmoot/group"
	"folkmoot/store"
)

// Whoever has an account anywhere signs in with a code: this browser shows it, and they send it to a group here as a private message,
// which only they can. The code is of no use but to the browser that shows it.

// newCode makes a code: 38 bits, of which each account may try one in a minute, for ten minutes.
func newCode() string {
	code := make([]byte, 0, 8)
	for len(code) < cap(code) {
		var b [1]byte
		_, _ = rand.Read(b[:])                                             // it never fails (crypto/rand)
		if int(b[0]) < 256/len(group.CodeLetters)*len(group.CodeLetters) { // so that all letters are as likely
			code = append(code, group.CodeLetters[int(b[0])%len(group.CodeLetters)])
		}
	}
	return string(code[:4]) + "-" + string(code[4:])
}

// shownCode is a code as it is kept for the browser that shows it: sealed with the secret in its cookie.
type shownCode struct {
	Sealed string `json:"sealed"`
	To     string `json:"to"`
}

type codeData struct {
	Code   string
	Groups []store.Group // it may be sent to any of them
	Domain string
	Person *store.Actor // who sent it, nil as long as nobody has
}

// beginCode gives this browser a code.
func (s *Site) beginCode(w http.ResponseWriter, r *http.Request) {
	s.page(func(r *http.Request) (view, error) {
		f, err := s.readForm(r)
		if err != nil {
			return view{}, err
		}
		if !s.mayTry(r, "") {
			return s.message(r, http.StatusTooManyRequests, "account.too-often"), nil
		}
		key, code := secret(), newCode()
		sealed, err := seal(key, code)
		if err != nil {
			return view{}, err
		}
		data, err := json.Marshal(shownCode{Sealed: base64.StdEncoding.EncodeToString(sealed), To: localPath(f.Value("to"))})
		if err != nil {
			return view{}, fmt.Errorf("begin a sign-in: %w", err)
		}
		begun := store.SignIn{Kind: store.ByCode, Code: code, Data: string(data), Expires: s.now().Add(signInLasts)}
		if err := s.Store.BeginSignIn(r.Context(), key, begun); err != nil {
			return view{}, err
		}
		s.setCookie(w, signInCookie, key, signInLasts)
		return view{Location: "/sign-in/code", Status: http.StatusSeeOther}, nil
	})(w, r)
}

// codeOf is the sign-in by code of this browser. use ends it.
func (s *Site) codeOf(r *http.Request, use bool) (n store.SignIn, c shownCode, key string, err error) {
	cookie, err := r.Cookie(s.cookieName(signInCookie))
	if err != nil {
		return n, c, "", store.ErrNotFound
	}
	n, err = s.Store.SignIn(r.Context(), cookie.Value, store.ByCode, use)
	if err == nil {
		err = json.Unmarshal([]byte(n.Data), &c)
	}
	return n, c, cookie.Value, err
}

func (s *Site) codeOver(r *http.Request) view {
	return s.messageTo(r, http.StatusNotFound, "/sign-in", "account.code-another", "account.code-over")
}

// codePage shows the code until somebody has sent it, and then who has.
func (s *Site) codePage(r *http.Request) (view, error) {
	n, c, key, err := s.codeOf(r, false)
	if errors.Is(err, store.ErrNotFound) {
		return s.codeOver(r), nil
	}
	if err != nil {
		return view{}, err
	}
	d := codeData{Domain: s.Domain}
	v := view{Page: "code", Title: s.languageOf(r).T("account.code.title"), Unlisted: true, Refresh: 10}
	if n.Person != "" {
		a, err := s.Store.Actor(r.Context(), n.Person)
		d.Person, v.Data, v.Refresh = &a, &d, 0
		return v, err
	}
	sealed, err := base64.StdEncoding.DecodeString(c.Sealed)
	if err != nil {
		return view{}, fmt.Errorf("read a sign-in: %w", err)
	}
	d.Code, v.Data = unseal(key, sealed), &d
	d.Groups, err = s.Store.Groups(r.Context())
	d.Groups = groupFirst(d.Groups, c.To)
	return v, err
}

// groupsNamed is how many groups the page names that a code may be sent to.
const groupsNamed = 3

// groupFirst are a few groups, that of a path first.
func groupFirst(groups []store.Group, path string) []store.Group {
	for i, g := range groups {
		if path == "/g/"+g.Name || strings.HasPrefix(path, "/g/"+g.Name+"/") {
			groups[0], groups[i] = groups[i], groups[0]
		}
	}
	return groups[:min(len(groups), groupsNamed)]
}

// useCode signs in whoever sent the code that this browser shows.
func (s *Site) useCode(w http.ResponseWriter, r *http.Request) {
	s.page(func(r *http.Request) (view, error) {
		n, _, _, err := s.codeOf(r, false)
		if err == nil && n.Person == "" {
			return view{Location: "/sign-in/code", Status: http.StatusSeeOther}, nil // nobody has sent it yet
		}
		var c shownCode
		if err == nil {
			n, c, _, err = s.codeOf(r, true)
		}
		if errors.Is(err, store.ErrNotFound) {
			return s.codeOver(r), nil
		}
		if err == nil {
			s.setCookie(w, signInCookie, "", 0)
			err = s.open(w, r, n.Person, store.ByCode, "")
		}
		return view{Location: localPath(c.To), Status: http.StatusSeeOther}, err
	})(w, r)
}
