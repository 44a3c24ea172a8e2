-- Whose vote it is, as a number made of their URI; 0 for what is no vote. Votes of different people on one post need not be in order.
ALTER TABLE outbox ADD COLUMN voter INTEGER NOT NULL DEFAULT 0;
