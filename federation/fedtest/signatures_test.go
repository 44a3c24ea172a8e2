package fedtest_test

import (
	"bytes"
	"net/http"
	"testing"
	"time"

	"folkmoot/federation/fedtest"
	"folkmoot/group"
)

// post sends what somebody has signed.
func (w *world) post(body []byte, sign func(r *http.Request) error) *http.Response {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, home+"/inbox", bytes.NewReader(body))
	w.must(err)
	r.Header.Set("Content-Type", "application/activity+json")
	w.must(sign(r))
	res, err := w.http.Do(r)
	w.must(err)
	w.settle()
	return res
}

func TestBothSchemesAreRead(t *testing.T) {
	inWorld(t, func(w *world) {
		p := w.peer("fedify.example", "hollo", "ann", "bob")
		key := keys().users[w.made-2]
		for i, sign := range []func(r *http.Request, body []byte) error{
			func(r *http.Request, body []byte) error {
				return signRFC9421(r, body, p.Actor("ann")+"#main-key", key, time.Now())
			},
			func(r *http.Request, body []byte) error {
				return signCavage(r, body, p.Actor("ann")+"#main-key", key, time.Now())
			},
		} {
			body := []byte(text(t, p.Activity("ann", "Follow", books)))
			if res := w.post(body, func(r *http.Request) error { return sign(r, body) }); res.StatusCode != http.StatusAccepted {
				t.Errorf("status %d", res.StatusCode)
			}
			w.wantArrived(p, "Accept", i+1)
			forged := bytes.Replace(body, []byte("users/ann"), []byte("users/bob"), 1)
			res := w.post(forged, func(r *http.Request) error { return sign(r, body) })
			if res.StatusCode != http.StatusUnauthorized || res.Header.Get("Accept-Signature") == "" {
				t.Errorf("another body: status %d, Accept-Signature %q", res.StatusCode, res.Header.Get("Accept-Signature"))
			}
		}
		w.wantCounts(members(1))
	})
}

// GoToSocial 0.20 shows its key at an address of its own, in a stub of the actor. The whole actor must name that key.
func TestKeyAtItsOwnAddress(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.stage("", books, nil, func(host string) string { return host })
		eve := "https://gts.example/users/eve"
		keyID := eve + "/main-key"
		doc := signable(object{"type": "Person", "preferredUsername": "eve", "name": "Eve"}, eve)
		key := object{"id": keyID, "owner": eve, "publicKeyPem": publicPEM(keys().users[0])}
		doc["publicKey"] = key
		s.serve(eve, doc)
		s.serve(keyID, object{"id": eve, "type": "Person", "publicKey": key})
		body := s.encode(object{"id": "https://gts.example/f/1", "type": "Follow", "actor": eve, "object": books})
		res := w.post(body, func(r *http.Request) error { return signCavage(r, body, keyID, keys().users[0], time.Now()) })
		if res.StatusCode != http.StatusAccepted {
			t.Errorf("status %d", res.StatusCode)
		}
		w.wantCounts(members(1))
		if a, err := w.store.Actor(w.ctx, eve); err != nil || a.Name != "Eve" || a.Inbox == "" {
			t.Errorf("the stub is taken for the account: %+v, %v", a, err)
		}
	})
}

// Whoever can put a file on a host must not sign for the people there: the owner of a key names it.
func TestKeysThatTheirOwnerDoesNotShow(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.stage("", books, nil, func(host string) string { return host })
		ann := s.person("https://mastodon.example/users/ann", "Person")
		forgers := publicPEM(keys().users[1])
		for name, keyID := range map[string]string{
			"a bare key":            "https://mastodon.example/media/1.json",
			"a stub of the actor":   "https://mastodon.example/media/2.json",
			"the key of another":    "https://mastodon.example/users/ann#second-key",
			"a key on another host": "https://evil.example/key.json",
		} {
			address := spot(keyID)
			switch name {
			case "a bare key", "a key on another host":
				s.serve(address, object{"id": keyID, "owner": ann, "publicKeyPem": forgers})
			case "a stub of the actor":
				key := object{"id": keyID, "owner": ann, "publicKeyPem": forgers}
				s.serve(address, object{"id": keyID, "type": "Person", "publicKey": key})
			}
			body := s.encode(object{"id": "https://mastodon.example/f/1", "type": "Follow", "actor": ann, "object": books})
			res := w.post(body, func(r *http.Request) error { return signCavage(r, body, keyID, keys().users[1], time.Now()) })
			if res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: status %d", name, res.StatusCode)
			}
		}
		w.wantCounts(members(0))
	})
}

