package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"folkmoot/group"
)

// Post is a filed post as pages and collections show it.
type Post struct {
	ID        int64  // number in this server's URLs
	Group     string // name of the group
	URI       string // at its origin
	Thread    int64  // number of the thread's first post
	Parent    int64  // number of the post it answers, 0 for a first post
	Author    Actor  // without its document
	Title     string
	HTML      string // sanitised
	Warning   string
	URL       string // where people read it at its origin, "" for the URI
	Link      string
	Language  string
	Kind      string // at its origin: Note, Page, Question ...; "" if not known
	Media     []group.Media
	Flairs    []string
	Tags      []string // hashtags, without #
	Unindexed bool     // its author does not want it in search engines
	State     group.PostState
	Locked    bool      // no more comments beneath
	Pinned    time.Time // since when, zero for not
	Published time.Time
	Edited    time.Time // zero when never
	Filed     time.Time
	Likes     int
	Dislikes  int
	Boosts    int
	Comments  int       // visible comments of the thread; 0 for comments
	Active    int64     // number of the thread's last visible post; 0 for comments
	Answered  time.Time // when that was filed
}

const postColumns = `p.id, g.name, p.uri, p.thread_id, COALESCE(p.parent_id, 0), p.title, p.html, p.warning, p.url, p.link,
	p.language, p.kind, p.media, p.state, p.locked, p.pinned, p.published, p.edited, p.filed, p.likes, p.dislikes, p.boosts,
	CASE WHEN p.parent_id IS NULL THEN (SELECT COUNT(*) FROM posts c WHERE c.thread_id = p.id AND c.id <> p.id
		AND c.state = 'visible') ELSE 0 END,
	a.id, a.uri, a.handle, a.name, a.url, a.avatar, a.indexable = 2,
	p.active, COALESCE((SELECT l.filed FROM posts l WHERE l.id = p.active), 0)
	FROM posts p JOIN groups g ON g.id = p.group_id JOIN actors a ON a.id = p.author_id`

func scanPost(scan func(...any) error) (p Post, err error) {
	var published, edited, filed, pinned, answered int64
	var media []byte
	err = scan(&p.ID, &p.Group, &p.URI, &p.Thread, &p.Parent, &p.Title, &p.HTML, &p.Warning, &p.URL, &p.Link, &p.Language,
		&p.Kind, &media, &p.State, &p.Locked, &pinned, &published, &edited, &filed, &p.Likes, &p.Dislikes, &p.Boosts, &p.Comments,
		&p.Author.ID, &p.Author.URI, &p.Author.Handle, &p.Author.Name, &p.Author.URL, &p.Author.Avatar, &p.Unindexed,
		&p.Active, &answered)
	if errors.Is(err, sql.ErrNoRows) {
		return Post{}, fmt.Errorf("post: %w", ErrNotFound)
	}
	if err == nil {
		var with attachments
		with, err = readAttachments(media)
		p.Media, p.Flairs, p.Tags = with.Media, with.Flairs, with.Tags
	}
	p.Published, p.Edited, p.Filed, p.Pinned, p.Answered = moment(published), moment(edited), moment(filed), moment(pinned), moment(answered)
	return p, wrap(err, "read post")
}

