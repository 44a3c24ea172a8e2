package web

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"folkmoot/store"
)

// upload is a field of a form that a browser sends in parts; one with a file name is a file.
type upload struct {
	name, value string
	file, media string
	data        []byte
}

// sends sends a form as browsers send files.
func (v *visitor) sends(path string, fields ...upload) *httptest.ResponseRecorder {
	v.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, f := range fields {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"`, f.name)}}
		if f.file != "" || f.media != "" {
			h = textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="%s"; filename="%s"`, f.name, f.file)}, "Content-Type": {f.media}}
		}
		w, err := form.CreatePart(h)
		if err != nil {
			v.Fatal(err)
		}
		_, _ = w.Write(append([]byte(f.value), f.data...))
	}
	if err := form.Close(); err != nil {
		v.Fatal(err)
	}
	r := httptest.NewRequestWithContext(v.Context(), http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.h.ServeHTTP(w, r)
	return w
}

func books(t *testing.T, st *store.Store) store.Group {
	t.Helper()
	g, err := st.Group(t.Context(), "books")
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestOwnersChooseThePicturesOfAGroup(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	const page, to = "/g/books/run/settings", "/g/books/run/pictures"
	v.shows(v.get(page), http.StatusOK, `enctype="multipart/form-data"`, `id="icon" name="icon" type="file"`)
	none := upload{name: "header", media: "application/octet-stream"}
	v.leads(v.sends(to, upload{name: "icon", file: "a.png", media: "text/html", data: asPNG(t, corners(600, 500))}, upload{name: "icon-alt", value: "Old  <books>"}, none), page+"#pictures")
	g := books(t, st)
	if g.Icon.Name == "" || g.Icon.Alt != "Old <books>" || g.Header.Name != "" {
		t.Fatalf("%+v", g)
	}
	v.shows(v.get(page), http.StatusOK, "The pictures are saved", `src="/media/`+g.Icon.Name+`" alt="Old &lt;books&gt;"`)
	for _, path := range []string{"/", "/g/books", "/g/books/post/1", "/g/books/members"} {
		v.shows(browse(t, h).get(path), http.StatusOK, `src="/media/`+g.Icon.Name)
	}
	// What is said of a picture changes without it; what is wrong with another keeps the words.
	v.leads(v.sends(to, upload{name: "icon-alt", value: "Books"}, upload{name: "header", file: "wide.jpg", data: asJPEG(t, corners(1600, 400))}, upload{name: "header-alt", value: "A shelf"}), page+"#pictures")
	if now := books(t, st); now.Icon.Name != g.Icon.Name || now.Icon.Alt != "Books" || now.Header.Type != "image/jpeg" || now.Header.Alt != "A shelf" {
		t.Errorf("%+v", now)
	}
	v.shows(browse(t, h).get("/g/books"), http.StatusOK, `class="header"`, `alt="A shelf"`)
	v.shows(v.sends(to, upload{name: "icon", file: "x.png", data: []byte("<html>")}, upload{name: "icon-alt", value: "Kept"}),
		http.StatusUnprocessableEntity, "This is no picture that can be read", `value="Kept"`)
	if now := books(t, st); now.Icon.Name != g.Icon.Name || now.Icon.Alt != "Books" {
		t.Errorf("saved what is wrong: %+v", now)
	}
	v.leads(v.sends(to, upload{name: "icon-remove", value: "on"}, upload{name: "header-alt", value: "A shelf"}), page+"#pictures")
	if now := books(t, st); now.Icon.Name != "" || now.Icon.Alt != "" || now.Header.Alt != "A shelf" {
		t.Errorf("%+v", now)
	}
	v.shows(browse(t, h).get("/media/"+g.Icon.Name), http.StatusNotFound, "Nothing here")
}

// HTM-05, HTM-06: files are what they are, whatever they are called, and however many there are.
func TestOddFormsWithFiles(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	const to = "/g/books/run/pictures"
	red := asPNG(t, corners(64, 64))
	many := make([]upload, maxParts+1)
	for i := range many {
		many[i] = upload{name: "icon-alt", value: "x"}
	}
	for name, tt := range map[string]struct {
		fields []upload
		status int
		words  string
	}{
		"a path for a name":         {[]upload{{name: "icon", file: "../../../folkmoot.db", data: red}}, http.StatusSeeOther, ""},
		"a page by its name":        {[]upload{{name: "icon", file: "x.html", media: "text/html", data: red}}, http.StatusSeeOther, ""},
		"a page that says PNG":      {[]upload{{name: "icon", file: "x.png", media: "image/png", data: []byte("<script>alert(1)</script>")}}, 422, "no picture"},
		"SVG":                       {[]upload{{name: "icon", file: "x.svg", media: "image/svg+xml", data: []byte("<svg/>")}}, 422, "no picture"},
		"zero bytes":                {[]upload{{name: "icon", file: "x.png", media: "image/png"}}, 422, "no picture"},
		"a file in a field of text": {[]upload{{name: "icon-alt", file: "x.png", data: red}}, http.StatusSeeOther, ""},
		"text in a field of a file": {[]upload{{name: "icon", value: "x"}}, http.StatusSeeOther, ""},
		"hundreds of parts":         {many, 413, "That is too long"},
		"too much text":             {[]upload{{name: "icon-alt", value: strings.Repeat("x", maxForm+1)}}, 413, "That is too long"},
		"too large a file":          {[]upload{{name: "icon", file: "x.png", data: append(red, make([]byte, MaxPicture)...)}}, 422, "too large"},
		"too much in all": {[]upload{
			{name: "icon", file: "x.png", data: make([]byte, 3*MaxPicture)}, {name: "header", file: "x.png", data: make([]byte, 2*MaxPicture)},
		}, 413, "That is too long"},
	} {
		t.Run("HTM-06 "+name, func(t *testing.T) {
			w := v.sends(to, tt.fields...)
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.words) {
				t.Errorf("%d, want %d with %q:\n%s", w.Code, tt.status, tt.words, w.Body)
			}
		})
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, to,
		strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"icon\"; filename=\"x\"\r\n\r\n"+string(red[:50])))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
		t.Errorf("a form that ends early: %d", w.Code)
	}
	stranger := browse(t, h)
	stranger.leads(stranger.sends(to, upload{name: "icon", file: "x.png", data: red}), "/sign-in?to=%2Fg%2Fbooks%2Frun%2Fpictures")
	other := browse(t, h)
	other.enter(st, bob)
	other.shows(other.sends(to, upload{name: "icon", file: "x.png", data: red}), http.StatusForbidden)
}

