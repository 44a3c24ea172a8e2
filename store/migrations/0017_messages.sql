-- Private messages: what those of a group are about, for whoever answers them, and which of others have been heard.

CREATE TABLE letters (
	uri      TEXT    PRIMARY KEY, -- of the note
	group_id INTEGER NOT NULL REFERENCES groups (id),
	actor_id INTEGER NOT NULL REFERENCES actors (id), -- to whom; nobody else's answer counts
	about    TEXT    NOT NULL,    -- URI of a post or person, '' for nothing in particular
	held     INTEGER NOT NULL,    -- number of the version that waited then, 0 for none
	next     TEXT    NOT NULL,    -- what taking it back, or agreeing, asks for
	at       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX letters_actor ON letters (actor_id, group_id);
CREATE INDEX letters_at ON letters (at);

CREATE TABLE heard (
	uri TEXT    PRIMARY KEY, -- of a private message that a command came by: it is followed once
	at  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX heard_at ON heard (at);
