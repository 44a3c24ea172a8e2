-- While a group is under attack, stricter settings hold; its own are kept as they are.

ALTER TABLE groups ADD COLUMN storm INTEGER NOT NULL DEFAULT 0; -- since when, 0 for not
