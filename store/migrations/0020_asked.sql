-- How often an answer was asked for again: what ends one delivery of it does not end the next.

ALTER TABLE direct ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
