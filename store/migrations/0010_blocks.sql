-- Blocks of hosts and accounts, by the server (group_id 0) and by groups. What they hide is kept and comes back.

CREATE TABLE blocks (
	id             INTEGER PRIMARY KEY,
	group_id       INTEGER NOT NULL,            -- 0 for the whole server
	subject        TEXT    NOT NULL,            -- host, which covers what is beneath it, or URI of an account
	level          TEXT    NOT NULL,            -- suspend, silence, noop, allow
	public_words   TEXT    NOT NULL DEFAULT '',
	private_words  TEXT    NOT NULL DEFAULT '',
	reject_media   INTEGER NOT NULL DEFAULT 0,
	reject_reports INTEGER NOT NULL DEFAULT 0,
	obfuscate      INTEGER NOT NULL DEFAULT 0,
	source         TEXT    NOT NULL DEFAULT '', -- address of the list it comes from, '' for by hand
	at             INTEGER NOT NULL,
	UNIQUE (subject, group_id, source)
);

-- Lists elsewhere that blocks are taken from.
CREATE TABLE block_lists (
	url       TEXT    PRIMARY KEY,
	hours     INTEGER NOT NULL,            -- between two looks
	due       INTEGER NOT NULL,
	fetched   INTEGER NOT NULL DEFAULT 0,  -- when it was last taken over, 0 for never
	entries   INTEGER NOT NULL DEFAULT 0,  -- how many may change at once without being asked
	followers INTEGER NOT NULL DEFAULT 0,  -- how many may be lost at once
	waiting   INTEGER NOT NULL DEFAULT 0,  -- since when a larger change waits for a yes, 0 for none
	words     TEXT    NOT NULL DEFAULT ''  -- what went wrong or waits
) WITHOUT ROWID;

ALTER TABLE groups ADD COLUMN allow_only INTEGER NOT NULL DEFAULT 0;   -- only hosts that an entry lets in
ALTER TABLE memberships ADD COLUMN barred INTEGER NOT NULL DEFAULT 0;  -- kept, but of no effect while blocked
ALTER TABLE posts ADD COLUMN before_block TEXT NOT NULL DEFAULT '';    -- state that a hidden post comes back to
