package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrInvalid marks every complaint about a setting: a misspelt key, a value that cannot be. The text says which and what
// to do.
var ErrInvalid = errors.New("the configuration is not usable")

// Config is everything that can be set. The doc tag is what people read in docs/config.md and in the annotated file; eg
// is an example for settings without a default.
type Config struct {
	Domain string `mapstructure:"domain" eg:"groups.example" doc:"The domain of this server: the part after the last @ of its groups' handles, and of every address it gives out. It cannot change later, because other servers know the groups by it."`
	Origin string `mapstructure:"origin" eg:"https://groups.example" doc:"The public address, if it is not https:// and the domain. Plain http is possible on loopback alone, to try things out."`

	Title   string `mapstructure:"title" doc:"The name of this server, as people and other servers see it."`
	Summary string `mapstructure:"summary" doc:"What this server is for, in Markdown; shown on the first page."`
	Rules   string `mapstructure:"rules" doc:"The rules of this server, in Markdown; shown on the first page and with every group."`
	Contact string `mapstructure:"contact" eg:"admin@groups.example" doc:"How to reach whoever runs this server: an e-mail address or a fediverse handle. Shown on the pages and to other servers."`
	Owner   string `mapstructure:"owner" eg:"@ann@mastodon.example" doc:"The fediverse account that owns new groups for which no other owner is named."`

	Listen         string   `mapstructure:"listen" doc:"The address and port to listen at. Behind a reverse proxy loopback is right; with tls.mode = autocert it is :443."`
	Socket         string   `mapstructure:"socket" doc:"The unix socket for folkmoot's own commands; empty for folkmoot.sock in the data folder. Whoever may open it may administer the server."`
	AdminListen    string   `mapstructure:"admin_listen" eg:"127.0.0.1:9090" doc:"Where to show metrics (/metrics), health (/livez, /readyz), profiles (/debug/pprof/) and a live page of what passes; empty for nowhere. It asks for no password, so it must be a loopback or private address."`
	DataDir        string   `mapstructure:"data_dir" doc:"The folder of the database, which holds everything including the groups' keys. A relative one is looked for beside this file."`
	TrustedProxies []string `mapstructure:"trusted_proxies" doc:"Addresses or networks of reverse proxies whose X-Forwarded-For is believed when the log says who asked."`

	TLS       TLS       `mapstructure:"tls"`
	Fetch     Fetch     `mapstructure:"fetch"`
	Limits    Limits    `mapstructure:"limits"`
	Retention Retention `mapstructure:"retention"`
	Backup    Backup    `mapstructure:"backup"`
	Log       Log       `mapstructure:"log"`
}

// TLS says how the server is reached by https.
type TLS struct {
	Mode       string `mapstructure:"mode" doc:"proxy: a reverse proxy such as Caddy or nginx does https. autocert: this server does it, with certificates from Let's Encrypt."`
	Email      string `mapstructure:"email" eg:"admin@groups.example" doc:"With autocert: where Let's Encrypt writes when something is wrong with the certificate."`
	HTTPListen string `mapstructure:"http_listen" doc:"With autocert: where to answer Let's Encrypt's questions and send everybody else on to https."`
}

// Fetch says how other servers are asked.
type Fetch struct {
	AllowCIDRs []string      `mapstructure:"allow_cidrs" doc:"Private networks that may be connected to, such as 10.0.0.0/8. Leave it empty unless other fediverse servers live there: any server could make this one ask addresses in them."`
	Resolver   string        `mapstructure:"resolver" eg:"192.168.1.1:53" doc:"The name server to ask, address and port; empty for the system's."`
	Timeout    time.Duration `mapstructure:"timeout" doc:"How long another server has for a complete answer."`
}

// Limits keep a server usable when others overdo it.
type Limits struct {
	BodyBytes int64 `mapstructure:"body_bytes" doc:"The largest activity taken, in bytes."`
	InFlight  int   `mapstructure:"in_flight" doc:"How many activities are received at once; more are asked to come again."`
	Waiting   int   `mapstructure:"waiting" doc:"How many activities of one server may wait to be decided, large ones counted several times; more are asked to come again. One person may have a quarter of that, all servers under one domain twice that."`
	Workers   int   `mapstructure:"workers" doc:"How many activities are decided at once. Together they share commits."`
	Peers     int   `mapstructure:"peers" doc:"How many servers are delivered to at once."`
	Kept      int   `mapstructure:"kept" doc:"How many connections to other servers are kept for a minute and a half after something was sent; half of the files that the server may open at the most. Making a new one costs as much processor time as several deliveries, keeping one some 20 KiB of memory."`
}

// Retention says how long things are kept that are needed for a while only. Groups, members and posts are kept for good.
type Retention struct {
	Inbox  Days `mapstructure:"inbox" doc:"How long received activities are kept as they came, to look into what happened."`
	Outbox Days `mapstructure:"outbox" doc:"How long sent activities are kept and can be fetched by their id."`
	Audit  Days `mapstructure:"audit" doc:"How long decisions are kept with their reasons."`
}

// Backup says which backups the server makes by itself.
type Backup struct {
	Dir        string        `mapstructure:"dir" eg:"/var/backups/folkmoot" doc:"The folder for backups that the server makes by itself while it runs; empty for none. Best on another disk or machine. A relative one is looked for beside this file. docs/keeping.md says how to check and restore them."`
	Every      time.Duration `mapstructure:"every" doc:"How often a backup is made. One that is overdue is made soon after the start."`
	Keep       int           `mapstructure:"keep" doc:"How many of them are kept; older ones are deleted. Files with other names are left alone."`
	Recipients []string      `mapstructure:"recipients" doc:"Public keys of age (age1…) to encrypt the backups for; without any they are readable for whoever may read the folder. Keep the private key elsewhere."`
}

// Log says what is logged. The log goes to standard error.
type Log struct {
	Level  string `mapstructure:"level" doc:"debug, info, warn or error."`
	Format string `mapstructure:"format" doc:"text or json."`
}

// Default is a server behind a reverse proxy on the same machine.
func Default() Config {
	return Config{
		Title: "Folkmoot", Listen: "127.0.0.1:8080", DataDir: "data", TrustedProxies: []string{"127.0.0.0/8", "::1"},
		TLS:       TLS{Mode: "proxy", HTTPListen: ":80"},
		Fetch:     Fetch{AllowCIDRs: []string{}, Timeout: 10 * time.Second},
		Limits:    Limits{BodyBytes: 1 << 20, InFlight: 256, Waiting: 10000, Workers: 128, Peers: 256, Kept: 8192},
		Retention: Retention{Inbox: 30, Outbox: 180, Audit: 365},
		Backup:    Backup{Every: 24 * time.Hour, Keep: 7, Recipients: []string{}},
		Log:       Log{Level: "info", Format: "text"},
	}
}

// Days is a time in whole days; as text "30d", and a bare number means the same.
type Days int

// ParseDays reads a time in days, such as "30d" or "30".
func ParseDays(text string) (Days, error) {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil {
		return 0, fmt.Errorf(`%q is no time in days such as "30d"`, text)
	}
	return Days(n), nil
}

// Duration is the time as a time.Duration.
func (d Days) Duration() time.Duration { return time.Duration(d) * 24 * time.Hour }
