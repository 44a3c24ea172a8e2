package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/store"
)

// linkLasts is how long a link that signs somebody in waits to be used.
const linkLasts = 15 * time.Minute

// operatorInfo is somebody who runs the server from its pages.
type operatorInfo struct {
	Person string `json:"person"`
	URI    string `json:"uri"`
}

// signInLink is a link that signs somebody in.
type signInLink struct {
	Person  string    `json:"person"`
	Link    string    `json:"link"`
	Expires time.Time `json:"expires"`
}

// adminCommand is about those who run the server from its pages.
func adminCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "admin", Short: "Say who runs the server from its pages, and sign people in",
		Long: "Names the accounts that run this server from its pages, and makes links that sign people in there: the way in for the first owner,\n" +
			"and for whoever cannot sign in with their own server.",
	}
	return e.asking(cmd, adminSetCommand(e, "add", "Let an account run the server", http.MethodPut),
		adminSetCommand(e, "remove", "No longer let an account run the server", http.MethodDelete), adminListCommand(e), adminLinkCommand(e))
}

func adminSetCommand(e *environment, name, short, method string) *cobra.Command {
	return &cobra.Command{
		Use: name + " PERSON", Short: short, Args: cobra.ExactArgs(1), Example: "  folkmoot admin " + name + " @ann@mastodon.example",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var answer said
			if err := admin.do(cmd.Context(), method, "/v1/admins?person="+url.QueryEscape(args[0]), nil, &answer); err != nil {
				return err
			}
			return e.print(answer, func(w io.Writer) { fmt.Fprintln(w, answer.Words) })
		},
	}
}

func adminListCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the accounts that run the server", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			list := []operatorInfo{}
			if err := admin.do(cmd.Context(), http.MethodGet, "/v1/admins", nil, &list); err != nil {
				return err
			}
			return e.print(list, func(w io.Writer) {
				if len(list) == 0 {
					fmt.Fprintln(w, "Nobody runs this server from its pages. Name somebody with: folkmoot admin add @ann@mastodon.example")
				}
				for _, o := range list {
					fmt.Fprintln(w, o.Person)
				}
			})
		},
	}
}

func adminLinkCommand(e *environment) *cobra.Command {
	return &cobra.Command{
		Use: "link PERSON", Short: "Make a link that signs an account in, once", Args: cobra.ExactArgs(1),
		Long: "Prints a link that signs an account in to the pages of this server. It works once, for a quarter of an hour, and takes back the one\n" +
			"made before. Give it to nobody but that person: whoever opens it first is signed in.",
		Example: "  folkmoot admin link @ann@mastodon.example",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			var link signInLink
			if err := admin.do(cmd.Context(), http.MethodPost, "/v1/links?person="+url.QueryEscape(args[0]), nil, &link); err != nil {
				return err
			}
			return e.print(link, func(w io.Writer) {
				fmt.Fprintf(w, "%s\n\nIt signs %s in, once, until %s.\n", link.Link, link.Person, timeWords(link.Expires))
			})
		},
	}
}

func (a *app) operatorRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/admins", a.admin(a.listOperators))
	mux.HandleFunc("PUT /v1/admins", a.admin(a.setOperator))
	mux.HandleFunc("DELETE /v1/admins", a.admin(a.setOperator))
	mux.HandleFunc("POST /v1/links", a.admin(a.makeLink))
}

func (a *app) listOperators(r *http.Request) (any, error) {
	admins, err := a.store.Admins(r.Context())
	out := []operatorInfo{}
	for _, p := range admins {
		out = append(out, operatorInfo{Person: nameOf(p), URI: p.URI})
	}
	return out, err
}

func (a *app) setOperator(r *http.Request) (any, error) {
	p, _, err := a.dataOf(r)
	if err != nil {
		return nil, err
	}
	put := r.Method == http.MethodPut
	if err := a.store.SetAdmin(r.Context(), p.URI, put); err != nil {
		return nil, err
	}
	if !put {
		a.log.InfoContext(r.Context(), "account may not run this server", "person", p.URI)
		return said{Words: nameOf(p) + " does not run this server."}, nil
	}
	a.log.InfoContext(r.Context(), "account may run this server", "person", p.URI)
	return said{Words: nameOf(p) + " runs this server from its pages. To sign them in: folkmoot admin link " + nameOf(p)}, nil
}

// makeLink makes a link that signs somebody in. The secret is in nobody's hands but those that asked at the socket.
func (a *app) makeLink(r *http.Request) (any, error) {
	p, _, err := a.dataOf(r)
	if err != nil {
		return nil, err
	}
	secret, expires := rand.Text()+rand.Text(), time.Now().Add(linkLasts)
	if err := a.store.BeginSignIn(r.Context(), secret, store.SignIn{Kind: store.ByLink, Person: p.URI, Expires: expires}); err != nil {
		return nil, err
	}
	a.log.InfoContext(r.Context(), "link to sign in made", "person", p.URI) // and never the link
	return signInLink{Person: nameOf(p), Link: a.origin + "/sign-in/link/" + secret, Expires: expires.UTC()}, nil
}
