package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"folkmoot/federation"
	"folkmoot/group"
	"folkmoot/store"
)

// erasedInfo is what came of erasing somebody's data in one group.
type erasedInfo struct {
	Group     string    `json:"group"`
	Verdict   string    `json:"verdict"`
	Reason    string    `json:"reason"`
	Words     string    `json:"words"`
	At        time.Time `json:"at"`
	Told      int       `json:"servers_told"`
	Confirmed int       `json:"servers_confirmed"`
	Ended     int       `json:"servers_no_longer_following"`
}

func memberExportCommand(e *environment) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "export PERSON", Short: "Write what groups keep about somebody, as JSON", Args: cobra.ExactArgs(1),
		Example: "  folkmoot member export @bob@mastodon.example > bob.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			kept := []store.Kept{}
			if err := admin.do(cmd.Context(), http.MethodGet, dataPath(args[0], name), nil, &kept); err != nil {
				return err
			}
			return e.print(kept, func(w io.Writer) {
				out := json.NewEncoder(w)
				out.SetIndent("", "  ")
				_ = out.Encode(kept) // writing to a terminal or a buffer
			})
		},
	}
	cmd.Flags().StringVar(&name, "group", "", "only of this group (default: all of the server)")
	return cmd
}

func dataPath(person, name string) string {
	return "/v1/people/data?" + url.Values{"person": {person}, "group": {name}}.Encode()
}

func memberEraseCommand(e *environment) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "erase PERSON", Short: "Erase what groups keep about somebody, here and on other servers", Args: cobra.ExactArgs(1),
		Long: "Erases somebody's posts, votes, membership and whatever else groups keep, and tells the servers that had the posts from them.\n" +
			"It cannot be taken back; bans stay. Once more, it says how many servers have confirmed.",
		Example: "  folkmoot member erase @bob@mastodon.example --group books",
		RunE: func(cmd *cobra.Command, args []string) error {
			admin, err := e.admin()
			if err != nil {
				return err
			}
			erased := []erasedInfo{}
			if err := admin.do(cmd.Context(), http.MethodDelete, dataPath(args[0], name), nil, &erased); err != nil {
				return err
			}
			if err := e.print(erased, func(w io.Writer) { listErased(w, erased) }); err != nil {
				return err
			}
			if slices.ContainsFunc(erased, func(d erasedInfo) bool { return d.Verdict == string(group.Refused) }) {
				return errors.New("not everything is erased: see above")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "group", "", "only in this group (default: in all of the server)")
	return cmd
}

func listErased(w io.Writer, erased []erasedInfo) {
	if len(erased) == 0 {
		fmt.Fprintln(w, "No group keeps anything about that account.")
	}
	for _, d := range erased {
		fmt.Fprintf(w, "%s: %s\n", d.Group, d.Words)
		if !d.At.IsZero() {
			fmt.Fprintf(w, "  %d of %d servers have confirmed, and %d follow the group no longer.\n", d.Confirmed, d.Told, d.Ended)
		}
	}
}

// dataOf reads whom and which group a request is about.
func (a *app) dataOf(r *http.Request) (person store.Actor, name string, err error) {
	named := r.URL.Query().Get("person")
	person, err = a.fed.Person(r.Context(), named)
	if err != nil {
		// Accounts that are gone at their servers are still known here.
		known, knownErr := a.store.ActorByHandle(r.Context(), named)
		if knownErr != nil {
			return person, "", &adminError{status: http.StatusNotFound, Words: accountWords(named, err)}
		}
		person = known
	}
	name = r.URL.Query().Get("group")
	if name != "" {
		_, err := a.store.Group(r.Context(), name)
		if errors.Is(err, store.ErrNotFound) {
			return person, "", &adminError{
				status: http.StatusNotFound, Words: fmt.Sprintf("There is no group %q. See the names with: folkmoot group list", name),
			}
		}
		return person, name, err
	}
	return person, "", nil
}

func (a *app) exportPerson(r *http.Request) (any, error) {
	person, name, err := a.dataOf(r)
	if err != nil {
		return nil, err
	}
	return a.fed.Kept(r.Context(), name, person.URI)
}

func (a *app) erasePerson(r *http.Request) (any, error) {
	person, name, err := a.dataOf(r)
	if err != nil {
		return nil, err
	}
	done, err := a.fed.Erase(r.Context(), name, person.URI)
	if err != nil {
		return nil, err
	}
	out := []erasedInfo{}
	for _, d := range done {
		out = append(out, erasedInfoOf(d))
	}
	return out, nil
}

func erasedInfoOf(d federation.Erased) erasedInfo {
	info := erasedInfo{
		Group: d.Group, Verdict: string(d.Decision.Verdict), Reason: string(d.Decision.Reason), Words: d.Decision.Reason.Sentence(),
		At: d.News.At.UTC(), Told: d.News.Told, Confirmed: d.News.Confirmed, Ended: d.News.Ended,
	}
	if d.Decision.Reason == group.ReasonNothingToDo {
		info.Words = "Everything is erased already."
	}
	return info
}
