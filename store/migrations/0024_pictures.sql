-- Pictures of groups, as they were written anew. They are in this file like everything else, so that a backup has them and nothing
-- is left of what is no longer used; a group that still shows one keeps it from going.
CREATE TABLE pictures (
	name TEXT PRIMARY KEY, -- SHA-256 of the body with the ending of its type
	type TEXT NOT NULL,    -- image/png or image/jpeg
	body BLOB NOT NULL
);

ALTER TABLE groups ADD COLUMN icon TEXT REFERENCES pictures (name);
ALTER TABLE groups ADD COLUMN icon_alt TEXT NOT NULL DEFAULT '';
ALTER TABLE groups ADD COLUMN header TEXT REFERENCES pictures (name);
ALTER TABLE groups ADD COLUMN header_alt TEXT NOT NULL DEFAULT '';

CREATE TRIGGER groups_picture_changed AFTER UPDATE OF icon, header ON groups BEGIN
	DELETE FROM pictures WHERE name IN (old.icon, old.header)
		AND NOT EXISTS (SELECT 1 FROM groups g WHERE g.icon = pictures.name OR g.header = pictures.name);
END;
CREATE TRIGGER groups_picture_gone AFTER DELETE ON groups BEGIN
	DELETE FROM pictures WHERE name IN (old.icon, old.header)
		AND NOT EXISTS (SELECT 1 FROM groups g WHERE g.icon = pictures.name OR g.header = pictures.name);
END;
