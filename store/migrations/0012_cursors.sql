-- A cursor moves with each delivery: the index by host need not move with it.

DROP INDEX cursors_host;
CREATE INDEX cursors_host ON cursors (host_id, group_id);