func (s *Store) posts(ctx context.Context, query string, args ...any) ([]Post, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+postColumns+query, args...)
	if err != nil {
		return nil, fmt.Errorf("read posts: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (Post, error) { return scanPost(rows.Scan) })
}

// Threads returns the newest visible threads of a group, at most limit, older than the post before (0 for the newest).
func (s *Store) Threads(ctx context.Context, name string, before int64, limit int) ([]Post, error) {
	if before == 0 {
		before = 1 << 62
	}
	return s.posts(ctx, ` WHERE g.name = $1 AND p.parent_id IS NULL AND p.state = 'visible' AND p.id < $2
		ORDER BY p.id DESC LIMIT $3`, name, before, limit)
}

// PinnedThreads returns the threads a group shows first, the last pinned first.
func (s *Store) PinnedThreads(ctx context.Context, name string) ([]Post, error) {
	return s.posts(ctx, ` WHERE g.name = $1 AND p.pinned <> 0 AND p.state = 'visible' ORDER BY p.pinned DESC, p.id DESC LIMIT 20`, name)
}

// Thread returns a thread's posts in the order in which they came, the first post first: what is visible, and the
// tombstones that hold it together. Held posts are left out. ErrNotFound if the group has no such thread.
func (s *Store) Thread(ctx context.Context, name string, thread int64) ([]Post, error) {
	posts, err := s.posts(ctx, ` WHERE g.name = $1 AND p.thread_id = $2 AND p.state <> 'held' ORDER BY p.id`, name, thread)
	if err == nil && len(posts) == 0 {
		return nil, fmt.Errorf("thread %d of %s: %w", thread, name, ErrNotFound)
	}
	return posts, err
}

const partOfThread = ` WHERE g.name = $1 AND p.thread_id = $2 AND p.state <> 'held' AND (p.id = $2 OR p.id > $3)
	ORDER BY p.id LIMIT $4`

// PartOfThread returns part of what [Store.Thread] does: the first post, unless it is held, and at most limit of those after
// the post numbered after.
func (s *Store) PartOfThread(ctx context.Context, name string, thread, after int64, limit int) ([]Post, error) {
	posts, err := s.posts(ctx, partOfThread, name, thread, after, limit+1)
	if err == nil && len(posts) == 0 {
		return nil, fmt.Errorf("thread %d of %s: %w", thread, name, ErrNotFound)
	}
	return posts, err
}

// LatestInThread returns the newest visible posts of a thread, the last first, older than the post before (0 for the newest).
func (s *Store) LatestInThread(ctx context.Context, name string, thread, before int64, limit int) ([]Post, error) {
	if before == 0 {
		before = 1 << 62
	}
	return s.posts(ctx, ` WHERE g.name = $1 AND p.thread_id = $2 AND p.state = 'visible' AND p.id < $3 ORDER BY p.id DESC LIMIT $4`,
		name, thread, before, limit)
}

const placeInThread = `SELECT COUNT(*) FROM posts WHERE thread_id = $1 AND id < $2 AND state <> 'held'`

// PlaceInThread counts the posts that [Store.Thread] returns before one of them.
func (s *Store) PlaceInThread(ctx context.Context, p Post) (n int, err error) {
	err = s.read.QueryRowContext(ctx, placeInThread, p.Thread, p.ID).Scan(&n)
	return n, wrap(err, "find the place of a post in its thread")
}

// Post returns a group's post by its number, or ErrNotFound.
func (s *Store) Post(ctx context.Context, name string, id int64) (Post, error) {
	return scanPost(s.read.QueryRowContext(ctx, `SELECT `+postColumns+` WHERE g.name = $1 AND p.id = $2`, name, id).Scan)
}

// PostByURI returns a group's post by its URI, whatever has become of it.
func (s *Store) PostByURI(ctx context.Context, name, uri string) (Post, error) {
	return scanPost(s.read.QueryRowContext(ctx, `SELECT `+postColumns+` WHERE g.name = $1 AND p.uri = $2`, name, uri).Scan)
}

// Replies returns the visible answers to a post, oldest first, after the post numbered after.
func (s *Store) Replies(ctx context.Context, name string, parent, after int64, limit int) ([]Post, error) {
	return s.posts(ctx, ` WHERE g.name = $1 AND p.parent_id = $2 AND p.id > $3 AND p.state = 'visible' ORDER BY p.id LIMIT $4`,
		name, parent, after, limit)
}

// RepliesCount counts the visible answers to a post.
func (s *Store) RepliesCount(ctx context.Context, name string, parent int64) (n int, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM posts p JOIN groups g ON g.id = p.group_id
		WHERE g.name = $1 AND p.parent_id = $2 AND p.state = 'visible'`, name, parent).Scan(&n)
	return n, wrap(err, "count the answers to a post")
}

// PostsBy returns the newest visible posts of a person in this server's groups.
func (s *Store) PostsBy(ctx context.Context, actor int64, limit int) ([]Post, error) {
	return s.posts(ctx, ` WHERE p.author_id = $1 AND p.state = 'visible' ORDER BY p.id DESC LIMIT $2`, actor, limit)
}

// HasPost says whether any group has a post of that URI, in whatever state.
func (s *Store) HasPost(ctx context.Context, uri string) (has bool, err error) {
	_, age, known := s.filed.get(uri)
	if known {
		return true, nil
	}
	if err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM posts WHERE uri = $1)`, uri).Scan(&has); err != nil {
		return false, fmt.Errorf("look for post %s: %w", uri, err)
	}
	if has { // it stays, if only as a tombstone
		s.filed.put(uri, struct{}{}, age)
	}
	return has, nil
}

