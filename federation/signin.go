package federation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// Whoever has an account anywhere signs in to the pages by sending a group here, or the server's own actor, in private, the code that a
// browser shows. That the message is theirs, its signature says.

// signInCode is the code that a message consists of, beside names; "" if it is another message.
func signInCode(text string) string {
	code := ""
	for word := range strings.FieldsSeq(text) {
		if strings.HasPrefix(word, "@") {
			continue
		}
		if code != "" {
			return ""
		}
		code = strings.ToUpper(word)
	}
	if !group.IsCode(code) {
		return ""
	}
	return code
}

// guessAgain is how long whoever sent a code that nobody waits for has to wait: codes are not found by trying.
const guessAgain = time.Minute

var (
	errGuessed    = errors.New("a wrong code was sent a short while ago")
	errUnanswered = errors.New("the message did not arrive")
)

// signIn hands a code in for whoever sent it to a group, which answers.
func (c *commander) signIn(ctx context.Context, code string) (group.Request, error) {
	lang := group.LanguageOf(c.message.language)
	said, err := c.handIn(ctx, code, c.by, lang)
	if err != nil || said == "" {
		return c.silent(lang), err
	}
	return c.tell(group.Command{Verb: group.VerbCode, Lang: lang}, said), nil
}

// handIn hands a code in for whoever sent it, and returns what to answer: nothing to machines, nor while somebody has to wait.
func (s *Server) handIn(ctx context.Context, code string, by group.Person, lang string) (said string, err error) {
	if by.Bot || s.guesses.get(by.URI) != nil {
		return "", nil
	}
	err = s.store.ConfirmSignIn(ctx, code, by.URI)
	if errors.Is(err, store.ErrNotFound) {
		s.guesses.put(by.URI, errGuessed, guessAgain)
		return group.NoCode(lang), nil
	}
	return group.SignedIn(lang, s.domain, s.origin+"/account"), err
}

// lookServerLetter reads what somebody writes in private to the server's own actor, for which it need not have a group that they know:
// a code, or nothing that is of use.
func (s *Server) lookServerLetter(ctx context.Context, row store.Received, a activity, o objectView) (step, error) {
	code := signInCode(plainText(withoutQuotes(o.ContentHTML)))
	switch {
	case code == "":
		return kept(), nil
	case row.Signed.IsZero():
		return settled(group.Refused, group.ReasonUnverified), nil
	}
	by, err := s.speaker(ctx, a.Actor)
	if err != nil {
		return step{}, err
	}
	lang := group.LanguageOf(o.Language)
	said, err := s.handIn(ctx, code, by, lang)
	if err != nil || said == "" {
		return kept(), err
	}
	if err := s.answerAsServer(ctx, a.Actor, o.ID, said, lang); err != nil {
		s.log.Info("answer to a code not sent", "to", a.Actor, "error", err)
	}
	return settled(group.Accepted, group.ReasonToldBack), nil
}

// answerAsServer writes to somebody in the name of the server itself. It is tried once: the page where the code is shown says the same
// to whoever sits there, and whoever does not, and sent a code that another gave them, is warned this way.
func (s *Server) answerAsServer(ctx context.Context, person, note, words, lang string) error {
	to, err := s.store.Actor(ctx, person)
	if err != nil {
		return err
	}
	name, _ := hostOf(person)
	h, err := s.store.Host(ctx, name)
	if err != nil {
		return err
	}
	actor := s.ids.application()
	d, err := s.encoder.privately(actor, shortHash(actor, person, note), store.Telling{
		To: to, PostURI: note, Text: words, At: s.now(), Request: group.Request{
			By: group.Person{URI: person}, Said: &group.Said{Lang: lang},
		},
	})
	if err != nil {
		return err
	}
	body, err := d.encode()
	if err != nil {
		return err
	}
	if out := s.sendAs(ctx, &h, actor, s.keys, to.Inbox, body); out.words != "" {
		return fmt.Errorf("%w: %s", errUnanswered, out.words)
	}
	return nil
}
