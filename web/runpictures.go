package web

import (
	"net/http"

	"folkmoot/store"
)

const maxAlt = 1500 // characters that say what a picture shows; Mastodon takes as many

// groupPicture is one of the two pictures of a group, as a form changes it.
type groupPicture struct {
	Name string // of the field
	of   func(*store.Group) *store.Picture
}

func groupPictures() []groupPicture {
	return []groupPicture{
		{"icon", func(g *store.Group) *store.Picture { return &g.Icon }},
		{"header", func(g *store.Group) *store.Picture { return &g.Header }},
	}
}

// shownPicture is a picture of a group beside the field that changes it.
type shownPicture struct {
	Field   string
	Picture store.Picture
	Alt     string // as it was typed
}

// Pictures are those of the group.
func (d settingsData) Pictures() (out []shownPicture) {
	for _, p := range groupPictures() {
		n := shownPicture{Field: p.Name, Picture: *p.of(&d.Group)}
		n.Alt = n.Picture.Alt
		if d.PictureForm != nil && d.PictureForm.values != nil {
			n.Alt = d.PictureForm.Value(p.Name + "-alt")
		}
		out = append(out, n)
	}
	return out
}

// changePictures changes or takes away the pictures of a group and says what they show.
func (s *Site) changePictures(r *http.Request, a acting) (view, error) {
	f, err := s.readUpload(r, a.account, map[string]pictureShape{"icon": iconShape(), "header": headerShape()})
	if err != nil {
		return view{}, err
	}
	g := a.Group
	for _, p := range groupPictures() {
		picture, alt := p.of(&g), f.Line(p.Name+"-alt", maxAlt)
		if sent := f.pictures[p.Name]; len(sent) > 0 {
			*picture = sent[0]
		} else if f.Value(p.Name+"-remove") != "" {
			*picture = store.Picture{}
		}
		if picture.Name != "" {
			picture.Alt = alt
		}
	}
	if !f.OK() {
		return s.showSettings(r, a, nil, f), nil
	}
	if err := s.edit(r, g); err != nil {
		return view{}, err
	}
	return s.done(r, a.account, "/g/"+g.Name+"/run/settings#pictures", said{Words: s.languageOf(r).T("run.pictures.saved")})
}
