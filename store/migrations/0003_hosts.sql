-- What a server shows by what it sends counts beside what it says of itself, whichever is newer.

ALTER TABLE hosts ADD COLUMN said INTEGER NOT NULL DEFAULT 0;     -- when software was last learnt; checked also counts failures
ALTER TABLE hosts ADD COLUMN shown TEXT NOT NULL DEFAULT '';      -- dialect that its activities speak, '' for none in particular
ALTER TABLE hosts ADD COLUMN shown_at INTEGER NOT NULL DEFAULT 0; -- when it last showed something new

UPDATE hosts SET said = checked WHERE software <> '';
UPDATE hosts SET shown = dialect, shown_at = checked WHERE software = '' AND dialect <> 'unknown';

CREATE INDEX actors_host ON actors (host_id);
