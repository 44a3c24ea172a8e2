package store

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What is asked for each delivery, each activity and each post must not read whole tables, however SQLite weighs its indexes.
func TestHotQueriesReadNoWholeTables(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	for name, tt := range map[string]struct {
		query string
		args  int
		scans []string // meant: tables that are small, or partial indexes of nothing but what is wanted
	}{
		"due hosts": {dueHosts, 6, []string{
			"SCAN json_each VIRTUAL TABLE", "SCAN d USING COVERING INDEX direct_host", "SCAN l", "SCAN w", "SCAN h USING INDEX hosts_retry",
			"SEARCH c USING PRIMARY KEY (group_id=?)", // of logs that something was written to for all of these
		}},
		"logs of a host that fails": {logsOfFailing, 1, nil},
		"logs of some hosts":        {logsOfHosts, 1, []string{"SCAN e VIRTUAL TABLE"}},
		"a stretch of a log":        {stretchOfLog, 7, nil},
		"whose inboxes":             {inboxesAmong, 3, nil},
		"next try":                  {nextTry, 1, []string{"SCAN d USING COVERING INDEX direct_host", "SCAN g USING COVERING INDEX"}},
		"log of a host":             {logged, 6, nil},
		"inboxes of a host":         {followerInboxes, 2, nil},
		"what is still in a log":    {stillInLog, 2, []string{"SCAN e VIRTUAL TABLE"}},
		"which answers still wait":  {stillDirect, 2, []string{"SCAN e VIRTUAL TABLE"}},
		"last follower":             {dropCursors, 2, nil},
		"in other forms":            {upToDate, 4, nil},
		"whose turn it is":          {turn, 6, []string{"SCAN h", "SCAN json_each VIRTUAL TABLE"}},
		"who waits for a post":      {wakeWaiting, 1, nil},
		"what came by its id":       {rawReceived, 3, nil},
		"what became of it":         {becameOf, 3, nil},
		"whether it is here":        {receiving, 7, nil},
		"what comes again":          {receivingAgain, 6, nil},
		"where the index begins":    {firstOfIndex, 1, []string{"SCAN inbox USING COVERING INDEX inbox_hash"}},
		"hashes to move":            {stretchOfHashes, 3, []string{"SCAN (subquery"}},
		"moving hashes":             {copyHashes, 3, nil},
		"marking what is old":       {markOld, 2, nil},
		"what waits of a host":      {undecidedHost, 3, []string{"SCAN (subquery"}},
		"what one has waiting":      {undecidedBy, 4, []string{"SCAN (subquery"}},
		"of whom something waits":   {hostsWaiting, 1, []string{"SCAN h"}},
		"what waits of some hosts":  {undecidedAmong, 3, []string{"SCAN (subquery", "SCAN e VIRTUAL TABLE"}},
		"a post on its way":         {onItsWay, 5, nil},
		"the boost to undo":         {sharesOf, 2, nil},
		"what was undone by id":     {counted, 3, nil},
		"report by its id":          {reported, 1, nil},
		"announced threads":         {announcedPage + newerThan, 3, nil},
		"threads":                   {threadPage + olderThan, 3, nil},
		"a thread":                  {contextPage, 4, nil},
		"size of a thread":          {contextSize, 2, nil},
		"part of a thread":          {`SELECT ` + postColumns + partOfThread, 4, nil},
		"place in a thread":         {placeInThread, 2, nil},
		"active threads":            {`SELECT ` + postColumns + activeThreads, 3, nil},
		"last post":                 {lastPost, 1, []string{"SEARCH posts USING INDEX posts_active", "SEARCH posts USING COVERING INDEX posts_active"}},
		"top threads":               {`SELECT ` + postColumns + topThreads, 4, nil},
		"top of a stretch":          {`SELECT ` + postColumns + topThreadsSince, 5, nil},
		"pinned threads":            {pinned, 1, []string{"SEARCH posts USING INDEX posts_pinned"}},
		"groups with a post":        {withPost, 1, nil},
		"groups with a member":      {withMember, 1, nil},
		"groups with an author":     {withAuthor, 1, nil},
		"who waits to come in":      {pendingMembers, 2, []string{"SEARCH m USING INDEX memberships_pending"}},
	} {
		noScans(t, s, name, tt.query, tt.args, tt.scans)
	}
}

// What arrives is written without a program of triggers: for one, SQLite copies every page that it changes (migration 0030).
func TestReceivingRunsNoTrigger(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	rows, err := s.read.QueryContext(t.Context(), `EXPLAIN `+receiving, make([]any, 7)...)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := collect(rows, func(rows *sql.Rows) (code string, err error) {
		var other sql.RawBytes
		return code, rows.Scan(&other, &code, &other, &other, &other, &other, &other, &other)
	})
	if err != nil || !slices.Contains(codes, "Insert") || slices.Contains(codes, "Program") {
		t.Errorf("%v, %v", codes, err)
	}
}

// noScans fails for a query that reads a whole table, or everything a group ever had, other than is meant.
func noScans(t *testing.T, s *Store, name, query string, args int, scans []string) {
	t.Helper()
	rows, err := s.read.Query(`EXPLAIN QUERY PLAN `+query, slices.Repeat([]any{1}, args)...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		meant := func(scan string) bool { return strings.HasPrefix(step, scan) }
		wide := strings.HasSuffix(step, "(group_id=?)") && !strings.Contains(step, "posts_latest") && !strings.Contains(step, "SEARCH o USING COVERING INDEX outbox_group")
		if (strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" || wide) && !slices.ContainsFunc(scans, meant) {
			t.Errorf("%s: %s", name, step)
		}
	}
}

// NodeInfo is asked by crawlers: of the posts it reads one index, twice.
func TestServerCountsReadIndexesAlone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	noScans(t, s, "server counts", serverCounts, 2, []string{
		"SCAN groups USING COVERING INDEX", "SCAN g USING COVERING INDEX", "SCAN posts USING COVERING INDEX posts_counted",
		"SCAN posts USING COVERING INDEX posts_top", // of threads alone
	})
}

// A group's page and its collections say how large it is: that must not read the posts themselves, which may be very many.
func TestCountsReadIndexesAlone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "folkmoot.db"))
	defer s.Close()
	rows, err := s.read.Query(`EXPLAIN QUERY PLAN `+groupCounts, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	looked := 0
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(step, " posts ") {
			continue
		}
		looked++
		if !strings.HasPrefix(step, "SEARCH posts USING COVERING INDEX") || !strings.Contains(step, "group_id=?") {
			t.Error(step)
		}
	}
	if looked != 2 {
		t.Errorf("posts are looked at %d times, want 2: threads and comments", looked)
	}
}
