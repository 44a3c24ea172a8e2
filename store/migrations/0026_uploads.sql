-- Pictures of posts that are being written, made anew, until the writer's own server has them: an hour at most.
CREATE TABLE uploads (
	id         INTEGER PRIMARY KEY AUTOINCREMENT, -- a form that names one that is gone means no other
	session_id INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
	form       TEXT    NOT NULL, -- key of the form they belong to
	type       TEXT    NOT NULL,
	body       BLOB    NOT NULL,
	remote     TEXT    NOT NULL DEFAULT '', -- what the writer's own server calls it, once it has it
	expires    INTEGER NOT NULL
);
CREATE INDEX uploads_session ON uploads (session_id, form);
CREATE INDEX uploads_expires ON uploads (expires);
