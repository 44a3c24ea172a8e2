-- What is old is found without reading what is not.

CREATE INDEX inbox_received ON inbox (received);
CREATE INDEX outbox_created ON outbox (created);
CREATE INDEX direct_created ON direct (created);
CREATE INDEX direct_all ON direct (host_id);
CREATE INDEX audit_at ON audit (at);
CREATE INDEX gone_at ON gone (at);
CREATE INDEX keys_fetched ON keys (fetched);
CREATE INDEX actors_fetched ON actors (fetched);
CREATE INDEX counts_actor ON counts (actor_id, activity);
CREATE INDEX notices_actor ON notices (actor_id);
CREATE INDEX hosts_failing ON hosts (failing) WHERE failing <> 0;

-- When a group was active last.
CREATE INDEX posts_filed ON posts (group_id, filed);
