package federation

import (
	"context"
	"errors"
	"strings"
	"time"

	"folkmoot/group"
	"folkmoot/store"
)

// Whoever has an account anywhere signs in to the pages by sending a group here, in private, the code that a browser shows. That the
// message is theirs, its signature says.

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

var errGuessed = errors.New("a wrong code was sent a short while ago")

// signIn hands a code in for whoever sent it, and answers.
func (c *commander) signIn(ctx context.Context, code string) (group.Request, error) {
	lang := group.LanguageOf(c.message.language)
	if c.by.Bot || c.guesses.get(c.by.URI) != nil {
		return c.silent(lang), nil
	}
	said := group.SignedIn(lang, c.domain, c.origin+"/account")
	err := c.store.ConfirmSignIn(ctx, code, c.by.URI)
	if errors.Is(err, store.ErrNotFound) {
		c.guesses.put(c.by.URI, errGuessed, guessAgain)
		said, err = group.NoCode(lang), nil
	}
	return c.tell(group.Command{Verb: group.VerbCode, Lang: lang}, said), err
}
