-- Hashes of what came longer ago move from the index of the inbox into a table of their own, many at once and in their order, so that one
-- page written takes several. Each by itself has a place of its own in an index of all, and with 10^7 that is most of what is written.
ALTER TABLE inbox ADD COLUMN old INTEGER NOT NULL DEFAULT 0; -- 1: its hash is in old_hashes
CREATE TABLE old_hashes (
	hash INTEGER NOT NULL,
	row  INTEGER NOT NULL, -- of the inbox
	PRIMARY KEY (hash, row)
) WITHOUT ROWID;

DROP INDEX inbox_hash;
CREATE INDEX inbox_hash ON inbox (hash) WHERE old = 0;

CREATE TRIGGER inbox_forgotten AFTER DELETE ON inbox BEGIN
	DELETE FROM old_hashes WHERE hash = old.hash AND row = old.id;
END;
