-- What became of reports and of those who were warned, and what the log shows to whom.

ALTER TABLE reports ADD COLUMN outcome TEXT NOT NULL DEFAULT '';      -- '' for open, resolved, discarded
ALTER TABLE reports ADD COLUMN answer TEXT NOT NULL DEFAULT '';       -- what the moderator said of it
ALTER TABLE reports ADD COLUMN resolver TEXT NOT NULL DEFAULT '';     -- who dealt with it
ALTER TABLE reports ADD COLUMN for_admin INTEGER NOT NULL DEFAULT 0;  -- about those who run the group, or the server
UPDATE reports SET outcome = 'resolved' WHERE resolved <> 0;
CREATE INDEX reports_open ON reports (id) WHERE resolved = 0;

CREATE TABLE warnings (
	id       INTEGER PRIMARY KEY,
	group_id INTEGER NOT NULL REFERENCES groups (id),
	person   TEXT    NOT NULL,
	by       TEXT    NOT NULL,
	words    TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	lifted   INTEGER NOT NULL DEFAULT 0 -- since when it counts no longer
);
CREATE INDEX warnings_person ON warnings (group_id, person);

ALTER TABLE audit ADD COLUMN private INTEGER NOT NULL DEFAULT 0; -- the public is not told the reason
