-- What people concerned answer to acts of moderation, once each.

CREATE TABLE appeals (
	act      INTEGER PRIMARY KEY, -- number in the log
	group_id INTEGER NOT NULL REFERENCES groups (id),
	person   TEXT    NOT NULL,
	words    TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	decided  INTEGER NOT NULL DEFAULT 0,
	outcome  TEXT    NOT NULL DEFAULT '', -- upheld or overturned
	decider  TEXT    NOT NULL DEFAULT '',
	answer   TEXT    NOT NULL DEFAULT ''
);
