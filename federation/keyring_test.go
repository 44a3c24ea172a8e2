package federation

import (
	"strings"
	"sync"
	"testing"

	"folkmoot/group"
	"folkmoot/store"
)

func TestKeyringReadsKeysOnce(t *testing.T) {
	k, pem := newKeyring(), pemOf["books"]()
	first, err := k.of(gBooks, pem)
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.of(gBooks, []byte(string(pem))) // as read from the store anew
	if err != nil || again.RSA != first.RSA {
		t.Errorf("the keys were read twice (%v)", err)
	}
	for range 2 {
		if changed, err := k.of(gBooks, pemOf["server"]()); err != nil || changed.RSA.Equal(first.RSA) {
			t.Errorf("new keys were not noticed (%v)", err)
		}
	}
	if _, err := k.of(gBooks, []byte("no keys")); err == nil || !strings.Contains(err.Error(), gBooks) {
		t.Errorf("no keys were read as some: %v", err)
	}
	if back, err := k.of(gBooks, pem); err != nil || !back.RSA.Equal(first.RSA) {
		t.Errorf("the old keys are lost (%v)", err)
	}
	if len(k.parsed) != 1 {
		t.Errorf("it holds %d actors for one", len(k.parsed))
	}
}

func TestKeyringServesMany(t *testing.T) {
	k := newKeyring()
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			name := []string{"books", "server"}[i%2]
			if keys, err := k.of(name, pemOf[name]()); err != nil || !keys.RSA.Equal(keysOf(t, name).RSA) {
				t.Errorf("%s has other keys (%v)", name, err)
			}
		})
	}
	wg.Wait()
}

// TestNothingIsSaidWithoutKeys: a group without keys would speak for nobody.
func TestNothingIsSaidWithoutKeys(t *testing.T) {
	in := telling(group.TellThread)
	in.Group.Keys = nil
	if got, err := testEncoder().Encode(in); err == nil {
		t.Errorf("said %v", got)
	}
	in = telling(group.TellWrap)
	in.Raw, in.Request, in.ServerKeys = nil, group.Request{Kind: group.Lock}, nil
	if got, err := testEncoder().Encode(in); err == nil {
		t.Errorf("said %v", got)
	}
}

// TestModeratorsActsAreProven checks that what the server says for a moderator is proven by its own actor, and the announcement by
// the group.
func TestModeratorsActsAreProven(t *testing.T) {
	for _, kind := range []group.Kind{group.Remove, group.Restore, group.Lock, group.Pin, group.Appoint, group.Ban, group.Unban} {
		in := telling(group.TellWrap)
		in.Raw, in.Request = nil, group.Request{Kind: kind, Target: peerAnn}
		messages := encodeToSend(t, in)
		if len(messages) != 2 || messages[0].Form != store.FormKept || messages[1].Form != store.FormWrap {
			t.Fatalf("%s is told as %v", kind, messages)
		}
		checkProof(t, messages[0].Body, "https://groups.example/moderation", keysOf(t, "server"), in.At)
		checkProof(t, messages[1].Body, gBooks, keysOf(t, "books"), in.At)
	}
}
