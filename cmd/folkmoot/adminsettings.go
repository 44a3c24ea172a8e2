package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"

	"folkmoot/group"
)

// settingsInfo is what owners choose, as the administration shows it.
type settingsInfo struct {
	Join    group.JoinPolicy    `json:"join"`
	Posting group.PostingPolicy `json:"posting"`
	group.Settings
}

func (a *app) showSettings(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	return settingsInfo{Join: g.Settings.Join, Posting: g.Settings.Posting, Settings: g.Settings}, nil
}

// changeSettings sets what is given and leaves the rest.
func (a *app) changeSettings(r *http.Request) (any, error) {
	g, err := a.store.Group(r.Context(), r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(io.LimitReader(r.Body, 1<<20))
	d.DisallowUnknownFields()
	if err := d.Decode(&g.Settings); err != nil {
		return nil, &adminError{status: http.StatusBadRequest, Words: "The request is not understood: " + err.Error()}
	}
	maps.DeleteFunc(g.Settings.Welcome.Warnings, func(_, warning string) bool { return warning == "" })
	if err := g.Settings.Check(); err != nil {
		return nil, &adminError{status: http.StatusBadRequest, Words: sentence(err)}
	}
	if err := a.fed.EditGroup(r.Context(), g); err != nil {
		return nil, err
	}
	return a.showSettings(r)
}
