-- When the group said it, of what gets its proof (FEP-8b32) as it is sent. 0: it holds its proof, or has none.
ALTER TABLE outbox ADD COLUMN prove INTEGER NOT NULL DEFAULT 0;
ALTER TABLE direct ADD COLUMN prove INTEGER NOT NULL DEFAULT 0;
