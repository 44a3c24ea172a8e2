-- Rules about posts that groups make for themselves, and what the log says of them.

CREATE TABLE rules (
	id       INTEGER PRIMARY KEY,
	group_id INTEGER NOT NULL REFERENCES groups (id),
	text     TEXT    NOT NULL, -- as group.ParseRule reads it
	by       TEXT    NOT NULL, -- who made it
	at       INTEGER NOT NULL,
	UNIQUE (group_id, text)
);

ALTER TABLE groups ADD COLUMN rules_version INTEGER NOT NULL DEFAULT 0; -- counts the changes
ALTER TABLE audit ADD COLUMN why TEXT NOT NULL DEFAULT '';              -- for those who moderate: which rules were hit, and by what
ALTER TABLE audit ADD COLUMN words TEXT NOT NULL DEFAULT '';            -- what whoever asked wrote with it: a reason, a report