// HTM-05: a picture is served as that alone, and runs nothing, whatever Accept says.
func TestPicturesAreServedAsPictures(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	v.sends("/g/books/run/pictures", upload{name: "icon", file: "a.png", data: asPNG(t, corners(64, 64))}, upload{name: "header", file: "a.jpg", data: asJPEG(t, corners(300, 100))})
	g := books(t, st)
	for name, media := range map[string]string{g.Icon.Name: "image/png", g.Header.Name: "image/jpeg"} {
		for _, accept := range []string{"", "*/*", "text/html", "application/activity+json", `application/ld+json; profile="https://www.w3.org/ns/activitystreams"`, "image/svg+xml"} {
			t.Run("HTM-05 "+media+" as "+accept, func(t *testing.T) {
				w := ask(t, h, http.MethodGet, "/media/"+name, "Accept", accept)
				for header, want := range map[string]string{
					"Content-Type": media, "X-Content-Type-Options": "nosniff", "Content-Disposition": `inline; filename="` + name + `"`,
					"Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
					"Cache-Control":           "public, max-age=31536000, immutable",
				} {
					if got := w.Header().Get(header); got != want {
						t.Errorf("%s is %q, want %q", header, got, want)
					}
				}
				if got := http.DetectContentType(w.Body.Bytes()); w.Code != http.StatusOK || got != media || len(w.Header().Values("Set-Cookie")) > 0 {
					t.Errorf("%d, %s", w.Code, got)
				}
			})
		}
		if w := ask(t, h, http.MethodGet, "/media/"+name, "If-None-Match", `"`+name+`"`); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
			t.Errorf("asked again: %d", w.Code)
		}
		if w := ask(t, h, http.MethodHead, "/media/"+name); w.Code != http.StatusOK || w.Body.Len() > 0 || w.Header().Get("Content-Length") == "" {
			t.Errorf("asked for the head: %d %v", w.Code, w.Header())
		}
	}
	for _, path := range []string{"/media/", "/media/none.png", "/media/..%2Ffolkmoot.db", "/media/" + strings.TrimSuffix(g.Icon.Name, ".png"), "/media/" + strings.TrimSuffix(g.Icon.Name, "png") + "svg"} {
		if w := get(t, h, path); w.Code != http.StatusNotFound || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
}

func TestManyPicturesOfOnePersonWait(t *testing.T) {
	h, st := site(t)
	v := browse(t, h)
	v.enter(st, ann)
	red := asPNG(t, corners(16, 16))
	for range picturesHourly {
		v.leads(v.sends("/g/books/run/pictures", upload{name: "icon", file: "a.png", data: red}), "/g/books/run/settings#pictures")
	}
	v.shows(v.sends("/g/books/run/pictures", upload{name: "icon", file: "a.png", data: red}), http.StatusUnprocessableEntity, "many pictures")
}
