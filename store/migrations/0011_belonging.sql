-- Who is let in and what is let through: applications, invitations, held posts, notes that are sent once, and who runs a group next.

ALTER TABLE groups ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';   -- what has no column of its own, JSON
ALTER TABLE groups ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;     -- no posts until then, 0 for not, -1 until it is lifted
ALTER TABLE groups ADD COLUMN successor TEXT NOT NULL DEFAULT '';    -- URI of whoever owns the group when the last owner is gone

ALTER TABLE memberships ADD COLUMN approved INTEGER NOT NULL DEFAULT 0; -- a moderator vouches for the member
ALTER TABLE memberships ADD COLUMN answer TEXT NOT NULL DEFAULT '';     -- to the questions asked of whoever wants to join
CREATE INDEX memberships_pending ON memberships (group_id, since) WHERE state = 'pending';

-- What a group offers one person: to come in (invitation), or to own it (ownership).
CREATE TABLE offers (
	group_id INTEGER NOT NULL REFERENCES groups (id),
	actor_id INTEGER NOT NULL REFERENCES actors (id),
	kind     TEXT    NOT NULL,
	by       TEXT    NOT NULL, -- URI of whoever offers
	at       INTEGER NOT NULL,
	expires  INTEGER NOT NULL,
	PRIMARY KEY (group_id, actor_id, kind)
) WITHOUT ROWID;
CREATE INDEX offers_actor ON offers (actor_id);
CREATE INDEX offers_expires ON offers (expires);

-- When a person last had a note of that kind.
CREATE TABLE told (
	group_id INTEGER NOT NULL,
	actor_id INTEGER NOT NULL,
	kind     TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	PRIMARY KEY (group_id, actor_id, kind)
) WITHOUT ROWID;
CREATE INDEX told_actor ON told (actor_id);
CREATE INDEX told_at ON told (at);

-- Each version of a post that waits, or waited, for a moderator or for the morning. A number is never given twice: whoever approves
-- one says which words were seen.
CREATE TABLE held (
	id       INTEGER PRIMARY KEY AUTOINCREMENT,
	group_id INTEGER NOT NULL REFERENCES groups (id),
	post_id  INTEGER NOT NULL,
	fresh    INTEGER NOT NULL, -- the post has not been shown before
	version  INTEGER NOT NULL, -- when the author wrote it
	post     TEXT    NOT NULL, -- the version, JSON
	activity TEXT    NOT NULL,
	raw      BLOB,             -- the activity as received
	reason   TEXT    NOT NULL,
	at       INTEGER NOT NULL,
	opens    INTEGER NOT NULL DEFAULT 0, -- let through then without a moderator, 0 for never
	due      INTEGER NOT NULL,           -- opens, or when waiting ends with a refusal; 0 for never
	state    TEXT    NOT NULL DEFAULT 'waiting'
);
CREATE INDEX held_waiting ON held (group_id, id) WHERE state = 'waiting';
CREATE INDEX held_due ON held (due) WHERE state = 'waiting' AND due <> 0;
CREATE INDEX held_post ON held (post_id);
CREATE INDEX held_at ON held (at);

-- Posts held before versions were kept.
INSERT INTO held (group_id, post_id, fresh, version, post, activity, raw, reason, at, due)
	SELECT group_id, id, 1, CASE edited WHEN 0 THEN published ELSE edited END, '', '', NULL, 'too-many-groups', filed, 0 FROM posts WHERE state = 'held';

-- Whom the members of a group without an owner want to own it.
CREATE TABLE nominations (
	group_id  INTEGER NOT NULL REFERENCES groups (id),
	voter_id  INTEGER NOT NULL REFERENCES actors (id),
	candidate INTEGER NOT NULL REFERENCES actors (id),
	at        INTEGER NOT NULL,
	PRIMARY KEY (group_id, voter_id)
) WITHOUT ROWID;
CREATE INDEX nominations_voter ON nominations (voter_id);
CREATE INDEX nominations_candidate ON nominations (candidate);