// ActorByHandle returns a known actor by its @user@host, whatever the case, or ErrNotFound.
func (s *Store) ActorByHandle(ctx context.Context, handle string) (Actor, error) {
	var uri string
	err := s.read.QueryRowContext(ctx, `SELECT uri FROM actors WHERE LOWER(handle) = LOWER($1) AND gone = 0`, handle).Scan(&uri)
	if errors.Is(err, sql.ErrNoRows) {
		return Actor{}, fmt.Errorf("%s: %w", handle, ErrNotFound)
	}
	if err != nil {
		return Actor{}, fmt.Errorf("find %s: %w", handle, err)
	}
	return s.Actor(ctx, uri)
}

// Moderators returns who runs a group, owners first.
func (s *Store) Moderators(ctx context.Context, groupID int64) ([]Actor, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT a.id, a.uri, a.handle, a.name, a.url, a.avatar FROM memberships m
		JOIN actors a ON a.id = m.actor_id WHERE m.group_id = $1 AND m.state = 'member' AND m.barred = 0 AND m.role IN ('owner', 'moderator')
		ORDER BY m.role DESC, m.since, a.id`, groupID)
	if err != nil {
		return nil, fmt.Errorf("list moderators: %w", err)
	}
	return collect(rows, func(rows *sql.Rows) (a Actor, err error) {
		return a, rows.Scan(&a.ID, &a.URI, &a.Handle, &a.Name, &a.URL, &a.Avatar)
	})
}

// GroupCounts are the sizes of a group.
type GroupCounts struct{ Followers, Members, Threads, Comments int }

// groupCounts reads nothing but indexes: every visit of a page asks it.
const groupCounts = `SELECT
		(SELECT COUNT(*) FROM memberships WHERE group_id = $1 AND follows),
		(SELECT COUNT(*) FROM memberships WHERE group_id = $1 AND state = 'member' AND barred = 0),
		(SELECT COUNT(*) FROM posts WHERE group_id = $1 AND state = 'visible' AND parent_id IS NULL),
		(SELECT COUNT(*) FROM posts WHERE group_id = $1 AND state = 'visible' AND parent_id IS NOT NULL)`

// Counts counts a group.
func (s *Store) Counts(ctx context.Context, groupID int64) (c GroupCounts, err error) {
	err = s.read.QueryRowContext(ctx, groupCounts, groupID).Scan(&c.Followers, &c.Members, &c.Threads, &c.Comments)
	return c, wrap(err, "count group")
}

// ServerCounts are the sizes of a server.
type ServerCounts struct{ Groups, Threads, Comments, ActiveMonth, ActiveHalfyear int }

// serverCounts reads nothing of posts but indexes, yet all of one, so whoever asks often keeps the answer.
const serverCounts = `SELECT (SELECT COUNT(*) FROM groups),
	(SELECT COUNT(*) FROM posts WHERE state = 'visible' AND parent_id IS NULL),
	(SELECT COUNT(*) FROM posts WHERE state = 'visible' AND parent_id IS NOT NULL),
	(SELECT COUNT(*) FROM groups g WHERE EXISTS (SELECT 1 FROM posts p WHERE p.group_id = g.id AND p.filed > $1)),
	(SELECT COUNT(*) FROM groups g WHERE EXISTS (SELECT 1 FROM posts p WHERE p.group_id = g.id AND p.filed > $2))`

// ServerCounts counts the server: its groups, and those of them that had a post within the last 30 and 180 days.
func (s *Store) ServerCounts(ctx context.Context) (c ServerCounts, err error) {
	const day = 24 * 60 * 60
	now := s.now().Unix()
	err = s.read.QueryRowContext(ctx, serverCounts, now-30*day, now-180*day).
		Scan(&c.Groups, &c.Threads, &c.Comments, &c.ActiveMonth, &c.ActiveHalfyear)
	return c, wrap(err, "count server")
}
