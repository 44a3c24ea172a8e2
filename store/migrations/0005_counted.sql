-- Pages and collections say how many posts a group has; without this, each asking reads them all.

CREATE INDEX posts_counted ON posts (group_id, state, parent_id);
