-- What a person's own server took off may come back by its word; what this group's moderators took off may not.

ALTER TABLE posts ADD COLUMN by_origin INTEGER NOT NULL DEFAULT 0; -- removed because its author's own server said so
