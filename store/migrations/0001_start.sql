-- Ids inside are integers; URIs are unique columns. Times are Unix seconds, 0 for never.

CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

CREATE TABLE hosts (
	id           INTEGER PRIMARY KEY,
	name         TEXT    NOT NULL UNIQUE,
	software     TEXT    NOT NULL DEFAULT '',
	version      TEXT    NOT NULL DEFAULT '',
	dialect      TEXT    NOT NULL DEFAULT 'unknown',
	scheme       TEXT    NOT NULL DEFAULT '',
	checked      INTEGER NOT NULL DEFAULT 0,
	failures     INTEGER NOT NULL DEFAULT 0,
	failing      INTEGER NOT NULL DEFAULT 0, -- since when, 0 while all is well
	next_try     INTEGER NOT NULL DEFAULT 0,
	last_success INTEGER NOT NULL DEFAULT 0,
	last_error   TEXT    NOT NULL DEFAULT ''
);

CREATE TABLE actors (
	id           INTEGER PRIMARY KEY,
	uri          TEXT    NOT NULL UNIQUE,
	host_id      INTEGER NOT NULL REFERENCES hosts (id),
	type         TEXT    NOT NULL DEFAULT '',
	handle       TEXT    NOT NULL DEFAULT '',
	name         TEXT    NOT NULL DEFAULT '',
	summary      TEXT    NOT NULL DEFAULT '',
	url          TEXT    NOT NULL DEFAULT '',
	avatar       TEXT    NOT NULL DEFAULT '',
	inbox        TEXT    NOT NULL DEFAULT '',
	shared_inbox TEXT    NOT NULL DEFAULT '',
	bot          INTEGER NOT NULL DEFAULT 0,
	gone         INTEGER NOT NULL DEFAULT 0,
	fetched      INTEGER NOT NULL DEFAULT 0,
	raw          BLOB
);

