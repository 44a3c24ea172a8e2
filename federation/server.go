package federation

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"folkmoot/group"
	"folkmoot/store"
)

// Options say how a Server speaks to the fediverse.
type Options struct {
	Store   *store.Store
	Origin  string // public origin, e.g. https://groups.example
	Version string // of this program, for NodeInfo
	Title   string // name of the server, for NodeInfo and the Application actor
	Contact string // how to reach whoever runs it; "" for none

	Client    ClientOptions // Sign and Now are filled in
	BodyBytes int64         // largest activity taken; 0 for 1 MiB
	InFlight  int           // inbox requests at once; 0 for 256
	Waiting   int           // activities of one host that wait to be decided; 0 for 10,000
	Workers   int           // activities decided at once; 0 for 128
	Hosts     int           // hosts delivered to at once; 0 for 256

	Now   func() time.Time // nil for the real clock
	Log   *slog.Logger     // nil for none
	Watch func(Event)      // called for each activity in and out; nil for nobody. It must not block.
}

// Server is one Folkmoot server on the wire.
type Server struct {
	origin, domain string
	version, title string
	contact        string

	store    *store.Store
	client   *Client
	verifier Verifier
	ids      ids
	encoder  *encoder
	clean    *sanitizer
	now      func() time.Time
	log      *slog.Logger
	watch    func(Event)

	bodyBytes      int64
	workers, hosts int
	inFlight       chan struct{} // a place for each inbox request
	flights        singleflight.Group
	failures       *failureCache
	hung           *failureCache // hosts that documents were waited for in vain
	lame           *failureCache // inboxes that fail while others on their host do not
	guesses        *failureCache // who sent a wrong code to sign in
	parts          *partSet
	figures        figures
	keyWaits       *gate         // those who wait for a key to be fetched
	signing        chan struct{} // a place for each RSA signature in the making
	sketch         *sketchbook
	news           news
	proofs         proofs
	travellers     *travellers
	arriving       *gate // activities that are not here whole yet
	arrivingLarge  *gate
	ofHost         *allowances // to have activities wait
	ofPerson       *allowances
	ofSite         *allowances

	keys    Keys // of the Application actor
	started time.Time
}

// New makes a server. It reads or makes the keys of the Application actor.
func New(ctx context.Context, o Options) (*Server, error) {
	u, err := url.Parse(o.Origin)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("origin %q is no URL such as https://groups.example", o.Origin)
	}
	s := &Server{
		origin: o.Origin, domain: u.Host, version: o.Version, title: o.Title, contact: o.Contact, store: o.Store,
		ids: newIDs(o.Origin), encoder: newEncoder(o.Origin), clean: newSanitizer(), now: o.Now, log: o.Log, watch: o.Watch,
		bodyBytes: orDefault(o.BodyBytes, 1<<20), workers: orDefault(o.Workers, 128), hosts: orDefault(o.Hosts, 256),
		inFlight: make(chan struct{}, orDefault(o.InFlight, 256)),
		arriving: newGate(maxSmall, maxSmall), arrivingLarge: newGate(maxLarge, maxLarge),
	}
	// Whoever waits for a key takes no more than a part of the places, and a host no more than a part of that.
	s.keyWaits = newGate(max(cap(s.inFlight)/4, 1), max(cap(s.inFlight)/32, 1))
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.watch == nil {
		s.watch = func(Event) {}
	}
	if s.keys, err = s.serverKeys(ctx); err != nil {
		return nil, err
	}
	waiting := orDefault(o.Waiting, maxWaiting)
	s.ofHost, s.ofPerson = newAllowances(waiting, s.now), newAllowances(waiting/ownPart, s.now)
	s.ofSite = newAllowances(waiting*siteParts, s.now)
	s.failures, s.lame, s.guesses, s.parts = newFailureCache(s.now), newFailureCache(s.now), newFailureCache(s.now), newPartSet()
	s.hung = newFailureCache(s.now)
	s.signing, s.sketch = make(chan struct{}, runtime.GOMAXPROCS(0)), &sketchbook{}
	s.travellers = &travellers{all: map[string]*traveller{}}
	s.started = s.now()
	s.verifier = Verifier{Origin: o.Origin, Now: s.now, FindKey: s.findKey}
	o.Client.Now = s.now
	o.Client.Sign = s.signAsServer
	if o.Client.UserAgent == "" {
		o.Client.UserAgent = fmt.Sprintf("Folkmoot/%s (+%s)", o.Version, o.Origin)
	}
	s.client = NewClient(o.Client)
	return s, nil
}

func orDefault[T int | int64](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Run decides about received activities and delivers what follows until ctx ends. Whatever a crash left behind is taken
// up again. It returns nil once all workers have stopped.
func (s *Server) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { s.decideLoop(ctx) })
	wg.Go(func() { s.deliverLoop(ctx) })
	wg.Go(func() { s.listLoop(ctx) })
	wg.Go(func() { s.overdueLoop(ctx) })
	wg.Wait()
	s.client.CloseIdle()
	return nil
}

func (s *Server) serverKeys(ctx context.Context) (Keys, error) {
	pem, err := s.store.ServerKeys(ctx, func() ([]byte, error) {
		keys, err := GenerateKeys()
		if err != nil {
			return nil, err
		}
		return keys.Marshal()
	})
	if err != nil {
		return Keys{}, err
	}
	keys, err := ParseKeys(pem)
	if err != nil {
		return Keys{}, fmt.Errorf("read the server's keys: %w", err)
	}
	return keys, nil
}

// signAsServer signs a GET as the Application actor, which everybody may fetch unsigned: so no two servers wait for each
// other's keys.
func (s *Server) signAsServer(r *http.Request, body []byte) error {
	return signCavage(r, body, signingKey{id: s.ids.key(s.ids.application()), private: s.keys.RSA}, s.now())
}

// NewEncoder makes the encoder that the store calls for what the groups of this server send.
func NewEncoder(origin string) store.Encoder { return newEncoder(origin).Encode }

// Event is an activity that came in or went out, for whoever watches.
type Event struct {
	At       time.Time
	Out      bool   // from this server
	Peer     string // host of the other side
	Type     string // e.g. "Create" or "Announce"
	Activity string // its id
	About    string // id of its object
	Group    string // name of the sending group, for what goes out
	Verdict  string // of what came in
	Reason   string // the rule that decided, a machine word
	Words    string // the failure as a sentence
	Failed   bool   // the delivery did not succeed
}

// Says is what became of the activity as a sentence. Nearly always nobody looks, so that it is made when somebody does.
func (e Event) Says() string {
	if e.Words == "" && e.Reason != "" {
		return group.Reason(e.Reason).Sentence()
	}
	return e.Words
}

// localGroups returns those of the URIs that are groups of this server, each once.
func (s *Server) localGroups(ctx context.Context, uris []string) ([]string, error) {
	var out []string
	for _, uri := range uris {
		if !strings.HasPrefix(uri, s.origin+"/") {
			continue
		}
		ref, ok := s.ids.parse(uri)
		if !ok || ref.Kind != idGroup {
			continue
		}
		has, err := s.store.HasGroup(ctx, ref.Name)
		if err != nil {
			return nil, err
		}
		if has {
			out = append(out, uri)
		}
	}
	return out, nil
}
