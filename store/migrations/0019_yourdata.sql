-- What people ask for about themselves: a link to read it once, and to have it erased.

CREATE TABLE tickets (
	hash     TEXT    PRIMARY KEY, -- SHA-256 of the secret in the link
	actor_id INTEGER NOT NULL REFERENCES actors (id),
	group_id INTEGER NOT NULL REFERENCES groups (id),
	at       INTEGER NOT NULL,
	UNIQUE (actor_id, group_id)
) WITHOUT ROWID;
CREATE INDEX tickets_at ON tickets (at);

CREATE TABLE erasures (
	id       INTEGER PRIMARY KEY,
	group_id INTEGER NOT NULL REFERENCES groups (id),
	person   TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	seq      INTEGER NOT NULL -- of the last activity in the outbox that tells of it
);
CREATE INDEX erasures_person ON erasures (person, group_id);
CREATE INDEX erasures_at ON erasures (at);

-- The servers that are told, until they stop following the group.
CREATE TABLE erasure_hosts (
	erasure_id INTEGER NOT NULL REFERENCES erasures (id) ON DELETE CASCADE,
	host_id    INTEGER NOT NULL,
	PRIMARY KEY (erasure_id, host_id)
) WITHOUT ROWID;