-- Public keys of others as last fetched, DER.
CREATE TABLE keys (
	id      TEXT    PRIMARY KEY,
	owner   TEXT    NOT NULL,
	der     BLOB    NOT NULL,
	fetched INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE groups (
	id             INTEGER PRIMARY KEY,
	uri            TEXT    NOT NULL UNIQUE,
	name           TEXT    NOT NULL UNIQUE,
	title          TEXT    NOT NULL,
	summary        TEXT    NOT NULL DEFAULT '', -- Markdown, as the owner wrote it
	summary_html   TEXT    NOT NULL DEFAULT '',
	join_policy    TEXT    NOT NULL,
	posting_policy TEXT    NOT NULL,
	tag_cap        INTEGER NOT NULL,
	keys           BLOB    NOT NULL,
	created        INTEGER NOT NULL,
	updated        INTEGER NOT NULL
);

CREATE TABLE memberships (
	group_id INTEGER NOT NULL REFERENCES groups (id),
	actor_id INTEGER NOT NULL REFERENCES actors (id),
	state    TEXT    NOT NULL,
	role     TEXT    NOT NULL,
	follows  INTEGER NOT NULL,
	follow   TEXT    NOT NULL DEFAULT '', -- URI of the Follow activity
	since    INTEGER NOT NULL,
	PRIMARY KEY (group_id, actor_id)
) WITHOUT ROWID;
CREATE INDEX actors_handle ON actors (LOWER(handle));
CREATE INDEX memberships_actor ON memberships (actor_id);

CREATE TABLE posts (
	id         INTEGER PRIMARY KEY,
	group_id   INTEGER NOT NULL REFERENCES groups (id),
	uri        TEXT    NOT NULL,
	thread_id  INTEGER NOT NULL, -- id of the thread's first post
	parent_id  INTEGER,
	author_id  INTEGER NOT NULL REFERENCES actors (id),
	title      TEXT    NOT NULL DEFAULT '',
	html       TEXT    NOT NULL DEFAULT '',
	warning    TEXT    NOT NULL DEFAULT '',
	url        TEXT    NOT NULL DEFAULT '',
	link       TEXT    NOT NULL DEFAULT '',
	language   TEXT    NOT NULL DEFAULT '',
	visibility INTEGER NOT NULL,
	state      TEXT    NOT NULL,
	published  INTEGER NOT NULL,
	edited     INTEGER NOT NULL DEFAULT 0,
	filed      INTEGER NOT NULL,
	likes      INTEGER NOT NULL DEFAULT 0,
	boosts     INTEGER NOT NULL DEFAULT 0,
	raw        BLOB,
	UNIQUE (uri, group_id)
);
CREATE INDEX posts_thread ON posts (thread_id, id);
CREATE INDEX posts_latest ON posts (group_id, id) WHERE parent_id IS NULL;
CREATE INDEX posts_author ON posts (author_id, id);
CREATE INDEX posts_parent ON posts (parent_id, id) WHERE parent_id IS NOT NULL;

CREATE TABLE gone (
	uri    TEXT    NOT NULL,
	author TEXT    NOT NULL,
	at     INTEGER NOT NULL,
	PRIMARY KEY (uri, author)
) WITHOUT ROWID;

CREATE TABLE counts (
	post_id  INTEGER NOT NULL REFERENCES posts (id),
	actor_id INTEGER NOT NULL REFERENCES actors (id),
	kind     TEXT    NOT NULL,
	activity TEXT    NOT NULL DEFAULT '',
	PRIMARY KEY (post_id, actor_id, kind)
) WITHOUT ROWID;

CREATE TABLE notices (
	group_id INTEGER NOT NULL,
	actor_id INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (group_id, actor_id)
) WITHOUT ROWID;

CREATE TABLE reports (
	id       INTEGER PRIMARY KEY,
	group_id INTEGER NOT NULL,
	about    TEXT    NOT NULL,
	reporter TEXT    NOT NULL,
	words    TEXT    NOT NULL,
	at       INTEGER NOT NULL
);

-- Activities as received. due is when to look at the row (again); waits_for is the URI of a post it needs first.
CREATE TABLE inbox (
	id        INTEGER PRIMARY KEY,
	activity  TEXT    NOT NULL,
	signer    TEXT    NOT NULL,
	raw       BLOB    NOT NULL,
	received  INTEGER NOT NULL,
	state     TEXT    NOT NULL DEFAULT 'new', -- new, done
	due       INTEGER NOT NULL,
	attempts  INTEGER NOT NULL DEFAULT 0,
	waits_for TEXT    NOT NULL DEFAULT '',
	verdict   TEXT    NOT NULL DEFAULT '',
	reason    TEXT    NOT NULL DEFAULT '',
	UNIQUE (activity, signer) -- nobody can use up the id of another's activity
);
CREATE INDEX inbox_due ON inbox (due) WHERE state = 'new';
CREATE INDEX inbox_waits ON inbox (waits_for) WHERE waits_for <> '';

-- One row per telling and form; hosts read it from their cursor on. form: boost, wrap.
CREATE TABLE outbox (
	seq       INTEGER PRIMARY KEY,
	group_id  INTEGER NOT NULL REFERENCES groups (id),
	uri       TEXT    NOT NULL UNIQUE,
	form      TEXT    NOT NULL,
	post_id   INTEGER NOT NULL DEFAULT 0,
	thread_id INTEGER NOT NULL DEFAULT 0, -- what must stay in order among itself
	cancels   INTEGER NOT NULL DEFAULT 0, -- seq of the row this one takes back
	cancelled INTEGER NOT NULL DEFAULT 0,
	body      BLOB    NOT NULL,
	created   INTEGER NOT NULL
);
CREATE INDEX outbox_group ON outbox (group_id, seq);
CREATE INDEX outbox_post ON outbox (post_id) WHERE post_id <> 0;

CREATE TABLE cursors (
	group_id INTEGER NOT NULL REFERENCES groups (id),
	host_id  INTEGER NOT NULL REFERENCES hosts (id),
	seq      INTEGER NOT NULL,           -- delivered or passed over up to here
	tried    INTEGER NOT NULL DEFAULT 0, -- may have arrived up to here
	PRIMARY KEY (group_id, host_id)
) WITHOUT ROWID;

-- Deliveries to one person's inbox: answers and notes.
CREATE TABLE direct (
	id       INTEGER PRIMARY KEY,
	group_id INTEGER NOT NULL REFERENCES groups (id),
	host_id  INTEGER NOT NULL REFERENCES hosts (id),
	uri      TEXT    NOT NULL UNIQUE,
	inbox    TEXT    NOT NULL,
	body     BLOB    NOT NULL,
	created  INTEGER NOT NULL,
	done     INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX direct_host ON direct (host_id, id) WHERE done = 0;

CREATE TABLE audit (
	id       INTEGER PRIMARY KEY,
	group_id INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	kind     TEXT    NOT NULL,
	person   TEXT    NOT NULL,
	activity TEXT    NOT NULL,
	target   TEXT    NOT NULL,
	verdict  TEXT    NOT NULL,
	reason   TEXT    NOT NULL
);
CREATE INDEX audit_group ON audit (group_id, id);
