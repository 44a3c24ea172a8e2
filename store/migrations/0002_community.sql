-- What threadiverse communities need: votes either way, locks, pins, timed bans, threads of other communities.

ALTER TABLE hosts ADD COLUMN override TEXT NOT NULL DEFAULT ''; -- dialect set by the admin, '' to go by what the host shows

ALTER TABLE groups ADD COLUMN pass_votes INTEGER NOT NULL DEFAULT 1; -- votes are announced to those who read them

ALTER TABLE memberships ADD COLUMN until INTEGER NOT NULL DEFAULT 0; -- end of a ban, 0 for none

ALTER TABLE posts ADD COLUMN kind TEXT NOT NULL DEFAULT '';     -- type of the object, e.g. Page, Question
ALTER TABLE posts ADD COLUMN locked INTEGER NOT NULL DEFAULT 0; -- no more comments beneath
ALTER TABLE posts ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0; -- since when, 0 for not
ALTER TABLE posts ADD COLUMN home TEXT NOT NULL DEFAULT '';     -- URI of the community the thread was taken in from, '' for this group's own
ALTER TABLE posts ADD COLUMN dislikes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE posts ADD COLUMN media TEXT NOT NULL DEFAULT '';    -- attachments and flairs for the pages, JSON
CREATE INDEX posts_pinned ON posts (group_id, pinned) WHERE pinned <> 0;

ALTER TABLE reports ADD COLUMN activity TEXT NOT NULL DEFAULT '';  -- id of the Flag
ALTER TABLE reports ADD COLUMN resolved INTEGER NOT NULL DEFAULT 0; -- since when, 0 for open
CREATE INDEX reports_about ON reports (group_id, about);

ALTER TABLE outbox ADD COLUMN source TEXT NOT NULL DEFAULT ''; -- host that the wrapped activity came from

-- Communities elsewhere that a group follows to take their threads in.
CREATE TABLE followings (
	group_id INTEGER NOT NULL REFERENCES groups (id),
	actor_id INTEGER NOT NULL REFERENCES actors (id),
	state    TEXT    NOT NULL, -- pending, accepted, rejected
	since    INTEGER NOT NULL,
	PRIMARY KEY (group_id, actor_id)
) WITHOUT ROWID;
CREATE INDEX followings_actor ON followings (actor_id);
