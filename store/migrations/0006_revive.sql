-- A host that speaks up is tried again, but not before the time it asked for, and not at each of its words.

ALTER TABLE hosts ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;   -- it wants to be left alone until then (Retry-After)
ALTER TABLE hosts ADD COLUMN revived INTEGER NOT NULL DEFAULT 0; -- when a word of its own last ended its back-off
