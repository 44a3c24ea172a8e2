-- Groups that people ask whoever runs the server to found for them.

CREATE TABLE foundings (
	id       INTEGER PRIMARY KEY,
	actor_id INTEGER NOT NULL REFERENCES actors (id),
	name     TEXT    NOT NULL,
	title    TEXT    NOT NULL,
	summary  TEXT    NOT NULL, -- Markdown
	at       INTEGER NOT NULL,
	decided  INTEGER NOT NULL DEFAULT 0, -- when, 0 while it waits
	founded  INTEGER NOT NULL DEFAULT 0,
	answer   TEXT    NOT NULL DEFAULT '' -- what whoever asked is told
);
CREATE INDEX foundings_actor ON foundings (actor_id, id);
CREATE INDEX foundings_waiting ON foundings (id) WHERE decided = 0;
CREATE INDEX foundings_at ON foundings (at);
