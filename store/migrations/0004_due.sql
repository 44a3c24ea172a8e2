-- What is due, and for whom, is found without reading what is not.

CREATE INDEX cursors_host ON cursors (host_id, group_id, seq);
CREATE INDEX cursors_behind ON cursors (group_id, seq, host_id);

ALTER TABLE memberships ADD COLUMN host_id INTEGER NOT NULL DEFAULT 0; -- of the actor
UPDATE memberships SET host_id = (SELECT a.host_id FROM actors a WHERE a.id = memberships.actor_id);
CREATE INDEX memberships_host ON memberships (host_id, group_id, follows);

CREATE INDEX reports_activity ON reports (activity) WHERE activity <> '';
