-- Who is signed in to the pages, and who is about to. Secrets are kept hashed: whoever reads this file signs in nowhere.

CREATE TABLE sessions (
	id       INTEGER PRIMARY KEY, -- shown to the person, to end it by
	hash     TEXT    NOT NULL UNIQUE, -- SHA-256 of the secret in the cookie
	actor_id INTEGER NOT NULL REFERENCES actors (id),
	how      TEXT    NOT NULL, -- link, server, code
	agent    TEXT    NOT NULL, -- browser, in words
	token    BLOB,             -- of the person's own server, sealed with the secret in the cookie
	said     TEXT    NOT NULL DEFAULT '', -- what the next page says, once
	created  INTEGER NOT NULL,
	used     INTEGER NOT NULL,
	expires  INTEGER NOT NULL
);
CREATE INDEX sessions_actor ON sessions (actor_id, id);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE signins (
	hash    TEXT    PRIMARY KEY, -- SHA-256 of the secret in a link, or in the cookie of the browser that asked
	kind    TEXT    NOT NULL,    -- link, server, code
	code    TEXT    NOT NULL DEFAULT '', -- SHA-256 of what is sent by private message
	person  TEXT    NOT NULL DEFAULT '', -- URI of whoever is signed in, once that is known
	data    TEXT    NOT NULL DEFAULT '', -- what else has to be known to go on
	expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX signins_code ON signins (code) WHERE code <> '';
CREATE INDEX signins_expires ON signins (expires);

-- This server as an application of others, by their address.
CREATE TABLE applications (
	origin TEXT PRIMARY KEY,
	data   TEXT NOT NULL
) WITHOUT ROWID;

-- Who may run this server from its pages.
CREATE TABLE admins (
	actor_id INTEGER PRIMARY KEY REFERENCES actors (id),
	since    INTEGER NOT NULL
);
