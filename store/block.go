package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"folkmoot/group"
)

// HostName brings a host, as people or lists write it, into the spelling under which hosts are compared: lower case, punycode,
// without a final dot and the port that https has anyway. It is "" for what is no host.
func HostName(name string) string {
	host := hostName("https://" + name)
	if host == "" || len(host) > 253+6 || !plainHost(host) {
		return ""
	}
	return host
}

func plainHost(host string) bool {
	for _, r := range host {
		if !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '.' || r == '_' || r == ':' || r == '[' || r == ']') {
			return false
		}
	}
	return host[0] != '.' && host[0] != '-'
}

const blockColumns = `b.subject, b.level, b.public_words, b.private_words, b.reject_media, b.reject_reports, b.obfuscate, b.source, b.at`

func scanBlock(rows *sql.Rows) (b group.Barrier, err error) {
	var at int64
	err = rows.Scan(&b.Subject, &b.Level, &b.Public, &b.Private, &b.RejectMedia, &b.RejectReports, &b.Obfuscate, &b.Source, &at)
	b.At = moment(at)
	return b, err
}

// blocksFor finds what is said in one list of blocks about a host ($2, and without port $3), the domains above it, and an account.
const blocksFor = `WITH RECURSIVE up (name) AS (SELECT $2 UNION ALL SELECT $3
		UNION ALL SELECT SUBSTR(name, INSTR(name, '.') + 1) FROM up WHERE INSTR(name, '.') > 0)
	SELECT ` + blockColumns + ` FROM blocks b WHERE b.group_id = $1 AND b.subject IN (SELECT name FROM up UNION ALL SELECT $4)`

// querier is what reads and writes have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scope is one list of blocks: the server's (Group 0) or a group's, and whether it lets in only what it names.
type scope struct {
	group     int64
	allowOnly bool
}

func readScope(ctx context.Context, q querier, groupID int64) (s scope, err error) {
	s.group = groupID
	query := `SELECT EXISTS (SELECT 1 FROM meta WHERE key = 'allow_only' AND $1 = 0 UNION ALL SELECT 1 FROM groups WHERE id = $1 AND allow_only <> 0)`
	return s, wrap(q.QueryRowContext(ctx, query, groupID).Scan(&s.allowOnly), "read how blocks work")
}

// lists remembers which lists of blocks say nothing, as nearly all do: each activity is asked about in two of them, several times.
type lists struct {
	mu     sync.Mutex
	silent map[int64]silence // by group
}

type silence struct {
	at     uint64 // the version of everything that it holds for
	silent bool
}

// isSilent says whether a list shuts out nobody. A transaction that may have changed that looks for itself.
func (s *Store) isSilent(ctx context.Context, q querier, groupID int64) (bool, error) {
	if tx, writes := q.(*txn); writes && tx.changes.all {
		return false, nil
	}
	at := s.versions.ofAll()
	s.lists.mu.Lock()
	known, ok := s.lists.silent[groupID]
	s.lists.mu.Unlock()
	if ok && known.at == at {
		return known.silent, nil
	}
	known.at = at
	err := q.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT 1 FROM blocks WHERE group_id = $1 UNION ALL
		SELECT 1 FROM meta WHERE key = 'allow_only' AND $1 = 0 UNION ALL SELECT 1 FROM groups WHERE id = $1 AND allow_only <> 0)`,
		groupID).Scan(&known.silent)
	if err != nil {
		return false, fmt.Errorf("see whether there are blocks: %w", err)
	}
	s.lists.mu.Lock()
	defer s.lists.mu.Unlock()
	if s.lists.silent == nil {
		s.lists.silent = map[int64]silence{}
	}
	s.lists.silent[groupID] = known
	return known.silent, nil
}

// standing is what one list leaves of what an account, or anybody on a host, may do.
func (s *Store) standing(ctx context.Context, q querier, sc scope, host, account string) (group.Standing, error) {
	if host == "" || host == s.host {
		return group.Standing{}, nil // a server cannot shut itself out
	}
	above := group.HostsAbove(host)
	rows, err := q.QueryContext(ctx, blocksFor, sc.group, host, above[min(1, len(above)-1)], account)
	if err != nil {
		return group.Standing{}, fmt.Errorf("find blocks of %s: %w", host, err)
	}
	entries, err := collect(rows, scanBlock)
	return group.Judge(entries, host, account, sc.allowOnly), wrap(err, "read blocks of "+host)
}

// Standing returns what the server's own blocks leave of what an account may do; a bare host asks about anybody there.
func (s *Store) Standing(ctx context.Context, uri string) (group.Standing, error) {
	if silent, err := s.isSilent(ctx, s.read, 0); err != nil || silent {
		return group.Standing{}, err
	}
	sc, err := readScope(ctx, s.read, 0)
	if err != nil {
		return group.Standing{}, err
	}
	return s.standing(ctx, s.read, sc, hostName(uri), uri)
}

// standingIn is what the server and one group together leave of what an account may do.
func (s *Store) standingIn(ctx context.Context, q querier, groupID int64, uri string) (both group.Standing, err error) {
	if uri == "" {
		return both, nil
	}
	for _, id := range []int64{0, groupID} {
		silent, err := s.isSilent(ctx, q, id)
		if err != nil {
			return both, err
		}
		if silent {
			continue
		}
		sc, err := readScope(ctx, q, id)
		if err != nil {
			return both, err
		}
		one, err := s.standing(ctx, q, sc, hostName(uri), uri)
		if err != nil {
			return both, err
		}
		both = both.With(one)
	}
	return both, nil
}

// loadStanding reads what blocks say of whoever asks, of the community that passes it on, and of whom it is about.
func (s *Store) loadStanding(ctx context.Context, tx *txn, groupID int64, r group.Request, st *group.State) error {
	for _, uri := range []string{r.By.URI, r.Via} {
		one, err := s.standingIn(ctx, tx, groupID, uri)
		if err != nil {
			return err
		}
		st.Standing = st.Standing.With(one)
	}
	switch r.Kind {
	case group.Move, group.Appoint, group.Subscribe:
		target, err := s.standingIn(ctx, tx, groupID, r.Target)
		st.Target = target
		return err
	}
	return nil
}

// Blocks lists the entries of the server (groupID 0) or of a group by their subjects.
func (s *Store) Blocks(ctx context.Context, groupID int64) ([]group.Barrier, error) {
	return listBlocks(ctx, s.read, groupID)
}

func listBlocks(ctx context.Context, q querier, groupID int64) ([]group.Barrier, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+blockColumns+` FROM blocks b WHERE b.group_id = $1 ORDER BY b.subject, b.source`, groupID)
	if err != nil {
		return nil, fmt.Errorf("list blocks: %w", err)
	}
	return collect(rows, scanBlock)
}

// AllowOnly says whether only hosts that an entry lets in may do anything: with the server (groupID 0) or with a group.
func (s *Store) AllowOnly(ctx context.Context, groupID int64) (bool, error) {
	sc, err := readScope(ctx, s.read, groupID)
	return sc.allowOnly, err
}
