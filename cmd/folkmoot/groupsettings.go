package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// settingFlag is a flag that sets one of a group's settings.
type settingFlag struct {
	name string
	path string // of the setting, such as joining.rules
	zero any    // of its kind: "", 0, false, []string or map[string]string
	help string
}

func joiningFlags() []settingFlag {
	return []settingFlag{
		{"apart", "joining.apart", false, "following alone reads; who wants to post asks to join"},
		{"rules", "joining.rules", "", "rules of conduct, sent to whoever joins"},
		{"agree", "joining.agree", false, "who joins answers the rules first, to agree"},
		{"question", "joining.questions", []string{}, "asked by private message of whoever wants to join; give it once for each"},
		{"cool-down", "joining.cool_down", 0, "days before whoever left, or was turned down, may ask again"},
		{"invite-for", "joining.invite_for", 0, "days that an invitation holds"},
		{"welcome", "welcome.note", "", "sent privately, once, to whoever becomes a member"},
		{"introductions", "welcome.introductions", "", "address of the thread where people introduce themselves"},
		{"unindexed", "unindexed", false, "search engines are asked to leave the group's pages out"},
	}
}

func reviewFlags() []settingFlag {
	return []settingFlag{
		{"review-all", "review.all", false, "a moderator looks at each post first"},
		{"review-links", "review.links", false, "a moderator looks at posts with links first"},
		{"review-first", "review.first", 0, "a moderator looks first at that many posts of whoever is new"},
		{"review-days", "review.days", 0, "days after which a post that waits is refused"},
		{"slow", "review.slow", 0, "seconds between two posts of one person"},
		{"quiet", "review.quiet", "", "hours (UTC) in which posts wait for the morning, such as 22:00-07:00"},
		{"help-word", "welcome.help_words", []string{}, "who writes it is sent the text of --help-text in private; give it once for each"},
		{"help-text", "welcome.help", "", "such as where a help line is reached"},
		{"warning", "welcome.warnings", map[string]string{}, "content warning shown here for posts with a hashtag, such as food=Food; food= takes it back"},
	}
}

func settingFlags() []settingFlag { return append(joiningFlags(), reviewFlags()...) }

func groupSettingsCommand(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use: "settings NAME", Short: "Show or change how a group takes people in, and what they may post", Args: cobra.ExactArgs(1),
		Long: "Shows a group's settings, and changes those that are given. An empty text or list takes a setting back.",
		Example: "  folkmoot group settings books --question \"Which book did you read last?\" --cool-down 7\n" +
			"  folkmoot group settings books --rules \"Be kind.\" --agree",
	}
	for _, f := range settingFlags() {
		f.add(cmd)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		change := map[string]any{}
		for _, f := range settingFlags() {
			if cmd.Flags().Changed(f.name) {
				f.put(change, cmd)
			}
		}
		admin, err := e.admin()
		if err != nil {
			return err
		}
		path, method := "/v1/groups/"+url.PathEscape(args[0])+"/settings", http.MethodGet
		if len(change) > 0 {
			method = http.MethodPatch
		}
		var settings map[string]any
		if err := admin.do(cmd.Context(), method, path, change, &settings); err != nil {
			return err
		}
		return e.print(settings, func(w io.Writer) { showSettings(w, "", settings) })
	}
	e.jsonFlag(cmd)
	return cmd
}

func (f settingFlag) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	switch f.zero.(type) {
	case bool:
		flags.Bool(f.name, false, f.help)
	case int:
		flags.Int(f.name, 0, f.help)
	case []string:
		flags.StringArray(f.name, nil, f.help)
	case map[string]string:
		flags.StringToString(f.name, nil, f.help)
	default:
		flags.String(f.name, "", f.help)
	}
}

// put writes the value given for the flag to its place. The kinds are those of add, so that reading them cannot fail.
func (f settingFlag) put(change map[string]any, cmd *cobra.Command) {
	flags := cmd.Flags()
	in, key := change, f.path
	if section, within, ok := strings.Cut(f.path, "."); ok {
		if in, _ = change[section].(map[string]any); in == nil {
			in = map[string]any{}
			change[section] = in
		}
		key = within
	}
	switch f.zero.(type) {
	case bool:
		in[key], _ = flags.GetBool(f.name)
	case int:
		in[key], _ = flags.GetInt(f.name)
	case []string:
		values, _ := flags.GetStringArray(f.name)
		in[key] = slices.DeleteFunc(values, func(s string) bool { return s == "" })
	case map[string]string:
		in[key], _ = flags.GetStringToString(f.name)
	default:
		in[key], _ = flags.GetString(f.name)
	}
}

// showSettings lists settings by their paths.
func showSettings(w io.Writer, prefix string, settings map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		switch v := settings[key].(type) {
		case map[string]any:
			showSettings(w, prefix+key+".", v)
		case string:
			fmt.Fprintf(w, "%s%s: %s\n", prefix, key, v)
		default:
			words, _ := json.Marshal(v) // it came as JSON
			fmt.Fprintf(w, "%s%s: %s\n", prefix, key, words)
		}
	}
}