// Sharkey answers a wrongly signed request with 200 and an actor that has lost its inbox. What is known stays.
func TestStrippedActorErasesNothing(t *testing.T) {
	inWorld(t, func(w *world) {
		s := w.stage("", books, nil, func(host string) string { return host })
		ann := s.person("https://sharkey.example/users/ann", "Person")
		s.join(ann)
		s.serve(ann, object{"id": ann, "type": "Person", "preferredUsername": "ann"})
		about := object{"id": ann, "type": "Person"}
		s.send(object{"id": "https://sharkey.example/u/1", "type": "Update", "actor": ann, "object": about})
		w.later(48 * time.Hour)
		note := object{
			"id": "https://sharkey.example/n/1", "type": "Note", "attributedTo": ann, "content": "still here",
			"to": []any{everybody}, "cc": []any{books},
		}
		create := object{
			"id": "https://sharkey.example/c/1", "type": "Create", "actor": ann, "object": note, "to": note["to"], "cc": note["cc"],
		}
		s.send(create)
		w.wantReason(create, group.ReasonThread)
		if len(s.arrived("Announce")) == 0 {
			t.Error("the account is no longer sent anything")
		}
	})
}

// A flood of one host is asked to come back later, and keeps nobody else out.
func TestTooManyAtOnce(t *testing.T) {
	inWorld(t, func(w *world) {
		slow := w.peer("slow.example", "mastodon", "eve")
		p := w.peer("mastodon.example", "mastodon", "ann")
		w.net.Set("slow.example", fedtest.Silent)
		body := []byte(text(t, slow.Activity("eve", "Follow", books)))
		done := make(chan int, 256)
		for range 256 { // each waits for the key
			go func() {
				status, err := slow.SendBytes(w.ctx, "eve", home+"/inbox", body)
				if err != nil {
					status = 0
				}
				done <- status
			}()
		}
		w.settle()
		res := w.post(body, func(r *http.Request) error {
			return signCavage(r, body, slow.Actor("eve")+"#main-key", keys().users[0], time.Now())
		})
		if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
			t.Errorf("status %d, Retry-After %q", res.StatusCode, res.Header.Get("Retry-After"))
		}
		if status := w.send(p, "ann", p.Activity("ann", "Follow", books)); status != http.StatusAccepted {
			t.Errorf("somebody else: status %d", status)
		}
		w.later(10 * time.Second)
		answers := map[int]int{}
		for range 256 {
			answers[<-done]++
		}
		if answers[http.StatusUnauthorized] == 0 || answers[http.StatusTooManyRequests] == 0 || len(answers) != 2 {
			t.Errorf("answers %v", answers)
		}
		w.wantCounts(members(1))
	})
}

// Secure servers answer nobody who does not sign. The Application actor signs, and can itself be fetched by everybody.
func TestServersThatAnswerSignedRequestsOnly(t *testing.T) {
	inWorld(t, func(w *world) {
		w.mastodon()
		secure := w.peer("secure.example", "gotosocial", "eve")
		var signers []string
		w.net.Attach("secure.example", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && r.URL.Path != "/.well-known/nodeinfo" && r.URL.Path != "/nodeinfo/2.0" {
				signer, err := secure.Signer(r)
				if err != nil {
					http.Error(rw, err.Error(), http.StatusUnauthorized)
					return
				}
				signers = append(signers, signer)
			}
			secure.ServeHTTP(rw, r)
		}))
		w.follow(secure, "eve", books)
		w.settle()
		w.wantArrived(secure, "Accept", 1)
		create := secure.Write("eve", mention("signed, please"))
		byID := secure.Activity("eve", "Create", create["object"].(object)["id"])
		byID["to"], byID["cc"] = create["to"], create["cc"]
		w.send(secure, "eve", byID)
		w.wantReason(byID, group.ReasonThread)
		ours := 0
		for _, signer := range signers {
			if signer == home+"/actor" {
				ours++
			}
		}
		if ours < 2 {
			t.Errorf("signed by %q; the account and the post were to be fetched by the Application actor", signers)
		}
	})
}
