package web

import (
	"net/http"
	"regexp"
	"testing"
)

// code asks for a code and returns it.
func (v *visitor) code(to string) string {
	v.Helper()
	v.leads(v.post("/sign-in/code", "to", to), "/sign-in/code")
	w := v.get("/sign-in/code")
	v.shows(w, http.StatusOK, `"copy">@groups.example@groups.example<`, `"copy">@books@groups.example<`, "@books.agent@groups.example")
	if w.Header().Get("Refresh") == "" {
		v.Error("the page does not look again")
	}
	found := regexp.MustCompile(`<code class="copy">([A-Z2-9]{4}-[A-Z2-9]{4})</code>`).FindStringSubmatch(w.Body.String())
	if found == nil {
		v.Fatalf("no code:\n%s", w.Body)
	}
	return found[1]
}

func TestSignInWithCode(t *testing.T) {
	d := newDoor(t)
	v, other := browse(t, d.h), browse(t, d.h)
	code, theirs := v.code("/g/books/post/1"), other.code("//evil.example")
	if code == theirs {
		t.Fatal("two browsers have one code")
	}
	v.leads(v.post("/sign-in/code/use"), "/sign-in/code") // too early
	if err := d.st.ConfirmSignIn(t.Context(), code, ann); err != nil {
		t.Fatal(err)
	}
	if err := d.st.ConfirmSignIn(t.Context(), code, bob); err == nil {
		t.Error("the code counts twice")
	}
	other.shows(other.get("/sign-in/code"), http.StatusOK, theirs)
	browse(t, d.h).shows(browse(t, d.h).get("/sign-in/code"), http.StatusNotFound, "code is over")
	w := v.get("/sign-in/code")
	v.shows(w, http.StatusOK, "@ann@mastodon.example", "Sign in as")
	if w.Header().Get("Refresh") != "" {
		t.Error("the page looks on")
	}
	kept := *v.cookies["__Host-signin"]
	v.leads(v.post("/sign-in/code/use"), "/g/books/post/1")
	v.shows(v.get("/account"), http.StatusOK, "@ann@mastodon.example")
	if len(v.cookies) != 1 {
		t.Errorf("cookies %v", v.cookies)
	}
	v.cookies[kept.Name] = &kept
	v.shows(v.post("/sign-in/code/use"), http.StatusNotFound, "code is over")
	if err := d.st.ConfirmSignIn(t.Context(), theirs, bob); err != nil {
		t.Fatal(err)
	}
	other.leads(other.post("/sign-in/code/use"), "/") // and leads nobody away
}

// What a browser has begun one way it does not end another way.
func TestWaysToSignInAreApart(t *testing.T) {
	d := newDoor(t)
	v := browse(t, d.h)
	v.away("mastodon.example", "/")
	v.shows(v.get("/sign-in/code"), http.StatusNotFound, "code is over")
	v.shows(v.post("/sign-in/link/"+v.cookies["__Host-signin"].Value), http.StatusNotFound, "used up")
	if got := newCode(); !regexp.MustCompile(`^[B-DF-HJ-KM-NP-TV-XZ2-9]{4}-[B-DF-HJ-KM-NP-TV-XZ2-9]{4}$`).MatchString(got) {
		t.Errorf("code %q", got)
	}
}
